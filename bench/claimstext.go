package bench

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"moebench/ledger"
)

// batches lists what was measured, in order.
func batches(rows []Checked) []string {
	var out []string
	for _, r := range rows {
		for b := range r.Measured {
			if !slices.Contains(out, b) {
				out = append(out, b)
			}
		}
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	return out
}

// time is the measured quotient at a batch size.
func (c Checked) time(batch string) string {
	m, ok := c.Measured[batch]
	if !ok {
		return "-"
	}
	return Interval{m.Ratio, m.Lo, m.Hi, m.N}.String()
}

// known prints a quotient that not every claim has.
func known(n Number) string {
	if !n.Known() {
		return "-"
	}
	return digits(n)
}

// WriteClaims prints the claims as a table, and below it how the ratios depend
// on the convention and on the context.
func WriteClaims(w io.Writer, c ledger.Convention, rows []Checked, s []Sensitivity, g []Growth) error {
	var b strings.Builder
	fmt.Fprintf(&b, "### Claims, counted under %s at %d tokens\n\n%s.\n\n", c.Name, c.Context, c.Doc)
	var notes []string
	table := [][]string{{"claim", "published", "counted", "executed", "stored", "bytes read"}}
	for _, batch := range batches(rows) {
		table[0] = append(table[0], "time, batch "+batch)
	}
	table[0] = append(table[0], "verdict")
	for _, r := range rows {
		verdict := r.Verdict
		if r.Reason != "" {
			verdict += ": " + r.Reason
		}
		if r.Note != "" {
			notes = append(notes, "- "+r.Text+": "+r.Note+".\n")
		}
		cells := []string{r.Text, digits(Number(r.Published)), digits(Number(r.Counted)), known(r.Executed), known(r.Stored), known(r.Touched)}
		for _, batch := range batches(rows) {
			cells = append(cells, r.time(batch))
		}
		table = append(table, append(cells, verdict))
	}
	writeAligned(&b, table)
	b.WriteString("\nexecuted: from what kernels did in one step; stored: from caches as allocated, compressor states\nincluded; bytes read: the same quotient of all bytes one token reads at batch 1; time: of times per token,\nsamples of both models in turns, median and 95 % interval; -: nothing to compare, or not measured.\n")
	b.WriteString(strings.Join(notes, ""))
	b.WriteString("\nCompute per token, of V3.2's, when one ingredient changes:\n\n")
	table = [][]string{{"change", "v4-pro %", "v4-flash %", ""}}
	for _, x := range s {
		table = append(table, []string{x.Change, fixed(Number(100 * x.Pro)), fixed(Number(100 * x.Flash)), ""})
	}
	writeAligned(&b, table)
	b.WriteString("\nOf V3.2's, by context, %:\n\n")
	table = [][]string{{"context", "pro compute", "flash compute", "pro cache", "flash cache", "pro bytes", "flash bytes", ""}}
	for _, x := range g {
		row := []string{fmt.Sprint(x.Context)}
		for _, v := range []float64{x.ProCompute, x.FlashCompute, x.ProCache, x.FlashCache, x.ProTouched, x.FlashTouched} {
			row = append(row, fixed(Number(100*v)))
		}
		table = append(table, append(row, ""))
	}
	writeAligned(&b, table)
	_, err := io.WriteString(w, b.String())
	return err
}
