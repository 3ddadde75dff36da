package model

import (
	"fmt"

	"moebench/kernels"
	"moebench/kernels/matmul"
	"moebench/kernels/vec"
	"moebench/ledger"
)

// Streams describes manifold-constrained hyper-connections (mHC, arXiv
// 2512.24880; V4 technical report, section 2.2): the residual is N streams; a
// sublayer reads a mix of them, and what it returns is shared out among them
// while they are mixed with each other. The zero value is the plain residual.
type Streams struct {
	N     int     // hc_mult; 0 = plain
	Iters int     // hc_sinkhorn_iters
	Eps   float32 // hc_eps
	Norm  float32 // of the mean square (rms_norm_eps)
}

// count is the number of streams.
func (s Streams) count() int { return max(s.N, 1) }

// Validate reports numbers that cannot work together.
func (s Streams) Validate() error {
	const most = 16
	if s != (Streams{}) && (s.N < 1 || s.N > most || s.Iters < 1) {
		return fmt.Errorf("hc_mult is %d with hc_sinkhorn_iters %d, want 1 to %d streams and at least 1 iteration", s.N, s.Iters, most)
	}
	return nil
}

// Mix is the parameters of one site: rows of Fn are N that mix in, N that share
// out, N*N that mix streams with each other. The head only mixes in. So few rows are a single
// pair of panels, which one worker would have to multiply alone: Fn is a matrix for every stream.
type Mix struct {
	Fn    []*kernels.Matrix // [N] of [(2+N)*N or N, Hidden], F32
	Base  []float32         // [rows of Fn]
	Scale []float32         // [3 or 1], of each group of rows
}

func (m *Mix) rows() int { return len(m.Base) }

func (s Streams) mixRows() int { return (2 + s.N) * s.N }

func (s Streams) newMix(alloc allocator, hidden int) *Mix {
	return s.allocate(alloc, s.mixRows(), 3, hidden)
}

func (s Streams) newHeadMix(alloc allocator, hidden int) *Mix {
	return s.allocate(alloc, s.N, 1, hidden)
}

func (s Streams) allocate(alloc allocator, rows, scales, hidden int) *Mix {
	if s.N == 0 {
		return nil
	}
	m := &Mix{make([]*kernels.Matrix, s.N), make([]float32, rows), make([]float32, scales)}
	for j := range m.Fn {
		m.Fn[j] = kernels.NewMatrix(alloc, kernels.F32, rows, hidden)
	}
	return m
}

func (m *Mix) matrix(visit func(name string, w *kernels.Matrix), name string) {
	if m == nil {
		return
	}
	for _, fn := range m.Fn {
		visit(name, fn)
	}
}

func (m *Mix) vectors(visit func(x []float32, neutral float32)) {
	if m != nil {
		visit(m.Base, 0)
		visit(m.Scale, 1)
	}
}

// ledger accounts for one site.
func (s Streams) ledger(prefix string, hidden int, step ledger.Step) ledger.Ledger {
	return s.lines(prefix, "(2 + streams) streams x streams hidden", s.mixRows(), 3, hidden, step)
}

func (s Streams) headLedger(hidden int, step ledger.Step) ledger.Ledger {
	return s.lines("head_", "streams x streams hidden", s.N, 1, hidden, step)
}

func (s Streams) lines(prefix, formula string, rows, scales, hidden int, step ledger.Step) ledger.Ledger {
	if s.N == 0 {
		return nil
	}
	f := kernels.F32
	return ledger.Ledger{
		ledger.MatrixLine(prefix+"mix", f.String(), formula, rows, s.N*hidden, step.Tokens, f.Bytes(rows, s.N*hidden)),
		ledger.VectorLine(prefix+"mix_base", "rows of the mix, and its scales", rows+scales),
	}
}

// streamScratch is the working memory of mixing.
type streamScratch struct {
	inputs []matmul.Input // of each stream
	logits []float32      // [N][T][rows of Fn], later the weights of all in [T][rows]
	next   [][]float32    // of each worker: [N][mixCols]

	mix            *Mix                    // of mixIn
	dst, x         []float32               // where it writes, what it reads,
	rows           int                     // and how many of them
	weigh, in, out func(worker, block int) // bound once: a method value allocates
}

// mixCols is how many columns of all rows one task mixes: they stay in the
// first-level cache, and two workers share one row.
const mixCols = 512

// weighRows is how many rows one task finds the weights of.
const weighRows = 8

func newStreamScratch(s *Session) streamScratch {
	return streamScratch{next: make([][]float32, s.pool.Size()), weigh: s.mixWeights, in: s.mixInColumns, out: s.mixOutColumns}
}

// runColumns shares the columns of all rows out over the workers.
func (s *Session) runColumns(task func(worker, block int)) {
	s.pool.Run((s.Model.Config.Hidden+mixCols-1)/mixCols, task)
}

// mixIn writes what a sublayer reads of the streams X [rows][N][Hidden] to u
// [rows][Hidden], and leaves in logits what mixing out needs: with v all streams of a
// row, r = 1/sqrt(mean(v^2) + eps) and m = Fn v r,
//
//	pre[j]  = sigmoid(m[j] scale[0] + base[j]) + eps;   u = sum of pre[j] X[j]
//	post[k] = 2 sigmoid(m[N+k] scale[1] + base[N+k])
//	C       = Sinkhorn(m[2N+jN+k] scale[2] + base[..])
func (s *Session) mixIn(mix *Mix, u, x []float32, rows int) {
	c, n, m := s.Model.Config, s.Model.Config.Streams.N, &s.streams
	m.inputs, m.logits = kernels.Grow(m.inputs, n), kernels.Grow(m.logits, n*rows*mix.rows())
	for j, fn := range mix.Fn {
		in := &m.inputs[j]
		in.Reset(x[j*c.Hidden:], n*c.Hidden, c.Hidden, nil, rows)
		s.head.Set(in, fn.Format)
		s.head.Add(matmul.Job{W: fn, X: in, Y: m.logits[j*rows*fn.Rows:], Stride: fn.Rows})
	}
	s.head.Run()
	m.mix, m.dst, m.x, m.rows = mix, u, x, rows
	s.pool.Run((rows+weighRows-1)/weighRows, m.weigh)
	s.runColumns(m.in)
}

// mixWeights makes pre, post/2 and C of the logits of a block of rows.
func (s *Session) mixWeights(_, block int) {
	c, n, m := s.Model.Config, s.Model.Config.Streams.N, &s.streams
	width, mix, all := n*c.Hidden, m.mix, m.mix.rows()
	for i := block * weighRows; i < min((block+1)*weighRows, m.rows); i++ {
		x, logits := m.x[i*width:(i+1)*width], m.logits[i*all:(i+1)*all]
		for j := 1; j < n; j++ {
			vec.Add(logits, m.logits[(j*m.rows+i)*all:][:all])
		}
		vec.Scale(logits, vec.InverseRMS(x, c.Streams.Norm))
		for j := range logits {
			logits[j] = logits[j]*mix.Scale[min(j/n, len(mix.Scale)-1)] + mix.Base[j]
		}
		weights := logits[:min(2*n, len(logits))]
		vec.Sigmoid(weights, weights)
		if len(logits) > n {
			vec.Sinkhorn(logits[2*n:], n, c.Streams.Iters, c.Streams.Eps)
		}
	}
}

// mixInColumns adds up a block of columns of every row's streams.
func (s *Session) mixInColumns(_, block int) {
	c, n, m := s.Model.Config, s.Model.Config.Streams.N, &s.streams
	from, to := block*mixCols, min((block+1)*mixCols, c.Hidden)
	for i := range m.rows {
		dst, logits := m.dst[i*c.Hidden+from:i*c.Hidden+to], m.logits[i*m.mix.rows():]
		clear(dst)
		for j, pre := range logits[:n] {
			at := (i*n + j) * c.Hidden
			vec.AXPY(dst, pre+c.Streams.Eps, m.x[at+from:at+to])
		}
	}
}

// mixOutColumns replaces a block of columns of every row's streams by X'[k] = post[k] y +
// sum over j of C[j][k] X[j], with y what the sublayer returned.
func (s *Session) mixOutColumns(worker, block int) {
	c, n, m := s.Model.Config, s.Model.Config.Streams.N, &s.streams
	from, to := block*mixCols, min((block+1)*mixCols, c.Hidden)
	width, fetch := to-from, vec.Fetch.Best()
	m.next[worker] = kernels.Grow(m.next[worker], n*width)
	for i := range s.tokens {
		logits := m.logits[i*c.Streams.mixRows():]
		post, mix := logits[n:2*n], logits[2*n:2*n+n*n]
		x, y := s.hidden[i*n*c.Hidden+from:], s.out[i*c.Hidden+from:i*c.Hidden+to]
		fetch(kernels.FloatBytes(y))
		for j := range n {
			fetch(kernels.FloatBytes(x[j*c.Hidden:][:width]))
		}
		clear(m.next[worker])
		for k := range n {
			next := m.next[worker][k*width : (k+1)*width]
			vec.AXPY(next, 2*post[k], y)
			for j := range n {
				vec.AXPY(next, mix[j*n+k], x[j*c.Hidden:j*c.Hidden+width])
			}
		}
		for k := range n {
			copy(x[k*c.Hidden:], m.next[worker][k*width:(k+1)*width])
		}
	}
}
