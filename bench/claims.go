package bench

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"moebench/ledger"
	"moebench/model"
)

// Quantity is what a claim is about.
type Quantity string

// The quantities.
const (
	Compute Quantity = "compute" // FLOP of a decoded token
	KVCache Quantity = "cache"   // bytes of one sequence's caches
	Total   Quantity = "total"   // parameters, in billions
	Active  Quantity = "active"  // parameters one token uses, without the embedding table, in billions
	Price   Quantity = "price"   // USD per million output tokens
	Input   Quantity = "input"   // USD per million input tokens
)

// Claim is one published statement: the quantity of model A, divided by that of
// B if there is one. Adding a claim is adding a row. A price is stated, nothing
// can count it; quotients of prices are derived from the rows that state them.
type Claim struct {
	ID        string
	Text      string // as published
	Source    string
	Quantity  Quantity
	A, B      string
	Published float64
	Tolerance float64 // of its rounding; 0: it is an upper bound
}

const (
	report  = "DeepSeek-V4 technical report, arXiv 2606.19348, figure 1"
	model4  = "DeepSeek-V4 model cards"
	article = "article of 2026-04-27 on the V4 release, wlyxs888"
)

// Claims lists what is checked.
func Claims() []Claim {
	return []Claim{
		{"pro-compute", "V4-Pro needs 27 % of V3.2's compute per token at 1M", report, Compute, "v4-pro", "v3.2", 0.27, 0.005},
		{"flash-compute", "V4-Flash needs 10 %", report, Compute, "v4-flash", "v3.2", 0.10, 0.005},
		{"pro-compute-x", "3.7x less compute than V3.2", report, Compute, "v3.2", "v4-pro", 3.7, 0.05},
		{"flash-compute-x", "9.8x less compute", report, Compute, "v3.2", "v4-flash", 9.8, 0.05},
		{"pro-cache", "V4-Pro needs 10 % of V3.2's KV cache at 1M", report, KVCache, "v4-pro", "v3.2", 0.10, 0.005},
		{"flash-cache", "V4-Flash needs 7 %", report, KVCache, "v4-flash", "v3.2", 0.07, 0.005},
		{"pro-cache-x", "9.5x smaller cache than V3.2", report, KVCache, "v3.2", "v4-pro", 9.5, 0.05},
		{"flash-cache-x", "13.7x smaller cache", report, KVCache, "v3.2", "v4-flash", 13.7, 0.05},
		{"quarter", "a quarter of the computational power", article, Compute, "v4-pro", "v3.2", 0.25, 1.0/3.5 - 1.0/4},
		{"tenth", "and a tenth of the memory for the same million words", article, KVCache, "v4-pro", "v3.2", 0.10, 1.0/9.5 - 1.0/10},
		{"pro-total", "1.6T parameters", model4, Total, "v4-pro", "", 1600, 50},
		{"pro-active", "49B active", model4, Active, "v4-pro", "", 49, 0.5},
		{"flash-total", "284B parameters", model4, Total, "v4-flash", "", 284, 0.5},
		{"flash-active", "13B active", model4, Active, "v4-flash", "", 13, 0.5},
		{"v3.2-total", "671B parameters", "DeepSeek-V3 model card", Total, "v3.2", "", 671, 0.5},
		{"v3.2-active", "37B active", "DeepSeek-V3 model card", Active, "v3.2", "", 37, 0.5},
		{"gpt-5.5-price", "GPT-5.5: 30 USD per million output tokens", article, Price, "gpt-5.5", "", 30, 0},
		{"gpt-5.5-input", "GPT-5.5: 5 USD per million input tokens", article, Input, "gpt-5.5", "", 5, 0},
		{"opus-price", "Claude Opus 4.7: 25 USD", article, Price, "claude-opus-4.7", "", 25, 0},
		{"gemini-price", "Gemini 3.1 Pro: 12 USD", article, Price, "gemini-3.1-pro", "", 12, 0},
		{"pro-price", "V4-Pro: 3.48 USD", article, Price, "v4-pro", "", 3.48, 0},
		{"flash-price", "V4-Flash: 0.28 USD", article, Price, "v4-flash", "", 0.28, 0},
		{"flash-pro-price", "V4-Flash costs 1/12 of Pro", article, Price, "v4-flash", "v4-pro", 1.0 / 12, 1.0/11.5 - 1.0/12},
		{"flash-gpt-price", "less than 1 % of GPT-5.5's price", article, Price, "v4-flash", "gpt-5.5", 0.01, 0},
	}
}

// claimContext is the context claims about compute and caches are made for.
const claimContext = 1_000_000

// statedPrices are the published ones of output tokens, by model.
func statedPrices() map[string]float64 {
	prices := map[string]float64{}
	for _, c := range Claims() {
		if c.Quantity == Price && c.B == "" {
			prices[c.A] = c.Published
		}
	}
	return prices
}

// Selected is the claims with the given ids, all of them if there are none.
func Selected(ids []string) ([]Claim, error) {
	if len(ids) == 0 {
		return Claims(), nil
	}
	var out []Claim
	for _, id := range ids {
		i := slices.IndexFunc(Claims(), func(c Claim) bool { return c.ID == id })
		if i < 0 {
			var known []string
			for _, c := range Claims() {
				known = append(known, c.ID)
			}
			return nil, fmt.Errorf("unknown claim %q: want one of %s", id, strings.Join(known, ", "))
		}
		out = append(out, Claims()[i])
	}
	return out, nil
}

// Checked is a claim with what is found here.
type Checked struct {
	Claim      string  `json:"claim"`
	Text       string  `json:"text"`
	Source     string  `json:"source"`
	Convention string  `json:"convention"`
	Published  float64 `json:"published"`
	Counted    Number  `json:"counted"`       // null where nothing can count it
	Executed   Number  `json:"executed"`      // from the work kernels did in one step; null where it was not run
	Stored     Number  `json:"stored"`        // from the bytes of caches as allocated; null where it has no meaning
	Touched    Number  `json:"bytes_touched"` // the same quotient of bytes read at batch 1; null where it has no meaning
	// Measured is the quotient of times per token by batch size; absent where
	// nothing was measured.
	Measured map[string]Measured `json:"measured,omitempty"`
	Verdict  string              `json:"verdict"` // of what is counted, within the published rounding; "stated": not countable
	Reason   string              `json:"reason,omitempty"`
	Note     string              `json:"note,omitempty"` // what the time depends on
}

// Check counts claims under a convention, at its context.
func Check(claims []Claim, c ledger.Convention) ([]Checked, error) {
	var out []Checked
	for _, claim := range claims {
		row, err := claim.check(c)
		if err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, nil
}

func (claim Claim) check(c ledger.Convention) (Checked, error) {
	row := Checked{
		Claim: claim.ID, Text: claim.Text, Source: claim.Source, Convention: c.Name, Published: claim.Published,
		Executed: Number(math.NaN()), Stored: Number(math.NaN()), Touched: Number(math.NaN()),
	}
	if claim.B == "" && (claim.Quantity == Price || claim.Quantity == Input) {
		row.Counted, row.Verdict = row.Stored, "stated"
		return row, nil
	}
	a, err := claim.amount(claim.A, c)
	if err != nil {
		return row, err
	}
	row.Counted = Number(a.value)
	if claim.B != "" {
		b, err := claim.amount(claim.B, c)
		if err != nil {
			return row, err
		}
		row.Counted /= Number(b.value)
		switch claim.Quantity {
		case Compute:
			row.Touched = Number(a.touched / b.touched)
		case KVCache:
			row.Stored = Number(a.stored / b.stored)
		case Price:
			row.Note = fmt.Sprintf("derived from the stated prices: %g / %g USD", a.value, b.value)
		}
	}
	row.Verdict = "agrees"
	off := float64(row.Counted) - claim.Published
	if claim.Tolerance > 0 {
		off = math.Abs(off) // too little is as wrong as too much
	}
	if off > claim.Tolerance {
		row.Verdict, row.Reason = "differs", claim.reason(float64(row.Counted), c)
	}
	return row, nil
}

// amount is a quantity of one model, the bytes it touches, and those its caches
// take.
type amount struct{ value, touched, stored float64 }

func (claim Claim) amount(id string, c ledger.Convention) (amount, error) {
	if claim.Quantity == Price {
		return amount{value: statedPrices()[id]}, nil
	}
	a, err := NewAccount(id, 0, c)
	if err != nil {
		return amount{}, err
	}
	value := map[Quantity]float64{
		Compute: a.FLOP, KVCache: float64(a.Cache), Total: float64(a.Total.Params) / 1e9, Active: float64(a.Total.Active) / 1e9,
	}[claim.Quantity]
	return amount{value, float64(a.Touched), float64(a.Allocated)}, nil
}

// reason says from data why a count differs from what was published.
func (claim Claim) reason(counted float64, c ledger.Convention) string {
	switch claim.Quantity {
	case Total, Active:
		if claim.A == "v3.2" {
			v3, err := model.Preset("v3")
			if err == nil {
				l := v3.Ledger(v3.Shipped, 0, ledger.Step{Tokens: 1, Context: 1}).Total()
				return fmt.Sprintf("the published number is V3's (%.1fB): V3.2 adds %.2fB of indexers", float64(l.Params)/1e9, counted-float64(l.Params)/1e9)
			}
		}
		return fmt.Sprintf("counted %.1fB", counted)
	case Price:
		return fmt.Sprintf("the published prices give %.3g", counted)
	}
	if c.Context < claimContext {
		return fmt.Sprintf("the claim is about a million tokens: at %d it is %.4g", c.Context, counted)
	}
	return fmt.Sprintf("under %s it is %.4g; conventions decide: see the sensitivity lines", c.Name, counted)
}
