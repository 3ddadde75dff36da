package bench

import (
	"fmt"
	"math"
	"reflect"
	"testing"

	"moebench/hw"
)

// testSample is a plausible sample with round numbers: 2e9 bytes and 1e9 active
// parameters a step, so that step_ns alone decides tok/s and GB/s.
func testSample(model string, stepNs, wall float64) Sample {
	return Sample{
		SchemaVersion: SchemaVersion, Run: "r1", Time: "2026-11-24T08:00:00Z",
		Scenario: Scenario{Model: model, Phase: "decode", Ctx: 4096, Batch: 1, Format: "mxfp4", Route: "uniform", ISA: "avx2", Threads: 2, Seed: DefaultSeed},
		Counts:   Counts{TotalParams: 8e9, ActiveParams: 1e9, BytesPerStep: 2e9, FLOPPerToken: 2e9, CacheBytesPerToken: 98304},
		Parts:    []Part{{Kind: "gqa+moe", Count: 4, Ns: stepNs / 5}, {Kind: "head", Count: 1, Ns: stepNs / 5}},
		StepNs:   stepNs, WallGBs: wall, StealNs: -1,
	}
}

// speedSamples are samples at the given tok/s, under a wall of 100 GB/s.
func speedSamples(model string, tokS ...float64) []Sample {
	var out []Sample
	for i, v := range tokS {
		s := testSample(model, 1e9/v, 100)
		s.Repeat = i
		out = append(out, s)
	}
	return out
}

// testResult is a result as Summarise would make it.
func testResult(model string, total, active, tokS float64, moe bool) Result {
	kind := "gqa+dense"
	if moe {
		kind = "gqa+moe"
	}
	return Result{
		SchemaVersion: SchemaVersion, Scenario: testSample(model, 1, 1).Scenario,
		TotalParams: int64(total * 1e9), ActiveParams: int64(active * 1e9), BytesPerToken: Number(active * 0.5e9),
		Layers: []Part{{Kind: kind, Count: 4, Ns: 1}}, TokS: Interval{Number(tokS), Number(tokS * 0.95), Number(tokS * 1.02), 10},
		GBs: Number(tokS * active * 0.5), WallGBs: 50, ShareOfWall: Number(tokS * active * 0.5 / 50), ShareOfLimit: 0.5,
	}
}

// near compares with the rounding of a few float64 operations.
func near(a, b float64) bool { return math.Abs(a-b) <= 1e-12*math.Max(math.Abs(a), math.Abs(b)) }

func wantNear(t *testing.T, what string, got Number, want float64) {
	t.Helper()
	if !near(float64(got), want) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

// diff says how two values differ, or nothing.
func diff(want, got any) string {
	if reflect.DeepEqual(want, got) {
		return ""
	}
	return fmt.Sprintf("got\n%+v\nwant\n%+v", got, want)
}

var testEnv = hw.Environment{CPU: "Test CPU 9000", Commit: "abc", Load: "0.5 0.5 0.5", Kernel: "6.1"}

func missing() Number { return Number(math.NaN()) }

func ExampleScenario_Name() {
	s := Scenario{Model: "v4-flash", Phase: "decode", Ctx: 4096, Batch: 1, Format: "mxfp4", Route: "uniform", ISA: "avx512vnni", Threads: 2, Seed: DefaultSeed}
	fmt.Println(s.Name())
	s.Model, s.Route, s.Seed = "/data/my model", "trace:a/b.csv", 7
	fmt.Println(s.Name())
	// Output:
	// Decode/model=v4-flash/ctx=4096/batch=1/format=mxfp4/route=uniform/isa=avx512vnni/threads=2
	// Decode/model=_data_my_model/ctx=4096/batch=1/format=mxfp4/route=trace:a_b.csv/isa=avx512vnni/threads=2/seed=7
}
