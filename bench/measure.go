package bench

import (
	"fmt"
	"math"
	"slices"
	"time"

	"moebench/hw"
	"moebench/kernels/attend"
	"moebench/kernels/matmul"
	"moebench/ledger"
	"moebench/model"
	"moebench/moe"
)

// Slice is how long a sample runs at least, and the wall beside it: long enough
// to average over scheduling, short enough that both see the same machine.
const Slice = 50 * time.Millisecond

// longestWall is how much of the wall is read beside a sample that took longer.
const longestWall = 20 * Slice

// Bench is a plan with its weights in memory, ready to be measured.
type Bench struct {
	*Plan
	Wall    hw.Wall
	session *model.Session
	model   *model.Model
	pool    *hw.Pool
	wall    *hw.Reader
	rows    []model.Row
	routes  []int32 // of the layers of a kind in the current pass
	marks   []marks // of every kind
	hits    int     // distinct experts hit in the layers of the current sample,
	layers  int     // and how many of these there were
}

// Open instantiates a plan, and searches for the wall in its weights. loaded, if not nil, hears
// how many parts of the weights of all are there, and may end that with an error.
func (p *Plan) Open(pool *hw.Pool, loaded func(parts, all int) error) (*Bench, error) {
	if err := p.Check(hw.Memory()); err != nil {
		return nil, &Failure{err} // it did fit when it was planned
	}
	choosers, err := p.choosers()
	if err != nil {
		return nil, err
	}
	m, err := p.load(pool, loaded)
	if err != nil {
		return nil, err
	}
	s, err := model.NewSession(m, pool, p.sessionOptions())
	if err != nil {
		m.Close()
		return nil, err
	}
	b := &Bench{Plan: p, session: s, model: m, pool: pool}
	s.FillSynthetic(p.Seed, p.Ctx)
	s.Choose = func(layer int) moe.Chooser { return choosers[layer] }
	for _, k := range p.Kinds {
		b.marks = append(b.marks, make(marks, p.inMemory(p.Sampled.Layers[k.Layers[0]].FFN)))
	}
	for i := range p.Rows() {
		b.rows = append(b.rows, model.Row{Seq: i % p.Batch})
	}
	b.Wall = hw.FindWall(pool, m.Memory())
	b.wall = b.Wall.NewReader(pool, m.Memory())
	return b, nil
}

// load makes the weights up, or reads those of the checkpoint.
func (p *Plan) load(pool *hw.Pool, loaded func(parts, all int) error) (*model.Model, error) {
	if !p.checkpoint {
		return model.Synthetic(p.Sampled, p.Formats, p.Seed, p.sampling, pool, loaded)
	}
	files, err := model.Open(p.Model)
	if err != nil {
		return nil, err
	}
	defer files.Close()
	files.Loaded = loaded
	return files.Load(p.Sampled, p.numbers, p.Formats, p.sampling, pool)
}

// Close returns the memory.
func (b *Bench) Close() {
	b.session.Close()
	b.model.Close()
}

// Verify compares the kernels a plan will use with their references, on its own
// weights. A wrong kernel must not be timed.
func (b *Bench) Verify() error {
	if err := b.model.Verify(b.Rows(), b.Cache); err != nil {
		return fmt.Errorf("%s: %w", b.Model, err)
	}
	b.pass(b.parts())
	for i, x := range b.session.Head(1) {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return fmt.Errorf("%s: logit %d is %v", b.Model, i, x)
		}
	}
	return nil
}

// pass runs one step of every sequence through the sampled layers and adds
// the time of each layer to its kind's part, that of embedding to the head's.
func (b *Bench) pass(parts []Part) {
	if b.Tokens > 0 || b.session.Len(0) >= b.Ctx+headroom {
		b.session.Truncate(b.Ctx)
	}
	head := &parts[len(b.Kinds)]
	clock := b.startClock()
	b.begin()
	clock.add(head, 1)
	for k, kind := range b.Kinds {
		routed := len(b.marks[k]) > 0
		b.routes = b.routes[:0]
		clock := b.startClock()
		for _, layer := range kind.Layers {
			b.session.Layer(layer)
			if routed { // the next layer's take their place
				ids, _ := b.session.Routes()
				b.routes = append(b.routes, ids...)
			}
		}
		clock.add(&parts[k], len(kind.Layers))
		if routed {
			for ids := range slices.Chunk(b.routes, len(b.routes)/len(kind.Layers)) {
				b.hits, b.layers = b.hits+b.marks[k].distinct(ids), b.layers+1
			}
		}
	}
	clock = b.startClock()
	b.session.Head(b.Batch) // a prefill needs the last row of each sequence
	clock.add(head, 1)
}

// clock splits time into that of parallel regions and the rest.
type clock struct {
	pool  *hw.Pool
	start time.Time
	spent hw.RegionTime
}

func (b *Bench) startClock() clock { return clock{b.pool, time.Now(), b.pool.RegionTime()} }

// add adds what passed since the start to a part that ran n times.
func (c clock) add(p *Part, n int) {
	elapsed, spent := time.Since(c.start), c.pool.RegionTime()
	p.Ns += float64(elapsed) / float64(n)
	p.SerialNs += float64(elapsed-(spent.Total-c.spent.Total)) / float64(n)
	p.WaitNs += float64(spent.Waiting-c.spent.Waiting) / float64(n)
}

// begin starts a pass with other tokens than the last one.
func (b *Bench) begin() {
	for i := range b.rows {
		b.rows[i].Token = int32(uint(b.rows[i].Token*7919+int32(i)+1) % uint(b.Whole.Vocab))
	}
	b.session.Embed(b.rows)
}

// marks are those of a layer's experts in memory, kept to count the ones that routes hit.
type marks []bool

// distinct counts the experts in a pass's routes; several numbers may stand for one of them.
func (m marks) distinct(ids []int32) int {
	clear(m)
	n := 0
	for _, id := range ids {
		if seen := &m[int(id)%len(m)]; !*seen {
			*seen, n = true, n+1
		}
	}
	return n
}

// parts are those of a sample, nothing measured yet.
func (b *Bench) parts() []Part {
	var parts []Part
	for _, k := range b.Kinds {
		parts = append(parts, Part{Kind: k.Name, Count: k.Count})
	}
	return append(parts, Part{Kind: "head", Count: 1})
}

// Sample measures once: a slice of steps, a slice of the wall beside it, and the peaks of
// arithmetic.
func (b *Bench) Sample(run string, repeat int) Sample {
	parts := b.parts()
	b.hits, b.layers = 0, 0
	steal := hw.StealTime()
	steps, start := 0, time.Now()
	for ; steps == 0 || time.Since(start) < Slice; steps++ {
		b.pass(parts)
	}
	elapsed := time.Since(start)
	s := Sample{
		SchemaVersion: SchemaVersion, Run: run, Time: start.UTC().Format(time.RFC3339), Scenario: b.Scenario, Counts: b.Counts,
		Prefetches: matmul.CurrentPrefetches(), AttendAhead: attend.Ahead(), Repeat: repeat, Parts: parts, StealNs: -1,
	}
	for i := range parts {
		for _, ns := range []*float64{&parts[i].Ns, &parts[i].SerialNs, &parts[i].WaitNs} {
			*ns /= float64(steps)
		}
		s.StepNs += float64(parts[i].Count) * parts[i].Ns
	}
	bytes := int64(min(elapsed, longestWall).Seconds() * b.Wall.GBs * 1e9)
	s.WallGBs = float64(bytes) / float64(b.wall.Read(bytes).Nanoseconds())
	s.HopNs = float64(b.pool.Hop())
	s.peaks(b.pool)
	b.count(&s)
	s.ElapsedNs = float64(time.Since(start))
	if after := hw.StealTime(); steal >= 0 && after >= 0 {
		s.StealNs = float64(after - steal)
	}
	return s
}

// count fills in what the step of s and its parts read, and how long they take at least:
// with the experts that were hit, for rows may share some.
func (b *Bench) count(s *Sample) {
	hit := 0.0
	if b.layers > 0 {
		hit = float64(b.hits) / float64(b.layers)
	}
	s.BytesPerStep = int64(b.sharing(hit, b.modelBytes) + 0.5)
	for i := range s.Parts {
		s.Parts[i].Bytes = int64(b.sharing(hit, func(step ledger.Step) float64 { return b.partBytes(i, step) }) + 0.5)
		s.Parts[i].LimitNs = b.sharing(hit, func(step ledger.Step) float64 { return b.limit(b.lines(i, step), s) })
	}
}
