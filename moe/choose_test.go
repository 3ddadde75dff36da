package moe

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

func chooser(t *testing.T, routing string, seed uint64, layer, experts, topK int) Chooser {
	t.Helper()
	r, err := ParseRouting(routing)
	if err != nil {
		t.Fatal(err)
	}
	c, err := r.Chooser(seed, layer, experts, topK)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestParseRouting(t *testing.T) {
	for _, good := range []string{"uniform", "zipf", "zipf:1.2", "sticky", "sticky:0", "sticky:1", "trace:a.csv"} {
		if _, err := ParseRouting(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", "random", "uniform:1", "zipf:", "zipf:0", "zipf:-1", "zipf:x", "zipf:NaN", "sticky:1.5", "trace", "trace:"} {
		if _, err := ParseRouting(bad); err == nil || !strings.Contains(err.Error(), "want router, uniform, zipf") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	r, _ := ParseRouting("trace:x")
	if _, err := r.Chooser(1, 0, 8, 2); err == nil || !strings.Contains(err.Error(), "was not read") {
		t.Errorf("trace without a file: %v", err)
	}
}

// TestDistinct: a token's experts are distinct and in range, whatever the
// routing, also where top-k is nearly all.
func TestDistinct(t *testing.T) {
	for _, routing := range []string{"uniform", "zipf", "zipf:3", "sticky", "sticky:1", "sticky:0"} {
		for _, size := range [][2]int{{1, 1}, {8, 2}, {8, 7}, {8, 8}, {256, 6}, {10, 4}} {
			experts, k := size[0], size[1]
			c := chooser(t, routing, 7, 3, experts, k)
			for range 20 {
				ids := make([]int32, 13*k)
				c.Choose(ids, 13)
				for i := 0; i < len(ids); i += k {
					row := slices.Sorted(slices.Values(ids[i : i+k]))
					if len(slices.Compact(row)) != k || row[0] < 0 || int(row[len(row)-1]) >= experts {
						t.Fatalf("%s, %d of %d: %v", routing, k, experts, ids[i:i+k])
					}
				}
			}
		}
	}
}

// TestUniform: every expert comes once before any comes again; over long runs
// all are equally frequent even where top-k does not divide their number.
func TestUniform(t *testing.T) {
	c := chooser(t, "uniform", 1, 0, 256, 8)
	ids := make([]int32, 256)
	for round := range 5 {
		c.Choose(ids, 32)
		if got := slices.Compact(slices.Sorted(slices.Values(ids))); len(got) != 256 {
			t.Fatalf("round %d visits %d of 256 experts", round, len(got))
		}
	}
	c = chooser(t, "uniform", 1, 0, 10, 4)
	counts := make([]int, 10)
	ids = make([]int32, 4*1000)
	c.Choose(ids, 1000)
	for _, id := range ids {
		counts[id]++
	}
	for e, n := range counts {
		if n < 390 || n > 410 {
			t.Errorf("expert %d was chosen %d times of 400 +- 10", e, n)
		}
	}
}

// TestZipf: with exponent 1 over 8 experts and one choice, the hottest comes with
// probability 1/H(8) = 0.368, and others by rank.
func TestZipf(t *testing.T) {
	const n = 20000
	c := chooser(t, "zipf:1", 5, 0, 8, 1)
	ids := make([]int32, n)
	c.Choose(ids, n)
	counts := make([]float64, 8)
	for _, id := range ids {
		counts[id]++
	}
	slices.Sort(counts)
	slices.Reverse(counts)
	for rank, got := range counts {
		p := 1 / float64(rank+1) / 2.717857
		// Five standard deviations of a binomial count.
		if math.Abs(got-n*p) > 5*math.Sqrt(n*p*(1-p)) {
			t.Errorf("rank %d was chosen %.0f times, want about %.0f", rank+1, got, n*p)
		}
	}
}

// TestSticky: the share of experts kept from the token before.
func TestSticky(t *testing.T) {
	const n, k = 5000, 8
	for routing, want := range map[string]float64{"sticky:0.45": 0.45, "sticky:1": 1} {
		c := chooser(t, routing, 5, 0, 512, k)
		ids := make([]int32, n*k)
		c.Choose(ids, n)
		kept := 0.0
		for i := k; i < len(ids); i++ {
			if slices.Contains(ids[i/k*k-k:i/k*k], ids[i]) {
				kept++
			}
		}
		// Besides those kept, a dealt one may come back: at most k/512.
		if share := kept / float64((n-1)*k); share < want-0.02 || share > want+0.02+float64(k)/512 {
			t.Errorf("%s: %.3f of the experts are kept", routing, share)
		}
	}
}

func TestSeeds(t *testing.T) {
	for _, routing := range []string{"uniform", "zipf", "sticky"} {
		a, b := make([]int32, 60), make([]int32, 60)
		chooser(t, routing, 1, 2, 64, 6).Choose(a, 10)
		chooser(t, routing, 1, 2, 64, 6).Choose(b, 10)
		if !slices.Equal(a, b) {
			t.Errorf("%s: the same seed gives other routes", routing)
		}
		for _, other := range []Chooser{chooser(t, routing, 2, 2, 64, 6), chooser(t, routing, 1, 3, 64, 6)} {
			if other.Choose(b, 10); slices.Equal(a, b) {
				t.Errorf("%s: another seed or layer gives the same routes", routing)
			}
		}
	}
}

const traceText = `token,layer,expert
0,0,3
0,0,1
0,1,0
0,1,2
1,0,2
1,0,0
1,1,3
1,1,1
`

// text is the trace as stored.
func (t *Trace) text() string {
	var out strings.Builder
	fmt.Fprintln(&out, traceHeader)
	for token := range len(t.layers[0]) / t.topK {
		for layer, ids := range t.layers {
			for _, id := range ids[token*t.topK : (token+1)*t.topK] {
				fmt.Fprintf(&out, "%d,%d,%d\n", token, layer, id)
			}
		}
	}
	return out.String()
}

func TestTrace(t *testing.T) {
	trace, err := ReadTrace(strings.NewReader(traceText))
	if err != nil {
		t.Fatal(err)
	}
	if trace.text() != traceText {
		t.Errorf("written back: %s", trace.text())
	}
	r, _ := ParseRouting("trace:x")
	for layer, want := range map[int][]int32{0: {3, 1, 2, 0, 3, 1}, 1: {0, 2, 3, 1, 0, 2}, 3: {0, 2, 3, 1, 0, 2}} {
		c, err := r.WithTrace(trace).Chooser(1, layer, 4, 2)
		if err != nil {
			t.Fatal(err)
		}
		ids := make([]int32, 6)
		c.Choose(ids[:2], 1)
		c.Choose(ids[2:], 2)
		if !slices.Equal(ids, want) {
			t.Errorf("layer %d: %v, want %v", layer, ids, want)
		}
	}
	for _, size := range [][2]int{{3, 2}, {4, 3}} {
		if _, err := r.WithTrace(trace).Chooser(1, 0, size[0], size[1]); err == nil {
			t.Errorf("a model with top-%d of %d takes the trace", size[1], size[0])
		}
	}
}

func TestTraceErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                                          `line 1: want the header`,
		"layer,expert\n":                            `line 1: want the header`,
		"token,layer,expert\n":                      `line 1: want at least one choice`,
		"token,layer,expert\n0,0\n":                 `line 2: 2 fields`,
		"token,layer,expert\n0,0,x\n":               `line 2: "x" is not the number of any expert`,
		"token,layer,expert\n0,0,-1\n":              `line 2: "-1" is not`,
		"token,layer,expert\n0,0,99999\n":           `line 2: "99999" is not`,
		"token,layer,expert\n1,0,1\n":               `line 2: token 1, layer 0: want token 0, layer 0 first`,
		"token,layer,expert\n0,1,1\n":               `line 2: token 0, layer 1: want token 0, layer 0 first`,
		"token,layer,expert\n0,0,1\n0,0,1\n":        `line 3: expert 1 twice`,
		"token,layer,expert\n0,0,1\n0,1,1\n0,1,2\n": `2 experts for token 0 in layer 1, want 1`,
		"token,layer,expert\n0,0,1\n0,1,1\n1,0,1\n": `layer 1 has 1 tokens, layer 0 has 2`,
		"token,layer,expert\n0,0,1\n0,2,1\n":        `line 3: token 0, layer 2 after token 0, layer 0`,
	} {
		if _, err := ReadTrace(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func FuzzTrace(f *testing.F) {
	f.Add(traceText)
	f.Add("token,layer,expert\n0,0,1\n\n1,0,2\n")
	f.Add("token,layer,expert\n9223372036854775807,0,1\n")
	f.Fuzz(func(t *testing.T, text string) {
		trace, err := ReadTrace(strings.NewReader(text))
		if err != nil {
			return
		}
		again, err := ReadTrace(strings.NewReader(trace.text()))
		if err != nil || again.topK != trace.topK || len(again.layers) != len(trace.layers) {
			t.Fatalf("a written trace does not read back: %v", err)
		}
	})
}

// TestChooserLayers: every layer draws numbers of its own.
func TestChooserLayers(t *testing.T) {
	r, err := ParseRouting("sticky:0.5")
	if err != nil {
		t.Fatal(err)
	}
	draw := func(layer int) *sticky {
		c, err := r.Chooser(1, layer, 64, 1)
		if err != nil {
			t.Fatal(err)
		}
		return c.(*sticky)
	}
	x, y := draw(0), draw(1)
	x.next()
	if x.next() == y.next() {
		t.Error("layer 1 has the numbers of layer 0, one later")
	}
}
