package bench

import "math"

// point is one model of the picture.
type point struct {
	name          string
	moe           bool
	active, total float64 // parameters in billions
	tokS, lo, hi  float64
}

// plotPoints leaves out what cannot stand on logarithmic axes.
func plotPoints(results []Result) []point {
	var out []point
	for _, r := range results {
		p := point{
			name: shorten(r.Model, 24), moe: r.MoE(),
			active: float64(r.ActiveParams) / 1e9, total: float64(r.TotalParams) / 1e9,
			tokS: float64(r.TokS.Median), lo: float64(r.TokS.Lo), hi: float64(r.TokS.Hi),
		}
		if r.TokS.Median.Known() && p.tokS > 0 && p.active > 0 && p.total > 0 {
			// A missing or impossible bound draws no bar.
			if !(p.lo > 0 && p.lo <= p.tokS) {
				p.lo = p.tokS
			}
			if !r.TokS.Hi.Known() || p.hi < p.tokS {
				p.hi = p.tokS
			}
			out = append(out, p)
		}
	}
	return out
}

// wallLine is the speed of a model that does nothing but read its bytes at the
// wall: tok/s = gbs x 1e9 / (bytes x active parameters). Models differ a little in
// bytes per active parameter (caches, formats of the head, padding), so the line
// takes the median, and a point can lie slightly above it without being wrong.
type wallLine struct{ gbs, bytes float64 }

func wallOf(results []Result) wallLine {
	var gbs, bytes []float64
	for _, r := range results {
		gbs = append(gbs, float64(r.WallGBs))
		bytes = append(bytes, ratio(float64(r.BytesPerToken), float64(r.ActiveParams)))
	}
	return wallLine{median(gbs), median(bytes)}
}

// known is false where no wall was measured.
func (w wallLine) known() bool { return w.gbs > 0 && w.bytes > 0 }

// at is the line, for active parameters in billions.
func (w wallLine) at(active float64) float64 { return w.gbs / (w.bytes * active) }

// speedRange is the range of the vertical axis both panels share. It holds every
// bar, and the wall above every point.
func speedRange(points []point, w wallLine) (lo, hi float64) {
	lo, hi = math.Inf(1), 0
	for _, p := range points {
		lo, hi = min(lo, p.lo), max(hi, p.hi)
		if w.known() {
			hi = max(hi, w.at(p.active))
		}
	}
	return widen(lo, hi)
}

// widen leaves a margin on a logarithmic axis, and gives a single value a range.
func widen(lo, hi float64) (float64, float64) {
	margin := max(math.Pow(hi/lo, 0.06), 1.3)
	return lo / margin, hi * margin
}
