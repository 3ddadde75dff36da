package bench

import (
	"fmt"
	"io"
	"strings"
)

// Cost is what a million output tokens cost on this machine, one sequence at a
// time, beside the published price, and what it would take to meet that.
type Cost struct {
	Model     string  `json:"model"`
	TokS      float64 `json:"tok_s"` // measured, median
	USD       float64 `json:"usd_per_million_tokens"`
	Published float64 `json:"published_usd_per_million_tokens"`
	// At the published price and this machine's price per hour: the speed all
	// sequences together must have, and the bandwidth if each read its own bytes.
	NeedTokS float64 `json:"needed_tok_s"`
	NeedGBs  float64 `json:"needed_gb_s_at_batch_1"`
}

// PriceTokens prices the models that have a published price.
func PriceTokens(samples map[string][]Sample, usdPerHour float64) []Cost {
	var out []Cost
	for _, id := range []string{"v4-pro", "v4-flash"} {
		s := samples[id]
		if len(s) == 0 {
			continue
		}
		perToken := usdPerHour / 3600
		c := Cost{Model: id, TokS: median(column(s, Sample.TokS)), Published: prices[id]}
		c.USD = 1e6 * perToken / c.TokS
		c.NeedTokS = 1e6 * perToken / c.Published
		c.NeedGBs = c.NeedTokS * float64(s[0].BytesPerStep) / 1e9
		out = append(out, c)
	}
	return out
}

// WriteCosts prints the costs as a table.
func WriteCosts(w io.Writer, costs []Cost, usdPerHour float64) error {
	var b strings.Builder
	fmt.Fprintf(&b, "\nAt %g USD an hour for this machine, one sequence at the context above, USD per million output tokens:\n\n", usdPerHour)
	table := [][]string{{"model", "tok/s", "here", "published", "tok/s to meet it", "GB/s at batch 1", ""}}
	for _, c := range costs {
		table = append(table, []string{c.Model, digits(Number(c.TokS)), digits(Number(c.USD)), digits(Number(c.Published)), digits(Number(c.NeedTokS)), digits(Number(c.NeedGBs)), ""})
	}
	writeAligned(&b, table)
	_, err := io.WriteString(w, b.String())
	return err
}
