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
// (see Peak) on all workers with instructions up to a tier, in
// operations per nanosecond; 0 where no loop is known. It is meant to be taken
// again beside whatever is compared with it.
func PeakRate(p *Pool, isa ISA, names ...string) float64 {
	best := 0.0
	for _, l := range loopsUpTo(isa, names...) {
		best = max(best, l.measure(p, p.Size()))
	}
	return best
}

// TileRate is the rate of the fastest tile of an arithmetic ("f32", "bf16", "int8") over some
// milliseconds: not the best slice, but all of them, as a kernel is timed. What another
// thread takes of a core's loads is missing from it.
func TileRate(p *Pool, isa ISA, name string) float64 {
	best := 0.0
	for _, l := range loopsUpTo(isa, name+" tile") {
		var ops, ns float64
		for range measureSlices {
			o, t := l.slice(p, p.Size())
			ops, ns = ops+o, ns+t
		}
		best = max(best, ops/ns)
	}
	return best
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

// measure is the best rate of some slices.
func (l peakLoop) measure(p *Pool, threads int) float64 {
	best := 0.0
	for range measureSlices {
		ops, ns := l.slice(p, threads)
		best = max(best, ops/ns)
	}
	return best
}

// slice runs the loop for a while: operations and nanoseconds.
func (l peakLoop) slice(p *Pool, threads int) (ops, ns float64) {
	const turns, calls = 4000, 50 // a call takes some 20 us
	start := time.Now()
	p.Run(threads, func(_, _ int) {
		for range calls {
			l.run(turns)
		}
	})
	return float64(threads * calls * turns * l.ops), float64(time.Since(start))
}
