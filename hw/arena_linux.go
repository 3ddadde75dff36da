package hw

import "golang.org/x/sys/unix"

// reserve maps zeroed private memory; pages appear when they are first touched.
func reserve(bytes int64) ([]byte, error) {
	return unix.Mmap(-1, 0, int(bytes), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
}

// adviseHuge asks for huge pages; a system without them refuses, which is fine.
func adviseHuge(mem []byte) {
	if len(mem) > 0 {
		_ = unix.Madvise(mem, unix.MADV_HUGEPAGE)
	}
}

func release(mem []byte) error { return unix.Munmap(mem) }
