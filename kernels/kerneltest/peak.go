package kerneltest

import (
	"testing"

	"moebench/hw"
)

// ReportFLOP adds GFLOP/s to a benchmark of kernels on all workers of a pool, and what share
// that is of the best rate at which the CPU does their arithmetic (see hw.PeakRate), up to a
// tier: their wall. Tiers without a peak loop report no share.
func ReportFLOP(b *testing.B, pool *hw.Pool, isa hw.ISA, flop float64, names ...string) {
	rate := flop * float64(b.N) / float64(b.Elapsed().Nanoseconds())
	b.ReportMetric(rate, "GFLOP/s")
	if _, wall := hw.PeakRate(pool, isa, names...); wall > 0 {
		b.ReportMetric(100*rate/wall, "%wall")
	}
}
