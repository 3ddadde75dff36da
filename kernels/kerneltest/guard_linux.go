package kerneltest

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// guarded maps whole pages for size bytes between two forbidden ones.
func guarded(t testing.TB, size int) (block []byte, bytes int) {
	t.Helper()
	page := os.Getpagesize()
	bytes = (size + page - 1) / page * page
	all, err := unix.Mmap(-1, 0, bytes+2*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Munmap(all) })
	for _, edge := range [][]byte{all[:page], all[page+bytes:]} {
		if err := unix.Mprotect(edge, unix.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	return all[page : page+bytes], bytes
}
