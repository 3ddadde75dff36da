package attend

import (
	"unsafe"

	"moebench/hw"
	"moebench/kernels"
	"moebench/kernels/vec"
)

// This file is how CPUs that multiply bf16 fastest attend to rows of at most that precision:
// queries and weights are rounded to bf16, rows stand as they are, or are decoded to bf16,
// and sums are f32. Kernels work on pairs, of elements of a key or of values of two rows.

const (
	// pairBlock is BlockRows for these kernels: longer, since they are done with a block
	// sooner, and sums are read and written once a block.
	pairBlock = 2 * BlockRows
	// pairFirst is the first block: there is nothing to do while memory is waited for.
	pairFirst = 2 * pairRows
	// pairQueries is how many queries are worked on together.
	pairQueries = 8
	// pairRows is how many rows a tile of scores has.
	pairRows = 12
	// latentBlock is pairBlock for latents: 64 queries and 512 columns of sums are twice 128 KB
	// to read and write once a block, and a block is as much again, all in the second-level cache.
	latentBlock = 2 * pairBlock
	// latentWhole is how many rows are one block if there are no more: their sums are written once
	// and never read, for which the other caches may be asked for some rows.
	latentWhole = 11 * BlockRows
	// latentKeys is how many rows are decoded before they meet the queries, while those before
	// them do: as many as pay for the way of all queries through the first-level cache.
	latentKeys = 4 * pairRows
	// pairSection is how many rows all queries add up before the next ones: the frame of
	// pairMixAVX512BF16 has room for so many.
	pairSection = 264
	// pairGap is tileGap for rows of bf16: a line of the first-level cache.
	pairGap = 32
)

// inPairs says whether rows of a format go this way.
func inPairs(f kernels.Format) bool {
	return f != kernels.F32 && kernels.LimitISA() >= hw.AVX512BF16
}

// layoutInPairs says so of all parts of a row.
func layoutInPairs(l kernels.RowLayout) bool {
	for _, p := range l.Parts {
		if p.N > 0 && !inPairs(p.Format) {
			return false
		}
	}
	return true
}

// isPlain says whether rows are stored as they are decoded.
func isPlain(l kernels.RowLayout) bool {
	for _, p := range l.Parts {
		if p.N > 0 && (p.Format != kernels.BF16 || p.N%16 != 0) {
			return false
		}
	}
	return l.Bytes() == 2*Dim(l)
}

func padPairs(n int) int { return (n + pairQueries - 1) / pairQueries * pairQueries }

// weightError is how far a weight may be from what it should be, relatively, and powerError how
// far before it is rounded: powers err by 2^-18 + size 2^-21 where size is the largest sum of
// |q k| (see vec.RunningPairsFunc), and those that scale them later, of rises of 2 size in all, by
// size (2^-18/3 + 2^-21) (see fewRise). Those of f32 rows err by less.
func weightError(size float64) float64 {
	return 0x1p-8 + powerError(size) + 0x1p-8*powerError(size)
}

func powerError(size float64) float64 { return 0x1p-17 + size*0x1p-18 } // not less than that

// pairs is the working memory of these kernels.
type pairs struct {
	q       []uint16        // [G/8][dim/4][8][4]
	scores  []float32       // [latentWhole/2][G][2]
	p       []uint16        // the weights they become
	seen    []int32         // [G], rows of the block
	ids     []int32         // rows to decode, where they follow one another
	tile    []uint16        // decoded rows, or the last keys and values
	load    *RowLoad        // rows that are decoded next
	whole   bool            // they have its shape,
	decoder decoder[uint16] // if not
}

// beginPairs makes room, and rounds the queries, unless they are those of the last call.
func (s *State) beginPairs(q []float32, tile int) {
	p, g := &s.pairs, padPairs(s.g)
	p.scores, p.p = kernels.Grow(p.scores, latentWhole*g), kernels.Grow(p.p, latentWhole*g)
	p.seen, p.tile = kernels.Grow(p.seen, g), kernels.Grow(p.tile, tile)
	clear(p.seen[s.g:])
	if q != nil {
		s.pack(q)
	}
}

func (s *State) pack(q []float32) {
	p, g := &s.pairs, padPairs(s.g)
	p.q = kernels.Grow(p.q, g*s.dim)
	if g > s.g {
		clear(p.q[(g-pairQueries)*s.dim:])
	}
	packs.Best()(p.q, q, s.dim, s.g)
}

// addPairs is Add.
func (s *State) addPairs(q []float32, k, v []byte, n int, seen []int) {
	if seen == nil && s.g <= pairQueries && s.value == s.dim {
		s.addFew(q, k, v, n)
		return
	}
	s.addBlocks(q, k, v, n, seen)
}

// addBlocks attends to rows where they are. v is nil if those of k are values, too: they are in
// cache then.
func (s *State) addBlocks(q []float32, k, v []byte, n int, seen []int) {
	row := 2 * s.dim
	s.beginPairs(q, 2*pairBlock*s.dim)
	vec.Fetch.Best()(k[:min(pairFirst, n)*row])
	blind := 0 // groups that see no more rows
	for at, rows := 0, min(pairFirst, n); at < n; at, rows = at+rows, min(pairBlock, n-at-rows) {
		for blind < len(seen)-1 && seen[blind] <= at {
			blind++
		}
		first := blind * s.g / max(1, len(seen)) &^ (pairQueries - 1)
		from, to := at*row, (at+rows)*row
		after := min(to+pairBlock*row, n*row)
		keys := k[from:to]
		if rows%pairRows != 0 {
			keys = s.fill(s.pairs.tile, keys)
		}
		values, next := keys, []byte(nil)
		if v != nil {
			next = v[from:to]
			if values = next; rows%2 != 0 {
				values = s.fill(s.pairs.tile[pairBlock*s.dim:], values)
			}
		}
		s.see(at, rows, seen)
		s.scorePairs(first, 0, keys, rows, s.dim, next, nil)
		s.mixPairs(first, values, rows, s.dim, k[to:after], nil)
	}
}

// fill copies the last rows to where some may follow.
func (s *State) fill(tile []uint16, rows []byte) []byte {
	tile = tile[:pairBlock*s.dim]
	n := copy(wordBytes(tile), rows) / 2
	clear(tile[n:min(len(tile), n+pairRows*s.dim)])
	return wordBytes(tile)
}

// see notes how many of the rows, at and on, each query sees.
func (s *State) see(at, rows int, seen []int) {
	all := seen == nil || seen[0] >= at+rows
	for g := range s.g {
		n := rows
		if !all {
			n = min(rows, seen[g*len(seen)/s.g]-at)
		}
		s.pairs.seen[g] = int32(n)
	}
}

// addLatentPairs is AddLatents. Rows are decoded while those before them meet the queries: see
// slot. Of rows that do not follow one another every one may be on a page of its own, whose place
// takes long to look up: the beginnings of those that will be asked for are, all at once, for
// the multiply-adds would wait for one after the other.
func (s *State) addLatentPairs(q []float32, l *Latents, ids []int32, first, all int, with *Sums) {
	p, stride, block := &s.pairs, s.dim+pairGap, blockOf(all)
	s.beginPairs(q, max(latentWhole, 2*latentBlock)*stride)
	if p.load == nil {
		p.load = new(RowLoad)
	}
	if p.load.shape, p.whole = shape(&l.Layout); !p.whole {
		p.decoder.set(l.Layout, pairLoads, loadWidth)
	}
	once := with // what the only block is merged with
	if all > block {
		once = nil
	}
	fetch := vec.Fetch.Best()
	begin := func(i int) *RowLoad {
		n := min(latentKeys, all-i)
		some := p.some(ids, first, i, min(n+fetchAhead, all-i))
		for k := fetchAhead; ids != nil && k < len(some); k++ {
			fetch(l.Row(int(some[k]))[:1])
		}
		return p.begin(p.tile[slot(i, all, block)*stride:], l, some, n, stride)
	}
	for i := range min(latentKeys, all) {
		fetch(l.Row(id(ids, first, i)))
	}
	begin(0)
	p.finish(l)
	for at := 0; at < all; at += block {
		rows, base := min(block, all-at), 2*block
		for j := 0; j < rows; j += latentKeys {
			base = min(base, slot(at+j, all, block))
		}
		for j := 0; j < rows; j += latentKeys {
			n, to := min(latentKeys, rows-j), slot(at+j, all, block)
			load := begin(at + j + n)
			s.scorePairs(0, to-base, wordBytes(p.tile[to*stride:]), n, stride, nil, load)
			p.finish(l)
		}
		s.see(at, rows, nil)
		s.mixPairs(0, wordBytes(p.tile[base*stride:]), rows, stride, nil, once)
	}
	if with != once {
		with.Merge(0, s.Sums)
	}
}

// blockOf is how many of all rows are a block.
func blockOf(all int) int {
	if all <= latentWhole {
		return latentWhole
	}
	return latentBlock
}

// slot is where row i of all, with which latentKeys rows begin, is decoded to. A block's rows are
// neighbours, in any order, and the next one's first are decoded while its last meet the queries:
// every other block begins behind the one before, and goes on in front of that. So a block and
// latentKeys rows are in use, but for the last block, which stays behind if it is not whole.
func slot(i, all, block int) int {
	n, j := i/block, i%block
	switch {
	case n%2 == 0:
		return j
	case j == 0 || (n+1)*block > all:
		return block + j
	}
	return j
}

// scorePairs computes scores of row j of the block and on, for the first query and on.
func (s *State) scorePairs(first, j int, k []byte, rows, stride int, next []byte, load *RowLoad) {
	p, pitch := &s.pairs, padPairs(s.g)
	pairScores.Best()(p.scores[j*pitch+2*first:], p.q[first*s.dim:], k, s.dim, s.g-first, rows, stride, pitch, next, load)
}

// mixPairs makes weights of the block's scores, and adds its values, or merges them with other
// sums, by the same operations as Merge but while they are in registers.
func (s *State) mixPairs(first int, v []byte, rows, stride int, next []byte, with *Sums) {
	p, pitch := &s.pairs, padPairs(s.g)
	if s.empty {
		first = 0 // sums of all queries begin, of those that see nothing too
	}
	vec.RunningPairs.Best()(p.p[2*first:], p.scores[2*first:], p.seen[first:], s.max[first:], s.sum[first:], s.scale[first:], pitch, (rows+1)&^1)
	out, before := s.out, s.scale[first:]
	switch {
	case with != nil:
		out = with.out
		for g := range s.g {
			s.scale[g], s.now[g] = with.join(g, &s.Sums, g)
		}
	case s.empty:
		before = nil
	}
	pairMix.Best()(out[first*s.value:], p.p[2*first:], v, before, s.now[first:], s.value, s.g-first, rows, stride, pitch, p.scores, next)
	s.empty = false
}

// wordBytes views bf16 codes as bytes.
func wordBytes(x []uint16) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), 2*len(x))
}
