package hw

import (
	"github.com/klauspost/cpuid/v2"
)

// CacheInfo has the cache sizes in bytes as the CPU reports them; 0 is unknown.
// A virtual machine may report the host's last-level cache, which it shares.
type CacheInfo struct {
	L1D int `json:"l1d"` // of one core
	L2  int `json:"l2"`  // of one core
	L3  int `json:"l3"`  // shared
}

// Caches reads the sizes.
func Caches() CacheInfo {
	c := cpuid.CPU.Cache
	return CacheInfo{max(c.L1D, 0), max(c.L2, 0), max(c.L3, 0)}
}
