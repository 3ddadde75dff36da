package moe

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Trace is a recorded routing: for every token and layer the experts chosen. It
// is stored as CSV with the header "token,layer,expert", one line per choice,
// tokens ascending and layers ascending within a token.
type Trace struct {
	topK   int
	layers [][]int32 // [layer][token*topK]
	max    int32
}

const traceHeader = "token,layer,expert"

// maxTrace bounds layers and expert numbers, so that a bad line cannot ask for
// much memory.
const maxTrace = 1 << 16

// ReadTrace reads a trace; an error names the line.
func ReadTrace(r io.Reader) (*Trace, error) {
	t := &Trace{}
	in := bufio.NewScanner(r)
	if !in.Scan() || strings.TrimSpace(in.Text()) != traceHeader {
		return nil, fmt.Errorf("line 1: %w", cmp.Or(in.Err(), fmt.Errorf("want the header %q", traceHeader)))
	}
	token, layer := -1, 0
	var row []int32
	line := 1
	for in.Scan() {
		line++
		if strings.TrimSpace(in.Text()) == "" {
			continue
		}
		n, err := parseChoice(in.Text())
		if err == nil && (n[0] != token || n[1] != layer) {
			if err = t.add(token, layer, row); err == nil {
				err = t.follows(token, layer, n)
			}
			token, layer, row = n[0], n[1], row[:0]
		}
		if err == nil && slices.Contains(row, int32(n[2])) {
			err = fmt.Errorf("expert %d twice for token %d in layer %d", n[2], token, layer)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		row = append(row, int32(n[2]))
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("line %d: %w", line+1, err)
	}
	if err := t.add(token, layer, row); err != nil {
		return nil, fmt.Errorf("line %d: %w", line, err)
	}
	if len(t.layers) == 0 {
		return nil, fmt.Errorf("line %d: want at least one choice after the header", line)
	}
	for i, l := range t.layers {
		if len(l) != len(t.layers[0]) {
			return nil, fmt.Errorf("layer %d has %d tokens, layer 0 has %d: want the same", i, len(l)/t.topK, len(t.layers[0])/t.topK)
		}
	}
	return t, nil
}

func parseChoice(text string) (n [3]int, err error) {
	fields := strings.Split(text, ",")
	if len(fields) != 3 {
		return n, fmt.Errorf("%d fields, want token,layer,expert", len(fields))
	}
	for i, f := range fields {
		if n[i], err = strconv.Atoi(strings.TrimSpace(f)); err != nil || n[i] < 0 || i > 0 && n[i] >= maxTrace {
			return n, fmt.Errorf("%q is not the number of any %s", f, strings.Split(traceHeader, ",")[i])
		}
	}
	return n, nil
}

// follows checks that a new token and layer come next.
func (t *Trace) follows(token, layer int, n [3]int) error {
	if n[0] == token && n[1] == layer+1 || n[0] == token+1 && n[1] == 0 {
		return nil
	}
	if token < 0 {
		return fmt.Errorf("token %d, layer %d: want token 0, layer 0 first", n[0], n[1])
	}
	return fmt.Errorf("token %d, layer %d after token %d, layer %d: want the next layer, or layer 0 of the next token", n[0], n[1], token, layer)
}

// add stores the choices of one token in one layer.
func (t *Trace) add(token, layer int, row []int32) error {
	if token < 0 {
		return nil
	}
	if t.topK == 0 {
		t.topK = len(row)
	}
	if len(row) != t.topK {
		return fmt.Errorf("%d experts for token %d in layer %d, want %d as before", len(row), token, layer, t.topK)
	}
	if layer == len(t.layers) {
		t.layers = append(t.layers, nil)
	}
	t.layers[layer] = append(t.layers[layer], row...)
	t.max = max(t.max, slices.Max(row))
	return nil
}

// chooser replays one layer from the start, again and again. Layers beyond the
// recorded ones wrap around.
func (t *Trace) chooser(layer, experts, topK int) (Chooser, error) {
	if topK != t.topK || int(t.max) >= experts {
		return nil, fmt.Errorf("trace of %d experts a token, the highest %d: the model has top-%d of %d", t.topK, t.max, topK, experts)
	}
	return &replay{ids: t.layers[layer%len(t.layers)]}, nil
}

type replay struct {
	ids []int32
	at  int
}

// Choose copies the next tokens' experts.
func (r *replay) Choose(ids []int32, tokens int) {
	for i := range ids {
		ids[i] = r.ids[r.at]
		r.at = (r.at + 1) % len(r.ids)
	}
}
