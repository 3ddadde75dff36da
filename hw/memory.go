package hw

import (
	"fmt"
	"io/fs"
	"math"
	"path"
	"strconv"
	"strings"
)

// MemoryInfo is main memory as this process sees it, in bytes. A zero means the
// value is unknown, or for Limit that there is none.
type MemoryInfo struct {
	Total     int64 `json:"total_bytes,omitempty"`
	Available int64 `json:"available_bytes,omitempty"` // can be allocated without swapping or being killed
	Limit     int64 `json:"limit_bytes,omitempty"`     // smallest cgroup limit
}

// MemoryError says that an allocation was refused because it would not fit.
type MemoryError struct{ Need, Available int64 }

func (e *MemoryError) Error() string {
	return fmt.Sprintf("%.1f GB of memory needed, %.1f GB available", float64(e.Need)/1e9, float64(e.Available)/1e9)
}

// Memory reads how much memory there is now. What freed arenas left behind is
// available.
func Memory() MemoryInfo {
	m := memory(system)
	m.Available += unused()
	return m
}

func memory(sys fs.FS) MemoryInfo {
	m := parseMeminfo(readString(sys, "proc/meminfo"))
	dirs, version := cgroupDirs(sys, "memory")
	for _, dir := range dirs {
		limit, free := cgroupMemory(sys, dir, version)
		if limit == 0 || m.Total > 0 && limit >= m.Total {
			continue
		}
		if m.Limit == 0 || limit < m.Limit {
			m.Limit = limit
		}
		if m.Available == 0 || free < m.Available {
			m.Available = free
		}
	}
	return m
}

// parseMeminfo reads lines such as "MemAvailable:  24425864 kB". Kernels before
// 3.14 have no MemAvailable; free memory and page cache come close.
func parseMeminfo(text string) MemoryInfo {
	kb := counters(text)
	available, ok := kb["MemAvailable:"]
	if !ok {
		available = kb["MemFree:"] + kb["Buffers:"] + kb["Cached:"]
	}
	return MemoryInfo{Total: kb["MemTotal:"] << 10, Available: available << 10}
}

// cgroupMemory returns the limit of one group (0: none) and how much of it is
// free. Page cache is charged to the group but given back under pressure, so it
// counts as free.
func cgroupMemory(sys fs.FS, dir string, version int) (limit, free int64) {
	limitFile, usageFile, prefix := "memory.max", "memory.current", ""
	if version == 1 {
		limitFile, usageFile, prefix = "memory.limit_in_bytes", "memory.usage_in_bytes", "total_"
	}
	limit, err := strconv.ParseInt(readString(sys, path.Join(dir, limitFile)), 10, 64)
	if err != nil || limit <= 0 || limit >= math.MaxInt64&^(1<<20-1) { // "max"; version 1 rounds the largest integer down to a page
		return 0, 0
	}
	usage, err := strconv.ParseInt(readString(sys, path.Join(dir, usageFile)), 10, 64)
	if err != nil {
		return limit, limit
	}
	stat := counters(readString(sys, path.Join(dir, "memory.stat")))
	cache := stat[prefix+"inactive_file"] + stat[prefix+"active_file"]
	return limit, max(limit-max(usage-cache, 0), 0)
}

// counters reads lines of a name and a whole number; other lines are skipped.
func counters(text string) map[string]int64 {
	m := make(map[string]int64)
	for line := range strings.Lines(text) {
		if f := strings.Fields(line); len(f) >= 2 {
			if v, err := strconv.ParseInt(f[1], 10, 64); err == nil && v >= 0 {
				m[f[0]] = v
			}
		}
	}
	return m
}
