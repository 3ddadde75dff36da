package attend

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"testing"

	"moebench/hw"
	"moebench/kernels"
	"moebench/kernels/kerneltest"
)

// random is a small generator: values in (-1, 1).
type random uint64

func (r *random) float() float32 {
	*r = *r*6364136223846793005 + 1442695040888963407
	return float32(int32(*r>>32)) / (1 << 31)
}

func (r *random) floats(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = r.float()
	}
	return x
}

// rows encodes n rows; pad bytes at both ends hold NaN, which a kernel that
// reads too far brings into its result.
func (r *random) rows(f kernels.Format, n int) (encoded []byte, values []float64) {
	const pad = 256
	size := f.Bits() / 8
	all := make([]byte, n*size+2*pad)
	for i := range all {
		all[i] = 0xff
	}
	encoded = all[pad : pad+n*size]
	for i := range n {
		x := r.float()
		if f == kernels.BF16 {
			c := f.Encode(x)
			binary.LittleEndian.PutUint16(encoded[2*i:], uint16(c))
			values = append(values, float64(f.Decode(c)))
		} else {
			binary.LittleEndian.PutUint32(encoded[4*i:], math.Float32bits(x))
			values = append(values, float64(x))
		}
	}
	return encoded, values
}

// exact is the attention of one query in float64, and the size of its scores, the largest
// sum of |q k|; sink < -1e30 means none.
func exact(q []float32, k, v []float64, dim int, sink float64) (out []float64, size float64) {
	out = make([]float64, dim)
	n := len(k) / dim
	scores := make([]float64, n)
	top := sink
	for j := range n {
		abs := 0.0
		for i := range dim {
			scores[j] += float64(q[i]) * k[j*dim+i]
			abs += math.Abs(float64(q[i]) * k[j*dim+i])
		}
		size = max(size, abs)
		top = math.Max(top, scores[j])
	}
	sum := math.Exp(sink - top)
	for j := range n {
		p := math.Exp(scores[j] - top)
		sum += p
		for i := range dim {
			out[i] += p * v[j*dim+i]
		}
	}
	for i := range out {
		out[i] /= sum
	}
	return out, size
}

// TestAttend covers every number of queries up to two groups of four, row
// counts around the block, every width up to 576, both formats, with and
// without sinks. Scores are sums of dim products of size |q| <= 1: they err by
// at most (dim+2) dim 2^-24 at |q k| <= 1, weights by that relatively, twice
// (numerator and denominator), plus n roundings of the sums; |v| < 1. Roundings to bf16 come
// on top.
func TestAttend(t *testing.T) {
	kerneltest.Tiers(t, func(t *testing.T) {
		r := random(1)
		for _, f := range []kernels.Format{kernels.F32, kernels.BF16} {
			for _, dim := range []int{16, 48, 64, 128, 576} {
				for _, g := range []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 14} {
					for _, n := range []int{1, 2, 63, 64, 65, 200} {
						q := r.floats(PadQueries(g) * dim)
						for i := range q {
							q[i] /= float32(math.Sqrt(float64(dim)))
						}
						k, kv := r.rows(f, n*dim)
						v, vv := r.rows(f, n*dim)
						for _, sinks := range [][]float32{nil, r.floats(g)} {
							s := NewState(g, dim)
							s.Add(q, k, v, f, n, nil)
							out := make([]float32, g*dim)
							s.Finish(out, sinks)
							for h := range g {
								sink := -1e300
								if sinks != nil {
									sink = float64(sinks[h])
								}
								want, size := exact(q[h*dim:(h+1)*dim], kv, vv, dim, sink)
								bound := float64(2*(dim+2)*int(math.Sqrt(float64(dim)))+2*n+32)*0x1p-24 + pairError(kernels.PlainRow(f, dim), size)
								for i := range want {
									if got := float64(out[h*dim+i]); !(math.Abs(got-want[i]) <= bound) {
										t.Fatalf("%s dim=%d g=%d n=%d: query %d, element %d: %g, want %g +- %.2g", f, dim, g, n, h, i, got, want[i], bound)
									}
								}
							}
						}
					}
				}
			}
		}
	})
}

// TestLong: rows of more than a call of the kernels for few queries takes, of which each is the
// only one that counts in turn, where calls and tiles meet.
func TestLong(t *testing.T) {
	const dim = 128
	once := fewAtOnce(dim)
	n := 2*once + oneRows + 5
	keys, v := make([]byte, 2*n*dim), make([]float32, n*dim)
	for j := range n {
		v[j*dim] = float32(1 + j%251)
	}
	values := encode(kernels.BF16, v)
	kerneltest.Tiers(t, func(t *testing.T) {
		for _, g := range []int{1, 8} {
			q := make([]float32, PadQueries(g)*dim)
			for h := range g {
				q[h*dim] = 1
			}
			for _, at := range []int{0, once - 1, once, 2*once - 1, 2 * once, n - 6, n - 5, n - 1} {
				one := keys[2*at*dim:][:2]
				copy(one, encode(kernels.BF16, []float32{200})) // to e^200 others add less than f32 holds
				s, out := NewState(g, dim), make([]float32, g*dim)
				s.Add(q, keys, values, kernels.BF16, n, nil)
				s.Finish(out, nil)
				clear(one)
				for h := range g {
					if got, want := out[h*dim], v[at*dim]; got != want {
						t.Errorf("row %d, query %d of %d: %g, want %g", at, h, g, got, want)
					}
				}
			}
		}
	})
}

// TestValue: where values are the first elements of a row they are within the bound of
// TestAttend, and nothing behind them is written.
func TestValue(t *testing.T) {
	kerneltest.Tiers(t, func(t *testing.T) {
		const dim, value, n = 64, 48, 130
		r := random(19)
		for _, f := range []kernels.Format{kernels.F32, kernels.BF16} {
			for _, g := range []int{1, 3, 8, 9, 40} {
				q := r.floats(PadQueries(g) * dim)
				for i := range q {
					q[i] /= 8
				}
				k, keys := r.rows(f, n*dim)
				v, values := r.rows(f, n*dim)
				s, out := &State{}, make([]float32, g*value)
				s.Reset(g, dim, value)
				s.out = kerneltest.After[float32](t, len(s.out))
				s.Add(q, k, v, f, n, nil)
				s.Finish(out, nil)
				for h := range g {
					want, size := exact(q[h*dim:(h+1)*dim], keys, values, dim, math.Inf(-1))
					bound := float64(2*(dim+2)*8+2*n+32)*0x1p-24 + pairError(kernels.PlainRow(f, dim), size)
					for i := range value {
						if got := float64(out[h*value+i]); !(math.Abs(got-want[i]) <= bound) {
							t.Fatalf("%s g=%d: query %d, element %d: %g, want %g +- %.2g", f, g, h, i, got, want[i], bound)
						}
					}
				}
			}
		}
	})
}

// kernelShapes calls test for every remainder of the kernels' tiles, with rows of a
// gap's distance that end, or begin, at a page that must not be touched.
func kernelShapes(t *testing.T, f kernels.Format, test func(rows []byte, dim, g, n, stride int)) {
	r := random(11)
	for _, place := range kerneltest.Places[byte]() {
		for dim := 16; dim <= 144; dim += 16 {
			for _, n := range []int{1, 2, 3, 4, 46, 47, BlockRows} {
				for _, g := range []int{1, 4, 5, 9} {
					stride := dim + 16
					values, _ := r.rows(f, (n-1)*stride+dim)
					rows := place(t, len(values))
					copy(rows, values)
					test(rows, dim, g, n, stride)
				}
			}
		}
	}
}

// compare allows for sums of n products of size 1, in any order: both err by at most
// n^2 2^-24.
func compare(t *testing.T, got, want []float32, n int, what string, shape ...int) {
	t.Helper()
	for i := range want {
		if d := math.Abs(float64(got[i] - want[i])); !(d <= float64(n*n)*0x1p-23) {
			t.Fatalf("%s %v: element %d is %g, want %g", what, shape, i, got[i], want[i])
		}
	}
}

func TestScores(t *testing.T) {
	for f, set := range scoreSets {
		kerneltest.Each(t, set, func(t *testing.T, kernel ScoreFunc) {
			r := random(12)
			kernelShapes(t, f, func(rows []byte, dim, g, n, stride int) {
				q := r.floats(g * dim)
				got, want := kerneltest.After[float32](t, g*scorePitch), make([]float32, g*scorePitch)
				kernel(got, q, rows, dim, g, n, stride, nil)
				set.Variants()[0].Func(want, q, rows, dim, g, n, stride, nil)
				for h := range g {
					compare(t, got[h*scorePitch:], want[h*scorePitch:][:n], dim, "scores of query", h, dim, g, n)
				}
			})
		})
	}
}

func TestMix(t *testing.T) {
	for f, set := range mixSets {
		kerneltest.Each(t, set, func(t *testing.T, kernel MixFunc) {
			r := random(13)
			kernelShapes(t, f, func(rows []byte, dim, g, n, stride int) {
				p, want := r.floats(g*scorePitch), r.floats(g*dim)
				got := kerneltest.After[float32](t, g*dim)
				copy(got, want)
				kernel(got, p, rows, dim, g, n, stride, nil)
				set.Variants()[0].Func(want, p, rows, dim, g, n, stride, nil)
				compare(t, got, want, n+1, "sums", dim, g, n)
			})
		})
	}
}

func TestDecodeBF16(t *testing.T) {
	kerneltest.Each(t, decodeBF16, func(t *testing.T, kernel decodeFunc) {
		r := random(14)
		for _, place := range kerneltest.Places[byte]() {
			for dim := 16; dim <= 144; dim += 16 {
				for _, n := range []int{1, 2, BlockRows} {
					stride := dim + tileGap
					values, _ := r.rows(kernels.BF16, n*dim)
					rows := place(t, len(values))
					copy(rows, values)
					got, want := kerneltest.After[float32](t, (n-1)*stride+dim), make([]float32, (n-1)*stride+dim)
					for _, ahead := range []int{0, len(rows)} {
						clear(got)
						kernel(got, rows, dim, n, stride, ahead)
						decodeBF16.Variants()[0].Func(want, rows, dim, n, stride, ahead)
						if !slices.Equal(got, want) {
							t.Fatalf("dim %d, %d rows: not the same", dim, n)
						}
					}
				}
			}
		}
	})
}

// TestPieces adds rows in pieces, and merges states of pieces. All are within the bound of
// TestAttend of what is exact for the same queries: their rounding adds nothing here.
func TestPieces(t *testing.T) {
	kerneltest.Tiers(t, func(t *testing.T) {
		const dim, n = 32, 300
		r := random(7)
		k, keys := r.rows(kernels.BF16, n*dim)
		v, values := r.rows(kernels.BF16, n*dim)
		for _, g := range []int{1, 3, 9, 40} {
			q := r.floats(PadQueries(g) * dim)
			for i := range q {
				q[i] /= float32(math.Sqrt(dim))
			}
			whole := NewState(g, dim)
			whole.Add(q, k, v, kernels.BF16, n, nil)
			want := make([]float32, g*dim)
			whole.Finish(want, nil)
			for cut := 0; cut <= n; cut += 37 {
				a, b, one := NewState(g, dim), NewState(g, dim), NewState(g, dim)
				at := cut * dim * 2
				one.Add(q, k[:at], v[:at], kernels.BF16, cut, nil)
				one.Add(q, k[at:], v[at:], kernels.BF16, n-cut, nil)
				a.Add(q, k[:at], v[:at], kernels.BF16, cut, nil)
				b.Add(q, k[at:], v[at:], kernels.BF16, n-cut, nil)
				a.Merge(0, b.Sums)
				for _, s := range []*State{one, a} {
					got := make([]float32, g*dim)
					s.Finish(got, nil)
					for h := range g {
						_, size := exact(q[h*dim:(h+1)*dim], keys, values, dim, math.Inf(-1))
						bound := 2 * float64(2*(dim+2)*int(math.Sqrt(dim))+2*n+32) * 0x1p-24
						if inPairs(kernels.BF16) {
							bound += 2 * meanError(size)
						}
						for i := h * dim; i < (h+1)*dim; i++ {
							if d := math.Abs(float64(got[i] - want[i])); !(d <= bound) {
								t.Fatalf("cut %d of %d queries: element %d is %g, want %g +- %.2g", cut, g, i, got[i], want[i], bound)
							}
						}
					}
				}
			}
		}
	})
}

// TestSeen: groups of queries that see fewer rows get the bits they get alone.
func TestSeen(t *testing.T) {
	kerneltest.Tiers(t, func(t *testing.T) {
		const g, dim, n = 10, 48, 150
		seen := []int{0, 40, 97, n} // together decodeQueries and more
		for _, f := range []kernels.Format{kernels.F32, kernels.BF16} {
			r := random(9)
			q := r.floats(PadQueries(len(seen)*g) * dim)
			k, _ := r.rows(f, n*dim)
			v, _ := r.rows(f, n*dim)
			all := NewState(len(seen)*g, dim)
			all.Add(q, k, v, f, n, seen)
			got := make([]float32, len(seen)*g*dim)
			all.Finish(got, nil)
			for i, rows := range seen {
				alone, want := NewState(g, dim), make([]float32, g*dim)
				padded := append(slices.Clone(q[i*g*dim:(i+1)*g*dim]), make([]float32, 2*dim)...)
				alone.Add(padded, k, v, f, rows, nil)
				alone.Finish(want, nil)
				if !slices.Equal(got[i*g*dim:(i+1)*g*dim], want) {
					t.Errorf("%s: the group that sees %d rows gets other bits than alone", f, rows)
				}
			}
		}
	})
}

// TestMerge: merging some at once, for some of the queries, is merging one after the other.
func TestMerge(t *testing.T) {
	const g, dim, n = 5, 16, 40
	sums := func() (all []Sums) {
		r := random(17)
		for piece := range 4 {
			s := NewState(g, dim)
			if piece != 2 { // which has no rows
				k, _ := r.rows(kernels.F32, n*dim)
				s.Add(r.floats(PadQueries(g)*dim), k, k, kernels.F32, n, nil)
			}
			all = append(all, s.Sums)
		}
		return all
	}
	junk := &State{}
	junk.Reset(g, dim, dim)
	for i := range junk.out {
		junk.out[i] = float32(math.NaN())
	}
	for first := range 4 {
		one, some := sums(), sums()
		one[0], one[first] = one[first], one[0]
		some[0], some[first] = some[first], some[0]
		for _, o := range one[1:] {
			one[0].Merge(0, o)
		}
		one[0].Merge(0, junk.Sums) // no rows, whatever its sums are
		want, got := make([]float32, g*dim), make([]float32, g*dim)
		one[0].Finish(want, nil)
		for _, p := range [][2]int{{0, 2}, {2, g}} {
			part := some[0].Part(p[0], p[1])
			part.Merge(p[0], some[1:]...)
			part.Finish(got[p[0]*dim:p[1]*dim], nil)
		}
		if !slices.Equal(got, want) {
			t.Errorf("first %d: other bits", first)
		}
	}
}

func TestNoRows(t *testing.T) {
	s := NewState(2, 16)
	s.Merge(0, NewState(2, 16).Sums)
	out := []float32{31: 5}
	s.Finish(out, []float32{1, 2})
	for i, v := range out {
		if v != 0 {
			t.Errorf("element %d is %g, want 0", i, v)
		}
	}
}

// TestLargeScores would overflow without the running maximum; the largest score
// comes last, so that everything before is scaled to nothing.
func TestLargeScores(t *testing.T) {
	kerneltest.Tiers(t, func(t *testing.T) {
		const dim, n = 16, 130
		for _, f := range []kernels.Format{kernels.F32, kernels.BF16} {
			k, v := make([]float32, n*dim), make([]float32, n*dim)
			for j := range n {
				k[j*dim], v[j*dim] = float32(10*j), float32(j)
			}
			keys, values := encode(f, k), encode(f, v)
			for _, g := range []int{1, 2, 9, 40} {
				q, s, out := make([]float32, PadQueries(g)*dim), NewState(g, dim), make([]float32, g*dim)
				for h := range g {
					q[h*dim] = 10
				}
				s.Add(q, keys, values, f, n, nil)
				s.Finish(out, nil)
				for h := range g {
					if out[h*dim] != n-1 {
						t.Errorf("%s: query %d of %d got %g, want the last row's %d", f, h, g, out[h*dim], n-1)
					}
				}
			}
		}
	})
}

// TestNaN: a NaN in one query stays there, one in a row reaches all queries that see it.
func TestNaN(t *testing.T) {
	kerneltest.Tiers(t, func(t *testing.T) {
		const dim, n = 16, 130
		nan := float32(math.NaN())
		r := random(3)
		for _, f := range []kernels.Format{kernels.F32, kernels.BF16} {
			for _, g := range []int{1, 2, 9, 40} {
				for _, at := range []int{-1, 0, 70, n - 1} { // a row, or a query
					q, k, v := r.floats(PadQueries(g)*dim), r.floats(n*dim), r.floats(n*dim)
					if at < 0 {
						q[0] = nan
					} else {
						k[at*dim+3] = nan
					}
					s, out := NewState(g, dim), make([]float32, g*dim)
					s.Add(q, encode(f, k), encode(f, v), f, n, nil)
					s.Finish(out, nil)
					for h := range g {
						if got, want := out[h*dim] != out[h*dim], h == 0 || at >= 0; got != want {
							t.Errorf("%s, NaN at row %d: query %d of %d gave %g", f, at, h, g, out[h*dim])
						}
					}
				}
			}
		}
	})
}

// TestLatentNaN: one in a stored row reaches all queries, in whichever part it is, and so does
// infinity where there are scales: elsewhere it may be a score of -Inf.
func TestLatentNaN(t *testing.T) {
	kerneltest.Tiers(t, func(t *testing.T) {
		const n = 130
		for _, name := range []string{"v4", "v3.2", "odd"} {
			layout, r := layouts()[name], random(3)
			dim, value, size := Dim(layout), Pad16(layout.Parts[0].N), layout.Bytes()
			for _, g := range []int{1, 9} {
				for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
					for _, at := range []int{0, 70, n - 1} {
						for _, element := range []int{0, 65, layout.N() - 1} {
							data, s, out := make([]byte, n*size), &State{}, make([]float32, g*value)
							for j := range n {
								x := r.floats(layout.N())
								if j == at {
									x[element] = float32(bad)
								}
								layout.Encode(data[j*size:(j+1)*size], x)
							}
							s.Reset(g, dim, value)
							s.AddLatents(r.floats(PadQueries(g)*dim), &Latents{layout, data}, nil, 0, n, nil)
							s.Finish(out, nil)
							for h := range g {
								if v := out[h*value]; v-v == 0 && (bad != bad || element < layout.Parts[0].N) {
									t.Errorf("%s, %g in element %d of row %d: query %d of %d gave %g", name, bad, element, at, h, g, v)
								}
							}
						}
					}
				}
			}
		}
	})
}

// encode makes rows of a format.
func encode(f kernels.Format, x []float32) []byte {
	layout := kernels.PlainRow(f, len(x))
	rows := make([]byte, layout.Bytes())
	layout.Encode(rows, x)
	return rows
}

func TestNoAllocation(t *testing.T) {
	r := random(5)
	k, _ := r.rows(kernels.BF16, 100*64)
	latents := &Latents{kernels.PlainRow(kernels.BF16, 64), k}
	for _, g := range []int{1, 4, 9} {
		q, out := r.floats(PadQueries(g)*64), make([]float32, g*64)
		s := NewState(g, 64)
		if n := testing.AllocsPerRun(10, func() {
			s.Reset(g, 64, 64)
			s.Add(q, k, k, kernels.BF16, 100, nil)
			s.AddLatents(q, latents, nil, 0, 100, nil)
			s.Finish(out, nil)
		}); n != 0 {
			t.Errorf("%d queries: %g allocations", g, n)
		}
	}
}

// BenchmarkAttend is one KV head, its rows in a cache or in memory.
func BenchmarkAttend(b *testing.B) {
	const dim, most = 128, 1 << 18
	arena, err := hw.NewArena(2 * most * dim * 2)
	if err != nil {
		b.Fatal(err)
	}
	defer arena.Free()
	k, v := arena.Alloc(most*dim*2), arena.Alloc(most*dim*2)
	r := random(9)
	some, _ := r.rows(kernels.BF16, 1<<16)
	for at := 0; at < len(k); at += len(some) {
		copy(k[at:], some)
		copy(v[at:], some)
	}
	for isa := hw.Generic; isa <= hw.BestISA(); isa++ {
		for _, g := range []int{1, 4, 6, 8, 16} {
			for _, n := range []int{4096, most} {
				b.Run(fmt.Sprintf("isa=%s/heads=%d/dim=%d/rows=%d", isa, g, dim, n), func(b *testing.B) {
					defer kernels.Limit(isa)()
					q := r.floats(PadQueries(g) * dim)
					s := NewState(g, dim)
					b.SetBytes(2 * int64(n) * dim * 2)
					for b.Loop() {
						s.Reset(g, dim, dim)
						s.Add(q, k, v, kernels.BF16, n, nil)
					}
				})
			}
		}
	}
}
