package bench

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
)

// WriteTables prints one markdown table for each combination of format,
// context, batch, route, tier and threads, rows by active parameters.
func WriteTables(w io.Writer, results []Result) error {
	var order []Scenario
	groups := map[Scenario][]Result{}
	for _, r := range results {
		key := r.Scenario
		key.Model = ""
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], r)
	}
	for i, key := range order {
		if i > 0 {
			fmt.Fprintln(w)
		}
		if err := writeTable(w, key, groups[key]); err != nil {
			return err
		}
	}
	return nil
}

func writeTable(w io.Writer, key Scenario, rows []Result) error {
	format := "every matrix in " + key.Format
	if key.Format == Native {
		format = "formats as shipped"
	}
	fmt.Fprintf(w, "Decode, %s, context %d, batch %d, %s routes, %d threads, %s, %s\n\n",
		format, key.Ctx, key.Batch, key.Route, key.Threads, key.ISA, rows[0].Env.CPU)
	cells := [][]string{{"model", "total B", "active B", "GB/token", "tok/s", "95 % interval", "GB/s", "% wall", "note"}}
	rows = slices.SortedStableFunc(slices.Values(rows), func(a, b Result) int { return cmp.Compare(a.ActiveParams, b.ActiveParams) })
	for _, r := range rows {
		share := "not available"
		if r.WallGBs > 0 {
			share = fmt.Sprintf("%.0f", 100*r.ShareOfWall)
		}
		cells = append(cells, []string{
			r.Model, fmt.Sprintf("%.2f", float64(r.TotalParams)/1e9), fmt.Sprintf("%.2f", float64(r.ActiveParams)/1e9),
			fmt.Sprintf("%.3f", r.BytesPerToken/1e9), number(r.TokS.Median), number(r.TokS.Lo) + " .. " + number(r.TokS.Hi),
			fmt.Sprintf("%.1f", r.GBs), share, note(r),
		})
	}
	_, err := io.WriteString(w, markdown(cells))
	return err
}

// note is what a reader of the row must know besides.
func note(r Result) string {
	var notes []string
	if !r.Extrapolated {
		notes = append(notes, "whole model")
	}
	if _, rest, ok := strings.Cut(r.Verdict, "; "); ok {
		notes = append(notes, rest)
	}
	return strings.Join(notes, "; ")
}

// number shows three digits.
func number(x float64) string {
	switch {
	case x >= 100:
		return fmt.Sprintf("%.0f", x)
	case x >= 10:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.2f", x)
}

// markdown aligns cells; all columns but the first and last are numbers.
func markdown(cells [][]string) string {
	widths := make([]int, len(cells[0]))
	for _, row := range cells {
		for i, c := range row {
			widths[i] = max(widths[i], len(c))
		}
	}
	var b strings.Builder
	line := func(row []string) {
		for i, c := range row {
			pad := strings.Repeat(" ", widths[i]-len(c))
			if i > 0 && i < len(row)-1 {
				c = pad + c
			} else {
				c += pad
			}
			b.WriteString("| " + c + " ")
		}
		b.WriteString("|\n")
	}
	line(cells[0])
	for i, w := range widths {
		dashes := strings.Repeat("-", w)
		if i > 0 && i < len(widths)-1 {
			b.WriteString("|-" + dashes + ":")
		} else {
			b.WriteString("|-" + dashes + "-")
		}
	}
	b.WriteString("|\n")
	for _, row := range cells[1:] {
		line(row)
	}
	return b.String()
}
