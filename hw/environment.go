package hw

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/cpuid/v2"
)

// NotAvailable stands wherever the machine does not tell.
const NotAvailable = "not available"

// Environment is the record that goes with every result. Every value is text,
// so that what is not known can say so.
type Environment struct {
	CPU          string `json:"cpu"`
	Vendor       string `json:"vendor"`
	Model        string `json:"model"` // family, model, stepping
	Microcode    string `json:"microcode"`
	Features     string `json:"features"`
	ISA          string `json:"isa"` // best tier
	Hypervisor   string `json:"hypervisor"`
	CPUs         string `json:"cpus"` // logical, usable, quota
	Threads      string `json:"threads_per_core"`
	NUMANodes    string `json:"numa_nodes"`
	Caches       string `json:"caches"`
	Memory       string `json:"memory"`
	HugePages    string `json:"huge_pages"`
	HugeBacked   string `json:"anon_huge_pages"`
	Governor     string `json:"governor"`
	FreqDriver   string `json:"frequency_driver"`
	Turbo        string `json:"turbo"`
	Kernel       string `json:"kernel"`
	OS           string `json:"os"`
	Go           string `json:"go"`
	GOAMD64      string `json:"goamd64"`
	Commit       string `json:"commit"`
	Load         string `json:"load"`
	Pressure     string `json:"cpu_pressure"`
	Steal        string `json:"steal"` // since boot
	PerfCounters string `json:"perf_counters"`
	Energy       string `json:"energy_counters"`
}

// Describe reads the record now.
func Describe() Environment { return describe(system) }

func describe(root fs.FS) Environment {
	or := func(s string) string {
		if s == "" {
			return NotAvailable
		}
		return s
	}
	file := func(name string) string { return or(readString(root, name)) }
	cpuinfo := readString(root, "proc/cpuinfo")
	c, caches := cpuid.CPU, Caches()
	freq := "sys/devices/system/cpu/cpu0/cpufreq/"
	return Environment{
		CPU:          or(firstOf(c.BrandName, infoField(cpuinfo, "model name"))),
		Vendor:       or(firstOf(c.VendorString, infoField(cpuinfo, "vendor_id"))),
		Model:        fmt.Sprintf("family %d model %d stepping %d", c.Family, c.Model, c.Stepping),
		Microcode:    or(infoField(cpuinfo, "microcode")),
		Features:     or(strings.Join(c.FeatureSet(), " ")),
		ISA:          BestISA().String(),
		Hypervisor:   hypervisor(cpuinfo),
		CPUs:         cpus(root),
		Threads:      threadsPerCore(root, c.ThreadsPerCore),
		NUMANodes:    or(countNodes(root)),
		Caches:       cacheText(caches),
		Memory:       memoryText(memory(root)),
		HugePages:    file("sys/kernel/mm/transparent_hugepage/enabled"),
		HugeBacked:   or(infoField(readString(root, "proc/meminfo"), "AnonHugePages")),
		Governor:     file(freq + "scaling_governor"),
		FreqDriver:   file(freq + "scaling_driver"),
		Turbo:        turbo(root),
		Kernel:       file("proc/sys/kernel/osrelease"),
		OS:           or(firstOf(strings.Trim(assignment(readString(root, "etc/os-release"), "PRETTY_NAME"), `"`), runtime.GOOS)),
		Go:           runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH,
		GOAMD64:      or(buildSetting("GOAMD64")),
		Commit:       or(commit()),
		Load:         or(strings.Join(strings.Fields(readString(root, "proc/loadavg"))[:min(3, len(strings.Fields(readString(root, "proc/loadavg"))))], " ")),
		Pressure:     or(strings.Split(readString(root, "proc/pressure/cpu"), "\n")[0]),
		Steal:        stealText(root),
		PerfCounters: perfText(root),
		Energy:       energyText(root),
	}
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if strings.TrimSpace(t) != "" {
			return strings.TrimSpace(t)
		}
	}
	return ""
}

// infoField is the value of the first "name : value" line.
func infoField(text, name string) string {
	for _, line := range strings.Split(text, "\n") {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// assignment is the value of the first NAME=value line.
func assignment(text, name string) string {
	for _, line := range strings.Split(text, "\n") {
		if value, ok := strings.CutPrefix(line, name+"="); ok {
			return value
		}
	}
	return ""
}

func hypervisor(cpuinfo string) string {
	for _, flag := range strings.Fields(infoField(cpuinfo, "flags")) {
		if flag == "hypervisor" {
			return firstOf(cpuid.CPU.HypervisorVendorString, "yes")
		}
	}
	if cpuinfo == "" {
		return NotAvailable
	}
	return "none seen"
}

func cpus(root fs.FS) string {
	usable := CPUs()
	text := fmt.Sprintf("%d logical, %d usable %v", runtime.NumCPU(), len(usable), usable)
	if q := cpuQuota(root); q > 0 {
		text += fmt.Sprintf(", quota %.2f", q)
	}
	return text
}

func threadsPerCore(root fs.FS, known int) string {
	if list, ok := parseCPUList(readString(root, "sys/devices/system/cpu/cpu0/topology/thread_siblings_list")); ok {
		return strconv.Itoa(len(list))
	}
	if known > 0 {
		return strconv.Itoa(known)
	}
	return NotAvailable
}

func countNodes(root fs.FS) string {
	nodes, err := fs.Glob(root, "sys/devices/system/node/node[0-9]*")
	if err != nil || len(nodes) == 0 {
		return ""
	}
	return strconv.Itoa(len(nodes))
}

func cacheText(c CacheInfo) string {
	size := func(n int) string {
		if n <= 0 {
			return NotAvailable
		}
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("L1d %s, L2 %s, L3 %s", size(c.L1D), size(c.L2), size(c.L3))
}

func memoryText(m MemoryInfo) string {
	if m.Total == 0 {
		return NotAvailable
	}
	text := fmt.Sprintf("%.1f GB, available %.1f GB", float64(m.Total)/1e9, float64(m.Available)/1e9)
	if m.Limit > 0 {
		text += fmt.Sprintf(", limit %.1f GB", float64(m.Limit)/1e9)
	}
	return text
}

func turbo(root fs.FS) string {
	switch readString(root, "sys/devices/system/cpu/intel_pstate/no_turbo") {
	case "0":
		return "on"
	case "1":
		return "off"
	}
	switch readString(root, "sys/devices/system/cpu/cpufreq/boost") {
	case "1":
		return "on"
	case "0":
		return "off"
	}
	return NotAvailable
}

func buildSetting(key string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == key {
				return s.Value
			}
		}
	}
	return ""
}

// commit is the revision the program was built from, "+" if files were changed.
func commit() string {
	rev := buildSetting("vcs.revision")
	if rev != "" && buildSetting("vcs.modified") == "true" {
		rev += "+"
	}
	return rev
}

func stealText(root fs.FS) string {
	steal := stealFrom(root)
	if steal < 0 {
		return NotAvailable
	}
	return steal.String()
}

// StealTime is the time the host gave to others while this machine wanted to
// run, summed over CPUs since boot; -1 if the system does not say.
func StealTime() time.Duration { return stealFrom(system) }

func stealFrom(root fs.FS) time.Duration {
	line, _, _ := strings.Cut(readString(root, "proc/stat"), "\n")
	f := strings.Fields(line) // cpu user nice system idle iowait irq softirq steal ...
	if len(f) < 9 || f[0] != "cpu" {
		return -1
	}
	ticks, err := strconv.ParseInt(f[8], 10, 64)
	if err != nil {
		return -1
	}
	return time.Duration(ticks) * 10 * time.Millisecond // USER_HZ is 100 for every program
}

func perfText(root fs.FS) string {
	if _, err := fs.Stat(root, "sys/bus/event_source/devices/cpu"); err != nil {
		return NotAvailable
	}
	return "paranoid level " + firstOf(readString(root, "proc/sys/kernel/perf_event_paranoid"), NotAvailable)
}

func energyText(root fs.FS) string {
	zones, _ := fs.Glob(root, "sys/class/powercap/intel-rapl*")
	for _, z := range zones {
		if f, err := os.Open(path.Join("/", z, "energy_uj")); err == nil {
			f.Close()
			return "readable"
		}
	}
	return NotAvailable
}
