package hw

import (
	"slices"
	"time"
)

// Peak is a measured rate of arithmetic in registers.
type Peak struct {
	Name    string  `json:"name"` // "f32", "bf16", "int8"
	ISA     string  `json:"isa"`
	Threads int     `json:"threads"`
	GOps    float64 `json:"gop_s"` // 2 per multiply-add
}

// peakLoop is a loop of independent multiply-adds.
type peakLoop struct {
	name string
	isa  ISA
	run  func(n int)
	ops  int // per turn of the loop: 2 x lanes x 12 accumulators
}

// Peaks measures every loop this machine supports, on one worker and on all:
// the best of several short slices, because a peak is what can be reached.
func Peaks(p *Pool) []Peak {
	var out []Peak
	for _, threads := range []int{1, p.Size()} {
		for _, l := range peakLoops {
			if l.isa.Supported() {
				out = append(out, Peak{l.name, l.isa.String(), threads, l.measure(p, threads)})
			}
		}
		if p.Size() == 1 {
			break
		}
	}
	return out
}

// PeakRate measures, in some milliseconds, the best rate of the named arithmetic
// ("f32", "bf16", "int8") on all workers with instructions up to a tier, in
// operations per nanosecond; 0 where no loop is known. It is meant to be taken
// again beside whatever is compared with it.
func PeakRate(p *Pool, isa ISA, names ...string) float64 {
	best := 0.0
	for _, l := range peakLoops {
		if l.isa.Supported() && l.isa <= isa && slices.Contains(names, l.name) {
			best = max(best, l.measure(p, p.Size()))
		}
	}
	return best
}

func (l peakLoop) measure(p *Pool, threads int) float64 {
	const turns, calls = 4000, 50 // a call takes some 20 us
	best := 0.0
	for range 8 {
		start := time.Now()
		p.Run(threads, func(_, _ int) {
			for range calls {
				l.run(turns)
			}
		})
		best = max(best, float64(threads*calls*turns*l.ops)/float64(time.Since(start)))
	}
	return best
}
