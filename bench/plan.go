package bench

import (
	"fmt"

	"moebench/attention"
	"moebench/hw"
	"moebench/kernels"
	"moebench/ledger"
	"moebench/model"
)

// Plan is how a scenario is measured: which layers are instantiated and how
// their times add up to the model's.
//
// Every distinct kind of layer is there at true size, in enough copies that one
// cycle over all of them reads far more memory than the last-level cache holds.
// Attention weights and caches are each copy's own; expert banks, which are
// large, are shared between copies as far as that holds for them too. The time
// of a token is the sum over kinds of count x time, plus the head.
type Plan struct {
	Scenario
	Whole   *model.Config
	Sampled *model.Config // Whole with fewer layers
	Formats model.Formats
	Cache   attention.CacheFormat
	Kinds   []PlanKind
	Costs   Costs

	banks       []int // of every sampled layer: the layer whose feed-forward weights it uses
	weightBytes int64
	cacheBytes  int64
}

// PlanKind is one kind of layer of a plan.
type PlanKind struct {
	Name   string
	Count  int   // in the whole model
	Layers []int // in the sampled one
}

// NewPlan works out a plan; it allocates nothing. cycle is the memory one pass
// over the sampled layers should read at least, in bytes.
func NewPlan(s Scenario, cycle int64) (*Plan, error) {
	whole, err := model.Preset(s.Model)
	if err != nil {
		return nil, err
	}
	p := &Plan{Scenario: s, Whole: whole, Formats: whole.Shipped, Cache: attention.CacheNative}
	if s.Format != Native {
		f, err := kernels.ParseFormat(s.Format)
		if err != nil {
			return nil, fmt.Errorf("%w, or %s", err, Native)
		}
		p.Formats = model.UniformFormats(f)
	}
	p.sample(cycle)
	p.Costs = p.costs()
	p.weightBytes = model.WeightBytes(p.Sampled, p.Formats, p.bank)
	p.cacheBytes = model.CacheBytes(p.Sampled, p.sessionOptions())
	return p, nil
}

// Native is the format name for "as shipped".
const Native = "native"

func (p *Plan) bank(i int) int { return p.banks[i] }

// sessionOptions leaves room for the tokens measured after Ctx.
func (p *Plan) sessionOptions() model.Options {
	return model.Options{Sequences: p.Batch, Capacity: p.Ctx + headroom, MaxRows: p.Batch, Cache: p.Cache}
}

// headroom is how many tokens are decoded before caches are cut back to Ctx.
const headroom = 64

// sample chooses the copies of every kind.
func (p *Plan) sample(cycle int64) {
	sampled := *p.Whole
	sampled.Layers = nil
	step := ledger.Step{Tokens: p.Batch, Context: p.Ctx + 1}
	kinds := p.Whole.Kinds()
	for _, k := range kinds {
		total := p.Whole.LayerLedger(k.Layer, p.Formats, p.Cache, step).Total()
		share := cycle / int64(len(kinds))
		copies := int(min(int64(len(k.Layers)), 1+share/max(total.Bytes(), 1)))
		stored := k.Layer.FFN.Ledger(p.Formats.FFN(k.Layer.FFN), ledger.Step{Tokens: 1, Experts: k.Layer.FFN.Experts}).Total().WeightBytes
		banks := int(min(int64(copies), 1+share/max(stored, 1)))
		kind := PlanKind{Name: k.Name, Count: len(k.Layers)}
		first := len(sampled.Layers)
		for i := range copies {
			kind.Layers = append(kind.Layers, first+i)
			p.banks = append(p.banks, first+i%banks)
			sampled.Layers = append(sampled.Layers, k.Layer)
		}
		p.Kinds = append(p.Kinds, kind)
	}
	p.Sampled = &sampled
}

// Extrapolated says whether any layer of the model is not there in memory.
func (p *Plan) Extrapolated() bool {
	if len(p.Sampled.Layers) < len(p.Whole.Layers) {
		return true
	}
	for i, b := range p.banks {
		if i != b {
			return true
		}
	}
	return false
}

// costs asks the ledger about the whole model.
func (p *Plan) costs() Costs {
	at := func(context int) ledger.Line {
		return p.Whole.Ledger(p.Formats, p.Cache, ledger.Step{Tokens: p.Batch, Context: context}).Total()
	}
	now, next := at(p.Ctx+1), at(p.Ctx+2)
	return Costs{
		TotalParams: now.Params, ActiveParams: now.Active,
		BytesPerStep: now.Bytes(), FLOPPerToken: now.FLOP() / int64(p.Batch),
		CacheBytesPerToken: next.CacheStored - now.CacheStored,
		Extrapolated:       p.Extrapolated(),
		BeyondMaxPositions: p.Ctx > p.Whole.MaxPos,
	}
}

// bytesPerStep is Costs.BytesPerStep when the tokens of a batch share experts:
// hit is the mean number of distinct experts hit in the layers that have any.
func (p *Plan) bytesPerStep(hit float64) int64 {
	lo := int(hit)
	at := func(experts int) float64 {
		step := ledger.Step{Tokens: p.Batch, Context: p.Ctx + 1, Experts: experts}
		return float64(p.Whole.Ledger(p.Formats, p.Cache, step).Total().Bytes())
	}
	low := at(lo)
	return int64(low + (hit-float64(lo))*(at(lo+1)-low) + 0.5)
}

// Bytes is the memory the plan needs.
func (p *Plan) Bytes() int64 { return p.weightBytes + p.cacheBytes }

// Check reports a plan that does not fit into memory, and what would help.
func (p *Plan) Check(memory hw.MemoryInfo) error {
	const reserve = 512 << 20                                       // for the program itself and the page tables
	if memory.Total == 0 || p.Bytes()+reserve <= memory.Available { // 0: unknown
		return nil
	}
	return fmt.Errorf("%s with format %s, context %d, batch %d needs %.1f GB (weights %.1f, caches %.1f), available %.1f GB: "+
		"a smaller -ctx or -batch, or -format mxfp4, needs less",
		p.Model, p.Format, p.Ctx, p.Batch, gb(p.Bytes()+reserve), gb(p.weightBytes), gb(p.cacheBytes), gb(memory.Available))
}

func gb(n int64) float64 { return float64(n) / 1e9 }

// MinCycle is the memory one pass over the sampled layers should read: four
// times the last-level cache, and never less than 1 GiB, because a virtual
// machine may not say how much of the host's cache it can use.
func MinCycle() int64 { return max(1<<30, 4*int64(hw.Caches().L3)) }
