// Package hw is the machine: what its CPU can do, the threads and the memory
// work runs on, how fast this very machine is, and what it is called.
//
//	isa.go, caches.go   what the CPU can do          arena.go   memory outside the Go heap
//	cpus.go, cgroup.go  which CPUs, how much memory  wall.go    the fastest load-only pass
//	pool.go             pinned workers               peak.go    the fastest arithmetic
//	environment.go      the record that goes with every result
//
// A wall is the measured rate at which memory of some size can be read by a
// given number of threads and nothing else; a peak is the measured rate of one
// arithmetic instruction in registers. Kernels are judged against these two,
// never against a data sheet. A tile is the same arithmetic with operands from the
// first-level cache, as kernels use it: it says what of a kernel's distance to the
// peak is not the kernel's own.
//
// Whatever a machine does not tell is reported as "not available", never as
// zero; whatever it forbids (pinning, huge pages) is done without. Readers of
// /proc and /sys take an fs.FS, so that tests can hand them any machine.
//
// To add an instruction tier, add its name in isa.go and what it needs in isa_amd64.go; to add a
// peak, write its chain of independent accumulators and add one line to the
// table in peak_amd64.go.
package hw
