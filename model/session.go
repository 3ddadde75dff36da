package model

import (
	"fmt"

	"moebench/attention"
	"moebench/hw"
	"moebench/kernels"
	"moebench/kernels/matmul"
	"moebench/kernels/vec"
	"moebench/moe"
)

// Session is a set of sequences on one model: their caches, and the scratch
// of a forward pass. It is used by one goroutine at a time.
type Session struct {
	Model *Model
	// Choose replaces the experts the routers choose (nil: it does not), so that
	// synthetic weights can be measured under a stated routing.
	Choose func(layer int) moe.Chooser

	pool    *hw.Pool
	maxRows int
	caches  [][]attention.Cache // [layer][sequence]
	arena   *hw.Arena           // of the caches

	hidden []float32 // [maxRows][streams][Hidden], the residual
	normed []float32 // [maxRows][Hidden], what a sublayer reads
	out    []float32 // [maxRows][Hidden], what it returns
	logits []float32 // [maxRows][Vocab], grown on demand
	tokens []int32   // [maxRows]
	places []attention.Row
	next   []int // position of the next row of each sequence

	attend *attention.Scratch
	ffn    *moe.Scratch
	input  matmul.Input
	head   *matmul.Region

	from, norm                []float32             // what normRow reads: rows of a residual, and a norm's weights
	embedRow, normRow, addRow func(worker, row int) // bound once: a method value allocates
	streams                   streamScratch
}

// Options sizes a session.
type Options struct {
	Sequences int // how many run side by side; 0 = 1
	Capacity  int // tokens a sequence may grow to
	MaxRows   int // rows of one Forward; 0 = 1
	Cache     attention.CacheFormat
}

// Row is one token of a forward pass: the next one of its sequence.
type Row struct {
	Seq   int
	Token int32
}

// NewSession allocates caches and scratch.
func NewSession(m *Model, pool *hw.Pool, o Options) (*Session, error) {
	o.Sequences, o.MaxRows = max(o.Sequences, 1), max(o.MaxRows, 1)
	c := m.Config
	s := &Session{
		Model: m, pool: pool, maxRows: o.MaxRows,
		hidden: make([]float32, o.MaxRows*c.Streams.count()*c.Hidden), normed: make([]float32, o.MaxRows*c.Hidden),
		out: make([]float32, o.MaxRows*c.Hidden), tokens: make([]int32, o.MaxRows), places: make([]attention.Row, o.MaxRows), next: make([]int, o.Sequences),
		attend: attention.NewScratch(pool), ffn: moe.NewScratch(pool), head: matmul.NewRegion(pool),
	}
	s.embedRow, s.normRow, s.addRow, s.streams = s.embedOne, s.normOne, s.addOne, newStreamScratch(s)
	var need int64
	s.allocate(o, func(bytes int64) []byte { need += (bytes + 63) &^ 63; return nil })
	var err error
	if s.arena, err = hw.NewArena(need); err != nil {
		return nil, fmt.Errorf("caches of %s, %d x %d tokens: %w", c.ID, o.Sequences, o.Capacity, err)
	}
	s.allocate(o, s.arena.Alloc)
	return s, nil
}

// allocate lays out the caches of all layers.
func (s *Session) allocate(o Options, alloc attention.Alloc) {
	s.caches = nil
	for _, l := range s.Model.Config.Layers {
		caches := make([]attention.Cache, o.Sequences)
		for seq := range caches {
			caches[seq] = l.Attention.NewCache(alloc, o.Cache, o.Capacity, o.MaxRows)
		}
		s.caches = append(s.caches, caches)
	}
}

// CacheBytes is the memory the caches of config c hold.
func CacheBytes(c *Config, o Options) int64 {
	var n int64
	for _, l := range c.Layers {
		n += int64(max(o.Sequences, 1)) * attention.CacheBytes(l.Attention, o.Cache, o.Capacity, max(o.MaxRows, 1))
	}
	return n
}

// ScratchBytes is about what a session of config c takes besides its caches, in a pass
// of so many rows: the residual, and for the largest kind of layer what goes into every
// matrix a row is multiplied with, in whole blocks, and what comes out. Attending takes
// half as much again as projecting.
func ScratchBytes(c *Config, rows int) int64 {
	pad := func(n int) int { return (n + kernels.FP8Block - 1) / kernels.FP8Block * kernels.FP8Block }
	most := 0
	for _, k := range c.Kinds() {
		f := k.Layer.FFN
		ffn := max(f.Router.TopK, 1)*(pad(f.Hidden)+f.Hidden+3*f.Inter+pad(f.Inter)) + 3*f.SharedInter + pad(f.SharedInter) + f.Experts
		projections := 0
		for _, p := range k.Layer.Attention.NewWeights(func(int64) []byte { return nil }, attention.Formats{}).Matrices() {
			projections += p.M.Rows + pad(p.M.Cols)
		}
		most = max(most, ffn+projections*3/2)
	}
	return 4 * int64(rows) * int64(most+(2*c.Streams.count()+3)*c.Hidden)
}

// Close returns the memory of the caches.
func (s *Session) Close() error { return s.arena.Free() }

// Len is the number of tokens in a sequence's caches.
func (s *Session) Len(seq int) int { return s.caches[0][seq].Len() }

// Truncate cuts every sequence back to n tokens, or fewer if it is shorter.
func (s *Session) Truncate(n int) {
	for _, caches := range s.caches {
		for _, c := range caches {
			c.SetLen(min(n, c.Len()))
		}
	}
}

// FillSynthetic fills every sequence's caches with n random rows, as if n
// tokens had been prefilled.
func (s *Session) FillSynthetic(seed uint64, n int) {
	s.pool.Run(len(s.caches), func(_, layer int) {
		for seq, c := range s.caches[layer] {
			c.FillSynthetic(kernels.Mix(seed+uint64(layer)*kernels.Golden+uint64(seq)), n)
		}
	})
}

// Forward runs the next tokens of any sequences through the model: a prompt (T
// rows of one sequence), one step of a batch (one row each), or anything
// between. It returns the logits [wanted][Vocab] of the last wanted rows, valid
// until the next call.
//
//	embed -> hidden; per layer: hidden += attention(norm hidden); hidden += ffn(norm hidden); head
func (s *Session) Forward(rows []Row, wanted int) []float32 {
	s.Embed(rows)
	for i := range s.Model.Layers {
		s.Layer(i)
	}
	return s.Head(wanted)
}

// Embed starts a pass: it looks up the rows and places them in their sequences.
func (s *Session) Embed(rows []Row) {
	if len(rows) > s.maxRows {
		panic(fmt.Sprintf("model: %d rows in a session of at most %d", len(rows), s.maxRows))
	}
	s.tokens, s.places = s.tokens[:len(rows)], s.places[:len(rows)]
	for seq := range s.next {
		s.next[seq] = s.Len(seq)
	}
	for i, r := range rows {
		s.tokens[i], s.places[i] = r.Token, attention.Row{Seq: r.Seq, Pos: s.next[r.Seq]}
		s.next[r.Seq]++
	}
	s.share(len(rows), s.embedRow)
}

func (s *Session) embedOne(_, row int) {
	n, streams := s.Model.Config.Hidden, s.Model.Config.Streams.count()
	first := s.hidden[row*streams*n:][:n]
	s.Model.Embed.Row(int(s.tokens[row]), first)
	for j := 1; j < streams; j++ {
		copy(s.hidden[(row*streams+j)*n:], first)
	}
}

// Layer runs layer i on the rows of the pass.
func (s *Session) Layer(i int) {
	w, n := &s.Model.Layers[i], len(s.tokens)
	var choose moe.Chooser
	if s.Choose != nil {
		choose = s.Choose(i)
	}
	s.read(w.AttentionMix, w.AttentionNorm, s.hidden, n)
	w.attention.Forward(s.attend, s.out, s.normed, s.caches[i], s.places)
	s.write(n)
	s.read(w.FFNMix, w.FFNNorm, s.hidden, n)
	w.ffn.Forward(s.ffn, s.out, s.normed[:n*s.Model.Config.Hidden], s.tokens, choose)
	s.write(n)
}

// read puts rows of the residual, normed, where sublayers read them.
func (s *Session) read(mix *Mix, norm, hidden []float32, rows int) {
	s.from, s.norm = hidden, norm
	if mix != nil {
		s.mixIn(mix, s.normed, hidden, rows)
		s.from = s.normed
	}
	s.share(rows, s.normRow)
}

// write adds a sublayer's output to the residual.
func (s *Session) write(rows int) {
	if s.Model.Config.Streams.N > 0 {
		s.runColumns(s.streams.out)
		return
	}
	s.share(rows, s.addRow)
}

// share lets the workers share out rows; one alone takes less time than a region.
func (s *Session) share(rows int, task func(worker, row int)) {
	if rows == 1 {
		task(0, 0)
		return
	}
	s.pool.Run(rows, task)
}

func (s *Session) normOne(_, row int) {
	n := s.Model.Config.Hidden
	vec.RMSNorm(s.normed[row*n:(row+1)*n], s.from[row*n:(row+1)*n], s.norm, s.Model.Config.Eps)
}

func (s *Session) addOne(_, row int) {
	n := s.Model.Config.Hidden
	vec.Add(s.hidden[row*n:(row+1)*n], s.out[row*n:(row+1)*n])
}

// Head ends a pass: logits of the last wanted rows.
func (s *Session) Head(wanted int) []float32 {
	m, c := s.Model, s.Model.Config
	first := len(s.tokens) - wanted
	s.read(m.HeadMix, m.Norm, s.hidden[first*c.Streams.count()*c.Hidden:], wanted)
	if len(s.logits) < wanted*c.Vocab {
		s.logits = make([]float32, wanted*c.Vocab)
	}
	s.input.Reset(s.normed, c.Hidden, c.Hidden, nil, wanted)
	s.head.Set(&s.input, m.Head.Format)
	s.head.Add(matmul.Job{W: m.Head, X: &s.input, Y: s.logits, Stride: c.Vocab})
	s.head.Run()
	return s.logits[:wanted*c.Vocab]
}

// Hidden is the residual [rows][streams][Hidden] of the pass: after Layer(i), the output
// of layer i.
func (s *Session) Hidden() []float32 {
	return s.hidden[:len(s.tokens)*s.Model.Config.Streams.count()*s.Model.Config.Hidden]
}

// Routes are the experts [rows][TopK] the last layer with experts chose, and
// their weights.
func (s *Session) Routes() (ids []int32, weights []float32) { return s.ffn.Routes() }
