package hw

import "golang.org/x/sys/unix"

func reserve(bytes int64) ([]byte, error) {
	memory, err := unix.Mmap(-1, 0, int(bytes), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
	if err != nil {
		return nil, err
	}
	_ = unix.Madvise(memory, unix.MADV_HUGEPAGE) // a wish: small pages work too
	return memory, nil
}

func release(memory []byte) error {
	if len(memory) == 0 {
		return nil
	}
	return unix.Munmap(memory)
}
