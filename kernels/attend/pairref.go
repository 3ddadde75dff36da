package attend

import (
	"moebench/kernels"
	"moebench/kernels/vec"
)

// PairScoreFunc computes s[j/2][g][j%2] = q[g] . row j of k, for g queries, packed, and
// n <= latentWhole BF16 rows that begin stride elements apart, behind which others follow, up to
// a multiple of pairRows; s has the pitch of so many queries. Sums are those of VDPBF16PS:
// pairs of elements one after the other, in two sums of elements 0 1 4 5 .. and 2 3 6 7 ...
// What it finds for queries up to a multiple of pairQueries and for those other rows does not
// matter. Meanwhile it may fetch next to a cache: what is read afterwards, if anything. Or it
// decodes rows of a load, if there is one, as many as it has time for: they are done. It may
// have written some of the next one.
type PairScoreFunc func(s []float32, q []uint16, k []byte, dim, g, n, stride, pitch int, next []byte, load *RowLoad)

// PairMixFunc computes out[g*dim:] = out[g*dim:]*before[g] + (sum over j of p[j/2][g][j%2] *
// row j of v)*now[g], for n rows; where before is empty, out is not read and the sum takes its
// place. If n is odd another row follows, which weighs nothing. It may fetch next as a
// PairScoreFunc does. before and now go on to a multiple of pairQueries, and so do the queries of
// part [g][32], where sums may wait.
type PairMixFunc func(out []float32, p []uint16, v []byte, before, now []float32, dim, g, n, stride, pitch int, part []float32, next []byte)

// packFunc rounds queries of dim elements to bf16, as PairScoreFunc takes them:
// dst [g/8][dim/4][8][4]. What it leaves for queries up to a multiple of pairQueries is finite
// where q and what was there before are.
type packFunc func(dst []uint16, q []float32, dim, g int)

var (
	pairScores = kernels.NewSet[PairScoreFunc]("attend/scores/pairs", pairScoresRef)
	pairMix    = kernels.NewSet[PairMixFunc]("attend/mix/pairs", pairMixRef)
	packs      = kernels.NewSet[packFunc]("attend/pack", packRef)
)

// packedAt is where element i of query h is.
func packedAt(h, i, dim int) int {
	return h/pairQueries*pairQueries*dim + i/4*4*pairQueries + h%pairQueries*4 + i%4
}

func packRef(dst []uint16, q []float32, dim, g int) {
	for h := range g {
		for i := range dim {
			dst[packedAt(h, i, dim)] = uint16(kernels.BF16.Encode(q[h*dim+i]))
		}
	}
}

func pairScoresRef(s []float32, q []uint16, k []byte, dim, g, n, stride, pitch int, _ []byte, _ *RowLoad) {
	for j := range n {
		for h := range g {
			var sum [2]float32
			for i := range dim {
				sum[i/2%2] += kernels.BF16.Decode(uint32(q[packedAt(h, i, dim)])) * bf16At(k, j*stride+i)
			}
			s[(j/2*pitch+h)*2+j%2] = sum[0] + sum[1]
		}
	}
}

func pairMixRef(out []float32, p []uint16, v []byte, before, now []float32, dim, g, n, stride, pitch int, _ []float32, _ []byte) {
	sum := make([]float32, dim)
	for h := range g {
		clear(sum)
		for j := range n {
			w := kernels.BF16.Decode(uint32(p[(j/2*pitch+h)*2+j%2]))
			for i := range sum {
				sum[i] += w * bf16At(v, j*stride+i)
			}
		}
		if o := out[h*dim:][:dim]; len(before) > 0 {
			vec.Scale(o, before[h])
			vec.AXPY(o, now[h], sum)
		} else {
			copy(o, sum)
		}
	}
}

// PairSets are the variants that take the place of KernelSets' where inPairs says so: for many
// queries scores and mix, and for a few, or one, what does both.
func PairSets() (*kernels.Set[PairScoreFunc], *kernels.Set[PairMixFunc], []*kernels.Set[PairFewFunc]) {
	return pairScores, pairMix, []*kernels.Set[PairFewFunc]{pairFew.set, pairOne.set}
}
