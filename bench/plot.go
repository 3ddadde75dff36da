package bench

import (
	"bytes"
	"errors"
	"fmt"
	"image/color"
	"io"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"moebench/hw"
)

// The picture is as wide as a README shows, and its type as large as the text
// around it.
const (
	plotWidth    = 11 * vg.Inch
	plotHeight   = 5 * vg.Inch
	titleHeight  = 50 // points
	legendHeight = 24
)

var (
	ink      = color.RGBA{0x22, 0x22, 0x22, 0xff}
	gridInk  = color.RGBA{0xe4, 0xe4, 0xe4, 0xff}
	modelInk = color.RGBA{0x1b, 0x5e, 0x9e, 0xff}
	fitInk   = color.RGBA{0x77, 0x77, 0x77, 0xff}
	wallInk  = color.RGBA{0xc0, 0x39, 0x2b, 0xff}

	fitStyle  = draw.LineStyle{Color: fitInk, Width: 1.2}
	wallStyle = draw.LineStyle{Color: wallInk, Width: 1.6, Dashes: []vg.Length{6, 3}}
)

// writePlot draws speed against active parameters, and beside it against total
// ones, as SVG. The same results always give the same bytes. All results should
// belong to one scenario but for the model: the title is that of the first.
func writePlot(w io.Writer, results []Result) error {
	return writeSVG(w, plotHeight, func(c draw.Canvas) error { return drawSpeed(c, results) })
}

// writeSVG draws a picture of some height, on white.
func writeSVG(w io.Writer, height vg.Length, paint func(draw.Canvas) error) error {
	c := vgsvg.NewWith(vgsvg.UseWH(plotWidth, height))
	all := draw.New(c)
	all.FillPolygon(color.White, []vg.Point{all.Min, {X: all.Max.X, Y: all.Min.Y}, all.Max, {X: all.Min.X, Y: all.Max.Y}})
	if err := paint(all); err != nil {
		return err
	}
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return err
	}
	_, err := w.Write(portableFont(b.Bytes()))
	return err
}

// portableFont names, beside the font whose metrics placed the text and which
// readers rarely have, the ones that share its metrics.
func portableFont(svg []byte) []byte {
	return bytes.ReplaceAll(svg, []byte("font-family:Liberation Sans;"), []byte("font-family:Liberation Sans,Arial,Helvetica,sans-serif;"))
}

// drawSpeed draws the whole picture: title, both panels, legend.
func drawSpeed(c draw.Canvas, results []Result) error {
	points := plotPoints(results)
	if len(points) == 0 {
		return errors.New("nothing to plot: no result has a speed")
	}
	wall := wallOf(results)
	fit := fitSpeed(results)
	left := panel{points: points, x: func(p point) float64 { return p.active }, name: "active", trend: fit.Active, wall: wall}
	right := panel{points: points, x: func(p point) float64 { return p.total }, name: "total", trend: fit.Total}
	lo, hi := speedRange(points, wall)
	// Both panels have the same vertical axis, so their tiles need no alignment.
	tiles := draw.Tiles{Rows: 1, Cols: 2, PadX: 24}
	middle := draw.Crop(c, 8, -12, legendHeight, -titleHeight)
	for i, p := range []panel{left, right} {
		if err := p.draw(tiles.At(middle, i, 0), lo, hi); err != nil {
			return err
		}
	}
	work, machine := results[0].title(cpuName(results[0].Env))
	top := sans(13, ink)
	top.XAlign, top.YAlign = draw.XLeft, draw.YTop
	c.FillText(top, vg.Point{X: 14, Y: c.Max.Y - 8}, work)
	top.Font.Size = 10
	c.FillText(top, vg.Point{X: 14, Y: c.Max.Y - 26}, machine)
	drawLegend(&c, wall)
	return nil
}

// drawLegend draws one row of keys at the bottom.
func drawLegend(c *draw.Canvas, w wallLine) {
	style := sans(10, ink)
	style.YAlign = draw.YCenter
	x, y := vg.Length(14), vg.Length(legendHeight)/2
	put := func(key func(at vg.Point), label string) {
		key(vg.Point{X: x + 12, Y: y})
		x += 28
		c.FillText(style, vg.Point{X: x, Y: y}, label)
		x += style.Width(label) + 20
	}
	line := func(s draw.LineStyle) func(vg.Point) {
		return func(at vg.Point) { c.StrokeLine2(s, at.X-12, at.Y, at.X+12, at.Y) }
	}
	put(func(at vg.Point) { c.DrawGlyphNoClip(glyph(true), at) }, "MoE")
	put(func(at vg.Point) { c.DrawGlyphNoClip(glyph(false), at) }, "dense")
	put(line(fitStyle), "least-squares fit")
	label := "memory wall: " + hw.NotAvailable
	if w.known() {
		label = fmt.Sprintf("memory wall: %s GB/s, %s bytes per active parameter", digits(Number(w.gbs)), digits(Number(w.bytes)))
	}
	put(line(wallStyle), label)
}
