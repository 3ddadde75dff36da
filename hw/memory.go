package hw

import (
	"fmt"
	"io/fs"
	"math"
)

// MemoryInfo is the memory this process may use, in bytes.
type MemoryInfo struct {
	Total     int64 `json:"total"`
	Available int64 `json:"available"` // without swapping, below every limit
	Limit     int64 `json:"limit"`     // of the control group; 0 = none
}

// Memory reads the present state.
func Memory() MemoryInfo { return memoryFrom(hostFS()) }

func memoryFrom(root fs.FS) MemoryInfo {
	text := readText(root, "proc/meminfo")
	m := MemoryInfo{Total: statField(text, "MemTotal") << 10, Available: statField(text, "MemAvailable") << 10}
	if text == "" { // not Linux: nothing is known, so nothing is refused
		return MemoryInfo{Available: math.MaxInt64}
	}
	if limit, left := cgroupMemory(root); limit < math.MaxInt64 {
		m.Limit, m.Available = limit, min(m.Available, left)
	}
	return m
}

// MemoryError is a request for more memory than there is.
type MemoryError struct{ Need, Available int64 }

func (e *MemoryError) Error() string {
	return fmt.Sprintf("needs %.2f GB of memory, available %.2f GB", float64(e.Need)/1e9, float64(e.Available)/1e9)
}
