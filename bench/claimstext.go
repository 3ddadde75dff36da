package bench

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"moebench/ledger"
)

// Report is everything `ratios` says.
type Report struct {
	Convention    ledger.Convention
	Rows          []Checked
	Sensitivities []Sensitivity
	Sweep         []SweepRow
	Validations   []Validation
	Costs         []Cost
	USDPerHour    float64
	Executed      map[string]Executed
	LeftOut       []LeftOut
}

// LeftOut is what was not measured, and why.
type LeftOut struct {
	Text string `json:"text"`
}

// WriteJSON prints one object a line; kind, in each, says what the line is.
func (r *Report) WriteJSON(w io.Writer) error {
	return errors.Join(writeKind(w, "claim", r.Rows), writeKind(w, "sensitivity", r.Sensitivities), writeKind(w, "point", r.Sweep),
		writeKind(w, "whole-model", r.Validations), writeKind(w, "cost", r.Costs), writeKind(w, "left-out", r.LeftOut))
}

// writeKind prints objects of one kind.
func writeKind[T any](w io.Writer, kind string, rows []T) error {
	for _, r := range rows {
		object, err := json.Marshal(r)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "{\"kind\":%q,%s\n", kind, object[1:]); err != nil {
			return err
		}
	}
	return nil
}

// claimsFile is the table of WriteFiles; its files and those of WriteReport can share
// a folder.
const claimsFile = "claims.md"

// WriteFiles writes the table and the plots into a folder.
func (r *Report) WriteFiles(dir string) error {
	return writeFiles(dir, []derived{
		{claimsFile, r.Write},
		{"contexts.svg", func(w io.Writer) error { return writeContextPlot(w, r.Convention, r.Sweep) }},
		{"batches.svg", func(w io.Writer) error { return writeBatchPlot(w, r.Sweep) }},
	})
}

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

// known prints a quotient that not every claim has.
func known(n Number) string {
	if !n.Known() {
		return "-"
	}
	return digits(n)
}

// Write prints the claims as a table, and below it how they depend on the
// convention, on context and batch, and what they cost.
func (r *Report) Write(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "### Claims, counted under %s at %d tokens\n\n%s.\n\n", r.Convention.Name, r.Convention.Context, r.Convention.Doc)
	r.writeClaims(&b)
	b.WriteString("\nCompute per token, of V3.2's, when one ingredient changes:\n\n")
	table := [][]string{{"change", "v4-pro %", "v4-flash %", ""}}
	for _, x := range r.Sensitivities {
		table = append(table, []string{x.Change, fixed(Number(100 * x.Pro)), fixed(Number(100 * x.Flash)), ""})
	}
	writeAligned(&b, table)
	writeSweep(&b, r.Sweep)
	writeValidations(&b, r.Validations)
	writeCosts(&b, r.Costs, r.USDPerHour)
	for i, l := range r.LeftOut {
		if i == 0 {
			b.WriteString("\nNot measured here:\n\n")
		}
		fmt.Fprintf(&b, "- %s.\n", l.Text)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Report) writeClaims(b *strings.Builder) {
	var notes []string
	table := [][]string{{"claim", "published", "counted", "executed", "stored", "bytes read"}}
	for _, batch := range batches(r.Rows) {
		table[0] = append(table[0], "time, batch "+batch)
	}
	table[0] = append(table[0], "verdict")
	for _, row := range r.Rows {
		verdict := row.Verdict
		if row.Reason != "" {
			verdict += ": " + row.Reason
		}
		if row.Note != "" {
			notes = append(notes, "- "+row.Text+": "+row.Note+".\n")
		}
		cells := []string{row.Text, digits(Number(row.Published)), known(row.Counted), known(row.Executed), known(row.Stored), known(row.Touched)}
		for _, batch := range batches(r.Rows) {
			cells = append(cells, row.Measured[batch].String())
		}
		table = append(table, append(cells, verdict))
	}
	writeAligned(b, table)
	fmt.Fprintf(b, "\nexecuted: from what kernels did in one step; stored: from caches as allocated, compressor states\nincluded; bytes read: the same quotient of all bytes one token reads at batch 1; time: of times per token,\nsamples of both models in turns, median and 95 %% interval (extremes where n is small)%s; -: nothing to compare,\nor not measured.\n", r.sizes())
	if len(r.Executed) > 0 {
		n := 0
		for _, e := range r.Executed {
			n += len(e)
		}
		fmt.Fprintf(b, "MACs and bytes of weights that were executed are those counted, as integers, for all %d matrices and cache streams of %d models.\n", n, len(r.Executed))
	}
	b.WriteString(strings.Join(notes, ""))
}

// sizes says how many samples the times below the claims, and theirs, are medians of.
func (r *Report) sizes() string {
	var n []int
	for _, row := range r.Rows {
		for _, m := range row.Measured {
			n = append(n, m.N)
		}
	}
	for _, p := range r.Sweep {
		n = append(n, p.Pro.Time.N, p.Flash.Time.N)
	}
	for _, v := range r.Validations {
		n = append(n, v.Time.N)
	}
	n = slices.DeleteFunc(n, func(n int) bool { return n == 0 }) // not measured
	if len(n) == 0 {
		return ""
	}
	return ", n = " + span(n)
}
