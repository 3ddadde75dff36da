package hw

import (
	"slices"
	"time"
	"unsafe"
)

// Wall is the fastest load-only pass over memory this machine was found to do:
// what a kernel that must read the same bytes is measured against. A plain
// sequential read is often far slower, so how the pass reads is searched for.
type Wall struct {
	GBs     float64 `json:"gb_s"`    // decimal, all workers together
	Streams int     `json:"streams"` // places a worker reads from in turn
	Near    int     `json:"near"`    // prefetch distances in bytes, to the first-
	Far     int     `json:"far"`     // and second-level cache; 0 = none
	Bytes   int64   `json:"bytes"`   // of the memory searched
	Threads int     `json:"threads"`
	ISA     string  `json:"isa"`
}

// readBlock is what a worker claims at once: some 50 us of reading.
const readBlock = 1 << 20

// Reader is a load-only pass over some memory, continued from call to call.
type Reader struct {
	wall   Wall
	pool   *Pool
	memory []byte
	next   int // block
	first  int
	task   func(worker, chunk int)
}

// NewReader makes a reader that reads as the wall does. Memory should be far
// larger than the last-level cache: else the cache is measured.
func (w Wall) NewReader(p *Pool, memory []byte) *Reader {
	r := &Reader{wall: w, pool: p, memory: memory}
	r.task = r.read
	return r
}

// Read reads the next bytes (rounded up to whole blocks), going round at the
// end, and returns the time it took.
func (r *Reader) Read(bytes int64) time.Duration {
	chunks := int((bytes + readBlock - 1) / readBlock)
	r.first = r.next
	start := time.Now()
	r.pool.Run(chunks, r.task)
	elapsed := time.Since(start)
	r.next = (r.first + chunks) % r.blocks()
	// The last block is whole: scale the time to the bytes asked for.
	return time.Duration(float64(elapsed) * float64(bytes) / float64(int64(chunks)*readBlock))
}

func (r *Reader) blocks() int { return max(len(r.memory)/readBlock, 1) }

func (r *Reader) read(_, chunk int) {
	block := (r.first + chunk) % r.blocks() * readBlock
	readStreams(r.memory[block:min(block+readBlock, len(r.memory))], r.wall.Streams, r.wall.Near, r.wall.Far)
}

// readStreams loads every line of memory once, from several places in turn.
func readStreams(memory []byte, streams, near, far int) {
	const turn = 256 // bytes a stream gives at a time
	stride := len(memory) / streams / turn * turn
	if stride == 0 {
		return
	}
	readLines(unsafe.SliceData(memory), stride, streams, stride/turn, near, far)
}

// FindWall searches streams and prefetch distances in under a second: all ways to read, then
// the best of them again and longer.
func FindWall(p *Pool, memory []byte) Wall {
	var walls []Wall
	for _, streams := range []int{1, 2, 4, 8, 16} {
		for _, d := range [][2]int{{0, 0}, {1 << 10, 0}, {2 << 10, 0}, {4 << 10, 0}, {8 << 10, 0}, {1 << 10, 16 << 10}, {2 << 10, 8 << 10}} {
			walls = append(walls, Wall{Streams: streams, Near: d[0], Far: d[1],
				Bytes: int64(len(memory)), Threads: p.Size(), ISA: BestISA().String()})
		}
	}
	r := Wall{}.NewReader(p, memory)
	rank := func(rounds int, bytes int64) {
		rates, ranked := make([][]float64, len(walls)), []Wall{}
		order, _ := Rank(len(walls), rounds, func(i int) float64 {
			r.wall = walls[i]
			ns := float64(r.Read(bytes))
			rates[i] = append(rates[i], float64(bytes)/ns)
			return ns
		})
		for _, i := range order {
			walls[i].GBs = median(rates[i])
			ranked = append(ranked, walls[i])
		}
		walls = ranked
	}
	rank(5, 32<<20)
	walls = walls[:6]
	rank(9, 192<<20)
	return walls[0]
}

func median(x []float64) float64 {
	sorted := slices.Sorted(slices.Values(x))
	if len(sorted) == 0 {
		return 0
	}
	return sorted[len(sorted)/2]
}

// CacheWall is the load rate of a working set that fits a cache level.
type CacheWall struct {
	Name    string  `json:"name"` // "L1/2": half the level's size per worker
	Bytes   int     `json:"bytes_per_worker"`
	Threads int     `json:"threads"`
	GBs     float64 `json:"gb_s"`
}

// CacheWalls measures half of every cache level (the last one shared by all
// workers) and twice the last.
func CacheWalls(p *Pool) []CacheWall {
	c := Caches()
	var out []CacheWall
	for _, s := range []struct {
		name  string
		bytes int
	}{{"L1/2", c.L1D / 2}, {"L2/2", c.L2 / 2}, {"L3/2", c.L3 / 2 / p.Size()}, {"2 L3", 2 * c.L3 / p.Size()}} {
		if bytes := s.bytes &^ 4095; bytes > 0 {
			out = append(out, CacheWall{s.name, bytes, p.Size(), cacheWall(p, bytes)})
		}
	}
	return out
}

// cacheWall has every worker read a block of its own for a few milliseconds.
func cacheWall(p *Pool, bytes int) float64 {
	blocks := make([][]byte, p.Size())
	for i := range blocks {
		blocks[i] = make([]byte, bytes)
		for at := range blocks[i] {
			blocks[i][at] = 1 // pages never written may all be one page of zeros
		}
	}
	var rates []float64
	for range 5 {
		passes := max(1, (64<<20)/bytes)
		start := time.Now()
		p.Run(len(blocks), func(_, i int) {
			for range passes {
				for at := 0; at < bytes; at += readBlock {
					readStreams(blocks[i][at:min(at+readBlock, bytes)], 1, 0, 0)
				}
			}
		})
		rates = append(rates, float64(passes*bytes*len(blocks))/float64(time.Since(start)))
	}
	return median(rates)
}
