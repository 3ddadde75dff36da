package bench

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"moebench/hw"
	"moebench/kernels"
	"moebench/model"
	"moebench/moe"
)

// Sweep is the product of lists: every combination is one scenario.
type Sweep struct {
	Models, Formats, Routes []string
	Ctx, Batch, Threads     []int
	Tokens                  int    // of a step of prefill; 0 = decode
	ISA                     string // "" = the best one, or what MOEBENCH_ISA says
	Seed                    uint64
}

// All as a model name stands for every preset.
const All = "all"

// Plans works out every scenario of the sweep and checks that each fits into
// memory, so that mistakes show before anything long begins. Formats vary
// slowest: the rows of one table are measured together.
func (s Sweep) Plans(memory hw.MemoryInfo, cycle int64) ([]*Plan, error) {
	isa, err := s.isa()
	if err != nil {
		return nil, err
	}
	var models []string
	for _, name := range s.Models {
		if name != All {
			models = append(models, name)
			continue
		}
		for _, c := range model.Presets() {
			models = append(models, c.ID)
		}
	}
	for _, n := range s.Threads {
		if cpus := len(hw.CPUs()); n < 1 || n > cpus {
			return nil, fmt.Errorf("threads is %d, want 1 to %d (the CPUs this process may use)", n, cpus)
		}
	}
	routings := map[string]moe.Routing{}
	for _, name := range s.Routes {
		if routings[name], err = openRouting(name); err != nil {
			return nil, err
		}
	}
	var plans []*Plan
	for _, base := range s.combinations(models) {
		base.ISA = isa.String()
		p, err := newPlan(base, routings[base.Route], cycle)
		if err != nil {
			return nil, err
		}
		p.Fit(memory)
		if err := p.Check(memory); err != nil {
			return nil, err
		}
		plans = append(plans, p)
	}
	return plans, nil
}

func (s Sweep) combinations(models []string) []Scenario {
	var out []Scenario
	for _, format := range s.Formats {
		for _, threads := range s.Threads {
			for _, route := range s.Routes {
				for _, batch := range s.Batch {
					for _, ctx := range s.Ctx {
						for _, m := range models {
							one := Scenario{Model: m, Phase: s.phase(), Tokens: s.Tokens, Ctx: ctx, Batch: batch, Format: format, Route: route, Threads: threads, Seed: s.Seed}
							if !slices.Contains(out, one) {
								out = append(out, one)
							}
						}
					}
				}
			}
		}
	}
	return out
}

func (s Sweep) phase() string {
	if s.Tokens > 0 {
		return "prefill"
	}
	return "decode"
}

func (s Sweep) isa() (hw.ISA, error) {
	if s.ISA == "" {
		return kernels.EnvironmentISA()
	}
	isa, err := hw.ParseISA(s.ISA)
	if err != nil {
		return isa, err
	}
	return isa, kernels.CheckISA(isa)
}

// ParseSize reads a count: digits with an optional binary suffix k, M or G, so
// that 4k is 4096 and 1M is 1048576.
func ParseSize(text string) (int, error) {
	digits, unit := text, 1
	for i, suffix := range []string{"k", "m", "g"} {
		if rest, ok := strings.CutSuffix(strings.ToLower(text), suffix); ok {
			digits, unit = rest, 1<<(10*(i+1))
		}
	}
	n, err := strconv.Atoi(digits)
	if errors.Is(err, strconv.ErrRange) || err == nil && n > math.MaxInt32/unit {
		return 0, fmt.Errorf("%s is too large: want at most %d", text, math.MaxInt32)
	}
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%q is not a size: want digits with an optional k, M or G (4k = 4096)", text)
	}
	return n * unit, nil
}

// ParseSizeFrom reads one size, at least least.
func ParseSizeFrom(text string, least int) (int, error) {
	n, err := ParseSize(strings.TrimSpace(text))
	if err == nil && n < least {
		err = fmt.Errorf("%d is too small: want at least %d", n, least)
	}
	return n, err
}

// ParseSizes reads a comma-separated list of sizes, each at least least.
func ParseSizes(text string, least int) ([]int, error) {
	var out []int
	for _, item := range strings.Split(text, ",") {
		n, err := ParseSizeFrom(item, least)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}
