package hw

import (
	"fmt"
	"sync/atomic"
	"unsafe"
)

const (
	lineBytes = 64      // a cache line, the alignment of every block
	hugeBytes = 2 << 20 // a huge page, the alignment of the arena and the step of Prefault
	pageBytes = 4 << 10 // the smallest page: touching one byte of each is enough
)

// Arena is memory outside the Go heap, for the weights and caches that live as
// long as a model: no garbage collection looks at it, it is backed by huge pages
// where the system grants them (a third of random-read time is otherwise address
// translation), and its blocks lie in memory in the order they were carved.
type Arena struct {
	mem    []byte // whole mapping, starting on a huge page
	used   int64
	mapped []byte // what to give back
}

// NewArena reserves bytes of memory. It refuses with a *MemoryError, before
// reserving anything, when that is more than is available: the system would hand
// the addresses out happily and kill the process later.
func NewArena(bytes int64) (*Arena, error) {
	if bytes < 0 {
		return nil, fmt.Errorf("arena of %d bytes: want 0 or more", bytes)
	}
	if m := Memory(); m.Total > 0 && bytes > m.Available {
		return nil, &MemoryError{Need: bytes, Available: m.Available}
	}
	size := (bytes + hugeBytes - 1) &^ (hugeBytes - 1)
	mapped, err := reserve(size + hugeBytes)
	if err != nil {
		return nil, fmt.Errorf("arena of %d bytes: %w", bytes, err)
	}
	skip := -int64(uintptr(unsafe.Pointer(unsafe.SliceData(mapped)))) & (hugeBytes - 1)
	a := &Arena{mem: mapped[skip : skip+bytes : skip+bytes], mapped: mapped}
	AdviseHuge(mapped[skip : skip+size])
	return a, nil
}

// Alloc carves the next n bytes, zeroed and aligned to a cache line. It panics
// when the arena is exhausted: sizes come from a ledger, so that is a mistake in
// the program. Not for concurrent use.
func (a *Arena) Alloc(n int64) []byte {
	start := (a.used + lineBytes - 1) &^ (lineBytes - 1)
	if n < 0 || n > int64(len(a.mem))-start {
		panic(fmt.Sprintf("hw: arena exhausted: %d bytes asked for, %d of %d in use", n, a.used, len(a.mem)))
	}
	a.used = start + n
	return a.mem[start:a.used:a.used]
}

// Bytes returns everything carved so far, padding between blocks included.
func (a *Arena) Bytes() []byte { return a.mem[:a.used:a.used] }

// Prefault touches every page of the arena, so that later runs meet no page
// faults. The pages are shared out over the pool because clearing them takes
// most of the time; without a pool (nil) the caller does all of it.
func (a *Arena) Prefault(p *Pool) {
	chunks := (len(a.mem) + hugeBytes - 1) / hugeBytes
	touch := func(_, chunk int) {
		block := a.mem[chunk*hugeBytes : min((chunk+1)*hugeBytes, len(a.mem))]
		for i := 0; i+4 <= len(block); i += pageBytes {
			// Adding zero writes the page without changing what it may already hold.
			atomic.AddUint32((*uint32)(unsafe.Pointer(&block[i])), 0)
		}
	}
	if p != nil {
		p.Run(chunks, touch)
		return
	}
	for chunk := range chunks {
		touch(0, chunk)
	}
}

// Free gives the memory back. Blocks of the arena must not be used afterwards.
func (a *Arena) Free() error {
	mapped := a.mapped
	*a = Arena{}
	if mapped == nil {
		return nil
	}
	return release(mapped)
}
