package hw

import "golang.org/x/sys/unix"

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
