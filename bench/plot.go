package bench

import (
	"fmt"
	"image/color"
	"os"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

var (
	wallColor = color.RGBA{R: 200, G: 60, B: 40, A: 255}
	fitColor  = color.RGBA{R: 60, G: 100, B: 200, A: 255}
)

// WritePlot draws tok/s against active parameters, and against total ones
// beside it, log-log, with the fits and the wall line: bandwidth / bytes per
// token. Results share one format, so bytes per active parameter are alike.
func WritePlot(path string, results []Result) error {
	c := vgsvg.New(32*vg.Centimeter, 14*vg.Centimeter)
	left, err := panel("active parameters", results, activeOf, true)
	if err != nil {
		return err
	}
	right, err := panel("total parameters", results, totalOf, false)
	if err != nil {
		return err
	}
	left.Y.Min, left.Y.Max = min(left.Y.Min, right.Y.Min), max(left.Y.Max, right.Y.Max)
	right.Y.Min, right.Y.Max = left.Y.Min, left.Y.Max
	tiles := draw.Tiles{Rows: 1, Cols: 2, PadX: vg.Centimeter, PadTop: 3, PadBottom: 3, PadLeft: 3, PadRight: 12}
	canvases := plot.Align([][]*plot.Plot{{left, right}}, tiles, draw.New(c))
	left.Draw(canvases[0][0])
	right.Draw(canvases[0][1])
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if _, err := c.WriteTo(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// panel is one of the two pictures.
func panel(over string, results []Result, x func(Result) float64, wall bool) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text = "decode speed over " + over
	p.X.Label.Text, p.Y.Label.Text = over, "tok/s"
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = ticks{}, ticks{}
	p.Add(plotter.NewGrid())
	var points errorPoints
	var names []string
	for _, r := range results {
		points.XYs = append(points.XYs, plotter.XY{X: x(r), Y: r.TokS.Median})
		points.YErrors = append(points.YErrors, struct{ Low, High float64 }{r.TokS.Median - r.TokS.Lo, r.TokS.Hi - r.TokS.Median})
		names = append(names, r.Model)
	}
	if fit, ok := fitOver(over, results, x); ok {
		line := plotter.NewFunction(fit.At)
		line.Color, line.Width = fitColor, vg.Points(1)
		p.Add(line)
		p.Legend.Add(fmt.Sprintf("fit: slope %.2f, R2 %.3f", fit.Slope, fit.R2), line)
	}
	if wall {
		line := plotter.NewFunction(wallLine(results))
		line.Color, line.Width, line.Dashes = wallColor, vg.Points(1), []vg.Length{vg.Points(4), vg.Points(3)}
		p.Add(line)
		p.Legend.Add("wall: bandwidth / bytes per token", line)
	}
	bars, err := plotter.NewYErrorBars(points)
	if err != nil {
		return nil, err
	}
	p.Add(bars)
	for _, moe := range []bool{true, false} {
		if err := addPoints(p, results, points.XYs, moe); err != nil {
			return nil, err
		}
	}
	labels, err := plotter.NewLabels(plotter.XYLabels{XYs: points.XYs, Labels: names})
	if err != nil {
		return nil, err
	}
	for i := range labels.TextStyle {
		labels.TextStyle[i].Font.Size = font.Length(8)
	}
	labels.Offset = vg.Point{X: vg.Points(5), Y: vg.Points(3)}
	p.Add(labels)
	p.Legend.Top = true
	margins(p, points.XYs)
	return p, nil
}

type errorPoints struct {
	plotter.XYs
	plotter.YErrors
}

// addPoints draws mixture-of-experts models as filled, dense ones as open dots.
func addPoints(p *plot.Plot, results []Result, xys plotter.XYs, moe bool) error {
	var chosen plotter.XYs
	for i, r := range results {
		if r.MoE() == moe {
			chosen = append(chosen, xys[i])
		}
	}
	if len(chosen) == 0 {
		return nil
	}
	s, err := plotter.NewScatter(chosen)
	if err != nil {
		return err
	}
	name := "dense"
	s.Shape, s.Radius = draw.RingGlyph{}, vg.Points(3)
	if moe {
		name, s.Shape = "mixture of experts", draw.CircleGlyph{}
	}
	p.Add(s)
	p.Legend.Add(name, s)
	return nil
}

// wallLine is the speed at the wall over active parameters: the mean bytes per
// active parameter of the results turn parameters into bytes.
func wallLine(results []Result) func(active float64) float64 {
	var walls, bytes []float64
	for _, r := range results {
		walls = append(walls, r.WallGBs*1e9)
		bytes = append(bytes, r.BytesPerToken/float64(r.ActiveParams))
	}
	rate := median(walls) / stat.Mean(bytes, nil)
	return func(active float64) float64 { return rate / active }
}

// margins leaves room for labels on the right and for the legend on top.
func margins(p *plot.Plot, xys plotter.XYs) {
	xmin, xmax, ymin, ymax := plotter.XYRange(xys)
	p.X.Min, p.X.Max = xmin/1.5, xmax*3
	p.Y.Min, p.Y.Max = ymin/2, ymax*4
}

// ticks are powers of ten with 2 and 5 between, labelled in words.
type ticks struct{}

// Ticks implements plot.Ticker.
func (ticks) Ticks(lo, hi float64) []plot.Tick {
	var out []plot.Tick
	for power := 1e-3; power < 1e14; power *= 10 {
		for _, m := range []float64{1, 2, 5} {
			if v := m * power; v >= lo && v <= hi {
				out = append(out, plot.Tick{Value: v, Label: short(v)})
			}
		}
	}
	return out
}

func short(v float64) string {
	switch {
	case v >= 1e12:
		return fmt.Sprintf("%.3gT", v/1e12)
	case v >= 1e9:
		return fmt.Sprintf("%.3gB", v/1e9)
	case v >= 1e6:
		return fmt.Sprintf("%.3gM", v/1e6)
	}
	return fmt.Sprintf("%.3g", v)
}
