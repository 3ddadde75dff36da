package hw

import "golang.org/x/sys/unix"

// FreeDisk is the bytes a program may still write below a folder; -1 = not
// available.
func FreeDisk(dir string) int64 {
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) != nil {
		return -1
	}
	return int64(s.Bavail) * s.Bsize
}
