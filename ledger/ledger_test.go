package ledger

import "testing"

func TestTotalAndTimes(t *testing.T) {
	l := Ledger{
		{Name: "a", Kind: Matrix, Params: 6, Active: 3, MACs: 12, WeightBytes: 7},
		{Name: "b", Kind: Cache, CacheRead: 5, CacheStored: 11},
	}
	got := l.Times(3).Prefix("x.")
	if got[0].Name != "x.a" || got[1].Kind != Cache || l[0].Name != "a" {
		t.Errorf("names and kinds: %+v of %+v", got, l)
	}
	want := Line{Name: "total", Params: 18, Active: 9, MACs: 36, WeightBytes: 21, CacheRead: 15, CacheStored: 33}
	if total := got.Total(); total != want || total.Bytes() != 36 || total.FLOP() != 72 {
		t.Errorf("Total = %+v (%d bytes, %d FLOP), want %+v", total, total.Bytes(), total.FLOP(), want)
	}
}

func TestBy(t *testing.T) {
	l := Ledger{{Name: "a", Kind: Matrix, MACs: 1}, {Name: "b", Kind: Vector, Params: 2}, {Name: "c", Kind: Matrix, MACs: 4, WeightBytes: 3}, {Name: "d"}}
	got := l.By(func(x Line) string { return string(x.Kind) })
	if len(got) != 2 || got[0] != (Line{Name: "matrix", MACs: 5, WeightBytes: 3}) || got[1] != (Line{Name: "vector", Params: 2}) {
		t.Errorf("%+v", got)
	}
}

func TestHit(t *testing.T) {
	for _, c := range []struct{ tokens, hit, experts, topK, want int }{
		{1, 0, 256, 6, 6}, {100, 0, 256, 6, 256}, {4, 20, 256, 6, 20}, {4, 300, 256, 6, 256},
	} {
		if got := (Step{Tokens: c.tokens, Experts: c.hit}).Hit(c.experts, c.topK); got != c.want {
			t.Errorf("%+v: %d experts, want %d", c, got, c.want)
		}
	}
}
