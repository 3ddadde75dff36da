package bench

import (
	"encoding/json"
	"math"
	"strings"

	"moebench/hw"
	"moebench/kernels/matmul"
)

// SchemaVersion is the version of Sample and Result as stored.
const SchemaVersion = 1

// Scenario names what is measured. Two runs of equal scenarios on one machine
// measure the same thing.
type Scenario struct {
	Model   string `json:"model"`            // preset id, or the path of a checkpoint
	Phase   string `json:"phase"`            // "decode" or "prefill"
	Ctx     int    `json:"ctx"`              // tokens already in every cache
	Batch   int    `json:"batch"`            // sequences that run together
	Tokens  int    `json:"tokens,omitempty"` // of each sequence in a step of prefill
	Format  string `json:"format"`           // "native" or one format for every matrix
	Route   string `json:"route"`            // how experts are chosen: see moe.ParseRouting
	ISA     string `json:"isa"`              // highest tier kernels may use
	Threads int    `json:"threads"`
	Seed    uint64 `json:"seed"` // of synthetic weights, caches and routes
}

// DefaultSeed is that of samples of before seeds were recorded.
const DefaultSeed = 1

// Rows is the number of tokens of one step.
func (s Scenario) Rows() int { return s.Batch * max(s.Tokens, 1) }

// Part is the time of one kind of layer, or of embedding and head, in one sample.
type Part struct {
	Kind  string  `json:"kind"`                    // such as "gqa+moe", "head"
	Count int     `json:"count"`                   // how many the whole model has
	Ns    float64 `json:"ns"`                      // of one of them, one step
	Share Number  `json:"share_of_wall,omitempty"` // median; of results alone
	Bytes int64   `json:"bytes,omitempty"`         // it reads in a step; 0 = not recorded

	// The least time the machine was found to allow it, see Plan.limit: 0 = not recorded;
	// and what share of Ns that is, the median, of results alone.
	LimitNs      float64 `json:"limit_ns,omitempty"`
	ShareOfLimit Number  `json:"share_of_limit,omitempty"`

	// Of Ns: one worker works while the others have nothing to do, and worker 0 waits
	// for the others at the end of a parallel region. 0 in runs that did not record it.
	SerialNs float64 `json:"serial_ns,omitempty"`
	WaitNs   float64 `json:"wait_ns,omitempty"`
}

// Sample is one repeat: a slice of steps beside a slice of the wall. Samples are
// what is stored; everything else is derived from them.
type Sample struct {
	SchemaVersion int    `json:"schema_version"`
	Run           string `json:"run"` // id shared by the samples of one invocation
	Time          string `json:"time"`
	Scenario
	Counts
	Prefetches  matmul.Settings `json:"prefetches,omitempty"`   // distances the kernels of every format were tuned to
	AttendAhead int             `json:"attend_ahead,omitempty"` // and those of a single query's rows
	Repeat      int             `json:"repeat"`
	Parts       []Part          `json:"parts"`
	StepNs      float64         `json:"step_ns"`                 // sum over parts of Count x Ns: one token of every sequence
	WallGBs     float64         `json:"wall_gb_s"`               // load-only, measured beside this sample; 0 = not available
	FloatGFLOPs float64         `json:"float_gflop_s,omitempty"` // peaks of arithmetic, measured there too: the better of
	F32GFLOPs   float64         `json:"f32_gflop_s,omitempty"`   // f32 and bf16, f32 alone,
	Int8GFLOPs  float64         `json:"int8_gflop_s,omitempty"`  // and int8; 0 = not available
	HopNs       float64         `json:"hop_ns,omitempty"`        // of a cache line from core to core (hw.Pool.Hop); 0 = not available
	StealNs     float64         `json:"steal_ns"`                // CPU time the host took meanwhile; -1 = not available
	ElapsedNs   float64         `json:"elapsed_ns,omitempty"`    // wall-clock time in which StealNs passed; 0 = not recorded
}

// Counts is what the ledger says of a scenario: exact integers.
type Counts struct {
	TotalParams        int64 `json:"total_params"`
	ActiveParams       int64 `json:"active_params"` // without the embedding table
	BytesPerStep       int64 `json:"bytes_per_step"`
	FLOPPerToken       int64 `json:"flop_per_token"`
	CacheBytesPerToken int64 `json:"cache_bytes_per_token"`
	Extrapolated       bool  `json:"extrapolated"` // some layers are not in memory: see Plan
	BeyondMaxPositions bool  `json:"beyond_max_positions,omitempty"`
	SyntheticContext   bool  `json:"synthetic_context,omitempty"` // cache rows were made up, not computed
	ResidentExperts    int   `json:"resident_experts,omitempty"`  // of a layer, if memory held fewer than all
}

// Number is a derived value that may be missing: NaN is "not available", and
// null in JSON, so that a missing value never looks like a measured zero.
type Number float64

// Known says whether there is a value.
func (n Number) Known() bool { return !math.IsNaN(float64(n)) && !math.IsInf(float64(n), 0) }

// MarshalJSON writes null for a missing value.
func (n Number) MarshalJSON() ([]byte, error) {
	if !n.Known() {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// UnmarshalJSON reads null as a missing value.
func (n *Number) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*n = Number(math.NaN())
		return nil
	}
	return json.Unmarshal(data, (*float64)(n))
}

// Interval is a median with its 95 % confidence interval, or with the extremes
// where there are too few samples for one.
type Interval struct {
	Median Number `json:"median"`
	Lo     Number `json:"lo"`
	Hi     Number `json:"hi"`
	N      int    `json:"n"`
}

// Result sums up the samples of one scenario: what `run -json` prints.
type Result struct {
	SchemaVersion int `json:"schema_version"`
	Scenario
	TotalParams      int64          `json:"total_params"`
	ActiveParams     int64          `json:"active_params"`
	BytesPerToken    Number         `json:"bytes_per_token"` // BytesPerStep / rows
	Layers           []Part         `json:"layers"`          // medians
	TokS             Interval       `json:"tok_s"`
	GBs              Number         `json:"gb_s"`
	WallGBs          Number         `json:"wall_gb_s"`
	ShareOfWall      Number         `json:"share_of_wall"`  // median over samples of their own share
	ShareOfLimit     Number         `json:"share_of_limit"` // the same of Sample.LimitNs
	Extrapolated     bool           `json:"extrapolated"`
	SyntheticContext bool           `json:"synthetic_context,omitempty"` // cache rows were made up
	ResidentExperts  int            `json:"resident_experts,omitempty"`
	HopNs            Number         `json:"hop_ns"` // median over the samples that know it
	Verdict          string         `json:"verdict"`
	Env              hw.Environment `json:"env"`

	notes []note // the doubts of Verdict, for tables
}

// MoE says whether the model has layers with routed experts.
func (r Result) MoE() bool {
	for _, p := range r.Layers {
		if strings.HasSuffix(p.Kind, "+moe") {
			return true
		}
	}
	return false
}

// TokS is tokens per second over all sequences.
func (s Sample) TokS() float64 { return ratio(float64(s.Rows())*1e9, s.StepNs) }

// GBs is the rate at which the step read weights and caches. Bytes per
// nanosecond are GB/s, decimal.
func (s Sample) GBs() float64 { return ratio(float64(s.BytesPerStep), s.StepNs) }

// Share is GBs as a share of the wall measured beside it.
func (s Sample) Share() float64 { return ratio(s.GBs(), s.WallGBs) }

// LimitNs is the least time of a step at the rates measured beside it, or NaN.
func (s Sample) LimitNs() float64 {
	var sum float64
	for _, p := range s.Parts {
		sum += float64(p.Count) * measured(p.LimitNs)
	}
	return sum
}

// ShareOfLimit is LimitNs as a share of the time the step took.
func (s Sample) ShareOfLimit() float64 { return ratio(s.LimitNs(), s.StepNs) }

func (s Sample) wall() float64 { return measured(s.WallGBs) }
func (s Sample) hop() float64  { return measured(s.HopNs) }

// ratio is a/b, and NaN where b was not measured.
func ratio(a, b float64) float64 { return a / measured(b) }

// measured is x, and NaN where that is 0: not measured.
func measured(x float64) float64 {
	if !(x > 0) {
		return math.NaN()
	}
	return x
}
