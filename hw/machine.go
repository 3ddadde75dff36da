package hw

import (
	"fmt"
	"io"
	"reflect"
	"text/tabwriter"
)

// Machine is everything this package can say about the machine.
type Machine struct {
	Environment Environment `json:"environment"`
	Memory      MemoryInfo  `json:"memory"`
	Walls       []Wall      `json:"walls"` // of main memory: one worker, all workers
	CacheWalls  []CacheWall `json:"cache_walls"`
	Peaks       []Peak      `json:"peaks"`
	HopNs       float64     `json:"hop_ns"` // see Pool.Hop; 0 = not available
}

// wallBytes is the memory the walls are searched in: far beyond most caches.
func wallBytes() int64 { return max(1<<30, 4*int64(Caches().L3)) }

// Measure fills in the whole record with pool's workers, in some ten seconds.
// progress hears of every step.
func Measure(p *Pool, progress func(step string)) (Machine, error) {
	defer p.Pin()()
	m := Machine{Environment: Describe(), Memory: Memory()}
	m.HopNs = float64(p.Hop())
	progress("arithmetic peaks")
	m.Peaks = Peaks(p)
	progress("cache walls")
	m.CacheWalls = CacheWalls(p)
	progress("memory walls")
	arena, err := NewArena(wallBytes())
	if err != nil {
		return m, err
	}
	defer arena.Free()
	memory := arena.Alloc(wallBytes())
	arena.Prefault(p)
	if p.Size() > 1 {
		one, err := NewPool(1)
		if err != nil {
			return m, err
		}
		m.Walls = append(m.Walls, FindWall(one, memory))
		one.Close()
	}
	m.Walls = append(m.Walls, FindWall(p, memory))
	return m, nil
}

// Write prints the record for people.
func (m Machine) Write(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fields := reflect.TypeFor[Environment]()
	values := reflect.ValueOf(m.Environment)
	for i := range fields.NumField() {
		fmt.Fprintf(t, "%s\t%s\n", fields.Field(i).Tag.Get("json"), values.Field(i).String())
	}
	fmt.Fprintln(t, "\nlimit\tthreads\trate\thow")
	for _, p := range m.Peaks {
		fmt.Fprintf(t, "%s arithmetic\t%d\t%.0f GOP/s\t%s\n", p.Name, p.Threads, p.GOps, p.ISA)
	}
	for _, c := range m.CacheWalls {
		fmt.Fprintf(t, "load %s\t%d\t%.0f GB/s\t%d KiB a worker\n", c.Name, c.Threads, c.GBs, c.Bytes>>10)
	}
	for _, l := range m.Walls {
		fmt.Fprintf(t, "load memory (wall)\t%d\t%.1f GB/s\t%d streams, prefetch %d near, %d far\n", l.Threads, l.GBs, l.Streams, l.Near, l.Far)
	}
	if m.HopNs > 0 {
		fmt.Fprintf(t, "line from core to core\t%d\t%.0f ns\tlonger where they share no cache\n", m.Walls[len(m.Walls)-1].Threads, m.HopNs)
	}
	return t.Flush()
}
