package bench

import "moebench/hw"

// SchemaVersion is the version of Sample and Result as stored.
const SchemaVersion = 1

// Scenario names what is measured. Two runs of equal scenarios on one machine
// measure the same thing.
type Scenario struct {
	Model   string `json:"model"`  // preset id, or the path of a checkpoint
	Phase   string `json:"phase"`  // "decode"
	Ctx     int    `json:"ctx"`    // tokens already in every cache
	Batch   int    `json:"batch"`  // sequences that decode together
	Format  string `json:"format"` // "native" or one format for every matrix
	Route   string `json:"route"`  // how experts are chosen: see moe.ParseRouting
	ISA     string `json:"isa"`    // highest tier kernels may use
	Threads int    `json:"threads"`
}

// Part is the time of one kind of layer, or of the head, in one sample.
type Part struct {
	Kind  string  `json:"kind"`  // such as "gqa+moe", "head"
	Count int     `json:"count"` // how many the whole model has
	Ns    float64 `json:"ns"`    // of one of them, one step
}

// Sample is one repeat: a slice of steps beside a slice of the wall. Samples are
// what is stored; everything else is derived from them.
type Sample struct {
	SchemaVersion int    `json:"schema_version"`
	Run           string `json:"run"` // id shared by the samples of one invocation
	Time          string `json:"time"`
	Scenario
	Costs
	Repeat  int     `json:"repeat"`
	Parts   []Part  `json:"parts"`
	StepNs  float64 `json:"step_ns"`   // sum over parts of Count x Ns: one token of every sequence
	WallGBs float64 `json:"wall_gb_s"` // load-only, measured beside this sample
	StealNs float64 `json:"steal_ns"`  // taken by the host meanwhile; -1 not available
}

// Costs is what the ledger says of a scenario: exact integers.
type Costs struct {
	TotalParams        int64 `json:"total_params"`
	ActiveParams       int64 `json:"active_params"` // without the embedding table
	BytesPerStep       int64 `json:"bytes_per_step"`
	FLOPPerToken       int64 `json:"flop_per_token"`
	CacheBytesPerToken int64 `json:"cache_bytes_per_token"`
	Extrapolated       bool  `json:"extrapolated"` // some layers are not in memory: see Plan
	BeyondMaxPositions bool  `json:"beyond_max_positions,omitempty"`
}

// Interval is a median with its confidence interval.
type Interval struct {
	Median float64 `json:"median"`
	Lo     float64 `json:"lo"`
	Hi     float64 `json:"hi"`
	N      int     `json:"n"`
}

// Result sums up the samples of one scenario: what `run -json` prints.
type Result struct {
	SchemaVersion int `json:"schema_version"`
	Scenario
	TotalParams   int64          `json:"total_params"`
	ActiveParams  int64          `json:"active_params"`
	BytesPerToken float64        `json:"bytes_per_token"` // BytesPerStep / Batch
	Layers        []Part         `json:"layers"`          // medians
	TokS          Interval       `json:"tok_s"`
	GBs           float64        `json:"gb_s"`
	WallGBs       float64        `json:"wall_gb_s"`
	ShareOfWall   float64        `json:"share_of_wall"` // median over samples of their own share
	Extrapolated  bool           `json:"extrapolated"`
	Verdict       string         `json:"verdict"`
	Env           hw.Environment `json:"env"`
}
