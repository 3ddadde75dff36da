package kerneltest

import (
	"testing"

	"moebench/hw"
)

// peaks are the highest rates seen so far: a limit is what can be reached, and
// neighbours on the machine take some of it now and then.
var peaks = map[peak]float64{}

type peak struct {
	name, isa string
	threads   int
}

// ReportFLOP adds GFLOP/s to a benchmark of kernels that multiply in f32, and what
// share that is of this machine's arithmetic limit on as many workers of the pool:
// their wall. Tiers without a peak loop report no share.
func ReportFLOP(b *testing.B, pool *hw.Pool, threads int, isa hw.ISA, flop float64) {
	rate := flop * float64(b.N) / float64(b.Elapsed().Nanoseconds())
	b.ReportMetric(rate, "GFLOP/s")
	wall := 0.0
	for _, p := range hw.Peaks(pool) {
		key := peak{p.Name, p.ISA, p.Threads}
		peaks[key] = max(peaks[key], p.GOps)
		p.GOps = peaks[key]
		if tier, err := hw.ParseISA(p.ISA); err == nil && p.Name == "f32" && p.Threads == threads && tier <= isa {
			wall = max(wall, p.GOps)
		}
	}
	if wall > 0 {
		b.ReportMetric(100*rate/wall, "%wall")
	}
}
