package attention

import "moebench/kernels"

// queryLayer is an attention whose projected queries need work before they meet
// cache rows, and those too: norms, rotation, scaling, storing.
type queryLayer interface {
	// queryHeads is how many heads a row has, the indexer's and what is stored among them.
	queryHeads() int
	// prepare does heads [from, to) of row i.
	prepare(s *Scratch, w *queryWorker, i int, r Row, cache Cache, from, to int)
}

// queryWorker is what one worker needs to prepare queries.
type queryWorker struct {
	angles []float32
	_      [64]byte
}

// queryGroup is how many heads one task prepares: some 10 us.
const queryGroup = 16

// preparation shares the heads of all rows out over the workers.
type preparation struct {
	layer   queryLayer
	rows    []Row
	caches  []Cache
	groups  int
	workers []queryWorker
	task    func(worker, i int) // bound once: a method value allocates
}

// prepare readies the queries of all rows.
func (s *Scratch) prepare(l queryLayer, ropeDim int, rows []Row, caches []Cache) {
	p := &s.preparation
	p.layer, p.rows, p.caches, p.groups = l, rows, caches, (l.queryHeads()+queryGroup-1)/queryGroup
	for i := range p.workers {
		p.workers[i].angles = kernels.Grow(p.workers[i].angles, ropeDim)
	}
	s.pool.Run(len(rows)*p.groups, p.task)
}

func (s *Scratch) prepareTask(worker, task int) {
	p := &s.preparation
	i, from := task/p.groups, (p.groups-1-task%p.groups)*queryGroup // what is stored takes longest, and goes first
	r := p.rows[i]
	p.layer.prepare(s, &p.workers[worker], i, r, p.caches[r.Seq], from, min(from+queryGroup, p.layer.queryHeads()))
}
