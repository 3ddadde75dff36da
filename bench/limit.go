package bench

import (
	"moebench/hw"
	"moebench/kernels"
	"moebench/kernels/matmul"
	"moebench/ledger"
)

// peaks measures the arithmetic of the sample's tier: of the limits of a machine those
// beside the memory wall.
func (s *Sample) peaks(pool *hw.Pool) {
	isa := kernels.LimitISA()
	s.F32GFLOPs, _ = hw.PeakRate(pool, isa, "f32")
	s.Int8GFLOPs, _ = Int8Peak.peak(pool, isa)
	bf16, _ := hw.PeakRate(pool, isa, "bf16")
	s.FloatGFLOPs = max(s.F32GFLOPs, bf16)
}

// limit is the least time, in nanoseconds, that the lines of a step take one after the
// other at the rates found beside s: each as long as the memory wall takes for its bytes,
// or the peak of its arithmetic for its multiply-adds, whichever is longer (the roofline
// model, Williams et al. 2009). 0 where a rate is not known.
func (p *Plan) limit(lines ledger.Ledger, s *Sample) float64 {
	if !(s.WallGBs > 0 && s.FloatGFLOPs > 0 && s.F32GFLOPs > 0 && s.Int8GFLOPs > 0) {
		return 0
	}
	var ns float64
	for _, l := range lines {
		ns += max(float64(p.bytes(l))/s.WallGBs, float64(l.FLOP())/s.peak(l))
	}
	return ns
}

// peak is that of a line: of the form of rows with which kernels multiply its format, and
// the better one of floats where that is none of a matrix.
func (s *Sample) peak(l ledger.Line) float64 {
	f, err := kernels.ParseFormat(l.Format)
	if err != nil {
		return s.FloatGFLOPs
	}
	switch matmul.Activation(f) {
	case kernels.ActInt8:
		return s.Int8GFLOPs
	case kernels.ActBF16:
		return s.FloatGFLOPs
	}
	return s.F32GFLOPs
}
