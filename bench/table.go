package bench

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// tableWidth is the width every table stays below: people paste tables into
// issues and read them in terminals.
const tableWidth = 120

// nameWidth is how much of a model's name a table has room for.
const nameWidth = 18

// group is results that differ in nothing but the model.
type group struct {
	Scenario // Model is ""
	results  []Result
}

// groups splits results by everything but the model, in first-seen order.
func groups(results []Result) []group {
	var out []group
	at := map[Scenario]int{}
	for _, r := range results {
		key := r.Scenario
		key.Model = ""
		i, seen := at[key]
		if !seen {
			i = len(out)
			at[key] = i
			out = append(out, group{Scenario: key})
		}
		out[i].results = append(out[i].results, r)
	}
	return out
}

// WriteText writes one markdown table for every group of results that differ
// in nothing but the model, and the fits over its models below it.
func WriteText(w io.Writer, results []Result) error {
	var b strings.Builder
	if len(results) == 0 {
		b.WriteString("No results.\n")
	}
	for i, g := range groups(results) {
		if i > 0 {
			b.WriteString("\n")
		}
		g.write(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (g group) write(b *strings.Builder) {
	work, machine := g.title(cpuName(g.results[0].Env))
	fmt.Fprintf(b, "### %s\n\n%s\n\n", work, machine)
	rows := slices.Clone(g.results)
	slices.SortStableFunc(rows, func(x, y Result) int {
		return cmp.Or(cmp.Compare(x.ActiveParams, y.ActiveParams), cmp.Compare(x.Model, y.Model))
	})
	writeAligned(b, cells(rows))
	fmt.Fprintf(b, "\n%s\n", legend(rows))
	for _, r := range rows {
		if len(r.notes) > 0 {
			fmt.Fprintf(b, "- %s: %s.\n", r.Model, r.Verdict)
		}
	}
	writeKinds(b, rows)
	g.writeFits(b)
}

// cells are the header and the rows. Notes are words; the sentences stand below
// the table, as do the words where they would make it too wide.
func cells(rows []Result) [][]string {
	out := [][]string{{"model", "total (B)", "active (B)", "GB/token", "tok/s [lo..hi]", "GB/s", "% wall", "% limit", "note"}}
	for _, r := range rows {
		name := shorten(r.Model, nameWidth)
		if r.Extrapolated {
			name += "*"
		}
		words := make([]string, len(r.notes))
		for i, n := range r.notes {
			words[i] = n.word
		}
		out = append(out, []string{
			name, billions(r.TotalParams), billions(r.ActiveParams), digits(r.BytesPerToken / 1e9),
			r.TokS.String(), digits(r.GBs), known(100 * r.ShareOfWall), known(100 * r.ShareOfLimit), strings.Join(words, ", "),
		})
	}
	if width(widths(out)) >= tableWidth {
		for i, r := range rows {
			if len(r.notes) > 0 {
				out[i+1][len(out[i+1])-1] = "below"
			}
		}
	}
	return out
}

// writeKinds says where the time of every model goes. Runs of before the bytes of
// a layer were recorded have no such table.
func writeKinds(b *strings.Builder, rows []Result) {
	if !slices.ContainsFunc(rows, func(r Result) bool { return slices.ContainsFunc(r.Layers, func(p Part) bool { return p.Share > 0 }) }) {
		return
	}
	out := [][]string{{"model", "kind of layer", "count", "ms each", "% time", "% serial", "% waiting", "% wall", "% limit"}}
	for _, r := range rows {
		var total float64
		for _, p := range r.Layers {
			total += float64(p.Count) * p.Ns
		}
		for _, p := range r.Layers {
			serial, waiting := "-", "-"
			if p.SerialNs > 0 {
				serial, waiting = digits(Number(100*p.SerialNs/p.Ns)), digits(Number(100*p.WaitNs/p.Ns))
			}
			out = append(out, []string{shorten(r.Model, nameWidth), p.Kind, strconv.Itoa(p.Count), digits(Number(p.Ns / 1e6)),
				digits(Number(100 * float64(p.Count) * p.Ns / total)), serial, waiting, known(100 * p.Share), known(100 * p.ShareOfLimit)})
		}
	}
	b.WriteString("\n")
	writeAligned(b, out)
	b.WriteString("\nserial: one worker works and the others have nothing to do; waiting: worker 0 is done before the others.\n" +
		"limit: every matrix and cache as long as the memory wall takes for its bytes, or the peak of arithmetic for its FLOP.\n")
}

// legend explains what the columns do not say.
func legend(rows []Result) string {
	n := make([]int, len(rows))
	for i, r := range rows {
		n[i] = r.TokS.N
	}
	text := fmt.Sprintf("tok/s: median, 95 %% interval (extremes where n is small), n = %s.", span(n))
	if slices.ContainsFunc(rows, func(r Result) bool { return r.Extrapolated }) {
		text += " *: kinds of layers timed apart, and their times added up."
	}
	if rows[0].SyntheticContext {
		text += " Cache rows are synthetic."
	}
	text += lineTakes(column(rows, func(r Result) float64 { return float64(r.HopNs) }))
	for _, r := range rows {
		if r.ResidentExperts > 0 {
			text += fmt.Sprintf(" %s: %d experts a layer in memory, more do not fit.", shorten(r.Model, nameWidth), r.ResidentExperts)
		}
	}
	return text
}

// writeFits says how speed follows parameters: over all models, and over the MoE
// models alone where that is another set.
func (g group) writeFits(b *strings.Builder) {
	type set struct {
		name    string
		results []Result
	}
	sets := []set{{"all", g.results}}
	switch moe := moeOnly(g.results); len(moe) {
	case 0:
	case len(g.results):
		sets[0].name = "all (MoE)"
	default:
		sets = append(sets, set{"MoE only", moe})
	}
	out := [][]string{{"fit", "models", "against", "slope", "intercept", "R2"}}
	var sentences []string
	for _, set := range sets {
		f := fitSpeed(set.results)
		for _, t := range []struct {
			name string
			Trend
		}{{"active", f.Active}, {"total", f.Total}} {
			out = append(out, []string{set.name, strconv.Itoa(f.N), t.name, fixed(t.Slope), fixed(t.Intercept), fixed(t.R2)})
		}
		sentences = append(sentences, fmt.Sprintf("- %s: %s", set.name, f.Sentence()))
	}
	b.WriteString("\nlog10(tok/s) = intercept + slope x log10(parameters in billions):\n\n")
	writeAligned(b, out)
	fmt.Fprintf(b, "\n%s\n", strings.Join(sentences, "\n"))
}

// writeAligned writes rows of cells, the first one a header, as markdown that
// can be read without rendering it: text to the left, numbers to the right.
func writeAligned(b *strings.Builder, rows [][]string) {
	wide := widths(rows)
	last := len(wide) - 1
	for i, row := range rows {
		for c, cell := range row {
			pad := strings.Repeat(" ", wide[c]-utf8.RuneCountInString(cell))
			if c == 0 || c == last {
				cell += pad
			} else {
				cell = pad + cell
			}
			fmt.Fprintf(b, "| %s ", cell)
		}
		b.WriteString("|\n")
		if i > 0 {
			continue
		}
		for c, w := range wide {
			mark := ":"
			if c == 0 || c == last {
				mark = "-"
			}
			fmt.Fprintf(b, "|%s%s", strings.Repeat("-", w+1), mark)
		}
		b.WriteString("|\n")
	}
}

// widths is how many characters the widest cell of every column has.
func widths(rows [][]string) []int {
	wide := make([]int, len(rows[0]))
	for _, row := range rows {
		for c, cell := range row {
			wide[c] = max(wide[c], utf8.RuneCountInString(cell))
		}
	}
	return wide
}

// width is how many characters a line of the table has.
func width(columns []int) int {
	sum := 1
	for _, w := range columns {
		sum += w + 3
	}
	return sum
}
