package attend

import (
	"encoding/binary"
	"math"

	"moebench/kernels"
)

// ScoreFunc computes s[j + g*scorePitch] = q[g*dim:] . row j of k, for g queries
// and n <= BlockRows rows that begin stride elements apart. What s holds beyond n,
// up to scorePitch, may change. Meanwhile it may fetch next to a cache: what
// is read afterwards, if anything.
type ScoreFunc func(s, q []float32, k []byte, dim, g, n, stride int, next []byte)

// MixFunc computes out[g*dim:] += sum over j of p[j + g*scorePitch] * row j of v,
// of which it takes the first dim elements; rows begin stride elements apart. It may
// fetch next as a ScoreFunc does.
type MixFunc func(out, p []float32, v []byte, dim, g, n, stride int, next []byte)

var scoreSets = map[kernels.Format]*kernels.Set[ScoreFunc]{
	kernels.F32:  kernels.NewSet[ScoreFunc]("attend/scores/f32", scoresF32Ref),
	kernels.BF16: kernels.NewSet[ScoreFunc]("attend/scores/bf16", scoresBF16Ref),
}

var mixSets = map[kernels.Format]*kernels.Set[MixFunc]{
	kernels.F32:  kernels.NewSet[MixFunc]("attend/mix/f32", mixF32Ref),
	kernels.BF16: kernels.NewSet[MixFunc]("attend/mix/bf16", mixBF16Ref),
}

// decodeFunc makes f32 of n BF16 rows of dim, that begin stride elements apart in dst.
// Meanwhile it may fetch what is ahead bytes away from what it reads.
type decodeFunc func(dst []float32, rows []byte, dim, n, stride, ahead int)

var decodeBF16 = kernels.NewSet[decodeFunc]("attend/decode/bf16", decodeBF16Ref)

func decodeBF16Ref(dst []float32, rows []byte, dim, n, stride, _ int) {
	for j := range n {
		for i := range dim {
			dst[j*stride+i] = bf16At(rows, j*dim+i)
		}
	}
}

func f32At(b []byte, i int) float32 {
	return math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
}

func bf16At(b []byte, i int) float32 {
	return math.Float32frombits(uint32(binary.LittleEndian.Uint16(b[2*i:])) << 16)
}

func scoresF32Ref(s, q []float32, k []byte, dim, g, n, stride int, _ []byte) {
	for j := range n {
		for h := range g {
			var sum float32
			for i, x := range q[h*dim : (h+1)*dim] {
				sum += x * f32At(k, j*stride+i)
			}
			s[h*scorePitch+j] = sum
		}
	}
}

func scoresBF16Ref(s, q []float32, k []byte, dim, g, n, stride int, _ []byte) {
	for j := range n {
		for h := range g {
			var sum float32
			for i, x := range q[h*dim : (h+1)*dim] {
				sum += x * bf16At(k, j*stride+i)
			}
			s[h*scorePitch+j] = sum
		}
	}
}

func mixF32Ref(out, p []float32, v []byte, dim, g, n, stride int, _ []byte) {
	for j := range n {
		for h := range g {
			w := p[h*scorePitch+j]
			for i := range dim {
				out[h*dim+i] += w * f32At(v, j*stride+i)
			}
		}
	}
}

func mixBF16Ref(out, p []float32, v []byte, dim, g, n, stride int, _ []byte) {
	for j := range n {
		for h := range g {
			w := p[h*scorePitch+j]
			for i := range dim {
				out[h*dim+i] += w * bf16At(v, j*stride+i)
			}
		}
	}
}

// KernelSets are the variants for rows of a format, for tests that count work.
func KernelSets(f kernels.Format) (*kernels.Set[ScoreFunc], *kernels.Set[MixFunc]) {
	return scoreSets[f], mixSets[f]
}
