package matmul

import (
	"moebench/hw"
	"moebench/kernels"
)

// Job is one product of a region: Y[t*Stride+r] = W[r] . X[t] + Bias[r].
type Job struct {
	W      *kernels.Matrix
	X      *Input
	Y      []float32 // nil if Then takes the results
	Stride int       // elements between the rows of Y, at least W.Rows
	Bias   []float32 // [W.Rows] or nil
	Then   Finisher  // nil, or what to do with results, which are nowhere else then
}

// Finisher takes the results of some chunks, panels [p0, p1) of its job, while they are in
// cache: y[t*stride+i] is row p0*16+i. p0 is even. It runs on the worker that computed them,
// in whose memory they are: many rows of results would otherwise go to memory and back.
type Finisher interface {
	Finish(y []float32, stride, p0, p1 int)
}

// chunkBytes is the weight a worker claims at once: about 4 us at 16 GB/s, so
// that a claim costs little and a worker that loses its core delays a region by
// little.
const chunkBytes = 64 << 10

// tiledBytes is the same for half a tile of rows or more, if there is enough to share out: a
// chunk stays in a second-level cache while tile after tile passes by.
const tiledBytes = 4 * chunkBytes

// finishBytes is how many results a finisher takes at once, if a chunk has no more: while it
// works no weights are read.
const finishBytes = 8 << 10

// Region runs the products of many matrices as one parallel region. Every worker
// reads neighbouring chunks as one long stream, and looks one chunk ahead, to where its
// stream goes on.
type Region struct {
	pool    *hw.Pool
	jobs    []Job
	chunks  []chunk
	finish  int // most results that a finisher takes
	workers []worker
	ranges  hw.Ranges               // of chunks
	task    func(worker, chunk int) // bound once: a method value allocates
	filling filling
	fill    func(worker, tile int)
}

// filling is what Set hands to the workers.
type filling struct {
	in     *Input
	x      []float32
	stride int
	rows   []int32
	act    kernels.Activation
}

type chunk struct{ job, p0, p1 int32 }

// NewRegion makes a region for the workers of a pool.
func NewRegion(pool *hw.Pool) *Region {
	r := &Region{pool: pool, workers: make([]worker, pool.Size())}
	r.task, r.fill = r.work, r.fillTile
	return r
}

// Set is in.Set, by all workers if there are many rows.
func (r *Region) Set(in *Input, x []float32, stride, k int, rows []int32, t int, f kernels.Format) {
	if t <= TileTokens || k%kernels.FP8Block != 0 { // last columns go through the one buffer of the input
		in.Set(x, stride, k, rows, t, f)
		return
	}
	act := Activation(f)
	in.prepare(t, k, act)
	r.filling = filling{in, x, stride, rows, act}
	r.pool.Run(in.tiles(), r.fill)
}

// fillTile converts one tile.
func (r *Region) fillTile(_, tile int) {
	f := &r.filling
	first, n := f.in.tile(tile)
	f.in.fill(f.x, f.stride, f.rows, first, first+n, f.act)
}

// Add appends a job. X must be set before Run, for W's format.
func (r *Region) Add(j Job) { r.jobs = append(r.jobs, j) }

// Run computes all jobs added since the last Run and forgets them.
func (r *Region) Run() {
	r.cut()
	for w := range r.workers {
		r.workers[w].results = kernels.Grow(r.workers[w].results, r.finish)
	}
	r.pool.Run(r.ranges.Share(len(r.chunks), len(r.workers)), r.task)
	r.jobs, r.chunks, r.finish = r.jobs[:0], r.chunks[:0], 0
}

// cut makes chunks of the jobs: with many rows 48 a worker or more, so that none waits long
// for another's last.
func (r *Region) cut() {
	total := 0
	for i := range r.jobs {
		total += len(r.jobs[i].W.Data)
	}
	tiled := max(chunkBytes, min(tiledBytes, total/48/len(r.workers)))
	for i := range r.jobs {
		j := &r.jobs[i]
		bytes, panels, size := j.W.PanelBytes(), j.W.Panels(), chunkBytes
		if j.X.T >= halfTile {
			size = tiled
		}
		step := max(size/bytes, 2) &^ 1
		if j.Then != nil {
			r.finish = max(r.finish, j.X.T*step*kernels.PanelRows, finishBytes/4)
		}
		for p := 0; p < panels; p += step {
			r.chunks = append(r.chunks, chunk{int32(i), int32(p), int32(min(p+step, panels))})
		}
	}
}

// work claims chunks until there are none left. Which range it begins with is
// the number of the task: a pool may give one worker all tasks.
func (r *Region) work(worker, own int) {
	wk := &r.workers[worker]
	for i, ok := r.ranges.Claim(own); ok; i, ok = r.ranges.Claim(own) {
		var ahead []byte
		if next := r.ranges.Next(own); next >= 0 {
			c := r.chunks[next]
			ahead = r.jobs[c.job].W.Span(int(c.p0), int(c.p1))
		}
		r.compute(wk, r.chunks[i], ahead)
	}
	r.finishChunks(wk)
}

func (r *Region) compute(wk *worker, c chunk, ahead []byte) {
	j, p0, p1 := &r.jobs[c.job], int(c.p0), int(c.p1)
	y, stride, first := j.Y, j.Stride, 0
	if j.Then != nil {
		y, stride = wk.results, wk.stride(j)
		if d := &wk.done; d.job != c.job || d.p1 != c.p0 || int(c.p1-d.p0)*kernels.PanelRows > stride {
			r.finishChunks(wk)
			*d = c
		}
		wk.done.p1, first = c.p1, int(wk.done.p0)*kernels.PanelRows
	}
	wk.mul(y, stride, first, j.W, j.X, p0, p1, ahead)
	if j.Bias != nil {
		lo, hi := p0*kernels.PanelRows, min(p1*kernels.PanelRows, j.W.Rows)
		for t := range j.X.T {
			y := y[t*stride:]
			for row := lo; row < hi; row++ {
				y[row-first] += j.Bias[row]
			}
		}
	}
}

// stride is how many results of a row a worker holds for the finisher of j: whole panels.
func (wk *worker) stride(j *Job) int {
	return len(wk.results) / j.X.T / kernels.PanelRows * kernels.PanelRows
}

// finishChunks hands the results that a worker holds to their finisher.
func (r *Region) finishChunks(wk *worker) {
	if d := wk.done; d.p0 < d.p1 {
		j := &r.jobs[d.job]
		j.Then.Finish(wk.results, wk.stride(j), int(d.p0), int(d.p1))
	}
	wk.done = chunk{}
}
