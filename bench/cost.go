package bench

import (
	"fmt"
	"io"
	"strings"
)

// Cost is what a million output tokens cost on this machine, at the best
// batch measured, beside the published price, and what it would take to meet that.
type Cost struct {
	Model     string  `json:"model"`
	Batch     int     `json:"batch"`
	TokS      float64 `json:"tok_s"` // measured, median
	USD       float64 `json:"usd_per_million_tokens"`
	Published float64 `json:"published_usd_per_million_tokens"`
	// At the published price and this machine's price per hour: the speed all
	// sequences together must have, and the bandwidth that takes at this batch.
	NeedTokS float64 `json:"needed_tok_s"`
	NeedGBs  float64 `json:"needed_gb_s"`
}

// PriceTokens prices the models that have a published price.
func PriceTokens(samples map[Load][]Sample, usdPerHour float64) []Cost {
	var out []Cost
	for _, id := range []string{"v4-pro", "v4-flash"} {
		best := Load{Model: id}
		for load, s := range samples {
			speed := func(s []Sample) float64 { return median(column(s, Sample.TokS)) }
			if load.Model == id && (best.Batch == 0 || speed(s) > speed(samples[best])) {
				best = load
			}
		}
		s := samples[best]
		if len(s) == 0 {
			continue
		}
		perToken := usdPerHour / 3600
		c := Cost{Model: id, Batch: best.Batch, TokS: median(column(s, Sample.TokS)), Published: prices[id]}
		c.USD = 1e6 * perToken / c.TokS
		c.NeedTokS = 1e6 * perToken / c.Published
		c.NeedGBs = c.NeedTokS * float64(s[0].BytesPerStep) / float64(s[0].Rows()) / 1e9
		out = append(out, c)
	}
	return out
}

// WriteCosts prints the costs as a table.
func WriteCosts(w io.Writer, costs []Cost, usdPerHour float64) error {
	var b strings.Builder
	fmt.Fprintf(&b, "\nAt %g USD an hour for this machine, at the context above, USD per million output tokens:\n\n", usdPerHour)
	table := [][]string{{"model", "batch", "tok/s", "here", "published", "tok/s to meet it", "GB/s for it, alone", ""}}
	for _, c := range costs {
		table = append(table, []string{c.Model, fmt.Sprint(c.Batch), digits(Number(c.TokS)), digits(Number(c.USD)), digits(Number(c.Published)), digits(Number(c.NeedTokS)), digits(Number(c.NeedGBs)), ""})
	}
	writeAligned(&b, table)
	_, err := io.WriteString(w, b.String())
	return err
}
