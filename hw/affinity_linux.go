package hw

import (
	"time"

	"golang.org/x/sys/unix"
)

// affinity returns the CPUs the calling thread may run on.
func affinity() ([]int, error) {
	set, err := getAffinity()
	if err != nil {
		return nil, err
	}
	var cpus []int
	for cpu := range len(set) * 64 {
		if set.IsSet(cpu) {
			cpus = append(cpus, cpu)
		}
	}
	return cpus, nil
}

// getAffinity asks with growing masks: the kernel refuses one that is smaller
// than its own.
func getAffinity() (unix.CPUSetDynamic, error) {
	for size := 1024; ; size *= 4 {
		set := unix.NewCPUSet(size)
		err := unix.SchedGetaffinityDynamic(0, set)
		if err != unix.EINVAL || size > 1<<16 {
			return set, err
		}
	}
}

// pinThread binds the calling thread to one CPU and returns how to undo it.
// The caller has locked its goroutine to the thread.
func pinThread(cpu int) (unpin func(), err error) {
	old, err := getAffinity()
	if err != nil {
		return func() {}, err
	}
	set := unix.NewCPUSet(max(len(old)*64, cpu+1))
	set.Set(cpu)
	if err := unix.SchedSetaffinityDynamic(0, set); err != nil {
		return func() {}, err
	}
	return func() { _ = unix.SchedSetaffinityDynamic(0, old) }, nil
}

// threadID names the calling thread.
func threadID() int { return unix.Gettid() }

// cpuSet is where a thread may run, in the form the system takes.
type cpuSet = unix.CPUSetDynamic

// oneCPU is the set of one.
func oneCPU(cpu int) cpuSet {
	set := unix.NewCPUSet(max(1024, cpu+1))
	set.Set(cpu)
	return set
}

// moveThread binds a thread of this process to other CPUs.
func moveThread(thread int, to cpuSet) error { return unix.SchedSetaffinityDynamic(thread, to) }

// threadTime is how long a thread has run. Its clock is named by the complement of its
// id and the kind CPUCLOCK_SCHED of one thread (include/linux/posix-timers.h).
func threadTime(thread int) (ran time.Duration, ok bool) {
	var t unix.Timespec
	err := unix.ClockGettime(int32(^thread<<3|6), &t)
	return time.Duration(t.Nano()), err == nil
}

// nap gives the calling thread's CPU to others for a moment.
func nap(d time.Duration) {
	t := unix.NsecToTimespec(int64(d))
	_ = unix.Nanosleep(&t, nil)
}
