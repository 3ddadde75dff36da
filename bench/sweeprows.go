package bench

import (
	"fmt"
	"math"
	"strings"

	"moebench/attention"
	"moebench/ledger"
	"moebench/model"
)

// SweepRow is the compared models at one point.
type SweepRow struct {
	Ctx    int        `json:"ctx"`   // tokens a token sees, itself included
	Batch  int        `json:"batch"` // sequences that decode together
	Models []ModelRow `json:"models"`
	Pro    Quotients  `json:"v4-pro"` // of V3.2's
	Flash  Quotients  `json:"v4-flash"`
}

// ModelRow is what a token of one model takes.
type ModelRow struct {
	Model        string   `json:"model"`
	FLOP         float64  `json:"flop"`            // under the convention
	Cache        int64    `json:"cache_bytes"`     // of one sequence
	Bytes        float64  `json:"bytes_per_token"` // read: weights shared by the batch, and cache rows
	Ns           Interval `json:"ns_per_token"`
	Share        Number   `json:"share_of_wall"`
	ShareOfLimit Number   `json:"share_of_limit"`
	Beyond       bool     `json:"beyond_max_positions,omitempty"`
}

// Quotients are those of a model and V3.2.
type Quotients struct {
	Compute float64  `json:"compute"`
	Cache   float64  `json:"cache"`
	Bytes   float64  `json:"bytes_touched"`
	Time    Measured `json:"time"` // n = 0: not measured
}

// SweepRows is what the ledger counts at the points, and what was measured there:
// samples may return none. Bytes are those of the experts hit where that was
// measured, and else of as many as uniform routes hit on average.
func SweepRows(c ledger.Convention, points []Point, samples func(model string, p Point) []Sample) ([]SweepRow, error) {
	var rows []SweepRow
	for _, p := range points {
		row := SweepRow{Ctx: p.Ctx, Batch: p.Batch}
		for _, id := range compared {
			m, err := modelRow(c, id, p, samples(id, p))
			if err != nil {
				return nil, err
			}
			row.Models = append(row.Models, m)
		}
		base := row.Models[0]
		for i, q := range []*Quotients{&row.Pro, &row.Flash} {
			m := row.Models[i+1]
			*q = Quotients{m.FLOP / base.FLOP, float64(m.Cache) / float64(base.Cache), m.Bytes / base.Bytes,
				quotient(samples(compared[i+1], p), samples(compared[0], p))}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func modelRow(c ledger.Convention, id string, p Point, samples []Sample) (ModelRow, error) {
	a, err := NewAccount(id, p.Ctx, c)
	if err != nil {
		return ModelRow{}, err
	}
	m, err := model.Preset(id)
	if err != nil {
		return ModelRow{}, err
	}
	row := ModelRow{
		Model: id, FLOP: a.FLOP, Cache: a.Cache, Bytes: batchBytes(m, p), Beyond: a.BeyondMaxPositions,
		Share: Number(median(column(samples, Sample.Share))), ShareOfLimit: Number(median(column(samples, Sample.ShareOfLimit))),
	}
	row.Ns, _ = interval(column(samples, perToken))
	if len(samples) > 0 {
		row.Bytes = median(column(samples, func(s Sample) float64 { return float64(s.BytesPerStep) / float64(s.Rows()) }))
	}
	return row, nil
}

// batchBytes is what a token reads when the sequences of a batch choose experts
// uniformly: of E experts, B choices of k hit E (1 - (1 - k/E)^B) on average.
func batchBytes(m *model.Config, p Point) float64 {
	var experts, topK int
	for _, l := range m.Layers {
		if l.FFN.Experts > 0 {
			experts, topK = l.FFN.Experts, l.FFN.Router.TopK
		}
	}
	hit := float64(experts) * (1 - math.Pow(1-float64(topK)/float64(experts), float64(p.Batch)))
	at := func(n int) float64 {
		return float64(m.Ledger(m.Shipped, attention.CacheNative, ledger.Step{Tokens: p.Batch, Context: p.Ctx, Experts: n}).Total().Bytes())
	}
	low := math.Floor(hit)
	bytes := at(int(low))
	if hit > low {
		bytes += (hit - low) * (at(int(low)+1) - bytes)
	}
	return bytes / float64(p.Batch)
}

// writeSweep prints the quotients at every point, and below them what they are
// quotients of.
func writeSweep(b *strings.Builder, rows []SweepRow) {
	percent := func(x float64) string { return fixed(Number(100 * x)) }
	b.WriteString("\nOf V3.2's, by context and batch, in % but for time:\n\n")
	table := [][]string{{"context", "batch", "pro compute", "cache", "bytes", "time", "flash compute", "cache", "bytes", "time", ""}}
	for _, r := range rows {
		line := []string{fmt.Sprint(r.Ctx), fmt.Sprint(r.Batch)}
		for _, q := range []Quotients{r.Pro, r.Flash} {
			line = append(line, percent(q.Compute), percent(q.Cache), percent(q.Bytes), q.Time.String())
		}
		table = append(table, append(line, ""))
	}
	writeAligned(b, table)
	b.WriteString("\nA token of each model; *: more tokens than the model has positions for:\n\n")
	table = [][]string{{"context", "batch", "model", "GFLOP", "cache GB", "GB read", "ms", "% wall", "% limit", ""}}
	for _, r := range rows {
		for _, m := range r.Models {
			ms, ctx := "-", fmt.Sprint(r.Ctx)
			if m.Beyond {
				ctx += "*"
			}
			if m.Ns.N > 0 {
				ms = Interval{m.Ns.Median / 1e6, m.Ns.Lo / 1e6, m.Ns.Hi / 1e6, m.Ns.N}.String()
			}
			table = append(table, []string{ctx, fmt.Sprint(r.Batch), m.Model, digits(Number(m.FLOP / 1e9)), digits(Number(gb(m.Cache))), digits(Number(m.Bytes / 1e9)), ms, known(100 * m.Share), known(100 * m.ShareOfLimit), ""})
		}
	}
	writeAligned(b, table)
}
