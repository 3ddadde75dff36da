package hw

import (
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func newPool(t testing.TB, n int) *Pool {
	p, err := NewPool(min(n, len(CPUs())))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// TestRun: every chunk once, whatever the number of chunks and workers, with
// helpers awake and parked.
func TestRun(t *testing.T) {
	for _, workers := range []int{1, 2} {
		p := newPool(t, workers)
		var counts [1000]atomic.Int32
		task := func(worker, chunk int) {
			if worker < 0 || worker >= p.Size() {
				t.Errorf("worker %d of %d", worker, p.Size())
			}
			counts[chunk].Add(1)
		}
		want := int32(0)
		for round := range 200 {
			n := []int{0, 1, 2, 3, 10, 1000}[round%6]
			p.Run(n, task)
			if n == len(counts) {
				want++
			}
			if round%50 == 49 {
				time.Sleep(3 * spinTime) // helpers park
			}
		}
		for i := 10; i < len(counts); i++ {
			if got := counts[i].Load(); got != want {
				t.Fatalf("%d workers: chunk %d ran %d times, want %d", workers, i, got, want)
			}
		}
		if n := testing.AllocsPerRun(10, func() { p.Run(50, task) }); n != 0 {
			t.Errorf("%d workers: %g allocations a region", workers, n)
		}
	}
}

// onHelper runs a region of two chunks on a pool of two, one of them on the helper.
func onHelper(p *Pool, chunk func()) {
	taken := make(chan struct{})
	once := sync.OnceFunc(func() { // the helper has both chunks where worker 0 is kept off its CPU
		close(taken)
		chunk()
	})
	p.Run(2, func(worker, _ int) {
		if worker == 0 {
			<-taken // the other chunk is the helper's
			return
		}
		once()
	})
}

// TestRegionTime: a region takes as long as its slowest chunk, for which worker 0
// waits; what happens between regions does not count.
func TestRegionTime(t *testing.T) {
	const nap = 200 * time.Millisecond // far longer than a busy machine keeps a thread waiting
	p := newPool(t, 2)
	if p.Size() < 2 {
		t.Skip("one CPU")
	}
	before, start := p.RegionTime(), time.Now()
	onHelper(p, func() { time.Sleep(nap) })
	whole := time.Since(start)
	time.Sleep(nap)
	after := p.RegionTime()
	total, waiting := after.Total-before.Total, after.Waiting-before.Waiting
	if total < nap || total > whole || waiting < nap/2 || waiting > total {
		t.Errorf("region %v, waiting %v, of %v", total, waiting, whole)
	}
}

// TestPanic: a panic on any worker reaches the caller, and the pool works on.
func TestPanic(t *testing.T) {
	p := newPool(t, 2)
	for worker := range p.Size() {
		var hit atomic.Bool
		func() {
			defer func() {
				value := recover()
				if panicked, ok := value.(*TaskPanic); ok {
					value = panicked.Value
					if panicked.Worker != worker || !strings.Contains(panicked.Error(), "goroutine") {
						t.Errorf("panic of worker %d says %d: %s", worker, panicked.Worker, panicked.Error())
					}
				}
				if value != "boom" {
					t.Errorf("worker %d: recovered %v", worker, value)
				}
			}()
			for range 1000 { // until the worker in question gets a chunk
				p.Run(64, func(w, _ int) {
					time.Sleep(10 * time.Microsecond)
					if w == worker && hit.CompareAndSwap(false, true) {
						panic("boom")
					}
				})
			}
		}()
		var n atomic.Int32
		p.Run(100, func(_, _ int) { n.Add(1) })
		if n.Load() != 100 {
			t.Errorf("after a panic %d of 100 chunks ran", n.Load())
		}
	}
}

func TestNewPool(t *testing.T) {
	for _, n := range []int{0, -1, len(CPUs()) + 1} {
		if _, err := NewPool(n); err == nil || !strings.Contains(err.Error(), "want 1 to") {
			t.Errorf("%d workers: %v", n, err)
		}
	}
	p := newPool(t, 1)
	p.Pin()()
	p.Run(3, func(_, _ int) {})
	func() {
		defer func() {
			if recover() == nil {
				t.Error("a task started a region of its own pool")
			}
		}()
		p.Run(1, func(_, _ int) { p.Run(1, func(_, _ int) {}) })
	}()
}

// TestArenaReuse: the memory of a freed arena is zero in the next one, and
// available meanwhile.
func TestArenaReuse(t *testing.T) {
	for _, size := range []int64{8 << 20, 3 << 20, 12 << 20} {
		a, err := NewArena(size)
		if err != nil {
			t.Fatal(err)
		}
		block := a.Alloc(size)
		for i, x := range block {
			if x != 0 {
				t.Fatalf("byte %d of %d is %d in a new arena", i, size, x)
			}
			block[i] = 0xff
		}
		before := unused()
		if err := a.Free(); err != nil {
			t.Fatal(err)
		}
		if after := unused(); runtime.GOOS == "linux" && after < before+size {
			t.Errorf("%d bytes unused before %d were freed, %d after", before, size, after)
		}
	}
}

func TestArena(t *testing.T) {
	p := newPool(t, 2)
	a, err := NewArena(10 << 20)
	if err != nil {
		t.Fatal(err)
	}
	a.Prefault(p)
	a.Prefault(nil)
	first, second := a.Alloc(100), a.Alloc(5<<20)
	for i, b := range [][]byte{first, second} {
		if sum := sumBytes(b); sum != 0 || cap(b) != len(b) {
			t.Errorf("block %d: sum %d, capacity %d of %d", i, sum, cap(b), len(b))
		}
	}
	if addressOf(second)%64 != 0 || addressOf(first)%64 != 0 {
		t.Error("blocks are not aligned to cache lines")
	}
	first[99], second[0] = 1, 2
	if b := a.Bytes(); len(b) != 128+5<<20 || b[99] != 1 || b[128] != 2 {
		t.Errorf("%d bytes in use", len(b))
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("an exhausted arena gives memory")
			}
		}()
		a.Alloc(6 << 20)
	}()
	if err := a.Free(); err != nil {
		t.Error(err)
	}
	if err := a.Free(); err != nil {
		t.Errorf("freed twice: %v", err)
	}
	if m := Memory(); m.Total > 0 {
		var refused *MemoryError
		if _, err := NewArena(m.Total * 4); !errors.As(err, &refused) || refused.Need != m.Total*4 || !strings.Contains(err.Error(), "available") {
			t.Errorf("four times the memory: %v", err)
		}
	}
}

// TestReader: a reader goes through memory and round again; the time it returns
// is that of the bytes asked for.
func TestReader(t *testing.T) {
	p := newPool(t, 2)
	memory := make([]byte, 5*readBlock+100)
	for _, streams := range []int{1, 3, 16} {
		r := Wall{Streams: streams, Near: 4096, Far: 8192}.NewReader(p, memory)
		for i, want := range []int{2, 4, 1, 0} {
			bytes := []int64{2 * readBlock, 2*readBlock - 5, 2 * readBlock, 4*readBlock - 1}[i]
			if d := r.Read(bytes); d <= 0 || r.next != want {
				t.Errorf("%d streams, read %d: %v, next block %d, want %d", streams, i, d, r.next, want)
			}
		}
	}
	small := Wall{Streams: 1}.NewReader(p, make([]byte, 300))
	if d := small.Read(1000); d < 0 || small.next != 0 {
		t.Errorf("memory below a block: %v", d)
	}
}

// TestSteal: the counter does not run backwards.
func TestSteal(t *testing.T) {
	a := StealTime()
	if b := StealTime(); b < a {
		t.Errorf("%v after %v", b, a)
	}
}
