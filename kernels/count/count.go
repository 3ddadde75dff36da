// Package count counts the work kernels do: the executed side of what the ledger
// counts.
package count

import (
	"sync"
	"sync/atomic"

	"moebench/kernels"
	"moebench/kernels/attend"
	"moebench/kernels/index"
	"moebench/kernels/matmul"
)

// Work is what kernels saw. One multiply-accumulate is a MAC; padding of columns counts.
type Work struct {
	Pairs     map[*byte]Pair // what was done with each pair of panels of weights, by where it is
	Attention int64          // MACs of scores and weighted sums
	Rows      int64          // query-row pairs of attention
	Index     int64          // MACs of indexer scores
	Scored    int64          // rows scored by the indexer
}

// Pair is what kernels did with two panels of a matrix.
type Pair struct {
	MACs  int64 // padding of columns counts
	Bytes int64 // codes and scales read
	Rows  int64 // of activations it was multiplied with
}

// MACs is all multiply-accumulates.
func (w Work) MACs() int64 {
	n := w.Attention + w.Index
	for _, p := range w.Pairs {
		n += p.MACs
	}
	return n
}

// WeightBytes is all codes and scales read.
func (w Work) WeightBytes() int64 {
	var n int64
	for _, p := range w.Pairs {
		n += p.Bytes
	}
	return n
}

// Take removes what was done with one matrix: MACs without padding, and bytes read.
func (w Work) Take(m *kernels.Matrix) (macs, bytes int64) {
	for i := 0; i < m.Panels(); i += 2 {
		first := &m.Span(i, i+2)[0]
		p := w.Pairs[first]
		macs += p.Rows * int64(min(kernels.PairRows, m.Rows-i*kernels.PanelRows)) * int64(m.Cols)
		bytes += p.Bytes
		delete(w.Pairs, first)
	}
	return macs, bytes
}

// counter adds up what kernels see, which workers call at the same time, until it puts the
// real ones back.
type counter struct {
	mu                               sync.Mutex
	read                             map[*byte]Pair
	attention, rows, indexed, scored atomic.Int64
	restore                          []func()
}

// Of runs work and counts what all kernels do meanwhile, whoever calls them.
func Of(work func()) Work {
	c := &counter{read: map[*byte]Pair{}}
	defer func() {
		for _, r := range c.restore {
			r()
		}
	}()
	c.matmul()
	c.attend()
	c.attendPairs()
	c.index()
	work()
	return Work{Pairs: c.read, Attention: c.attention.Load(), Rows: c.rows.Load(), Index: c.indexed.Load(), Scored: c.scored.Load()}
}

func (c *counter) matmul() {
	for _, f := range kernels.Formats() {
		set := matmul.KernelSet(f)
		real := set.Best()
		c.restore = append(c.restore, set.Force(real.Instead(func(call *matmul.Call) {
			c.mu.Lock()
			for i := range call.Pairs() {
				first := &call.W[2*call.Stride*i]
				p := c.read[first]
				p.MACs += int64(call.K) * int64(min(kernels.PairRows, call.Rows-i*kernels.PairRows)*call.Tokens)
				p.Bytes += int64(2 * call.Stride)
				p.Rows += int64(call.Tokens)
				c.read[first] = p
			}
			c.mu.Unlock()
			real.Run(call)
		})))
	}
}

func (c *counter) attend() {
	for _, f := range []kernels.Format{kernels.F32, kernels.BF16} {
		scores, mix := attend.KernelSets(f)
		score, add := scores.Best(), mix.Best()
		c.restore = append(c.restore, scores.Force(func(s, q []float32, k []byte, dim, g, n, stride int, next []byte) {
			c.attention.Add(int64(dim) * int64(g) * int64(n))
			c.rows.Add(int64(g) * int64(n))
			score(s, q, k, dim, g, n, stride, next)
		}), mix.Force(func(out, p []float32, v []byte, dim, g, n, stride int, next []byte) {
			c.attention.Add(int64(dim) * int64(g) * int64(n))
			add(out, p, v, dim, g, n, stride, next)
		}))
	}
}

func (c *counter) attendPairs() {
	scores, mix, few := attend.PairSets()
	score, add := scores.Best(), mix.Best()
	c.restore = append(c.restore, scores.Force(func(s []float32, q []uint16, k []byte, dim, g, n, stride, pitch int, next []byte, load *attend.RowLoad) {
		c.attention.Add(int64(dim) * int64(g) * int64(n))
		c.rows.Add(int64(g) * int64(n))
		score(s, q, k, dim, g, n, stride, pitch, next, load)
	}), mix.Force(func(out []float32, p []uint16, v []byte, before, now []float32, dim, g, n, stride, pitch int, part []float32, next []byte) {
		c.attention.Add(int64(dim) * int64(g) * int64(n))
		add(out, p, v, before, now, dim, g, n, stride, pitch, part, next)
	}))
	for _, set := range few {
		add := set.Best()
		c.restore = append(c.restore, set.Force(func(out []float32, q []uint16, k, v []byte, top, sum, scratch []float32, dim, g, n int, nextK, nextV []byte) {
			c.attention.Add(2 * int64(dim) * int64(g) * int64(n))
			c.rows.Add(int64(g) * int64(n))
			add(out, q, k, v, top, sum, scratch, dim, g, n, nextK, nextV)
		}))
	}
}

func (c *counter) index() {
	floats, pairs, fp4 := index.KernelSets()
	score, scorePairs, scoreFP4 := floats.Best(), pairs.Best(), fp4.Best()
	c.restore = append(c.restore, floats.Force(func(s, tile, q, w []float32) {
		c.indexed.Add(int64(len(s)) * int64(len(q)))
		c.scored.Add(int64(len(s)))
		score(s, tile, q, w)
	}), pairs.Force(func(s []float32, tile, q []uint32, w []float32) {
		c.indexed.Add(2 * int64(len(s)) * int64(len(q)))
		c.scored.Add(int64(len(s)))
		scorePairs(s, tile, q, w)
	}), fp4.Force(func(s []float32, tile []byte, dim int, codes []byte, scales, w []float32) {
		c.indexed.Add(int64(len(s)) * int64(len(w)) * int64(dim))
		c.scored.Add(int64(len(s)))
		scoreFP4(s, tile, dim, codes, scales, w)
	}))
}
