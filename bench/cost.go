package bench

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"moebench/model"
)

// Cost is what a million output tokens cost on this machine at one measured point,
// beside the published price, and what it would take to meet that.
type Cost struct {
	Model     string  `json:"model"`
	Ctx       int     `json:"ctx"` // tokens a token sees
	Batch     int     `json:"batch"`
	TokS      float64 `json:"tok_s"` // measured, median
	USD       float64 `json:"usd_per_million_tokens"`
	Published float64 `json:"published_usd_per_million_tokens"`
	// At the published price and this machine's price per hour: the speed all
	// sequences together must have, and the bandwidth and arithmetic that takes at
	// this batch.
	NeedTokS   float64 `json:"needed_tok_s"`
	NeedGBs    float64 `json:"needed_gb_s"`
	NeedGFLOPs float64 `json:"needed_gflop_s"`
	// NeedBatch is the smallest batch, a power of two, with which this machine's
	// memory alone would be fast enough; 0 if none is, because every sequence
	// reads its own cache.
	NeedBatch int `json:"needed_batch"`
}

// Costs prices the models that have a published price at every context measured:
// with one sequence, and with the fastest batch.
func (r *Ratios) Costs(usdPerHour float64) []Cost {
	var out []Cost
	for id, price := range statedPrices() {
		m, err := model.Preset(id)
		if err != nil {
			continue // of somebody else's model
		}
		for _, load := range r.worthPricing(id) {
			s := r.Samples[load]
			c := Cost{Model: id, Ctx: load.Ctx + 1, Batch: load.Batch, TokS: median(column(s, Sample.TokS)), Published: price}
			c.USD = 1e6 / 3600 * usdPerHour / c.TokS
			c.NeedTokS = 1e6 / 3600 * usdPerHour / price
			c.NeedGBs = c.NeedTokS * float64(s[0].BytesPerStep) / float64(s[0].Rows()) / 1e9
			c.NeedGFLOPs = c.NeedTokS * float64(s[0].FLOPPerToken) / 1e9
			wall := median(column(s, Sample.wall))
			for batch := 1; batch <= 1<<16 && c.NeedBatch == 0; batch *= 2 {
				if c.NeedTokS*batchBytes(m, Point{c.Ctx, batch}) <= wall*1e9 {
					c.NeedBatch = batch
				}
			}
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b Cost) int {
		return cmp.Or(cmp.Compare(b.Published, a.Published), cmp.Compare(b.Ctx, a.Ctx), cmp.Compare(a.Batch, b.Batch))
	})
	return out
}

// worthPricing is one sequence and the fastest batch of a model, by context.
func (r *Ratios) worthPricing(id string) []Load {
	speed := func(l Load) float64 { return median(column(r.Samples[l], Sample.TokS)) }
	best := map[int]Load{}
	var out []Load
	for load, s := range r.Samples {
		if load.Model != id || len(s) == 0 {
			continue
		}
		if load.Batch == 1 {
			out = append(out, load)
		}
		if b, seen := best[load.Ctx]; !seen || speed(load) > speed(b) {
			best[load.Ctx] = load
		}
	}
	for _, b := range best {
		if b.Batch > 1 {
			out = append(out, b)
		}
	}
	return out
}

func writeCosts(b *strings.Builder, costs []Cost, usdPerHour float64) {
	if len(costs) == 0 {
		return
	}
	fmt.Fprintf(b, "\nAt %g USD an hour for this machine, USD per million output tokens, and what meets the published price:\n\n", usdPerHour)
	table := [][]string{{"model", "context", "batch", "tok/s", "here", "published", "tok/s needed", "GB/s for it", "GFLOP/s for it", "batch for it here", ""}}
	for _, c := range costs {
		batch := "none"
		if c.NeedBatch > 0 {
			batch = fmt.Sprint(c.NeedBatch)
		}
		table = append(table, []string{c.Model, fmt.Sprint(c.Ctx), fmt.Sprint(c.Batch), digits(Number(c.TokS)), digits(Number(c.USD)), digits(Number(c.Published)),
			digits(Number(c.NeedTokS)), digits(Number(c.NeedGBs)), digits(Number(c.NeedGFLOPs)), batch, ""})
	}
	writeAligned(b, table)
	b.WriteString("\nGB/s and GFLOP/s: at this batch, each alone; batch: the smallest with which this machine's memory would do, if its arithmetic did.\n")
}
