package matmul

import (
	"sync/atomic"

	"moebench/hw"
	"moebench/kernels"
)

// Job is one product of a region: Y[t*Stride+r] = W[r] . X[t] + Bias[r].
type Job struct {
	W      *kernels.Matrix
	X      *Input
	Y      []float32
	Stride int       // elements between the rows of Y, at least W.Rows
	Bias   []float32 // [W.Rows] or nil
	Then   Finisher  // nil, or what to do with results while they are in cache
}

// Finisher continues after a chunk: panels [p0, p1) of its job are in Y. p0 is
// even. It runs on the worker that computed them.
type Finisher interface{ Finish(p0, p1 int) }

// chunkBytes is the weight a worker claims at once: about 4 us at 16 GB/s, so
// that a claim costs little and a worker that loses its core delays a region by
// little.
const chunkBytes = 64 << 10

// Region runs the products of many matrices as one parallel region. Chunks are
// claimed from one counter in the order the jobs were added; a worker holds one
// chunk ahead, so that it always knows where its stream of weights goes on.
type Region struct {
	pool    *hw.Pool
	jobs    []Job
	chunks  []chunk
	workers []worker
	claimed atomic.Int64
	task    func(worker, chunk int) // bound once: a method value allocates
}

type chunk struct{ job, p0, p1 int32 }

// NewRegion makes a region for the workers of a pool.
func NewRegion(pool *hw.Pool) *Region {
	r := &Region{pool: pool, workers: make([]worker, pool.Size())}
	r.task = r.work
	return r
}

// Add appends a job. X must be set before Run, in the form W's format reads.
func (r *Region) Add(j Job) {
	job := int32(len(r.jobs))
	r.jobs = append(r.jobs, j)
	bytes := j.W.Format.PanelBytes(j.W.Cols)
	step := max(chunkBytes/bytes, 2) &^ 1
	for p, panels := 0, j.W.Panels(); p < panels; p += step {
		r.chunks = append(r.chunks, chunk{job, int32(p), int32(min(p+step, panels))})
	}
}

// Run computes all jobs added since the last Run and forgets them.
func (r *Region) Run() {
	r.claimed.Store(0)
	r.pool.Run(min(r.pool.Size(), len(r.chunks)), r.task)
	r.jobs, r.chunks = r.jobs[:0], r.chunks[:0]
}

func (r *Region) claim() int { return int(r.claimed.Add(1)) - 1 }

// work claims chunks until there are none left.
func (r *Region) work(worker, _ int) {
	wk := &r.workers[worker]
	for i := r.claim(); i < len(r.chunks); {
		next := r.claim()
		var ahead []byte
		if next < len(r.chunks) {
			c := r.chunks[next]
			ahead, _ = r.jobs[c.job].W.Panel(int(c.p0))
		}
		r.compute(wk, r.chunks[i], ahead)
		i = next
	}
}

func (r *Region) compute(wk *worker, c chunk, ahead []byte) {
	j := &r.jobs[c.job]
	wk.mul(j.Y, j.Stride, j.W, j.X, int(c.p0), int(c.p1), ahead)
	if j.Bias != nil {
		lo, hi := int(c.p0)*kernels.PanelRows, min(int(c.p1)*kernels.PanelRows, j.W.Rows)
		for t := range j.X.T {
			y := j.Y[t*j.Stride:]
			for row := lo; row < hi; row++ {
				y[row] += j.Bias[row]
			}
		}
	}
	if j.Then != nil {
		j.Then.Finish(int(c.p0), int(c.p1))
	}
}
