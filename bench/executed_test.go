package bench

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"moebench/hw"
	"moebench/kernels"
	"moebench/kernels/kerneltest"
	"moebench/ledger"
	"moebench/model"
)

// TestExecuted: at real sizes kernels do exactly what the ledger counts, for every
// matrix and cache stream. Few experts are in memory, all are counted.
func TestExecuted(t *testing.T) {
	for _, context := range []int{4 << 10, 128 << 10, 1 << 20} {
		for _, id := range append([]string{"v2-lite"}, compared...) {
			t.Run(fmt.Sprintf("%s/ctx=%d", id, context), func(t *testing.T) {
				slow := testing.Short() || kernels.LimitISA() == hw.Generic
				if slow && (context > 4<<10 || id != "v4-flash") || context > 4<<10 && id == "v2-lite" {
					t.Skip("long contexts take fast kernels, and a model made for them")
				}
				testExecuted(t, id, context)
			})
		}
	}
}

func testExecuted(t *testing.T, id string, context int) {
	p, err := NewPlan(Scenario{Model: id, Phase: "decode", Ctx: context - 1, Batch: 1, Format: Native, Route: "uniform", Threads: 2}, 1)
	if err != nil {
		t.Fatal(err)
	}
	p.sampling.Resident = 8
	p.measureMemory()
	if err := p.Check(hw.Memory()); err != nil {
		t.Skip(err)
	}
	b, err := p.Open(kerneltest.Pool(t, 2), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	e, err := b.Executed()
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Check(); err != nil {
		t.Error(err)
	}
	counted := p.Whole.Ledger(p.Formats, p.Cache, ledger.Step{Tokens: 1, Context: context})
	for _, c := range ledger.Conventions() {
		if got, want := e.FLOP(c), c.FLOP(counted); math.Abs(got/want-1) > 1e-12 {
			t.Errorf("%s: executed %g FLOP, counted %g", c.Name, got, want)
		}
	}
}

// TestExecutedDiffers: work that is left out is named.
func TestExecutedDiffers(t *testing.T) {
	line := ledger.Line{Name: "csa+moe.attention.index", Kind: ledger.Cache, Format: "mxfp4", MACs: 12}
	less := line
	less.MACs = 11
	e := Executed{model.Pair{Counted: line, Executed: line}, model.Pair{Counted: line, Executed: less}}
	if err := e.Check(); err == nil || !strings.Contains(err.Error(), "csa+moe.attention.index: the ledger counts 12 MACs") {
		t.Errorf("%v", err)
	}
	if err := e[:1].Check(); err != nil {
		t.Error(err)
	}
}
