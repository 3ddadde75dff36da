package hw

import (
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// cgroupDirs returns the directories that limit this process for one controller
// ("cpu", "memory"), from its own group up to the root of the mount, and the
// cgroup version they speak. Limits hold at every level, so callers take the
// smallest. A hybrid system has both versions mounted; a controller that is
// bound to version 1 is not available in version 2.
func cgroupDirs(sys fs.FS, controller string) (dirs []string, version int) {
	own1, own2 := "", "" // this process's group in the hierarchy of each version
	for line := range strings.Lines(readString(sys, "proc/self/cgroup")) {
		// hierarchy-id:controller,controller:/path
		field := strings.SplitN(strings.TrimSpace(line), ":", 3)
		switch {
		case len(field) < 3:
		case field[1] == "" && field[0] == "0":
			own2 = field[2]
		case hasItem(field[1], controller):
			own1 = field[2]
		}
	}
	for line := range strings.Lines(readString(sys, "proc/self/mountinfo")) {
		m, ok := parseMount(line)
		switch {
		case !ok:
		case m.kind == "cgroup" && own1 != "" && hasItem(m.options, controller):
			return m.levels(own1), 1
		case m.kind == "cgroup2" && own2 != "" && dirs == nil:
			dirs, version = m.levels(own2), 2
		}
	}
	return dirs, version
}

// mount is the part of a /proc/self/mountinfo line that matters here.
type mount struct{ root, point, kind, options string }

// parseMount reads "id parent major:minor root point options optional... - type
// source super-options".
func parseMount(line string) (mount, bool) {
	left, right, ok := strings.Cut(line, " - ")
	before, after := strings.Fields(left), strings.Fields(right)
	if !ok || len(before) < 6 || len(after) < 3 {
		return mount{}, false
	}
	return mount{root: unescape(before[3]), point: unescape(before[4]), kind: after[0], options: after[2]}, true
}

// levels lists the directories of a group, innermost first. Inside a container
// the mount may start at the container's own group: its root is then a prefix of
// the group's path, or unrelated to it, in which case only the root is visible.
func (m mount) levels(group string) []string {
	inside := "/"
	if rest, ok := strings.CutPrefix(group, strings.TrimSuffix(m.root, "/")); ok && (rest == "" || rest[0] == '/') {
		inside = path.Clean("/" + rest)
	}
	var dirs []string
	for {
		dirs = append(dirs, strings.TrimPrefix(path.Join(m.point, inside), "/"))
		if inside == "/" {
			return dirs
		}
		inside = path.Dir(inside)
	}
}

// unescape undoes the octal escapes (\040 is a space) of mountinfo.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if c, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(c))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func hasItem(list, item string) bool {
	for s := range strings.SplitSeq(list, ",") {
		if s == item {
			return true
		}
	}
	return false
}

// cpuQuota returns how many CPUs' worth of time the cgroups grant, 0 for no limit.
func cpuQuota(sys fs.FS) float64 {
	dirs, version := cgroupDirs(sys, "cpu")
	quota := 0.0
	for _, dir := range dirs {
		var limit, period string // microseconds of CPU time granted in each period
		if version == 2 {
			limit, period, _ = strings.Cut(readString(sys, path.Join(dir, "cpu.max")), " ")
		} else {
			limit = readString(sys, path.Join(dir, "cpu.cfs_quota_us"))
			period = readString(sys, path.Join(dir, "cpu.cfs_period_us"))
		}
		granted, err1 := strconv.ParseFloat(limit, 64) // "max" and "" do not parse, -1 is no limit
		length, err2 := strconv.ParseFloat(period, 64)
		if err1 != nil || err2 != nil || !(granted > 0) || !(length > 0) {
			continue
		}
		if q := granted / length; quota == 0 || q < quota {
			quota = q
		}
	}
	return quota
}
