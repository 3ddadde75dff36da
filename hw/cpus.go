package hw

import (
	"io/fs"
	"os"
	"runtime"
)

// hostFS is the real machine.
func hostFS() fs.FS { return os.DirFS("/") }

// CPUs lists the CPUs this process may use: its affinity mask, cut to the whole
// CPUs that a control group's quota pays for, at least one.
func CPUs() []int {
	cpus, err := affinity()
	if err != nil || len(cpus) == 0 {
		cpus = make([]int, runtime.NumCPU())
		for i := range cpus {
			cpus[i] = i
		}
	}
	return cutToQuota(cpus, cgroupCPUs(hostFS()))
}

func cutToQuota(cpus []int, quota float64) []int {
	if quota < float64(len(cpus)) {
		return cpus[:max(int(quota), 1)]
	}
	return cpus
}
