package hw

import (
	"cmp"
	"slices"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// mapping is the address space of one arena after another. It is as long as all
// memory, because addresses cost nothing: pages appear when they are first
// touched. They stay when an arena is freed, since clearing them for the next one
// takes a tenth of the time it takes to get them from the system again: a virtual
// machine has each of them from its host.
type mapping struct {
	mem      []byte
	used     int64 // bytes of the arena that lives here; 0 = none
	resident int64 // bytes that may have pages
}

var mappings struct {
	sync.Mutex
	all []*mapping
}

// margin is memory that others may take while an arena fills.
const margin = 512 << 20

// reserve returns zeroed memory.
func reserve(bytes int64) ([]byte, error) {
	mappings.Lock()
	defer mappings.Unlock()
	m, err := choose(bytes)
	if err != nil {
		return nil, err
	}
	m.used = bytes
	if fresh := bytes - m.resident; fresh > 0 && memory(system).Available < fresh+margin {
		trim()
	}
	clear(m.mem[:min(bytes, m.resident)])
	m.resident = max(m.resident, bytes)
	return m.mem[:bytes:bytes], nil
}

// choose finds an idle mapping, the one with the fewest pages that has enough, or
// else with the most; a new one if there is none.
func choose(bytes int64) (*mapping, error) {
	idle := slices.DeleteFunc(slices.Clone(mappings.all), func(m *mapping) bool { return m.used > 0 || int64(len(m.mem)) < bytes })
	if len(idle) > 0 {
		return slices.MinFunc(idle, func(a, b *mapping) int {
			short := func(m *mapping) int64 { return max(bytes-m.resident, 0) }
			return cmp.Or(cmp.Compare(short(a), short(b)), cmp.Compare(a.resident, b.resident))
		}), nil
	}
	var mem []byte
	var err error
	for _, n := range []int64{max(bytes, memory(system).Total), bytes} { // where address space is limited, no more than needed
		mem, err = unix.Mmap(-1, 0, int(n), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
		if err == nil {
			m := &mapping{mem: mem}
			mappings.all = append(mappings.all, m)
			return m, nil
		}
	}
	return nil, err
}

// trim gives pages that no arena uses back to the system.
func trim() {
	for _, m := range mappings.all {
		if from := (m.used + hugeBytes - 1) &^ (hugeBytes - 1); from < m.resident {
			if unix.Madvise(m.mem[from:m.resident], unix.MADV_DONTNEED) == nil {
				m.resident = from
			}
		}
	}
}

// unused is how many bytes have pages that no arena uses.
func unused() int64 {
	mappings.Lock()
	defer mappings.Unlock()
	var n int64
	for _, m := range mappings.all {
		n += max(m.resident-m.used, 0)
	}
	return n
}

// release ends an arena; its pages wait for the next one.
func release(mem []byte) error {
	mappings.Lock()
	defer mappings.Unlock()
	for _, m := range mappings.all {
		if &m.mem[0] == &mem[0] {
			m.used = 0
			return nil
		}
	}
	return unix.EINVAL
}

// AdviseHuge asks for huge pages where whole ones fit; a system without them refuses,
// which is fine.
func AdviseHuge(mem []byte) {
	skip := -int64(uintptr(unsafe.Pointer(unsafe.SliceData(mem)))) & (hugeBytes - 1)
	if size := (int64(len(mem)) - skip) &^ (hugeBytes - 1); size > 0 {
		_ = unix.Madvise(mem[skip:skip+size], unix.MADV_HUGEPAGE)
	}
}
