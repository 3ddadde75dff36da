package hw

import (
	"slices"
	"time"
)

// Peak is a measured rate of arithmetic: in registers or, for a tile, with operands from
// the first-level cache.
type Peak struct {
	Name    string  `json:"name"` // "f32", "bf16" or "int8", and those with " tile"
	ISA     string  `json:"isa"`
	Threads int     `json:"threads"`
	GOps    float64 `json:"gop_s"` // 2 per multiply-add
}

// peakLoop is a loop of independent multiply-adds.
type peakLoop struct {
	name string
	isa  ISA
	run  func(n int)
	ops  int // per turn of the loop: 2 x lanes x accumulators
}

// Peaks measures every loop this machine supports, on one worker and on all:
// the best of several short slices, because a peak is what can be reached.
func Peaks(p *Pool) []Peak {
	var out []Peak
	for _, threads := range []int{1, p.Size()} {
		for _, l := range peakLoops {
			if l.isa.Supported() {
				_, best := l.measure(p, threads)
				out = append(out, Peak{l.name, l.isa.String(), threads, best})
			}
		}
		if p.Size() == 1 {
			break
		}
	}
	return out
}

// PeakRate is the rate of the named arithmetic (see Peak), on all workers with instructions
// up to a tier, in operations per nanosecond: 0 where no loop is known. It is meant to be taken
// again beside whatever is compared with it, and like that it is the mean over all of some
// milliseconds: what neighbours on the machine take, they take from both. best is the rate of
// the best one of them.
func PeakRate(p *Pool, isa ISA, names ...string) (mean, best float64) {
	for _, l := range loopsUpTo(isa, names...) {
		m, b := l.measure(p, p.Size())
		mean, best = max(mean, m), max(best, b)
	}
	return mean, best
}

// TileRate is PeakRate of the fastest tile of an arithmetic ("f32", "bf16", "int8").
func TileRate(p *Pool, isa ISA, name string) float64 {
	mean, _ := PeakRate(p, isa, name+" tile")
	return mean
}

func loopsUpTo(isa ISA, names ...string) []peakLoop {
	var out []peakLoop
	for _, l := range peakLoops {
		if l.isa.Supported() && l.isa <= isa && slices.Contains(names, l.name) {
			out = append(out, l)
		}
	}
	return out
}

// measureSlices is how many slices of about a millisecond a rate is taken from.
const measureSlices = 8

// measure is the rate over some slices, and that of the best one.
func (l peakLoop) measure(p *Pool, threads int) (mean, best float64) {
	const turns, calls = 4000, 50 // a call takes some 20 us
	ops, all := float64(threads*calls*turns*l.ops), 0.0
	run := func(_, _ int) { l.run(turns) }
	for range measureSlices {
		start := time.Now()
		if threads > 1 {
			p.Run(threads*calls, run)
		} else {
			for range calls {
				l.run(turns)
			}
		}
		ns := float64(time.Since(start))
		all, best = all+ns, max(best, ops/ns)
	}
	return measureSlices * ops / all, best
}
