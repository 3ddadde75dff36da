package hw

import (
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// system is the file tree everything about the machine is read from. Functions
// that read take an fs.FS instead, so that tests can hand them another machine.
var system fs.FS = os.DirFS("/")

// CPUs returns the CPUs this process may use: its affinity mask, one hardware
// thread of every core before any second one, cut to the whole CPUs its cgroup
// quota pays for. A quota of 1.5 CPUs gives one, because two spinning threads
// would both be stopped for a quarter of every period.
//
// The mask is read once, since a pinned thread would later see only its own CPU.
func CPUs() []int { return slices.Clone(usableCPUs()) }

var usableCPUs = sync.OnceValue(func() []int {
	cpus, err := affinity()
	if err != nil || len(cpus) == 0 {
		cpus = make([]int, runtime.NumCPU())
		for i := range cpus {
			cpus[i] = i
		}
	}
	return cutToQuota(coresFirst(system, cpus), cpuQuota(system))
})

// cutToQuota keeps the first floor(quota) CPUs, at least one; quota 0 is none.
func cutToQuota(cpus []int, quota float64) []int {
	if quota > 0 {
		cpus = cpus[:min(len(cpus), max(int(quota), 1))]
	}
	return cpus
}

// coresFirst orders CPUs so that the first hardware threads of all cores come
// before the second ones. Numbering differs: servers often list all cores
// first, virtual machines often number the two threads of a core 0 and 1.
func coresFirst(sys fs.FS, cpus []int) []int {
	rank := make(map[int]int, len(cpus)) // which thread of its core, among those usable
	for _, cpu := range cpus {
		siblings, ok := parseCPUList(readString(sys, "sys/devices/system/cpu/cpu"+strconv.Itoa(cpu)+"/topology/thread_siblings_list"))
		if !ok {
			continue
		}
		for _, s := range siblings {
			if s < cpu && slices.Contains(cpus, s) {
				rank[cpu]++
			}
		}
	}
	ordered := slices.Clone(cpus)
	slices.SortStableFunc(ordered, func(a, b int) int { return rank[a] - rank[b] })
	return ordered
}

// parseCPUList reads the kernel's list format, such as "0-3,8,10-11".
func parseCPUList(text string) ([]int, bool) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, false
	}
	var list []int
	for part := range strings.SplitSeq(text, ",") {
		from, to, isRange := strings.Cut(part, "-")
		if !isRange {
			to = from
		}
		lo, err1 := strconv.ParseUint(from, 10, 16)
		hi, err2 := strconv.ParseUint(to, 10, 16)
		if err1 != nil || err2 != nil || lo > hi {
			return nil, false
		}
		for cpu := lo; cpu <= hi; cpu++ {
			list = append(list, int(cpu))
		}
	}
	return list, true
}

// readString returns a file's text without surrounding space, "" if there is none.
func readString(sys fs.FS, name string) string {
	text, err := fs.ReadFile(sys, name)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
