package bench

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"moebench/hw"
)

func tables(t *testing.T, results []Result) string {
	t.Helper()
	var b strings.Builder
	if err := WriteText(&b, results); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTableGolden(t *testing.T) {
	results := []Result{testResult("big", 284.3, 13.3, 5.5, true), testResult("dense", 8.19, 7.57, 9.25, false), testResult("small", 6.92, 1.18, 47.26, true)}
	results[0].Extrapolated, results[0].HopNs, results[1].HopNs = true, 171, 32.6
	results[2].notes = []note{{"noisy", "noisy: -14 % to +3 %"}}
	results[2].Verdict = "below the wall: 56 %; noisy: -14 % to +3 %"
	const want = `### Decode, format mxfp4, context 4096, batch 1

route uniform, 2 threads, avx2, CPU not available

| model | total (B) | active (B) | GB/token |    tok/s [lo..hi] | GB/s | % wall | % limit | note  |
|-------|----------:|-----------:|---------:|------------------:|-----:|-------:|--------:|-------|
| small |      6.92 |       1.18 |    0.590 | 47.3 [44.9..48.2] | 27.9 |   55.8 |    50.0 | noisy |
| dense |      8.19 |       7.57 |     3.79 | 9.25 [8.79..9.44] | 35.0 |   70.0 |    50.0 |       |
| big*  |       284 |       13.3 |     6.65 | 5.50 [5.22..5.61] | 36.6 |   73.2 |    50.0 |       |

tok/s: median, 95 % interval (extremes where n is small), n = 10. *: kinds of layers timed apart, and their times added up. A cache line took 33 to 171 ns from core to core.
- small: below the wall: 56 %; noisy: -14 % to +3 %.

log10(tok/s) = intercept + slope x log10(parameters in billions):

| fit      | models | against |         slope |     intercept | R2            |
|----------|-------:|--------:|--------------:|--------------:|---------------|
| all      |      3 |  active |         -0.89 |          1.74 | 1.00          |
| all      |      3 |   total |         -0.38 |          1.66 | 0.51          |
| MoE only |      2 |  active | not available | not available | not available |
| MoE only |      2 |   total | not available | not available | not available |

- all: Active parameters explain speed: R2 1.00, against 0.51 for total parameters, 3 models.
- MoE only: Which explains speed cannot be said: 2 models, at least 3 needed.
`
	if got := tables(t, results); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// TestKinds: where the time of a model goes, and nothing where that was not recorded.
func TestKinds(t *testing.T) {
	r := testResult("a", 8, 1, 5, true)
	r.Layers = []Part{
		{Kind: "gqa+moe", Count: 3, Ns: 2e6, Share: 0.75, ShareOfLimit: 0.8, SerialNs: 1e5, WaitNs: 5e4},
		{Kind: "head", Count: 1, Ns: 2e6, Share: 0.5, ShareOfLimit: missing()},
	}
	text := tables(t, []Result{r})
	for _, want := range []string{
		"| model | kind of layer | count | ms each | % time | % serial | % waiting | % wall | % limit |",
		"| a     |       gqa+moe |     3 |    2.00 |   75.0 |     5.00 |      2.50 |   75.0 | 80.0    |",
		"| a     |          head |     1 |    2.00 |   25.0 |        - |         - |   50.0 | -       |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

// One group per format, in first-seen order; every line of a table is as wide as
// its neighbours and narrower than a terminal.
func TestTableShape(t *testing.T) {
	var results []Result
	for _, format := range []string{"mxfp4", Native} {
		for _, model := range []string{"/a/very/long/path/to/a/checkpoint/of/some-model|x", "b"} {
			r := testResult(model, 1573.4, 48.9, 0.0512345, true)
			r.Format, r.Extrapolated, r.Threads = format, true, 1
			r.ShareOfWall, r.WallGBs = missing(), missing()
			r.notes = []note{{"small n", "x"}, {"noisy", "x"}, {"steal", "x"}, {"mixed", "x"}, {"> wall", "x"}}
			results = append(results, r)
		}
	}
	text := tables(t, results)
	if a, b := strings.Index(text, "format mxfp4"), strings.Index(text, "format native"); a < 0 || b < a {
		t.Errorf("want mxfp4 before native:\n%s", text)
	}
	if !strings.Contains(text, "1 thread,") || !strings.Contains(text, "…") {
		t.Errorf("title or model name:\n%s", text)
	}
	wide := 0
	for _, line := range strings.Split(text, "\n") {
		n := utf8.RuneCountInString(line)
		if strings.HasPrefix(line, "|") {
			if wide > 0 && n != wide {
				t.Errorf("line of %d characters beside %d: %s", n, wide, line)
			}
			wide = n
			if n >= tableWidth {
				t.Errorf("%d characters: %s", n, line)
			}
		} else {
			wide = 0
		}
	}
	if !strings.Contains(text, " - |") || !strings.Contains(text, "below") {
		t.Errorf("missing wall or shortened notes:\n%s", text)
	}
}

func TestTableDegenerate(t *testing.T) {
	if got := tables(t, nil); got != "No results.\n" {
		t.Errorf("empty: %q", got)
	}
	one := tables(t, Summarise([]Sample{testSample("a", 1e9, 0)}, testEnv))
	for _, want := range []string{
		"| a     |      8.00 |       1.00 |     2.00 | 1.00 [1.00..1.00] | 2.00 |      - |       - | small n |",
		"n = 1.", "- a: wall not available; n too small for an interval: 1.", "cannot be said: 1 model",
	} {
		if !strings.Contains(one, want) {
			t.Errorf("no %q in:\n%s", want, one)
		}
	}
	if strings.Contains(one, "NaN") {
		t.Errorf("NaN in:\n%s", one)
	}
	if err := WriteText(full{}, nil); !errors.Is(err, errFull) {
		t.Errorf("got %v", err)
	}
}

func TestDigits(t *testing.T) {
	for _, c := range []struct {
		in   float64
		want string
	}{{0, "0"}, {0.0512345, "0.0512"}, {0.9996, "1.00"}, {1.005e-5, "0.0000101"}, {9.994, "9.99"}, {9.996, "10.0"}, {99.96, "100"}, {123.6, "124"}, {1573.4, "1573"}, {-2.5, "-2.50"}} {
		if got := digits(Number(c.in)); got != c.want {
			t.Errorf("%v: %s, want %s", c.in, got, c.want)
		}
	}
	if digits(missing()) != hw.NotAvailable || billions(0) != hw.NotAvailable || fixed(missing()) != hw.NotAvailable || (Interval{Median: missing()}).String() != hw.NotAvailable {
		t.Error("a missing value must say so")
	}
}
