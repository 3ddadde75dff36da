package ledger

import (
	"fmt"
	"strings"
)

// Convention says how much a FLOP of each kind counts and which bytes of a cache
// do: a ratio of two models means nothing without it.
type Convention struct {
	Name string
	Doc  string // what it includes, and why
	// Context is the number of tokens at which published ratios are compared.
	Context int
	// Cost of a FLOP by kind and format of its line, such as "matrix bf16"; 1 for
	// those that are not listed.
	Cost   map[string]float64
	Cache  string // format of cache rows: "native" or "bf16"
	States bool   // compressor states count as cache
}

// Conventions lists the named ones. The first is DeepSeek's as far as it can be
// told: it was reconstructed from the published percentages, not published.
func Conventions() []Convention {
	return []Convention{
		{
			Name: "fp8-equivalent", Context: 1_000_000, Cache: "native",
			Doc: "FLOP in units of FP8: FP8 and FP4 weights 1, BF16 weights and attention over cache rows (which kernels multiply in BF16) 2, " +
				"FP8 indexer scores 1, FP4 ones 0.5; hyper-connections (f32) and embedding left out; MLA absorbed. " +
				"Cache: rows with their scales, windows included, compressor states left out",
			Cost: map[string]float64{"matrix bf16": 2, "matrix f32": 0, "cache fp8+bf16": 2, "cache bf16+bf16": 2, "cache bf16": 2, "cache mxfp4": 0.5},
		},
		{
			Name: "flops", Context: 1_000_000, Cache: "native", States: true,
			Doc: "every FLOP counts 1, whatever its precision; cache: all bytes held, compressor states included",
		},
		{
			Name: "bf16", Context: 1 << 20, Cache: "bf16", States: true,
			Doc: "every FLOP counts 1; cache rows in BF16, indexer keys too",
		},
	}
}

// ParseConvention finds a convention by name.
func ParseConvention(name string) (Convention, error) {
	var names []string
	for _, c := range Conventions() {
		if c.Name == name {
			return c, nil
		}
		names = append(names, c.Name)
	}
	return Convention{}, fmt.Errorf("unknown convention %q: want one of %s", name, strings.Join(names, ", "))
}

// With is the convention with one cost changed.
func (c Convention) With(key string, cost float64) Convention {
	changed := map[string]float64{key: cost}
	for k, v := range c.Cost {
		if k != key {
			changed[k] = v
		}
	}
	c.Cost = changed
	return c
}

// CostOf is what a FLOP of lines of a kind and format counts.
func (c Convention) CostOf(k Kind, format string) float64 {
	if cost, listed := c.Cost[string(k)+" "+format]; listed {
		return cost
	}
	return 1
}

// FLOP is what the lines count for.
func (c Convention) FLOP(l Ledger) float64 {
	var sum float64
	for _, line := range l {
		sum += c.CostOf(line.Kind, line.Format) * float64(line.FLOP())
	}
	return sum
}

// Stored is the cache bytes that count.
func (c Convention) Stored(l Ledger) int64 {
	var sum int64
	for _, line := range l {
		if line.Kind != State || c.States {
			sum += line.CacheStored
		}
	}
	return sum
}
