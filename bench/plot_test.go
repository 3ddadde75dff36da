package bench

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"moebench/hw"
)

// zoo is results of models at their published sizes, near a wall of 50 GB/s.
func zoo() []Result {
	var out []Result
	for i, m := range []struct {
		id            string
		total, active float64
		moe           bool
	}{
		{"gpt-oss-20b", 20.9, 3.61, true}, {"gpt-oss-120b", 116.8, 5.13, true}, {"qwen3-30b-a3b", 30.5, 3.04, true},
		{"qwen3-235b-a22b", 235.1, 21.6, true}, {"mixtral-8x7b", 46.7, 12.75, true}, {"glm-4.5", 352.8, 32.9, true},
		{"glm-4.5-air", 106.9, 12.8, true}, {"minimax-m2", 228.7, 10.4, true}, {"olmoe-1b-7b", 6.92, 1.18, true},
		{"qwen3-8b", 8.19, 7.57, false}, {"qwen3-32b", 32.8, 32, false}, {"deepseek-v2-lite", 15.7, 2.45, true},
		{"v3.2", 671.9, 37.5, true}, {"v4-flash", 284.3, 13.3, true}, {"v4-pro", 1573, 48.9, true}, {"kimi-k2", 1026, 31.7, true},
	} {
		share := 0.7 + 0.02*float64(i*7%13)
		out = append(out, testResult(m.id, m.total, m.active, share*100/m.active, m.moe))
	}
	return out
}

func svg(t *testing.T, results []Result) string {
	t.Helper()
	var b bytes.Buffer
	if err := writePlot(&b, results); err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(bytes.NewReader(b.Bytes()))
	for {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
	}
	if s := b.String(); strings.Contains(s, "NaN") || strings.Contains(s, "Inf") {
		t.Error("a coordinate is not a number")
	}
	return b.String()
}

func TestPlot(t *testing.T) {
	results := zoo()
	text := svg(t, results)
	if again := svg(t, results); again != text {
		t.Error("the same results gave two different pictures")
	}
	for _, want := range []string{"Decode, format mxfp4, context 4096, batch 1", "active parameters, billions", "total parameters, billions",
		"tokens per second", "memory wall: 50.0 GB/s, 0.500 bytes per active parameter", ">MoE<", ">dense<", "fit: tok/s ~ active^-0."} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q", want)
		}
	}
	for _, r := range results {
		if n := strings.Count(text, ">"+r.Model+"<"); n != 2 {
			t.Errorf("%s is written %d times, want once in each panel", r.Model, n)
		}
	}
}

// TestNamesApart lays out both panels of a crowded picture: no name may cover
// another name, a point, or the edge.
func TestNamesApart(t *testing.T) {
	points := plotPoints(zoo())
	for name, x := range map[string]func(point) float64{
		"active": func(p point) float64 { return p.active }, "total": func(p point) float64 { return p.total },
	} {
		p := panel{points: points, x: x, name: name, wall: wallOf(zoo()), trend: fitSpeed(zoo()).Active}
		lo, hi := speedRange(points, p.wall)
		made, err := p.plot(lo, hi)
		if err != nil {
			t.Fatal(err)
		}
		c := made.DataCanvas(draw.New(vgsvg.NewWith(vgsvg.UseWH(375, 260))))
		at, boxes := names{panel: p}.layout(c, made)
		for i, box := range boxes {
			if !c.Contains(box.Min) || !c.Contains(box.Max) {
				t.Errorf("%s: %s leaves the panel", name, points[i].name)
			}
			for j := range boxes {
				if j < i && overlaps(box, boxes[j:j+1]) > 0 {
					t.Errorf("%s: %s covers %s", name, points[i].name, points[j].name)
				}
				if overlaps(box, []vg.Rectangle{around(at[j], markRadius, markRadius)}) > 0 {
					t.Errorf("%s: %s covers the point of %s", name, points[i].name, points[j].name)
				}
			}
		}
	}
}

func TestPlotDegenerate(t *testing.T) {
	one := testResult("only", 8, 1, 10, true)
	noWall, noBars := one, one
	noWall.WallGBs, noWall.ShareOfWall = missing(), missing()
	noBars.TokS.Lo, noBars.TokS.Hi = missing(), missing()
	for name, r := range map[string]Result{"one": one, "no wall": noWall, "no interval": noBars} {
		text := svg(t, []Result{r})
		if !strings.Contains(text, ">only<") || !strings.Contains(text, "fit "+hw.NotAvailable) {
			t.Errorf("%s: no point, or a fit through it", name)
		}
		if got := strings.Contains(text, "memory wall: "+hw.NotAvailable); got != (name == "no wall") {
			t.Errorf("%s: wall not available: %v", name, got)
		}
	}
	same := []Result{one, one, one} // all at one place
	svg(t, same)
	bad := one
	bad.TokS.Median = missing()
	for name, results := range map[string][]Result{"empty": nil, "no speed": {bad}} {
		if err := writePlot(io.Discard, results); err == nil || !strings.Contains(err.Error(), "nothing to plot") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := writePlot(full{}, []Result{one}); !errors.Is(err, errFull) {
		t.Errorf("got %v", err)
	}
	odd := one
	odd.Model = `a<b>&"c`
	if text := svg(t, []Result{odd}); !strings.Contains(text, "a&lt;b&gt;&amp;") {
		t.Error("a name is not escaped")
	}
}

func TestWallLine(t *testing.T) {
	a, b := testResult("a", 8, 2, 10, true), testResult("b", 8, 4, 10, true)
	a.WallGBs, a.BytesPerToken = 40, 1e9 // 0.5 bytes per parameter
	b.WallGBs, b.BytesPerToken = 60, 4e9 // 1
	w := wallOf([]Result{a, b})
	// Medians 50 GB/s and 0.75 bytes: 50 / (0.75 x 2) tok/s at 2 billion.
	if !near(w.gbs, 50) || !near(w.bytes, 0.75) || !near(w.at(2), 50/1.5) {
		t.Errorf("%+v, %v tok/s", w, w.at(2))
	}
	if (wallLine{}).known() || wallOf(nil).known() {
		t.Error("a wall out of nothing")
	}
}

func TestLogTicks(t *testing.T) {
	labels := func(lo, hi float64) string {
		var out []string
		for _, tick := range (logTicks{}).Ticks(lo, hi) {
			if tick.Value < lo || tick.Value > hi {
				t.Errorf("tick %v outside %v to %v", tick.Value, lo, hi)
			}
			if tick.Label != "" {
				out = append(out, tick.Label)
			}
		}
		return strings.Join(out, " ")
	}
	for _, c := range []struct {
		lo, hi float64
		want   string
	}{{0.4, 12, "0.5 1 2 5 10"}, {0.6, 2000, "1 10 100 1000"}, {3, 4, ""}, {1, 1000, "1 2 5 10 20 50 100 200 500 1000"}} {
		if got := labels(c.lo, c.hi); got != c.want {
			t.Errorf("%v to %v: %q, want %q", c.lo, c.hi, got, c.want)
		}
	}
}
