package hw

import "testing"

// TestTrim: pages kept of freed arenas go back when asked for.
func TestTrim(t *testing.T) {
	a, err := NewArena(8 << 20)
	if err != nil {
		t.Fatal(err)
	}
	clear(a.Alloc(8 << 20))
	if err := a.Free(); err != nil {
		t.Fatal(err)
	}
	trim()
	if n := unused(); n > hugeBytes {
		t.Errorf("%d bytes unused after all were given back", n)
	}
}
