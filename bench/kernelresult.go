package bench

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"moebench/hw"
)

// KernelResult is a row measured here, in GB/s, GFLOP/s or, for Latency, ns.
type KernelResult struct {
	Name      string   `json:"name"`
	Limit     Limit    `json:"limit"`
	Unit      string   `json:"unit"`  // of the rate
	Bound     Limit    `json:"bound"` // what was lowest here: the limit, or arithmetic below the memory wall
	ISA       string   `json:"isa"`
	Rate      Interval `json:"rate"`
	Wall      Number   `json:"wall"`        // median of the limit, measured beside every sample as long; null for Latency
	Best      Number   `json:"best"`        // of arithmetic, median of its best millisecond beside every sample; null for others
	Memory    Number   `json:"memory"`      // where the limit is arithmetic, median rate at which memory would let it do its work; null: not measured, or far above
	Cached    Number   `json:"in_cache"`    // median rate while operands stay in cache; null: not measured
	Bare      Number   `json:"bare"`        // median rate of what bounds it alone: loads as the kernel's, without arithmetic, or a register tile (hw.TileRate)
	Share     Interval `json:"share"`       // of the limit, sample by sample; target / time for Latency
	HopNs     Number   `json:"hop_ns"`      // median of hw.Pool.Hop; null: not available
	Worst     Number   `json:"worst_share"` // of all samples or, of several runs, the worst run's median
	Runs      int      `json:"runs"`
	Target    float64  `json:"target"`
	Elsewhere string   `json:"elsewhere"` // KernelRow's
	Met       bool     `json:"met"`       // the median reaches the target
}

func (r *KernelResult) judge() {
	r.Met = float64(r.Share.Median) >= r.Target || r.Limit == Latency && float64(r.Rate.Median) <= r.Target
}

// JoinRuns makes one result of every row: medians over its runs, the worst of them, and what
// bounded most. A row that ran once stays as it is.
func JoinRuns(results []KernelResult) []KernelResult {
	var names []string
	runs := map[string][]KernelResult{}
	for _, r := range results {
		if runs[r.Name] == nil {
			names = append(names, r.Name)
		}
		runs[r.Name] = append(runs[r.Name], r)
	}
	var joined []KernelResult
	for _, name := range names {
		of := runs[name]
		r := of[0]
		if r.Runs = len(of); r.Runs > 1 {
			shares := column(of, func(r KernelResult) float64 { return float64(r.Share.Median) })
			r.Rate, _ = interval(column(of, func(r KernelResult) float64 { return float64(r.Rate.Median) }))
			r.Share, _ = interval(shares)
			middle := func(field func(KernelResult) Number) Number {
				return Number(median(column(of, func(r KernelResult) float64 { return float64(field(r)) })))
			}
			r.Wall = middle(func(r KernelResult) Number { return r.Wall })
			r.Best = middle(func(r KernelResult) Number { return r.Best })
			r.Memory = middle(func(r KernelResult) Number { return r.Memory })
			r.Cached = middle(func(r KernelResult) Number { return r.Cached })
			r.Bare = middle(func(r KernelResult) Number { return r.Bare })
			r.HopNs = middle(func(r KernelResult) Number { return r.HopNs })
			r.Worst = Number(slices.Min(shares))
			bounds := make([]Limit, len(of))
			for i := range of {
				bounds[i] = of[i].Bound
			}
			slices.Sort(bounds) // of two kinds, the one in the middle is that of most
			r.Bound = bounds[len(bounds)/2]
			r.judge()
		}
		joined = append(joined, r)
	}
	return joined
}

// WriteKernels prints results as a table.
func WriteKernels(w io.Writer, results []KernelResult) error {
	var b strings.Builder
	worst := "worst"
	if len(results) > 0 {
		fmt.Fprintf(&b, "%s, %d threads, %s. Rate, limit and share are each a median", hw.Describe().CPU, len(hw.CPUs()), results[0].ISA)
		if n := results[0].Runs; n > 1 {
			worst = "worst run"
			fmt.Fprintf(&b, " of %d runs", n)
		}
		b.WriteString("." + lineTakes(column(results, func(r KernelResult) float64 { return float64(r.HopNs) })) + "\n\n")
	}
	table := [][]string{{"kernel", "rate", "unit", "in cache", "memory", "bare", "limit", "of", "best ms", "% of limit [lo..hi]", worst, "target", "", "elsewhere"}}
	for _, r := range results {
		line := []string{r.Name, digits(r.Rate.Median), r.Unit, known(r.Cached), known(r.Memory), known(r.Bare), string(r.Bound), known(r.Wall), known(r.Best)}
		if r.Limit == Latency {
			line = append(line, "-", digits(Number(r.Target)/r.Worst), digits(Number(r.Target)))
		} else {
			share := Interval{100 * r.Share.Median, 100 * r.Share.Lo, 100 * r.Share.Hi, r.Share.N}
			line = append(line, share.String(), digits(100*r.Worst), digits(Number(100*r.Target)))
		}
		met := "below"
		if r.Met {
			met = "met"
		}
		table = append(table, append(line, met, cmp.Or(r.Elsewhere, "-")))
	}
	writeAligned(&b, table)
	b.WriteString(kernelsLegend)
	_, err := io.WriteString(w, b.String())
	return err
}

const kernelsLegend = `
in cache: while operands stay there. memory: what the memory wall alone would let the row do. bare: loads without
arithmetic, or arithmetic of a register tile. gemm: the product alone, of rows converted before; routed-ffn converts its
own. elsewhere: % of its machine's own limit, or ns, that another engine was measured at in November 2026, 2 threads of
an Intel Emerald Rapids (A) or AMD Zen 4 (B).
`
