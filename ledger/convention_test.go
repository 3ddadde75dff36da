package ledger

import (
	"strings"
	"testing"
)

func TestConvention(t *testing.T) {
	l := Ledger{
		{Kind: Matrix, Format: "fp8", MACs: 10}, {Kind: Matrix, Format: "bf16", MACs: 100}, {Kind: Matrix, Format: "f32", MACs: 1000},
		{Kind: Cache, Format: "mxfp4", MACs: 20, CacheStored: 7}, {Kind: State, Format: "f32", CacheStored: 5},
	}
	for name, want := range map[string]struct {
		flop   float64
		stored int64
	}{"fp8-equivalent": {2*10 + 2*2*100 + 2*20/2, 7}, "flops": {2 * (10 + 100 + 1000 + 20), 12}, "bf16": {2 * 1130, 12}} {
		c, err := ParseConvention(name)
		if err != nil || c.Doc == "" || c.Context < 1e6 {
			t.Fatalf("%s: %+v, %v", name, c, err)
		}
		if c.FLOP(l) != want.flop || c.Stored(l) != want.stored {
			t.Errorf("%s: %g FLOP, %d bytes, want %g and %d", name, c.FLOP(l), c.Stored(l), want.flop, want.stored)
		}
		if changed := c.With("matrix fp8", 3); changed.FLOP(l) != c.FLOP(l)+2*2*10 || c.Cost["matrix fp8"] != 0 {
			t.Errorf("%s: a changed cost gives %g, and changes the original: %v", name, changed.FLOP(l), c.Cost)
		}
	}
	if _, err := ParseConvention("fp4"); err == nil || !strings.Contains(err.Error(), "want one of fp8-equivalent, flops, bf16") {
		t.Errorf("unknown convention: %v", err)
	}
}
