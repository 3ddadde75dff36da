package bench

import (
	"image/color"
	"io"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"moebench/ledger"
)

// curve is one line of a chart, or points with error bars where it is measured.
type curve struct {
	name     string
	ink      color.Color
	dashed   bool
	measured bool
	at       plotter.XYs
	errors   plotter.YErrors // of measured points
}

// chart is one panel with logarithmic axes.
type chart struct {
	title, x string
	curves   []curve
}

var modelInks = map[string]color.Color{"v3.2": fitInk, "v4-pro": wallInk, "v4-flash": modelInk}

// writeContextPlot draws what a token takes against the context: counted as lines,
// measured (one sequence) as points.
func writeContextPlot(w io.Writer, c ledger.Convention, measured []SweepRow) error {
	var points []Point
	for ctx := 4 << 10; ctx <= 1<<20; ctx *= 2 {
		points = append(points, Point{ctx, 1})
	}
	counted, err := SweepRows(c, points, func(string, Point) []Sample { return nil })
	if err != nil {
		return err
	}
	charts := []chart{
		{title: "GFLOP per token, " + c.Name}, {title: "KV cache of a sequence, GB"},
		{title: "GB read per token, batch 1"}, {title: "ms per token, batch 1, measured"},
	}
	for i, id := range compared {
		for panel, f := range []func(ModelRow) float64{
			func(m ModelRow) float64 { return m.FLOP / 1e9 },
			func(m ModelRow) float64 { return gb(m.Cache) },
			func(m ModelRow) float64 { return m.Bytes / 1e9 },
		} {
			line := curve{name: id, ink: modelInks[id]}
			for _, r := range counted {
				line.at = append(line.at, plotter.XY{X: float64(r.Ctx), Y: f(r.Models[i])})
			}
			charts[panel].curves = append(charts[panel].curves, line)
		}
		times := curve{name: id, ink: modelInks[id], measured: true}
		for _, r := range measured {
			if r.Batch == 1 {
				times.add(r.Ctx, r.Models[i].Ns.measured(), 1e-6)
			}
		}
		charts[3].curves = append(charts[3].curves, times)
	}
	for i := range charts {
		charts[i].x = "tokens of context"
	}
	return writeCharts(w, charts)
}

// writeBatchPlot draws the quotients of time, bytes and compute against the batch.
func writeBatchPlot(w io.Writer, rows []SweepRow) error {
	var charts []chart
	for _, m := range []struct {
		id string
		of func(SweepRow) Quotients
	}{{"v4-pro", func(r SweepRow) Quotients { return r.Pro }}, {"v4-flash", func(r SweepRow) Quotients { return r.Flash }}} {
		time, bytes, compute := curve{name: "time, measured", ink: ink, measured: true}, curve{name: "bytes read", ink: wallInk}, curve{name: "compute", ink: modelInk, dashed: true}
		for _, r := range rows {
			if q := m.of(r); r.Ctx == sweepCtx && q.Time.N > 0 {
				time.add(r.Batch, q.Time, 1)
				bytes.at = append(bytes.at, plotter.XY{X: float64(r.Batch), Y: q.Bytes})
				compute.at = append(compute.at, plotter.XY{X: float64(r.Batch), Y: q.Compute})
			}
		}
		charts = append(charts, chart{title: m.id + " at 128k, of V3.2's", x: "batch", curves: []curve{bytes, compute, time}})
	}
	return writeCharts(w, charts)
}

// add appends a measured point, scaled.
func (c *curve) add(x int, m Measured, scale float64) {
	if m.N == 0 {
		return
	}
	c.at = append(c.at, plotter.XY{X: float64(x), Y: float64(m.Ratio) * scale})
	c.errors = append(c.errors, struct{ Low, High float64 }{float64(m.Ratio-m.Lo) * scale, float64(m.Hi-m.Ratio) * scale})
}

// writeCharts draws panels two in a row, as SVG.
func writeCharts(w io.Writer, charts []chart) error {
	rows := (len(charts) + 1) / 2
	tiles := draw.Tiles{Rows: rows, Cols: 2, PadX: 24, PadY: 16, PadLeft: 8, PadRight: 12, PadTop: 8, PadBottom: 8}
	return writeSVG(w, vg.Length(rows)*plotHeight*0.8, func(c draw.Canvas) error {
		for i, ch := range charts {
			p, err := ch.plot()
			if err != nil {
				return err
			}
			p.Draw(tiles.At(c, i%2, i/2))
		}
		return nil
	})
}

func (ch chart) plot() (*plot.Plot, error) {
	p := newLogPlot()
	p.Title.Text, p.X.Label.Text = ch.title, ch.x
	p.Title.TextStyle.Font = sans(11, ink).Font
	p.X.Label.TextStyle.Font = sans(10, ink).Font
	p.Legend.TextStyle.Font = sans(9.5, ink).Font
	p.Legend.Top, p.Legend.Left = true, true
	for _, c := range ch.curves {
		if err := c.draw(p); err != nil {
			return nil, err
		}
	}
	p.X.Min, p.X.Max = widen(p.X.Min, p.X.Max)
	p.Y.Min, p.Y.Max = widen(p.Y.Min, p.Y.Max)
	p.Y.Max *= 1.5 // room for the legend
	return p, nil
}

func (c curve) draw(p *plot.Plot) error {
	if len(c.at) == 0 {
		return nil
	}
	line, err := plotter.NewLine(c.at)
	if err != nil {
		return err
	}
	line.LineStyle = draw.LineStyle{Color: c.ink, Width: 1.4}
	if c.dashed {
		line.Dashes = []vg.Length{6, 3}
	}
	p.Add(line)
	if !c.measured {
		p.Legend.Add(c.name, line)
		return nil
	}
	points, err := plotter.NewScatter(c.at)
	if err != nil {
		return err
	}
	points.GlyphStyle = draw.GlyphStyle{Color: c.ink, Radius: markRadius, Shape: draw.CircleGlyph{}}
	bars, err := errorBars(c.at, c.errors, c.ink)
	if err != nil {
		return err
	}
	p.Add(bars, points)
	p.Legend.Add(c.name, points)
	return nil
}
