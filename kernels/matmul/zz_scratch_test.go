package matmul

import (
	"fmt"
	"math"
	"math/rand"
	"testing"
	"time"
	"unsafe"
	"sort"
	"moebench/kernels"
)

func alignedBytes(n int64) []byte {
	b := make([]byte, n+64)
	o := -int(uintptr(unsafe.Pointer(&b[0]))) & 63
	return b[o : o+int(n) : o+int(n)]
}

func scratchCall(f kernels.Format, k, tokens, panels int) (*kernels.Matrix, *Input) {
	w := kernels.NewMatrix(alignedBytes, f, panels*16, k)
	for i := range w.Data {
		w.Data[i] = byte(rand.Int())
	}
	for i := range w.Scales {
		w.Scales[i] = byte(115 + rand.Intn(12))
	}
	if f == kernels.INT8 {
		for i := 0; i < len(w.Scales); i += 2 {
			w.Scales[i+1] = 0x3c + byte(rand.Intn(2))
		}
	}
	var in Input
	x := make([]float32, tokens*k)
	for i := range x {
		x[i] = float32(rand.NormFloat64())
	}
	in.Set(x, k, k, nil, tokens, f.Activation())
	return w, &in
}

func TestScratchParity(t *testing.T) {
	for _, f := range []kernels.Format{kernels.MXFP4, kernels.INT8} {
		for tokens := 1; tokens <= 8; tokens++ {
			for _, k := range []int{32, 64, 96, 1024} {
				w, in := scratchCall(f, k, tokens, 2)
				vs := sets[f].Variants()
				var ref []float32
				for i, v := range vs {
					restore := sets[f].Force(v.Func)
					y := make([]float32, tokens*40)
					for i := range y { y[i] = 99 }
					var wk worker
					wk.mul(y, 40, w, in, 0, 2, nil)
					restore()
					if i == 0 {
						ref = y
						continue
					}
					var worst float64
					same := true
					for j := range y {
						d := math.Abs(float64(y[j]-ref[j]))
						worst = max(worst, d)
						if y[j] != ref[j] { same = false }
					}
					if worst > 1e-4 * math.Sqrt(float64(k)) {
						t.Errorf("%s %s T%d K%d worst %g (%v %v)", f, v.ISA, tokens, k, worst, y[:3], ref[:3])
					}
					_ = same
				}
			}
		}
	}
}

func TestScratchSpeed(t *testing.T) {
	for _, f := range []kernels.Format{kernels.MXFP4, kernels.INT8} {
		for _, v := range sets[f].Variants()[1:] {
			for _, tokens := range []int{1, 2, 4, 8} {
				k := 4096
				panels := 512 << 10 / f.PanelBytes(k)
				w, in := scratchCall(f, k, tokens, panels)
				y := make([]float32, tokens*panels*16)
				restore := sets[f].Force(v.Func)
				var wk worker
				var ns []float64
				for range 60 {
					t0 := time.Now()
					for range 4 {
						wk.mul(y, panels*16, w, in, 0, panels, nil)
					}
					ns = append(ns, float64(time.Since(t0).Nanoseconds())/4)
				}
				restore()
				sort.Float64s(ns)
				m := ns[len(ns)/2]
				ops := 2 * float64(panels*16*k*tokens)
				fmt.Printf("%-6s %-11s T=%d %6.1f GB/s (best %6.1f) %7.1f GOP/s\n", f, v.ISA, tokens, float64(w.Bytes())/m, float64(w.Bytes())/ns[0], ops/m)
			}
		}
	}
}
