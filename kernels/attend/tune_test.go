package attend

import (
	"slices"
	"testing"

	"moebench/hw"
	"moebench/kernels"
	"moebench/kernels/kerneltest"
)

// TestTune: what is found is one of the distances tried, is in use, and is kept.
func TestTune(t *testing.T) {
	if kernels.LimitISA() < hw.AVX512BF16 {
		t.Skip("no kernel here asks ahead")
	}
	before := oneAhead
	t.Cleanup(func() { oneAhead = before; delete(tuned.by, 2) })
	pool := kerneltest.Pool(t, 2)
	oneAhead = -1
	if err := Tune(pool); err != nil {
		t.Fatal(err)
	}
	found := Ahead()
	if !slices.Contains(aheads[:], found) {
		t.Fatalf("found %d", found)
	}
	oneAhead = -1
	if err := Tune(pool); err != nil || Ahead() != found {
		t.Errorf("found %d, %v, at first %d", Ahead(), err, found)
	}
}
