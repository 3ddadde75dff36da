package matmul

import (
	"sync/atomic"
	"unsafe"

	"moebench/hw"
	"moebench/kernels"
)

// Prefetch is how far ahead of the line being multiplied a kernel fetches:
// Near to the first-level cache (PREFETCHT0), Far to the second (PREFETCHT1),
// both in bytes. The best one differs between machines, formats and work: see Tune.
type Prefetch struct {
	Near int `json:"near"`
	Far  int `json:"far"`
}

// Setting is a format's prefetch: with few rows a kernel reads as fast as it can, with many
// it works so long on a line that hardware prefetchers look no further.
type Setting struct {
	Few  Prefetch `json:"few"`
	Many Prefetch `json:"many"` // from half a tile on
}

// settings has the setting in use of every format.
var settings = make([]atomic.Pointer[Setting], len(sets))

func init() {
	for _, f := range kernels.Formats() {
		setPrefetch(f, Setting{Prefetch{Near: 4096}, Prefetch{Near: 4096}})
	}
}

// setPrefetch changes a format's setting, of the process.
func setPrefetch(f kernels.Format, s Setting) { settings[f].Store(&s) }

// currentPrefetch is a format's setting in use.
func currentPrefetch(f kernels.Format) Setting { return *settings[f].Load() }

// callPairs is how many pairs of panels a call multiplies with a whole tile of rows: with one,
// what happens between calls took 2 to 4 % of the time where panels have 2048 columns.
const callPairs = 4

// worker is what one worker of a region needs besides the operands.
type worker struct {
	call Call
	// results of a call lie side by side: kernels add to them block by block, and rows a
	// power of two apart would drive each other out of the cache.
	tile [(callPairs*2*TileTokens + 1) * kernels.PanelRows]float32
	copy []byte   // of panels that lie in another way than the kernel reads them
	_    [64]byte // keeps neighbours off this worker's cache lines
}

// mul does panels [p0, p1) of a job, both even. next is the panel this worker reads
// afterwards (nil: unknown); its first lines are fetched in time. past says that results are
// more than caches keep. A tile of rows meets all panels before the next one comes: many rows
// are more than a cache holds.
func (wk *worker) mul(j *Job, p0, p1 int, next []byte, past bool) {
	w, in := j.W, j.X
	c, kernel := &wk.call, sets[w.Format].Best()
	past = past && j.aligned()
	kept := j.Then == nil && !past // results go to Y through the caches
	setting := currentPrefetch(w.Format)
	c.set(w)
	unit, most := c.units(w, kernel.Paired)
	results := wk.aligned()
	for tile := range in.tiles() {
		first, n := in.tile(tile)
		c.Tokens = n
		prefetch := setting.Few
		if n >= halfTile {
			prefetch = setting.Many
		}
		c.Near, c.Far = lead(prefetch.Near, unit, most), lead(prefetch.Far, unit, most)
		c.operand(in, first, kernel.Reads)
		step := 2 * max(TileTokens/n, callPairs)
		for p := p0; p < p1; p += step {
			end := min(p+step, p1)
			c.W, c.Rows = w.Pairs(p, end, kernel.Paired, &wk.copy), min(end*kernels.PanelRows, w.Rows)-p*kernels.PanelRows
			c.Y = results[:(end-p)*n*kernels.PanelRows]
			// Results of one row may stay where a call leaves them.
			direct := kept && n == 1 && c.Rows == len(c.Y)
			if direct {
				c.Y = j.Y[first*j.Stride+p*kernels.PanelRows:][:len(c.Y)]
			}
			c.aim(w, end, p1, next)
			for at := p; at < end && kept; at += 2 {
				own(&j.Y[first*j.Stride+at*kernels.PanelRows], j.Stride, n)
			}
			kernel.Run(c)
			j.addBias(c, p)
			switch {
			case j.Then != nil:
				j.Then.Finish(c.Y, first, n, p)
			case !direct:
				j.spread(c, first, p, past)
			}
		}
	}
}

// whole is how many of the rows of a call are those of whole pairs of panels.
func (c *Call) whole() int { return c.Rows &^ (kernels.PairRows - 1) }

// addBias adds biases to the results of a call whose first panel is p.
func (j *Job) addBias(c *Call, p int) {
	if j.Bias == nil {
		return
	}
	bias, whole := j.Bias[p*kernels.PanelRows:][:c.Rows], c.whole()
	addBias.Best()(c.Y[:whole*c.Tokens], bias[:whole], c.Tokens)
	addBiasRef(c.Y[whole*c.Tokens:], bias[whole:], c.Tokens)
}

// spread takes the results of a call, whose first panel is p and whose first row of X is first,
// to where they belong.
func (j *Job) spread(c *Call, first, p int, past bool) {
	y, whole, set := j.Y[first*j.Stride+p*kernels.PanelRows:][:(c.Tokens-1)*j.Stride+c.Rows], c.whole(), spread
	if past {
		set = spreadPast
	}
	set.Best()(y, j.Stride, c.Y[:whole*c.Tokens], c.Tokens)
	spreadSome(y[whole:], j.Stride, c.Y[whole*c.Tokens:], c.Tokens, c.Rows-whole)
}

// set points the call at a matrix.
func (c *Call) set(w *kernels.Matrix) {
	c.K = w.Format.PadCols(w.Cols)
	_, c.Codes = w.Format.Group(w.Cols)
	c.Stride = w.PanelBytes()
	if c.Streams = 1; !wholePanels(w.Format) {
		c.Streams = streams(w.Format, c.K)
	}
}

// units says what prefetch distances are whole numbers of, a turn of a kernel or a group of
// columns and their scales, of both panels or of every stream, and how far they go at most.
func (c *Call) units(w *kernels.Matrix, paired bool) (unit, most int) {
	unit, most = 512, c.Stride
	if Activation(w.Format) == kernels.ActInt8 {
		columns, _ := w.Format.Group(w.Cols)
		unit = w.Format.PanelBytes(columns) * c.Streams
	}
	if paired {
		return 2 * unit, 2 * most
	}
	return unit, most
}

// lead is a prefetch distance in whole units, and what a kernel reads in one go at most: so
// that the lines a call fetches, those as much ahead of its own, are all that the next calls
// read. With one left out at the beginning of a panel, every call would wait for memory once,
// a third of its time where panels are as short as K = 768.
func lead(distance, unit, most int) int {
	return min((distance+unit-1)/unit*unit, most)
}

// aligned is the part of tile that begins with a cache line.
func (wk *worker) aligned() []float32 {
	return wk.tile[-uintptr(unsafe.Pointer(&wk.tile))%64/4:]
}

// streams is the number of places a panel of k columns is read from at once. While
// memory is the bound four are best: an AMD Zen 3 core read 24 GB/s of BF16 from four,
// 20 from two and 15 from one, and no more from eight. Many rows would do with fewer,
// but a row must give the same bits alone and in a batch. Formats that are unpacked
// are two at most: their work keeps the loads of a core too far apart for the
// hardware prefetchers (MXFP4 60 % of the wall), so the lines are fetched by
// software, of which two streams took 80-90 %, one 72-80. More is not to be had that way:
// loads alone, every line fetched by software, read 17.7 GB/s from two streams and 19 from
// four where hardware reads 22.7 (see Loads). INT8, whose lines of scales come twice as
// often, read 70 to 78 % of the wall from two on a Zen 5, 83 to 95 from four.
func streams(f kernels.Format, k int) int {
	columns := f.PadCols(1) // what a kernel reads of a stream at once, or more
	if Activation(f) == kernels.ActInt8 {
		columns, _ = f.Group(k)
	}
	for _, n := range []int{4, 3, 2} {
		if k%(n*columns) == 0 && (n == 2 || f != kernels.MXFP4 && f != kernels.FP8) {
			return n
		}
	}
	return 1
}

// wholePanels says whether the kernel in use reads a panel from one end to the other.
func wholePanels(f kernels.Format) bool {
	isa := kernels.LimitISA()
	return isa >= hw.AVX512VNNI || isa == hw.AVX512 && Activation(f) != kernels.ActInt8
}

// Loads is how kernels read a panel of k columns for one row, arithmetic left out: what
// hw.Wall.NewReader does with it is their load-only twin.
func Loads(f kernels.Format, k int) hw.Wall {
	p := currentPrefetch(f).Few
	w := hw.Wall{Streams: 1, Near: p.Near, Far: p.Far}
	if wholePanels(f) {
		return w
	}
	w.Streams = streams(f, k)
	switch Activation(f) {
	case kernels.ActInt8: // the streams share the distance
		w.Near, w.Far = p.Near/w.Streams, p.Far/w.Streams
	case kernels.ActF32Up: // the next block of 128 columns
		w.Near, w.Far = kernels.FP8Block*kernels.PanelRows, 0
	default: // left to hardware
		w.Near, w.Far = 0, 0
	}
	return w
}

// operand points the call at the tile of rows that begins with row first. Rows that were
// set in another tier may not be in the form the kernel reads.
func (c *Call) operand(in *Input, first int, act kernels.Activation) {
	if !in.has[act] {
		panic("matmul: rows were not set for the format they are multiplied with")
	}
	c.X, c.B, c.Q, c.QScale, c.QStart, c.QMagic = nil, nil, nil, nil, nil, nil
	switch at := first * in.padded; act {
	case kernels.ActInt8:
		slot := at / kernels.QuantBlock
		c.Q, c.QScale, c.QStart, c.QMagic = in.Q[at:], in.QScale[slot:], in.QStart[slot:], in.QMagic[slot:]
	case kernels.ActBF16:
		c.B = in.B[at:]
	default:
		c.X = in.X[act][at:]
	}
}

// aim sets where the stream goes on after the panels of the call: at panel p or, from p1 on,
// at next.
func (c *Call) aim(w *kernels.Matrix, p, p1 int, next []byte) {
	if p < p1 {
		next = w.Span(p, p+2)
	}
	c.End, c.Jump = address(c.W)+uintptr(len(c.W)), 0
	if next != nil {
		c.Jump = int(address(next) - c.End)
	}
}

func address(b []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(b))) }
