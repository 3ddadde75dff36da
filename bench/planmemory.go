package bench

import (
	"fmt"
	"strings"

	"moebench/hw"
	"moebench/kernels"
	"moebench/model"
	"moebench/moe"
)

// measureMemory asks how much memory everything takes.
func (p *Plan) measureMemory() {
	p.weightBytes = model.WeightBytes(p.Sampled, p.Formats, p.sampling)
	p.cacheBytes = model.CacheBytes(p.Sampled, p.sessionOptions())
	p.workBytes = model.ScratchBytes(p.Sampled, p.Rows())
}

// Fit makes banks hold fewer experts, half as many each time, until the plan fits
// into memory: not fewer than let a token's experts rotate, and give every row of a step
// experts of its own as far as the model does. Dense layers stay.
func (p *Plan) Fit(memory hw.MemoryInfo) {
	most, least := 0, 1
	for _, l := range p.Sampled.Layers {
		c := l.FFN
		most, least = max(most, c.Experts), max(least, 4*c.Router.TopK, min(p.Rows()*c.Router.TopK, c.Experts))
	}
	for n := most / 2; n >= least && p.Check(memory) != nil; n /= 2 {
		p.sampling.Resident = n
		p.measureMemory()
		p.Counts = p.counts()
	}
}

// inMemory is how many experts of a layer are there; 0 of a dense one.
func (p *Plan) inMemory(c moe.Config) int {
	if n := p.sampling.Resident; n > 0 {
		return min(n, c.Experts)
	}
	return c.Experts
}

// Bytes is the memory the plan needs.
func (p *Plan) Bytes() int64 { return p.weightBytes + p.cacheBytes + p.workBytes }

// Check reports a plan that does not fit into memory, and what would help.
func (p *Plan) Check(memory hw.MemoryInfo) error {
	const reserve = 512 << 20                                       // for the program itself and the page tables
	if memory.Total == 0 || p.Bytes()+reserve <= memory.Available { // 0: unknown
		return nil
	}
	return &memoryError{fmt.Sprintf("%s with format %s, context %d, batch %d needs %.1f GB (weights %.1f, caches %.1f, work %.1f), available %.1f GB: less is needed with %s",
		p.Model, p.Format, p.Ctx, p.Batch, gb(p.Bytes()+reserve), gb(p.weightBytes), gb(p.cacheBytes), gb(p.workBytes), gb(memory.Available), p.smaller())}
}

// smaller says which settings would take less memory.
func (p *Plan) smaller() string {
	var less []string
	for _, l := range []struct {
		text string
		can  bool
	}{
		{"a smaller -ctx", p.Ctx > 0}, {"a smaller -batch", p.Batch > 1}, {"fewer -tokens", p.Tokens > 1},
		{"-format mxfp4", p.Format != kernels.MXFP4.String()}, {"some layers of each kind (no -whole)", p.whole},
	} {
		if l.can {
			less = append(less, l.text)
		}
	}
	return strings.Join(append(less, "a smaller model"), ", or ")
}

// memoryError is a plan that does not fit into memory.
type memoryError struct{ text string }

func (e *memoryError) Error() string { return e.text }

func gb(n int64) float64 { return float64(n) / 1e9 }

// MinCycle is the memory one pass over the sampled layers should read: four
// times the last-level cache, and not less than 1 GiB (or a sixteenth of a small memory),
// because a virtual machine may not say how much of the host's cache it can use.
func MinCycle() int64 {
	return max(min(1<<30, hw.Memory().Total/16), 4*int64(hw.Caches().L3))
}
