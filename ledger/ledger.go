// Package ledger is exact arithmetic about models: parameters, multiply-
// accumulates and bytes, as integers, without tensors.
//
// Every layer states its costs beside its Forward, one Line per matrix, vector,
// table or cache stream; a Ledger is the list. What a Step is must be said,
// because bytes depend on it: how many tokens, at which context, hitting how
// many experts. One multiply-accumulate (MAC) is 2 FLOP.
package ledger

// Kind says what a line accounts for.
type Kind string

// The kinds of lines.
const (
	Matrix Kind = "matrix" // multiplied with every token of the step
	Vector Kind = "vector" // norms, biases, sinks: small, they stay in cache and count no bytes
	Table  Kind = "table"  // looked up, not multiplied: embeddings
	Cache  Kind = "cache"  // rows of past tokens, read by attention
	State  Kind = "state"  // what compressors remember of windows under way
)

// VectorLine accounts for vectors of n parameters, all of which a token uses.
func VectorLine(name, formula string, n int) Line {
	return Line{Name: name, Kind: Vector, Format: "f32", Formula: formula, Params: int64(n), Active: int64(n)}
}

// MatrixLine accounts for one matrix that every token is multiplied with; bytes
// is its stored size.
func MatrixLine(name, format, formula string, rows, cols, tokens int, bytes int64) Line {
	n := int64(rows) * int64(cols)
	return Line{Name: name, Kind: Matrix, Format: format, Formula: formula, Params: n, Active: n, MACs: n * int64(tokens), WeightBytes: bytes}
}

// Of is the line of count matrices like l's, of which a token uses active and
// the step reads hit.
func (l Line) Of(count, active, hit int) Line {
	l.Params *= int64(count)
	l.Active *= int64(active)
	l.MACs *= int64(active)
	l.WeightBytes *= int64(hit)
	return l
}

// Step is the work a ledger accounts for: one forward pass.
type Step struct {
	Tokens  int // rows of the pass
	Context int // tokens each row sees, itself included
	Experts int // distinct routed experts hit in a layer; 0 = every choice hits another one
	Logits  int // rows whose logits are wanted; 0 = all
}

// Hit is the number of distinct experts of a layer with the given routing.
func (s Step) Hit(experts, topK int) int {
	if s.Experts > 0 {
		return min(s.Experts, experts)
	}
	return min(s.Tokens*topK, experts)
}

// Line is one item of a step.
type Line struct {
	Name    string `json:"name"`
	Kind    Kind   `json:"kind"`
	Format  string `json:"format,omitempty"`
	Formula string `json:"formula"` // of Params, in words of the config

	Params      int64 `json:"params"`       // parameters stored
	Active      int64 `json:"active"`       // parameters one token uses
	MACs        int64 `json:"macs"`         // multiply-accumulates of the step
	WeightBytes int64 `json:"weight_bytes"` // weights the step reads, padding and scales included
	CacheRead   int64 `json:"cache_read"`   // cache bytes the step reads
	CacheStored int64 `json:"cache_stored"` // cache bytes held for one sequence at this context
}

// Ledger lists the items of a step in the order Forward meets them.
type Ledger []Line

// Total adds up all lines.
func (l Ledger) Total() Line {
	t := Line{Name: "total"}
	for _, line := range l {
		t.add(line, 1)
	}
	return t
}

func (t *Line) add(o Line, n int64) {
	t.Params += n * o.Params
	t.Active += n * o.Active
	t.MACs += n * o.MACs
	t.WeightBytes += n * o.WeightBytes
	t.CacheRead += n * o.CacheRead
	t.CacheStored += n * o.CacheStored
}

// Times is the ledger of n equal layers.
func (l Ledger) Times(n int) Ledger {
	out := make(Ledger, len(l))
	for i, line := range l {
		out[i] = Line{Name: line.Name, Kind: line.Kind, Format: line.Format, Formula: line.Formula}
		out[i].add(line, int64(n))
	}
	return out
}

// By adds up the lines of which key says the same, in the order it first says it;
// lines without a key are left out.
func (l Ledger) By(key func(Line) string) Ledger {
	var out Ledger
	at := map[string]int{}
	for _, line := range l {
		k := key(line)
		if k == "" {
			continue
		}
		i, seen := at[k]
		if !seen {
			i = len(out)
			at[k] = i
			out = append(out, Line{Name: k})
		}
		out[i].add(line, 1)
	}
	return out
}

// Only is the line of a name; nothing where there is none.
func (l Ledger) Only(name string) Line {
	for _, line := range l {
		if line.Name == name {
			return line
		}
	}
	return Line{Name: name}
}

// Prefix puts a name in front of every line's.
func (l Ledger) Prefix(name string) Ledger {
	out := append(Ledger(nil), l...)
	for i := range out {
		out[i].Name = name + out[i].Name
	}
	return out
}

// Bytes is all that a step reads from memory.
func (t Line) Bytes() int64 { return t.WeightBytes + t.CacheRead }

// FLOP is 2 per MAC.
func (t Line) FLOP() int64 { return 2 * t.MACs }
