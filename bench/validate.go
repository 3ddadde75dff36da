package bench

import (
	"fmt"
	"math"
	"strings"
)

// Validation compares a model measured whole with the same model measured by
// layer: the error of every extrapolated row, where it can be known.
type Validation struct {
	Model   string    `json:"model"`
	Format  string    `json:"format"`
	Whole   Interval  `json:"whole_tok_s"`
	Sampled Interval  `json:"sampled_tok_s"`
	Time    Measured  `json:"time"`                        // sampled, of whole
	Walls   [2]Number `json:"whole_and_sampled_wall_gb_s"` // medians: what is read in more memory is read more slowly
}

// Validations lists the models that were measured both ways.
func (r *Ratios) Validations() []Validation {
	var out []Validation
	for _, v := range validated {
		var whole, sampled []Sample
		for load, s := range r.Samples {
			if load.Model == v.model && load.Format == v.format {
				if load.Extrapolated {
					sampled = s
				} else {
					whole = s
				}
			}
		}
		if len(whole) == 0 || len(sampled) == 0 {
			continue
		}
		x := Validation{Model: v.model, Format: v.format, Time: quotient(sampled, whole)}
		x.Whole, _ = interval(column(whole, Sample.TokS))
		x.Sampled, _ = interval(column(sampled, Sample.TokS))
		for i, s := range [][]Sample{whole, sampled} {
			x.Walls[i] = Number(median(column(s, func(s Sample) float64 { return s.WallGBs })))
		}
		out = append(out, x)
	}
	return out
}

// validationTarget is how far adding up layers may be from the whole model.
const validationTarget = 0.05

// writeValidations prints them, and the error to read every other row with.
func writeValidations(b *strings.Builder, all []Validation) {
	if len(all) == 0 {
		return
	}
	b.WriteString("\nLayers added up, against the whole model in memory, tok/s:\n\n")
	table := [][]string{{"model", "format", "whole", "by layer", "time by layer / whole", "wall of both, GB/s", ""}}
	worst := 0.0
	for _, v := range all {
		off, note := math.Abs(float64(v.Time.Ratio)-1), ""
		if worst = max(worst, off); off > validationTarget {
			note = "beyond 5 %"
		}
		table = append(table, []string{v.Model, v.Format, v.Whole.String(), v.Sampled.String(), v.Time.String(), fmt.Sprintf("%.1f, %.1f", v.Walls[0], v.Walls[1]), note})
	}
	writeAligned(b, table)
	fmt.Fprintf(b, "\nStated error of rows that add up layers: %.1f %%, the largest of these.\n", 100*worst)
}
