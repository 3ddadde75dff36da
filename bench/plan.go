package bench

import (
	"fmt"
	"math"
	"os"
	"strings"

	"moebench/attention"
	"moebench/kernels"
	"moebench/ledger"
	"moebench/model"
	"moebench/moe"
)

// Plan is how a scenario is measured: which layers are instantiated and how
// their times add up to the model's.
//
// Every distinct kind of layer is there at true size, in enough copies that one
// cycle over all of them reads far more memory than the last-level cache holds, and that
// some GB are held in all: a whole model is read more slowly than a few layers (a Zen 5 in a
// virtual machine read 50 GB/s in 1 GB, 47 in 4, 44 in 8 and 43 in 16).
// Attention weights and caches are each copy's own; expert banks, which are
// large, are shared between layers with experts of the same shape as far as that
// holds for them too; where memory is short, a bank holds fewer. The time
// of a token is the sum over kinds of count x time, plus the head.
type Plan struct {
	Scenario
	Whole   *model.Config
	Sampled *model.Config // Whole with fewer layers
	Formats model.Formats
	Cache   attention.CacheFormat
	Kinds   []PlanKind
	Counts  Counts

	checkpoint  bool // Model is a folder of real weights
	whole       bool // every layer is asked for
	routing     moe.Routing
	numbers     []int // of every sampled layer: its number in the whole model
	sampling    model.Sampling
	weightBytes int64
	cacheBytes  int64
	workBytes   int64 // working memory of a pass
}

// PlanKind is one kind of layer of a plan.
type PlanKind struct {
	Name   string `json:"name"`
	Count  int    `json:"count"`  // in the whole model
	Layers []int  `json:"layers"` // in the sampled one
	Bytes  int64  `json:"bytes"`  // a step reads in one of them
}

// NewPlan works out a plan; it allocates nothing. cycle is the memory one pass
// over the sampled layers should read at least, in bytes; held times as much is in memory.
func NewPlan(s Scenario, cycle int64) (*Plan, error) {
	routing, err := openRouting(s.Route)
	if err != nil {
		return nil, err
	}
	return newPlan(s, routing, cycle)
}

// newPlan is NewPlan with the routing opened: plans may share a long trace.
func newPlan(s Scenario, routing moe.Routing, cycle int64) (*Plan, error) {
	p := &Plan{Scenario: s, Cache: attention.CacheNative, routing: routing}
	if err := p.find(); err != nil {
		return nil, err
	}
	if o := p.sessionOptions(); o.Sequences > maxTokens/o.Capacity {
		return nil, &memoryError{fmt.Sprintf("batch %d of %d tokens each: no memory holds as many", o.Sequences, o.Capacity)}
	}
	p.Formats = p.Whole.Shipped
	if end := p.Ctx + max(headroom, p.Tokens); p.checkpoint && end > p.Whole.MaxPos {
		return nil, fmt.Errorf("context %d and what is measured after it are %d tokens, want at most max_position_embeddings = %d: -ctx at most %d", p.Ctx, end, p.Whole.MaxPos, p.Whole.MaxPos-end+p.Ctx)
	}
	if s.Format != Native {
		f, err := kernels.ParseFormat(s.Format)
		if err != nil {
			return nil, fmt.Errorf("%w, or %s", err, Native)
		}
		p.Formats = model.UniformFormats(f)
	}
	p.whole = cycle == Whole
	p.sample(cycle)
	all := model.WeightBytes(p.Whole, p.Formats, model.Sampling{}) * int64(len(p.Kinds)) // from here on nothing is added
	for read := cycle; read < all && p.weightBytes+p.cacheBytes < held*cycle; {
		read *= 2
		p.sample(read)
	}
	if _, err := p.choosers(); err != nil {
		return nil, err
	}
	p.Counts = p.counts()
	return p, nil
}

// find looks the model up: a preset, or the folder of a checkpoint.
func (p *Plan) find() (err error) {
	if !strings.ContainsRune(p.Model, os.PathSeparator) {
		p.Whole, err = model.Preset(p.Model)
		return err
	}
	files, err := model.Open(p.Model)
	if err != nil {
		return err
	}
	defer files.Close()
	whole := *files.Config
	whole.Shipped = files.Shipped
	p.Whole, p.checkpoint = &whole, true
	return nil
}

// Native is the format name for "as shipped".
const Native = "native"

// sessionOptions leaves room for the tokens measured after Ctx.
func (p *Plan) sessionOptions() model.Options {
	return model.Options{Sequences: p.Batch, Capacity: p.Ctx + max(headroom, p.Tokens), MaxRows: p.Rows(), Cache: p.Cache}
}

// step is the work of one pass, for the ledger. The rows of a prefill see more and
// more tokens: the ledger takes their mean. Logits are those of the last row of each
// sequence.
func (p *Plan) step() ledger.Step {
	return ledger.Step{Tokens: p.Rows(), Context: p.Ctx + (max(p.Tokens, 1)+1)/2, Logits: p.Batch}
}

// maxTokens is more than any memory holds in caches, and few enough that the bytes
// they take can be counted.
const maxTokens = 1 << 40

// headroom is how many tokens are decoded before caches are cut back to Ctx.
const headroom = 64

// Whole, as the cycle of a plan, puts every layer into memory.
const Whole = math.MaxInt64

// held is how many times the memory a pass reads layers take at least, if the model does.
const held = 4

// sample chooses the copies of every kind.
func (p *Plan) sample(cycle int64) {
	sampled := *p.Whole
	sampled.Layers = nil
	p.Kinds, p.numbers, p.sampling.Bank = nil, nil, nil
	kinds := p.Whole.Kinds()
	share := cycle / int64(len(kinds))
	banks := map[moe.Config][]int{} // layers that own experts, by the experts' shape
	for _, k := range kinds {
		bytes := p.bytes(p.Whole.LayerLedger(k.Layer, p.Formats, p.Cache, p.step()).Total())
		copies := int(min(int64(len(k.Layers)), 1+share/max(bytes, 1)))
		shape := moe.Config{Hidden: k.Layer.FFN.Hidden, Inter: k.Layer.FFN.Inter, Experts: k.Layer.FFN.Experts, Bias: k.Layer.FFN.Bias}
		stored := shape.Ledger(p.Formats.FFN(shape), ledger.Step{Tokens: 1, Experts: shape.Experts}).Total().WeightBytes
		wanted := int(min(int64(copies), 1+share/max(stored, 1)))
		kind := PlanKind{Name: k.Name, Count: len(k.Layers), Bytes: bytes}
		for i := range copies {
			layer := len(sampled.Layers)
			bank := layer
			if !p.whole {
				if len(banks[shape]) < wanted {
					banks[shape] = append(banks[shape], layer)
				}
				bank = banks[shape][i%len(banks[shape])]
			}
			kind.Layers = append(kind.Layers, layer)
			p.numbers = append(p.numbers, k.Layers[i])
			p.sampling.Bank = append(p.sampling.Bank, bank)
			sampled.Layers = append(sampled.Layers, k.Layer)
		}
		p.Kinds = append(p.Kinds, kind)
	}
	p.Sampled = &sampled
	p.measureMemory()
}

// bytes is what a step reads: rows of one sequence read its cache together.
func (p *Plan) bytes(total ledger.Line) int64 {
	return total.WeightBytes + total.CacheRead/int64(max(p.Tokens, 1))
}

// Extrapolated says whether any layer of the model is not there in memory.
func (p *Plan) Extrapolated() bool {
	return len(p.Sampled.Layers) < len(p.Whole.Layers) || p.sampling.Borrowers() > 0 || p.sampling.Resident > 0
}

// counts asks the ledger about the whole model.
func (p *Plan) counts() Counts {
	at := func(s ledger.Step) ledger.Line { return p.Whole.Ledger(p.Formats, p.Cache, s).Total() }
	total := at(p.step())
	return Counts{
		TotalParams: total.Params, ActiveParams: total.Active,
		BytesPerStep: p.bytes(total), FLOPPerToken: total.FLOP() / int64(p.Rows()),
		CacheBytesPerToken: p.cachePerToken(at),
		Extrapolated:       p.Extrapolated(),
		BeyondMaxPositions: p.Ctx > p.Whole.MaxPos,
		SyntheticContext:   p.Ctx > 0,
		ResidentExperts:    p.sampling.Resident,
	}
}

// cachePerToken is what a cache grows by per token, over enough tokens that
// compressed rows come out whole.
func (p *Plan) cachePerToken(at func(ledger.Step) ledger.Line) int64 {
	const period = 1 << 10
	now := at(ledger.Step{Tokens: 1, Context: p.Ctx + 1}).CacheStored
	return (at(ledger.Step{Tokens: 1, Context: p.Ctx + 1 + period}).CacheStored - now) / period
}

// modelBytes is what a step of the whole model reads.
func (p *Plan) modelBytes(s ledger.Step) float64 {
	return float64(p.bytes(p.Whole.Ledger(p.Formats, p.Cache, s).Total()))
}

// lines are what a step counts in one layer of kind number i or, after the last kind, in
// the head; partBytes is what it reads there.
func (p *Plan) lines(i int, s ledger.Step) ledger.Ledger {
	if i == len(p.Kinds) {
		return p.Whole.HeadLedger(p.Formats, s)
	}
	return p.Whole.LayerLedger(p.Sampled.Layers[p.Kinds[i].Layers[0]], p.Formats, p.Cache, s)
}

func (p *Plan) partBytes(i int, s ledger.Step) float64 {
	return float64(p.bytes(p.lines(i, s).Total()))
}

// sharing is what f says of a step whose rows share experts: hit is the mean number of
// distinct experts hit in the layers that have any, or 0 where every choice hits another.
func (p *Plan) sharing(hit float64, f func(ledger.Step) float64) float64 {
	lo := int(hit)
	at := func(experts int) float64 {
		step := p.step()
		step.Experts = experts
		return f(step)
	}
	low := at(lo)
	return low + (hit-float64(lo))*(at(lo+1)-low)
}
