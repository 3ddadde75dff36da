package bench

import (
	"fmt"
	"io"
	"text/tabwriter"

	"moebench/hw"
	"moebench/model"
)

// ModelInfo is what `moebench models` says of a preset.
type ModelInfo struct {
	ID            string `json:"id"`
	Source        string `json:"source"`
	Layers        int    `json:"layers"`
	TotalParams   int64  `json:"total_params"`
	ActiveParams  int64  `json:"active_params"`
	Format        string `json:"format"`
	Ctx           int    `json:"ctx"`
	BytesPerToken int64  `json:"bytes_per_token"`
	SampledBytes  int64  `json:"sampled_bytes"` // memory to measure it here
	Fits          bool   `json:"fits"`
	Note          string `json:"note,omitempty"`
}

// Models describes every preset in one format at one context.
func Models(format string, ctx int, memory hw.MemoryInfo) ([]ModelInfo, error) {
	var out []ModelInfo
	for _, c := range model.Presets() {
		info := ModelInfo{ID: c.ID, Source: c.Source, Layers: len(c.Layers), Format: format, Ctx: ctx}
		p, err := NewPlan(Scenario{Model: c.ID, Phase: "decode", Ctx: ctx, Batch: 1, Format: format, Route: "uniform"}, MinCycle())
		if err != nil {
			return nil, err
		}
		info.TotalParams, info.ActiveParams = p.Counts.TotalParams, p.Counts.ActiveParams
		info.BytesPerToken, info.SampledBytes = p.Counts.BytesPerStep, p.Bytes()
		if p.Counts.BeyondMaxPositions {
			info.Note = fmt.Sprintf("beyond max positions %d", c.MaxPos)
		}
		info.Fits = p.Check(memory) == nil
		out = append(out, info)
	}
	return out, nil
}

// WriteModels prints the list as a table.
func WriteModels(w io.Writer, list []ModelInfo) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "model\ttotal B\tactive B\tlayers\tGB/token\tGB to measure\tfits\t")
	for _, m := range list {
		fits := "yes"
		if !m.Fits {
			fits = "no"
		}
		fmt.Fprintf(t, "%s\t%.2f\t%.2f\t%d\t%.3f\t%.1f\t%s\t  %s\n",
			m.ID, gb(m.TotalParams), gb(m.ActiveParams), m.Layers, gb(m.BytesPerToken), gb(m.SampledBytes), fits, m.Note)
	}
	return t.Flush()
}
