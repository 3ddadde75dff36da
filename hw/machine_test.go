package hw

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"math"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// machine is a made-up file tree.
func machine(files map[string]string) fs.FS {
	m := fstest.MapFS{}
	for name, text := range files {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

// TestNothingKnown: a machine that tells nothing gives "not available", and
// neither a zero nor an empty text.
func TestNothingKnown(t *testing.T) {
	e := reflect.ValueOf(describe(machine(nil)))
	for i := range e.NumField() {
		name, text := e.Type().Field(i).Name, e.Field(i).String()
		if text == "" || text == "0" {
			t.Errorf("%s is %q", name, text)
		}
	}
	got := describe(machine(nil))
	for name, text := range map[string]string{
		"governor": got.Governor, "turbo": got.Turbo, "steal": got.Steal, "memory": got.Memory, "kernel": got.Kernel, "huge pages": got.HugePages,
		"load": got.Load, "pressure": got.Pressure, "microcode": got.Microcode, "numa": got.NUMANodes, "hypervisor": got.Hypervisor, "perf": got.PerfCounters, "energy": got.Energy,
	} {
		if text != NotAvailable {
			t.Errorf("%s is %q, want %q", name, text, NotAvailable)
		}
	}
	for _, garbage := range []string{"", "\n", "x", "cpu 1 2", "cpu a b c d e f g h i", ":::"} {
		tree := map[string]string{}
		for _, f := range []string{"proc/stat", "proc/meminfo", "proc/cpuinfo", "proc/loadavg", "proc/self/cgroup", "proc/self/mountinfo", "proc/pressure/cpu"} {
			tree[f] = garbage
		}
		describe(machine(tree))
		if m := memory(machine(tree)); m.Total != 0 || m.Limit != 0 {
			t.Errorf("%q is memory %+v", garbage, m)
		}
	}
}

func TestEverythingKnown(t *testing.T) {
	got := describe(machine(map[string]string{
		"proc/cpuinfo":                          "model name\t: X\nmicrocode\t: 0x2b\nflags\t\t: fpu hypervisor avx2\n",
		"proc/meminfo":                          "MemTotal: 1000000 kB\nMemAvailable: 500000 kB\nAnonHugePages: 2048 kB\n",
		"proc/stat":                             "cpu  1 2 3 4 5 6 7 250 0 0\ncpu0 1 2 3\n",
		"proc/loadavg":                          "0.50 1.00 1.50 1/100 1234\n",
		"proc/pressure/cpu":                     "some avg10=1.00 avg60=0.00 avg300=0.00 total=5\nfull avg10=0\n",
		"proc/sys/kernel/osrelease":             "6.1.0\n",
		"proc/sys/kernel/perf_event_paranoid":   "2\n",
		"sys/bus/event_source/devices/cpu/type": "4\n",
		"sys/devices/system/node/node0/cpulist": "0\n", "sys/devices/system/node/node1/cpulist": "1\n",
		"sys/devices/system/cpu/cpu0/cpufreq/scaling_governor":      "performance\n",
		"sys/devices/system/cpu/cpu0/topology/thread_siblings_list": "0,4\n",
		"sys/devices/system/cpu/cpufreq/boost":                      "1\n",
		"sys/kernel/mm/transparent_hugepage/enabled":                "always [madvise] never\n",
		"etc/os-release": "NAME=x\nPRETTY_NAME=\"Debian 12\"\n",
	}))
	for name, c := range map[string][2]string{
		"microcode": {got.Microcode, "0x2b"}, "governor": {got.Governor, "performance"}, "turbo": {got.Turbo, "on"}, "threads": {got.Threads, "2"},
		"numa": {got.NUMANodes, "2"}, "steal": {got.Steal, "2.5s"}, "load": {got.Load, "0.50 1.00 1.50"}, "os": {got.OS, "Debian 12"},
		"perf": {got.PerfCounters, "paranoid level 2"}, "huge": {got.HugeBacked, "2048 kB"}, "memory": {got.Memory, "1.0 GB, available 0.5 GB"},
		"pressure": {got.Pressure, "some avg10=1.00 avg60=0.00 avg300=0.00 total=5"},
	} {
		if c[0] != c[1] {
			t.Errorf("%s is %q, want %q", name, c[0], c[1])
		}
	}
	if got.Hypervisor == "none seen" || got.Hypervisor == NotAvailable {
		t.Errorf("hypervisor is %q", got.Hypervisor)
	}
}

// TestCgroups: limits of either version, at every level of the hierarchy.
func TestCgroups(t *testing.T) {
	const meminfo = "MemTotal: 8000000 kB\nMemAvailable: 4000000 kB\n"
	v2 := machine(map[string]string{
		"proc/meminfo": meminfo, "proc/self/cgroup": "0::/a/b\n",
		"proc/self/mountinfo":            "30 20 0:25 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
		"sys/fs/cgroup/a/b/cpu.max":      "max 100000\n",
		"sys/fs/cgroup/a/cpu.max":        "150000 100000\n",
		"sys/fs/cgroup/a/b/memory.max":   "max\n",
		"sys/fs/cgroup/a/memory.max":     "1000000000\n",
		"sys/fs/cgroup/a/memory.current": "600000000\n",
		"sys/fs/cgroup/a/memory.stat":    "inactive_file 100000000\nactive_file 50000000\n",
	})
	v1 := machine(map[string]string{
		"proc/meminfo": meminfo, "proc/self/cgroup": "4:memory:/p/q\n1:cpu,cpuacct:/\n",
		"proc/self/mountinfo":                            "30 20 0:25 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n31 20 0:26 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n",
		"sys/fs/cgroup/cpu/cpu.cfs_quota_us":             "150000\n",
		"sys/fs/cgroup/cpu/cpu.cfs_period_us":            "100000\n",
		"sys/fs/cgroup/memory/memory.limit_in_bytes":     "9223372036854771712\n",
		"sys/fs/cgroup/memory/p/q/memory.limit_in_bytes": "1000000000\n",
		"sys/fs/cgroup/memory/p/q/memory.usage_in_bytes": "600000000\n",
		"sys/fs/cgroup/memory/p/q/memory.stat":           "total_inactive_file 100000000\ntotal_active_file 50000000\n",
	})
	for name, sys := range map[string]fs.FS{"version 2": v2, "version 1": v1} {
		if got := cpuQuota(sys); got != 1.5 {
			t.Errorf("%s: quota %g, want 1.5", name, got)
		}
		if got := memory(sys); got != (MemoryInfo{8000000 << 10, 550_000_000, 1_000_000_000}) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := cpuQuota(machine(nil)); got != 0 {
		t.Errorf("no cgroup: quota %g", got)
	}
	for quota, want := range map[float64]int{0: 4, 0.3: 1, 1.5: 1, 2: 2, 9: 4} {
		if got := len(cutToQuota([]int{0, 1, 2, 3}, quota)); got != want {
			t.Errorf("quota %g leaves %d CPUs, want %d", quota, got, want)
		}
	}
}

func TestCPULists(t *testing.T) {
	if got, ok := parseCPUList("0-2,5\n"); !ok || !reflect.DeepEqual(got, []int{0, 1, 2, 5}) {
		t.Errorf("%v %v", got, ok)
	}
	for _, bad := range []string{"", "x", "3-1", "1-", "-1", "1,,2"} {
		if got, ok := parseCPUList(bad); ok {
			t.Errorf("%q is %v", bad, got)
		}
	}
	sys := machine(map[string]string{
		"sys/devices/system/cpu/cpu0/topology/thread_siblings_list": "0-1", "sys/devices/system/cpu/cpu1/topology/thread_siblings_list": "0-1",
		"sys/devices/system/cpu/cpu2/topology/thread_siblings_list": "2-3", "sys/devices/system/cpu/cpu3/topology/thread_siblings_list": "2-3",
	})
	if got := coresFirst(sys, []int{0, 1, 2, 3}); !reflect.DeepEqual(got, []int{0, 2, 1, 3}) {
		t.Errorf("cores first: %v", got)
	}
}

func TestISANames(t *testing.T) {
	for isa := Generic; isa <= AVX512BF16; isa++ {
		if got, err := ParseISA(isa.String()); got != isa || err != nil {
			t.Errorf("%s: %v %v", isa, got, err)
		}
	}
	if _, err := ParseISA("sse"); err == nil || !strings.Contains(err.Error(), "want one of generic, avx2") {
		t.Errorf("unknown tier: %v", err)
	}
	if !Generic.Supported() || !BestISA().Supported() {
		t.Error("the best tier is not supported")
	}
}

// TestMeasure fills in the whole record; rates are positive and it reads as JSON.
func TestMeasure(t *testing.T) {
	if m := Memory(); testing.Short() || m.Total > 0 && m.Available < 3e9 {
		t.Skip("takes time and memory")
	}
	p, err := NewPool(min(2, len(CPUs())))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	m, err := Measure(p, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range m.Walls {
		if w.GBs <= 0 || w.Streams < 1 {
			t.Errorf("wall %+v", w)
		}
	}
	for _, c := range m.CacheWalls {
		if c.GBs <= 0 {
			t.Errorf("cache wall %+v", c)
		}
	}
	for _, k := range m.Peaks {
		if k.GOps <= 0 {
			t.Errorf("peak %+v", k)
		}
	}
	if len(m.Walls) != p.Size() || len(m.Peaks) == 0 {
		t.Errorf("%d walls, %d peaks", len(m.Walls), len(m.Peaks))
	}
	var text bytes.Buffer
	if err := m.Write(&text); err != nil || !strings.Contains(text.String(), "load memory (wall)") {
		t.Errorf("%v: %s", err, text.String())
	}
	data, err := json.Marshal(m)
	if err != nil || !strings.Contains(string(data), `"anon_huge_pages"`) {
		t.Errorf("%v: %s", err, data)
	}
}

// TestTileRate: a tile is known where the tier has one, and only there.
func TestTileRate(t *testing.T) {
	p, err := NewPool(1)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for isa := Generic; isa <= BestISA(); isa++ {
		for _, name := range []string{"f32", "bf16", "int8"} {
			has := slices.ContainsFunc(peakLoops, func(l peakLoop) bool { return l.name == name+" tile" && l.isa <= isa })
			if rate := TileRate(p, isa, name); rate > 0 != has || math.IsNaN(rate) {
				t.Errorf("%s %s: %v operations per nanosecond", isa, name, rate)
			}
		}
	}
}

func TestFreeDisk(t *testing.T) {
	if free := FreeDisk(t.TempDir()); runtime.GOOS == "linux" && free <= 0 {
		t.Errorf("%d bytes free where a folder was just made", free)
	}
	if free := FreeDisk("/nowhere/at/all"); free != -1 {
		t.Errorf("%d bytes free in no folder", free)
	}
}

func TestThreadsPerCore(t *testing.T) {
	for list, want := range map[string]string{"0,4\n": "2", "0-7": "8", "": "3"} {
		root := fstest.MapFS{"sys/devices/system/cpu/cpu0/topology/thread_siblings_list": {Data: []byte(list)}}
		if got := threadsPerCore(root, 3); got != want {
			t.Errorf("siblings %q: %s threads a core, want %s", list, got, want)
		}
	}
}
