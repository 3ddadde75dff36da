package hw

import (
	"io/fs"
	"math"
	"path"
	"strconv"
	"strings"
)

// readText is a small file of /proc or /sys without the white space around it;
// "" if it is not there.
func readText(root fs.FS, name string) string {
	data, err := fs.ReadFile(root, strings.TrimPrefix(name, "/"))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(data))
}

// cgroupDirs lists the folders of this process's control group for a controller
// of version 1, or of the unified hierarchy (""), from its own up to the root:
// every one of them may set a limit. A container often sees only the root.
func cgroupDirs(root fs.FS, controller string) []string {
	base := "sys/fs/cgroup"
	if controller != "" {
		base = path.Join(base, controller)
	}
	own := ""
	for _, line := range strings.Split(readText(root, "proc/self/cgroup"), "\n") {
		fields := strings.SplitN(line, ":", 3) // number:controllers:path
		if len(fields) == 3 && hasField(fields[1], controller) {
			own = fields[2]
		}
	}
	var dirs []string
	for dir := path.Clean("/" + own); ; dir = path.Dir(dir) {
		dirs = append(dirs, path.Join(base, dir))
		if dir == "/" {
			return dirs
		}
	}
}

func hasField(list, want string) bool {
	for _, f := range strings.Split(list, ",") {
		if f == want {
			return true
		}
	}
	return false
}

// cgroupCPUs is the number of CPUs' worth of time the quota allows; +Inf for none.
func cgroupCPUs(root fs.FS) float64 {
	limit := math.Inf(1)
	quota := func(quota, period string) {
		q, err1 := strconv.ParseFloat(quota, 64)
		p, err2 := strconv.ParseFloat(period, 64)
		if err1 == nil && err2 == nil && q > 0 && p > 0 {
			limit = math.Min(limit, q/p)
		}
	}
	for _, dir := range cgroupDirs(root, "") { // version 2: "quota period" or "max period"
		if f := strings.Fields(readText(root, path.Join(dir, "cpu.max"))); len(f) == 2 {
			quota(f[0], f[1])
		}
	}
	for _, dir := range cgroupDirs(root, "cpu") {
		quota(readText(root, path.Join(dir, "cpu.cfs_quota_us")), readText(root, path.Join(dir, "cpu.cfs_period_us")))
	}
	return limit
}

// cgroupMemory is the tightest memory limit and what is left below it; both
// math.MaxInt64 without one. Page cache that can be dropped counts as left.
func cgroupMemory(root fs.FS) (limit, left int64) {
	limit, left = math.MaxInt64, math.MaxInt64
	take := func(dir, ceiling, used string) {
		m, err := strconv.ParseInt(readText(root, path.Join(dir, ceiling)), 10, 64)
		if err != nil || m <= 0 || m >= math.MaxInt64/2 { // "max", or version 1's huge number
			return
		}
		u, _ := strconv.ParseInt(readText(root, path.Join(dir, used)), 10, 64)
		stat := readText(root, path.Join(dir, "memory.stat"))
		u -= statField(stat, "inactive_file") + statField(stat, "active_file")
		limit, left = min(limit, m), min(left, m-max(u, 0))
	}
	for _, dir := range cgroupDirs(root, "") {
		take(dir, "memory.max", "memory.current")
	}
	for _, dir := range cgroupDirs(root, "memory") {
		take(dir, "memory.limit_in_bytes", "memory.usage_in_bytes")
	}
	return limit, left
}

// statField is the number after a name in "name number" lines; 0 if absent.
func statField(text, name string) int64 {
	for _, line := range strings.Split(text, "\n") {
		if f := strings.Fields(line); len(f) >= 2 && strings.TrimSuffix(f[0], ":") == name {
			n, _ := strconv.ParseInt(f[1], 10, 64)
			return n
		}
	}
	return 0
}
