package bench

import (
	"fmt"
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"moebench/hw"
)

// panel is one half of the picture.
type panel struct {
	points []point
	x      func(point) float64
	name   string   // of the parameters x counts
	trend  Trend    // no line where it is missing
	wall   wallLine // no line where it is the zero value
}

// captionHeight is what the captions above and below a panel take, in points.
const captionHeight = 18

// draw draws the panel and its captions, with the given vertical range in tok/s.
// The captions are drawn here because on logarithmic axes the plot library centres
// its own elsewhere and leaves room for them there.
func (p panel) draw(c draw.Canvas, lo, hi float64) error {
	made, err := p.plot(lo, hi)
	if err != nil {
		return err
	}
	inside := draw.Crop(c, 0, 0, captionHeight-6, -captionHeight)
	made.Draw(inside)
	data := made.DataCanvas(inside)
	style := sans(10.5, ink)
	style.YAlign = draw.YTop
	c.FillText(style, vg.Point{X: c.Min.X, Y: c.Max.Y}, "tokens per second")
	style.XAlign = draw.XRight
	c.FillText(style, vg.Point{X: data.Max.X, Y: c.Max.Y}, p.title())
	style.XAlign, style.YAlign = draw.XCenter, draw.YBottom
	c.FillText(style, vg.Point{X: data.Center().X, Y: c.Min.Y}, p.name+" parameters, billions")
	return nil
}

// plot lays the panel out.
func (p panel) plot(lo, hi float64) (*plot.Plot, error) {
	out := newLogPlot()
	out.X.Padding, out.Y.Padding = 0, 0
	xmin, xmax := math.Inf(1), 0.0
	for _, pt := range p.points {
		xmin, xmax = min(xmin, p.x(pt)), max(xmax, p.x(pt))
	}
	xmin, xmax = widen(xmin, xmax)
	lines, err := p.lines(out, xmin, xmax)
	if err != nil {
		return nil, err
	}
	if err := p.marks(out); err != nil {
		return nil, err
	}
	out.Add(names{p, lines})
	// Adding plotters widens the axes to their data; the lines would drag them
	// far beyond the points.
	out.X.Min, out.X.Max, out.Y.Min, out.Y.Max = xmin, xmax, lo, hi
	return out, nil
}

// title is the fit in the form people quote it.
func (p panel) title() string {
	if !p.trend.Slope.Known() {
		return "fit " + hw.NotAvailable
	}
	return fmt.Sprintf("fit: tok/s ~ %s^%s, R² %s", p.name, fixed(p.trend.Slope), fixed(p.trend.R2))
}

// lines adds the fit and the wall, which are straight on logarithmic axes, and
// returns their ends.
func (p panel) lines(out *plot.Plot, xmin, xmax float64) ([]plotter.XYs, error) {
	var drawn []plotter.XYs
	add := func(f func(float64) float64, style draw.LineStyle) error {
		ends := plotter.XYs{{X: xmin, Y: f(xmin)}, {X: xmax, Y: f(xmax)}}
		line, err := plotter.NewLine(ends)
		if err != nil {
			return err
		}
		line.LineStyle = style
		out.Add(line)
		drawn = append(drawn, ends)
		return nil
	}
	if p.trend.Slope.Known() {
		if err := add(func(x float64) float64 { return p.trend.At(x * 1e9) }, fitStyle); err != nil {
			return nil, err
		}
	}
	if p.wall.known() {
		if err := add(p.wall.at, wallStyle); err != nil {
			return nil, err
		}
	}
	return drawn, nil
}

// marks adds the points and their error bars.
func (p panel) marks(out *plot.Plot) error {
	var all plotter.XYs
	var errors plotter.YErrors
	kinds := map[bool]plotter.XYs{}
	for _, pt := range p.points {
		at := plotter.XY{X: p.x(pt), Y: pt.tokS}
		kinds[pt.moe] = append(kinds[pt.moe], at)
		all = append(all, at)
		errors = append(errors, struct{ Low, High float64 }{pt.tokS - pt.lo, pt.hi - pt.tokS})
	}
	bars, err := errorBars(all, errors, modelInk)
	if err != nil {
		return err
	}
	out.Add(bars)
	for _, moe := range []bool{false, true} {
		if kinds[moe] == nil {
			continue
		}
		s, err := plotter.NewScatter(kinds[moe])
		if err != nil {
			return err
		}
		s.GlyphStyle = glyph(moe)
		out.Add(s)
	}
	return nil
}

// newLogPlot has two logarithmic axes and a grid.
func newLogPlot() *plot.Plot {
	p := plot.New()
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Scale, a.Tick.Marker, a.Tick.Label.Font = plot.LogScale{}, logTicks{}, sans(9.5, ink).Font
	}
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = gridInk, gridInk
	p.Add(grid)
	return p
}

// errorBars are those of points.
func errorBars(at plotter.XYs, errors plotter.YErrors, ink color.Color) (*plotter.YErrorBars, error) {
	bars, err := plotter.NewYErrorBars(struct {
		plotter.XYs
		plotter.YErrors
	}{at, errors})
	if err != nil {
		return nil, err
	}
	bars.LineStyle = draw.LineStyle{Color: ink, Width: 1}
	return bars, nil
}

// markRadius is the size of a point.
const markRadius = 3.6

// glyph is a filled disc for MoE models, a hollow one for dense models.
func glyph(moe bool) draw.GlyphStyle {
	return draw.GlyphStyle{Color: modelInk, Radius: markRadius, Shape: disc{filled: moe}}
}

// disc draws a circle whose inside hides the error bar and the lines.
type disc struct{ filled bool }

// DrawGlyph implements draw.GlyphDrawer.
func (d disc) DrawGlyph(c *draw.Canvas, s draw.GlyphStyle, at vg.Point) {
	draw.CircleGlyph{}.DrawGlyph(c, s, at)
	if !d.filled {
		c.SetColor(color.White) // a glyph draws in the canvas's colour
		s.Radius -= 1.3
		draw.CircleGlyph{}.DrawGlyph(c, s, at)
	}
}

// sans is the type of the picture.
func sans(size vg.Length, c color.Color) text.Style {
	style := text.Style{Color: c, Font: plot.DefaultFont, Handler: plot.DefaultTextHandler}
	style.Font.Variant, style.Font.Size = "Sans", size
	return style
}

// logTicks labels 1, 2 and 5 of every decade, and only the 1s once there are more
// than three decades.
type logTicks struct{}

// Ticks implements plot.Ticker.
func (logTicks) Ticks(lo, hi float64) []plot.Tick {
	wide := hi/lo > 1000
	var ticks []plot.Tick
	for e := math.Floor(math.Log10(lo)); e <= math.Ceil(math.Log10(hi)); e++ {
		for digit := 1; digit <= 9; digit++ {
			v := float64(digit) * math.Pow(10, e)
			if v < lo || v > hi {
				continue
			}
			t := plot.Tick{Value: v}
			if digit == 1 || !wide && (digit == 2 || digit == 5) {
				t.Label = strconv.FormatFloat(v, 'g', 6, 64)
			}
			ticks = append(ticks, t)
		}
	}
	return ticks
}
