package bench

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// names writes the models' names beside their points. Every name takes the
// cheapest of a few places around its point, and then again, knowing where the
// others went. That is enough for some twenty models, and always gives the same
// picture.
type names struct {
	panel panel
	lines []plotter.XYs // to stay clear of, where possible
}

// What a place costs. Leaving the panel or covering a name makes a name
// unreadable; covering a line only makes it ugly.
const (
	costOutside = 1000
	costName    = 100
	costMark    = 60
	costNear    = 12 // beside the point of another name
	costBar     = 15
	costLine    = 2 // per bead of a line, up to three
	costStep    = 3 // per step away from the point
)

const (
	// rounds is how often names are placed.
	rounds = 4
	// slack widens names for readers whose font is wider than ours.
	slack = 1.06
)

// Plot implements plot.Plotter.
func (n names) Plot(c draw.Canvas, plt *plot.Plot) {
	style := nameStyle()
	at, boxes := n.layout(c, plt)
	for i, p := range n.panel.points {
		n.leader(&c, at[i], boxes[i])
		c.FillText(style, boxes[i].Min, p.name)
	}
}

func nameStyle() text.Style {
	style := sans(9, ink)
	style.YAlign = draw.YBottom
	return style
}

// layout says where the points are, and the box of each name.
func (n names) layout(c draw.Canvas, plt *plot.Plot) (at []vg.Point, boxes []vg.Rectangle) {
	toX, toY := plt.Transforms(&c)
	style := nameStyle()
	o := obstacles{panel: c.Rectangle}
	for _, p := range n.panel.points {
		here := vg.Point{X: toX(n.panel.x(p)), Y: toY(p.tokS)}
		at = append(at, here)
		o.marks = append(o.marks, around(here, markRadius+1, markRadius+1))
		o.near = append(o.near, around(here, markRadius+8, markRadius+4))
		bar := around(here, 3, 0)
		bar.Min.Y, bar.Max.Y = toY(p.lo), toY(p.hi)
		o.bars = append(o.bars, bar)
	}
	for _, l := range n.lines {
		o.lines = append(o.lines, beads(vg.Point{X: toX(l[0].X), Y: toY(l[0].Y)}, vg.Point{X: toX(l[1].X), Y: toY(l[1].Y)})...)
	}
	// A name not placed yet is an empty rectangle in the corner of the picture.
	o.names = make([]vg.Rectangle, len(at))
	for range rounds {
		for i, p := range n.panel.points {
			o.names[i] = vg.Rectangle{}
			o.names[i] = o.place(i, at[i], vg.Point{X: slack * style.Width(p.name), Y: style.Height(p.name)})
		}
	}
	return at, o.names
}

// obstacles are what names should not cover.
type obstacles struct {
	panel                           vg.Rectangle
	names, marks, near, bars, lines []vg.Rectangle
}

// place finds the cheapest place for the name of point i.
func (o obstacles) place(i int, at, size vg.Point) vg.Rectangle {
	best, least := vg.Rectangle{}, math.Inf(1)
	for j, box := range places(at, size) {
		cost := costStep * float64(j/directions)
		if box.Min.X < o.panel.Min.X || box.Max.X > o.panel.Max.X || box.Min.Y < o.panel.Min.Y || box.Max.Y > o.panel.Max.Y {
			cost += costOutside
		}
		cost += costName*overlaps(box, o.names) + costMark*overlaps(box, o.marks) + costBar*overlaps(box, o.bars)
		cost += costNear * (overlaps(box, o.near) - overlaps(box, o.near[i:i+1]))
		cost += costLine * min(overlaps(box, o.lines), 3)
		if cost < least {
			best, least = box, cost
		}
	}
	return best
}

// leader ties a name to its point with a thin line once there is a gap between
// them.
func (n names) leader(c *draw.Canvas, at vg.Point, box vg.Rectangle) {
	near := vg.Point{X: min(max(at.X, box.Min.X), box.Max.X), Y: min(max(at.Y, box.Min.Y), box.Max.Y)}
	if math.Hypot(float64(near.X-at.X), float64(near.Y-at.Y)) > 2*markRadius {
		c.StrokeLine2(draw.LineStyle{Color: fitInk, Width: 0.4}, at.X, at.Y, near.X, near.Y)
	}
}

// directions is how many places there are at every distance from a point.
const directions = 8

// places lists where a name may stand, from the best to the last resort: right,
// left, above, below, the four corners; then the same farther away.
func places(at, size vg.Point) []vg.Rectangle {
	var out []vg.Rectangle
	for _, gap := range []vg.Length{markRadius + 2.5, markRadius + 9, markRadius + 18, markRadius + 30} {
		middleX, middleY := at.X-size.X/2, at.Y-size.Y/2
		right, left, above, below := at.X+gap, at.X-gap-size.X, at.Y+gap, at.Y-gap-size.Y
		for _, min := range [directions]vg.Point{
			{X: right, Y: middleY}, {X: left, Y: middleY}, {X: middleX, Y: above}, {X: middleX, Y: below},
			{X: right, Y: above}, {X: right, Y: below}, {X: left, Y: above}, {X: left, Y: below},
		} {
			out = append(out, vg.Rectangle{Min: min, Max: min.Add(size)})
		}
	}
	return out
}

// around is the rectangle with the given half width and half height.
func around(at vg.Point, w, h vg.Length) vg.Rectangle {
	half := vg.Point{X: w, Y: h}
	return vg.Rectangle{Min: at.Sub(half), Max: at.Add(half)}
}

// beads covers a line with small rectangles.
func beads(a, b vg.Point) []vg.Rectangle {
	const step = 4
	n := int(math.Hypot(float64(b.X-a.X), float64(b.Y-a.Y))/step) + 1
	out := make([]vg.Rectangle, 0, n+1)
	for i := range n + 1 {
		t := vg.Length(i) / vg.Length(n)
		out = append(out, around(a.Add(b.Sub(a).Scale(t)), 0.5, 0.5))
	}
	return out
}

// overlaps counts the rectangles that box covers a part of.
func overlaps(box vg.Rectangle, others []vg.Rectangle) float64 {
	n := 0.0
	for _, o := range others {
		if box.Min.X < o.Max.X && o.Min.X < box.Max.X && box.Min.Y <= o.Max.Y && o.Min.Y <= box.Max.Y {
			n++
		}
	}
	return n
}
