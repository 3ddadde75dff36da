package bench

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"moebench/attention"
	"moebench/ledger"
	"moebench/model"
)

// Account is what the ledger says of one decoded token of a model.
type Account struct {
	Model      string  `json:"model"`
	Context    int     `json:"context"` // tokens the token sees, itself included
	Convention string  `json:"convention"`
	FLOP       float64 `json:"flop"` // under the convention
	Cache      int64   `json:"cache_bytes"`
	Allocated  int64   `json:"cache_allocated"` // by a session, for one sequence: everything it holds
	Touched    int64   `json:"bytes_touched"`   // weights and cache rows read at batch 1
	// BeyondMaxPositions marks a context longer than the model is made for.
	BeyondMaxPositions bool          `json:"beyond_max_positions,omitempty"`
	ByFormat           ledger.Ledger `json:"by_format"` // totals of matrices and cache streams of one format
	ByKind             ledger.Ledger `json:"by_kind"`   // totals of each kind of layer
	Total              ledger.Line   `json:"total"`
	Lines              ledger.Ledger `json:"lines"` // per kind of layer, all layers of the kind together
}

// NewAccount asks the ledger about a model as shipped; context 0 is that of the
// convention.
func NewAccount(id string, context int, c ledger.Convention) (*Account, error) {
	m, err := model.Preset(id)
	if err != nil {
		return nil, err
	}
	cache, err := attention.ParseCacheFormat(c.Cache)
	if err != nil {
		return nil, err
	}
	if context == 0 {
		context = c.Context
	}
	l := m.Ledger(m.Shipped, cache, ledger.Step{Tokens: 1, Context: context})
	total := l.Total()
	return &Account{
		Model: id, Context: context, Convention: c.Name, FLOP: c.FLOP(l), Cache: c.Stored(l),
		Allocated: model.CacheBytes(m, model.Options{Capacity: context, Cache: cache}), Touched: total.Bytes(),
		BeyondMaxPositions: context > m.MaxPos,
		ByFormat: l.By(func(x ledger.Line) string {
			if x.MACs == 0 {
				return "" // vectors, tables, states
			}
			return string(x.Kind) + " " + x.Format
		}),
		ByKind: l.By(func(x ledger.Line) string {
			kind, _, layer := strings.Cut(x.Name, ".")
			if !layer {
				return "embedding, head"
			}
			return kind
		}),
		Total: total, Lines: l,
	}, nil
}

// Write prints every line with its formula, and totals by kind of layer and by
// format.
func (a *Account) Write(w io.Writer, c ledger.Convention) error {
	beyond := ""
	if a.BeyondMaxPositions {
		beyond = " (beyond max positions)"
	}
	fmt.Fprintf(w, "%s, one token at %d tokens of context%s; convention %s: %s.\n\n", a.Model, a.Context, beyond, c.Name, c.Doc)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, part := range []struct {
		head  string
		lines ledger.Ledger
	}{{"line", a.Lines}, {"kind of layer", a.ByKind}, {"work", a.ByFormat}, {"", ledger.Ledger{a.Total}}} {
		fmt.Fprintf(t, "%s\tkind\tformat\tparameters\tactive\tMACs\tweight B\tcache B read\tcache B held\t  formula\n", part.head)
		for _, l := range part.lines {
			fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t  %s\n", l.Name, l.Kind, l.Format, l.Params, l.Active, l.MACs, l.WeightBytes, l.CacheRead, l.CacheStored, l.Formula)
		}
		fmt.Fprintln(t, "\t\t\t\t\t\t\t\t\t")
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%.4g FLOP under %s, %d bytes of cache, %d bytes touched.\n", a.FLOP, c.Name, a.Cache, a.Touched)
	return err
}
