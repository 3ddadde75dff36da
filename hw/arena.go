package hw

import "fmt"

// Arena is memory outside the Go heap: the garbage collector does not look at
// it, and it lies in huge pages where the system gives them, which spares a
// memory-bound kernel most of its address translation. It is carved front to
// back and freed as a whole.
type Arena struct {
	memory []byte
	used   int64
}

// NewArena reserves zeroed memory; what was not touched yet takes no RAM. A
// request beyond what is available is refused with a *MemoryError.
func NewArena(bytes int64) (*Arena, error) {
	if available := Memory().Available; bytes > available {
		return nil, &MemoryError{bytes, available}
	}
	memory, err := reserve(max(bytes, 1))
	if err != nil {
		return nil, fmt.Errorf("%d bytes of memory: %w", bytes, err)
	}
	return &Arena{memory: memory}, nil
}

// Alloc hands out the next block, 64-byte-aligned and zero. The caller has
// sized the arena: running out is a programming error and panics.
func (a *Arena) Alloc(bytes int64) []byte {
	start := (a.used + 63) &^ 63
	if start+bytes > int64(len(a.memory)) {
		panic(fmt.Sprintf("hw: arena of %d bytes has no %d bytes left after %d", len(a.memory), bytes, a.used))
	}
	a.used = start + bytes
	return a.memory[start:a.used:a.used]
}

// Bytes is everything handed out so far.
func (a *Arena) Bytes() []byte { return a.memory[:a.used] }

// Free returns the memory; nothing handed out may be used afterwards.
func (a *Arena) Free() error {
	memory := a.memory
	a.memory, a.used = nil, 0
	return release(memory)
}

// Prefault touches every page, in parallel over p (which may be nil), so that
// later use does not pay for it.
func (a *Arena) Prefault(p *Pool) {
	const step = 4 << 20
	touch := func(_, chunk int) {
		block := a.memory[chunk*step : min((chunk+1)*step, len(a.memory))]
		for i := 0; i < len(block); i += 4096 {
			block[i] = 0
		}
	}
	chunks := (len(a.memory) + step - 1) / step
	if p != nil {
		p.Run(chunks, touch)
		return
	}
	for i := range chunks {
		touch(0, i)
	}
}
