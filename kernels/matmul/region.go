package matmul

import (
	"sync/atomic"
	"unsafe"

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

// aligned says whether the results of two panels are whole cache lines.
func (j *Job) aligned() bool {
	return j.Then == nil && uintptr(unsafe.Pointer(unsafe.SliceData(j.Y)))%64 == 0 && j.Stride%16 == 0
}

// Finisher takes the results of some panels and a tile of rows while they are in cache: many
// rows of results would otherwise go to memory and back. They are those of rows [first,
// first+n) of X and of panels in pairs, from p on: y[(q*n+t)*16+i] is row (p+q)*16+i of W
// times row first+t. It runs on the worker that computed them. Done comes once, on the worker
// that finished last, when all results of the job were taken.
type Finisher interface {
	Finish(y []float32, first, n, p int)
	Done()
}

// A chunk is a 48th of a worker's share of a region, so that none waits long for another's last,
// or one that loses its core, but at least leastChunk, so that claims cost little, and at most
// mostChunk, which stays in a second-level cache while tile after tile of rows passes by. Where
// there is a single tile, chunks that are claimed together are multiplied as one: memory has
// nothing to do for 0.3 to 1 us between two.
const (
	sharedChunks = 48
	leastChunk   = 64 << 10 // some 3 us
	mostChunk    = 256 << 10
)

// keptBytes is how many results of a region are left in caches, of which they would drive
// other things out; more go past them.
const keptBytes = 2 << 20

// Region runs the products of many matrices as one parallel region. Every worker
// reads neighbouring chunks as one long stream, and looks one chunk ahead, to where its
// stream goes on.
type Region struct {
	pool    *hw.Pool
	jobs    []Job
	chunks  []chunk
	left    []atomic.Int32 // chunks of each job with a Finisher that are not done
	past    bool           // results go past the caches
	workers []worker
	ranges  hw.Ranges               // of chunks
	task    func(worker, chunk int) // bound once: a method value allocates
	filling filling
	fill    func(worker, tile int)
}

// filling is what Set hands to the workers.
type filling struct {
	in  *Input
	act kernels.Activation
}

type chunk struct{ job, p0, p1 int32 }

// NewRegion makes a region for the workers of a pool.
func NewRegion(pool *hw.Pool) *Region {
	r := &Region{pool: pool, workers: make([]worker, pool.Size())}
	r.task, r.fill = r.work, r.fillTile
	return r
}

// Set is in.Set, by all workers if there are many rows.
func (r *Region) Set(in *Input, f kernels.Format) {
	if in.T <= TileTokens || in.K%kernels.FP8Block != 0 { // last columns go through the one buffer of the input
		in.Set(f)
		return
	}
	if act := Activation(f); in.prepare(act) {
		r.filling = filling{in, act}
		r.pool.Run(in.tiles(), r.fill)
	}
}

// fillTile converts one tile.
func (r *Region) fillTile(_, tile int) {
	f := &r.filling
	first, n := f.in.tile(tile)
	f.in.fill(first, first+n, f.act)
}

// Add appends a job. X must be set before Run, for W's format.
func (r *Region) Add(j Job) { r.jobs = append(r.jobs, j) }

// Run computes all jobs added since the last Run and forgets them.
func (r *Region) Run() {
	r.cut()
	r.pool.Run(r.ranges.Share(len(r.chunks), len(r.workers)), r.task)
	r.jobs, r.chunks = r.jobs[:0], r.chunks[:0]
}

// cut makes chunks of the jobs.
func (r *Region) cut() {
	total, results := 0, 0
	for i := range r.jobs {
		j := &r.jobs[i]
		total += len(j.W.Data)
		if j.Then == nil {
			results += 4 * j.X.T * j.W.Rows
		}
	}
	r.past, r.left = results > keptBytes, kernels.Grow(r.left, len(r.jobs))
	size := max(leastChunk, min(mostChunk, total/sharedChunks/len(r.workers)))
	for i := range r.jobs {
		j := &r.jobs[i]
		panels, step := j.W.Panels(), max(size/j.W.PanelBytes(), 2)&^1
		for p := 0; p < panels; p += step {
			r.chunks = append(r.chunks, chunk{int32(i), int32(p), int32(min(p+step, panels))})
		}
		if j.Then != nil {
			r.left[i].Store(int32((panels + step - 1) / step))
		}
	}
}

// work claims chunks until there are none left. Which range it begins with is
// the number of the task: a pool may give one worker all tasks.
func (r *Region) work(worker, own int) {
	wk := &r.workers[worker]
	for i, end := r.ranges.Claim(own); i < end; i, end = r.ranges.Claim(own) {
		for i < end {
			n := r.together(i, end)
			next := i + n
			if next == end {
				next = r.ranges.Next(own)
			}
			var ahead []byte
			if next >= 0 {
				c := &r.chunks[next]
				ahead = r.jobs[c.job].W.Span(int(c.p0), int(c.p1))
			}
			c := &r.chunks[i]
			j := &r.jobs[c.job]
			wk.mul(j, int(c.p0), int(r.chunks[i+n-1].p1), ahead, r.past)
			if j.Then != nil && r.left[c.job].Add(-int32(n)) == 0 {
				j.Then.Done()
			}
			i += n
		}
	}
	if r.past {
		fence()
	}
}

// together is how many of the chunks [i, end) are multiplied as one: those of the same job, where
// it has a single tile of rows.
func (r *Region) together(i, end int) int {
	n, job := 1, r.chunks[i].job
	for r.jobs[job].X.T <= TileTokens && i+n < end && r.chunks[i+n].job == job {
		n++
	}
	return n
}
