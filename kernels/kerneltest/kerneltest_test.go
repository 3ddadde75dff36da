package kerneltest

import (
	"runtime/debug"
	"testing"
)

// TestGuards: the buffer itself can be written, one element beside it cannot.
func TestGuards(t *testing.T) {
	faults := func(f func()) (fault bool) {
		defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
		defer func() { fault = recover() != nil }()
		f()
		return false
	}
	for _, n := range []int{1, 7, 1024, 5000} {
		after, before := After[float32](t, n), Before[float32](t, n)
		for _, x := range [][]float32{after, before} {
			for i := range x {
				x[i] = 1
			}
		}
		if guards && !faults(func() { peek(after, n) }) {
			t.Errorf("n=%d: reading past the end did not fault", n)
		}
		if guards && !faults(func() { peek(before, -1) }) {
			t.Errorf("n=%d: reading before the start did not fault", n)
		}
	}
}

func TestWithin(t *testing.T) {
	x := []float32{1, 2, 3}
	Poison(x[1:2])
	quiet := &testing.T{}
	near := func(i int) (float64, float64) { return float64(i + 1), 0.5 }
	if Within(quiet, "x", x, near) {
		t.Error("NaN passes for a number")
	}
	x[1] = 2.4
	if !Within(t, "x", x, near) {
		t.Error("a near result is refused")
	}
	x[2] = 3.6
	if Within(quiet, "x", x, near) {
		t.Error("a far result passes")
	}
}
