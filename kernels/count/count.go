// Package count counts the work kernels do: the executed side of what the ledger
// counts.
package count

import (
	"sync/atomic"

	"moebench/kernels"
	"moebench/kernels/attend"
	"moebench/kernels/index"
	"moebench/kernels/matmul"
)

// Work is what kernels saw. One multiply-accumulate is a MAC; padding counts.
type Work struct {
	Matrix      map[kernels.Format]int64 // MACs with weights, by their format
	WeightBytes int64                    // codes and scales read
	Attention   int64                    // MACs of scores and weighted sums
	Rows        int64                    // query-row pairs of attention
	Index       int64                    // MACs of indexer scores
	Scored      int64                    // rows scored by the indexer
}

// MACs is all multiply-accumulates.
func (w Work) MACs() int64 {
	n := w.Attention + w.Index
	for _, m := range w.Matrix {
		n += m
	}
	return n
}

// Of runs work and counts what all kernels do meanwhile, whoever calls them.
func Of(work func()) Work {
	var restore []func()
	var bytes, attention, rows, indexed, scored atomic.Int64
	matrix := map[kernels.Format]*atomic.Int64{}
	for _, f := range kernels.Formats() {
		n, set := &atomic.Int64{}, matmul.KernelSet(f)
		real := set.Best()
		matrix[f] = n
		restore = append(restore, set.Force(func(c *matmul.Call) {
			n.Add(int64(c.K) * kernels.PanelRows * int64(c.Tokens))
			bytes.Add(int64(len(c.W) + len(c.S)))
			real(c)
		}))
	}
	for _, f := range []kernels.Format{kernels.F32, kernels.BF16} {
		scores, mix := attend.KernelSets(f)
		score, add := scores.Best(), mix.Best()
		restore = append(restore, scores.Force(func(s, q []float32, k []byte, dim, g, n, stride int) {
			attention.Add(int64(dim) * int64(g) * int64(n))
			rows.Add(int64(g) * int64(n))
			score(s, q, k, dim, g, n, stride)
		}), mix.Force(func(out, p []float32, v []byte, dim, g, n, stride int) {
			attention.Add(int64(dim) * int64(g) * int64(n))
			add(out, p, v, dim, g, n, stride)
		}))
	}
	score := index.KernelSet().Best()
	restore = append(restore, index.KernelSet().Force(func(s, tile, q, w []float32) {
		indexed.Add(int64(len(s)) * int64(len(q)))
		scored.Add(int64(len(s)))
		score(s, tile, q, w)
	}))
	defer func() {
		for _, r := range restore {
			r()
		}
	}()
	work()
	w := Work{Matrix: map[kernels.Format]int64{}, WeightBytes: bytes.Load(), Attention: attention.Load(), Rows: rows.Load(), Index: indexed.Load(), Scored: scored.Load()}
	for f, n := range matrix {
		w.Matrix[f] = n.Load()
	}
	return w
}
