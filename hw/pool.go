package hw

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// spinTime is how long a helper looks for work before it parks. A woken thread
// starts tens of microseconds late, so helpers stay awake across the gaps inside
// one token; but a spinning one takes its core from everybody else.
const spinTime = time.Millisecond

// stallTime is how long a helper's thread must not have run, while worker 0 waits for
// it, to be taken for one whose CPU somebody else has. Such a turn of a neighbour takes
// milliseconds, many times a region.
const stallTime = 50 * time.Microsecond

// Pool is a set of long-lived workers, one per CPU, that share the chunks of a
// parallel region. The goroutine that calls Run is worker 0.
//
// The whole protocol is the counter claims. It holds minus the number of chunks
// nobody has claimed yet, so one atomic add both claims a chunk and says whether
// there was one. A helper that comes late finds nothing and is not waited for:
// a region ends when its chunks are done, not when every helper has seen it.
type Pool struct {
	_      [64]byte // claims and left have a cache line each: all workers write them
	claims atomic.Int64
	_      [56]byte
	left   atomic.Int64 // chunks of the open region that are not done
	_      [56]byte

	// Written by Run before it opens a region; read only under a valid claim.
	task   func(worker, chunk int)
	chunks int

	opened  time.Time // when the region began
	regions RegionTime

	cpus     []int
	homes    []cpuSet // of cpus: made once, a region allocates nothing
	helpers  []*helper
	unpinned atomic.Bool // some helper could not be bound to its CPU
	busy     atomic.Bool // a region is open
	closed   atomic.Bool
	failure  atomic.Pointer[TaskPanic]
	alive    sync.WaitGroup
}

// helper is one worker besides the caller of Run.
type helper struct {
	worker int
	parked atomic.Bool
	wake   chan struct{} // capacity 1: waking never blocks
	thread int           // its thread, bound to its CPU; 0: unknown
	active atomic.Bool   // may hold a chunk
	lent   bool          // worker 0 let it have its own CPU
	ran    time.Duration // of the thread, when worker 0 last looked; 0: it has not
	_      [64]byte
}

// TaskPanic is what Run panics with when a task panicked on a helper: the value
// and the stack that would otherwise be lost with the helper's goroutine.
type TaskPanic struct {
	Worker int
	Value  any
	Stack  []byte
}

func (t *TaskPanic) Error() string {
	return fmt.Sprintf("task panicked on worker %d: %v\n\n%s", t.Worker, t.Value, t.Stack)
}

// NewPool starts a pool of n workers: n-1 helpers, each pinned to a CPU of its
// own. Close ends them.
func NewPool(n int) (*Pool, error) {
	cpus := CPUs()
	if n < 1 || n > len(cpus) {
		return nil, fmt.Errorf("%d threads: want 1 to %d, the CPUs this process may use", n, len(cpus))
	}
	p := &Pool{cpus: cpus[:n]}
	for _, cpu := range p.cpus {
		p.homes = append(p.homes, oneCPU(cpu))
	}
	var started sync.WaitGroup
	for worker := 1; worker < n; worker++ {
		h := &helper{worker: worker, wake: make(chan struct{}, 1)}
		p.helpers = append(p.helpers, h)
		p.alive.Add(1)
		started.Add(1)
		go p.help(h, &started)
	}
	started.Wait()
	return p, nil
}

// Size is the number of workers, the caller of Run included.
func (p *Pool) Size() int { return len(p.cpus) }

// RegionTime is the time a pool spent in Run: what the caller does between regions
// it does alone.
type RegionTime struct {
	Total   time.Duration
	Waiting time.Duration // of Total: worker 0 was done and waited for the others
}

// RegionTime is that of all regions so far. Only the caller of Run may ask.
func (p *Pool) RegionTime() RegionTime { return p.regions }

// CPUs returns the CPU of each worker; worker 0 is there only while pinned.
func (p *Pool) CPUs() []int { return append([]int(nil), p.cpus...) }

// Pinned says whether every helper is bound to its CPU. Where the system forbids
// that, the pool works all the same, only less steadily.
func (p *Pool) Pinned() bool { return !p.unpinned.Load() }

// Pin locks the calling goroutine to its thread and the thread to the pool's
// first CPU, until unpin is called on the same goroutine.
func (p *Pool) Pin() (unpin func()) {
	runtime.LockOSThread()
	release, err := pinThread(p.cpus[0])
	if err != nil {
		p.unpinned.Store(true)
	}
	return func() {
		release()
		runtime.UnlockOSThread()
	}
}

// Run calls task(worker, chunk) once for every chunk in [0, chunks) and returns
// when all calls have returned. A worker claims chunks one at a time, in rising
// order, so a worker whose core is taken away slows the region only by its share.
// Run allocates nothing (a func made anew for each call would). One caller at a
// time; a task must not call Run. When a task panics, no further chunks start
// and Run panics once those under way are done.
func (p *Pool) Run(chunks int, task func(worker, chunk int)) {
	if chunks <= 0 {
		return
	}
	if !p.busy.CompareAndSwap(false, true) {
		panic("hw: Pool.Run called while a region of the same pool is running")
	}
	p.opened = time.Now()
	defer p.join()
	p.task, p.chunks = task, chunks
	p.left.Store(int64(chunks))
	p.claims.Store(-int64(chunks))
	for _, h := range p.helpers[:min(len(p.helpers), chunks-1)] {
		h.unpark()
	}
	p.work(0)
}

// work claims and does chunks until there are none left.
func (p *Pool) work(worker int) {
	complete := false
	defer p.settle(worker, &complete)
	for {
		claim := p.claims.Add(1) // -chunks+1 for the first chunk, 0 for the last
		if claim > 0 {
			complete = true
			return
		}
		p.task(worker, p.chunks-1+int(claim))
		p.left.Add(-1)
	}
}

// settle, deferred by work, handles a task that did not return: it gives up that
// chunk and all chunks nobody has claimed yet. A helper's panic is kept for the
// caller of Run; worker 0 is that caller, so its own panic just goes on.
func (p *Pool) settle(worker int, complete *bool) {
	if *complete {
		return
	}
	if worker > 0 {
		value := recover()
		if value == nil {
			value = "the task called runtime.Goexit"
		}
		p.failure.CompareAndSwap(nil, &TaskPanic{worker, value, debug.Stack()})
	}
	unclaimed := max(-p.claims.Swap(0), 0)
	p.left.Add(-1 - unclaimed)
}

// join waits for the claimed chunks to be done and closes the region. It is
// deferred, so that a panic on worker 0 leaves no helper inside a task.
func (p *Pool) join() {
	start := time.Now()
	looked, lent := start, false
	for spins := 1; p.left.Load() != 0; spins++ {
		pause()
		if spins%256 != 0 {
			continue
		}
		now := time.Now()
		if now.Sub(looked) > stallTime {
			looked, lent = now, p.lend() || lent
		}
		if lent {
			nap(stallTime)
		} else if now.Sub(start) > spinTime {
			runtime.Gosched() // perhaps the helper waits for this very core
		}
	}
	end := time.Now()
	if looked != start {
		p.giveBack()
	}
	p.regions.Total += end.Sub(p.opened)
	p.regions.Waiting += end.Sub(start)
	p.task = nil
	failure := p.failure.Swap(nil)
	p.busy.Store(false)
	if failure != nil {
		panic(failure)
	}
}

// lend moves helpers that hold a chunk and have not run since the last look to worker 0's
// own CPU, which it has no use for while it waits. It says whether there are any.
func (p *Pool) lend() (lent bool) {
	for _, h := range p.helpers {
		if h.thread == 0 || h.lent || !h.active.Load() {
			continue
		}
		ran, ok := threadTime(h.thread)
		if ok && h.ran != 0 && ran-h.ran < stallTime/8 && moveThread(h.thread, p.homes[0]) == nil {
			h.lent, lent = true, true
		}
		h.ran = ran
	}
	return lent
}

// giveBack lets every helper return to its own CPU.
func (p *Pool) giveBack() {
	for _, h := range p.helpers {
		if h.lent {
			_ = moveThread(h.thread, p.homes[h.worker])
		}
		h.lent, h.ran = false, 0
	}
}

// Close ends the helpers and waits for them. Run must not be called afterwards.
func (p *Pool) Close() {
	p.closed.Store(true)
	for _, h := range p.helpers {
		h.unpark()
	}
	p.alive.Wait()
}

// help is the life of one helper.
func (p *Pool) help(h *helper, started *sync.WaitGroup) {
	defer p.alive.Done()
	// Never unlocked: the pinned thread ends together with its goroutine.
	runtime.LockOSThread()
	if _, err := pinThread(p.cpus[h.worker]); err != nil {
		p.unpinned.Store(true)
	} else {
		h.thread = threadID()
	}
	started.Done()
	for p.await(h) {
		h.active.Store(true)
		p.work(h.worker)
		h.active.Store(false)
	}
}

// await returns true when there are chunks to claim, false when the pool closes.
func (p *Pool) await(h *helper) bool {
	for {
		start := time.Now()
		for spins := 1; spins%256 != 0 || time.Since(start) < spinTime; spins++ {
			if p.closed.Load() {
				return false
			}
			if p.claims.Load() < 0 {
				return true
			}
			pause()
		}
		h.parked.Store(true)
		// Work that was opened before parked was set woke nobody: look again. When
		// somebody else takes the mark back, a token is on its way.
		if (p.closed.Load() || p.claims.Load() < 0) && h.parked.CompareAndSwap(true, false) {
			continue
		}
		<-h.wake
	}
}

// unpark wakes the helper if it is parked. It takes the mark back first, so that
// there is never more than one token.
func (h *helper) unpark() {
	if h.parked.Load() && h.parked.CompareAndSwap(true, false) {
		h.wake <- struct{}{}
	}
}
