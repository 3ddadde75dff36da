package bench

import (
	"fmt"
	"strings"
	"unicode"
)

// Name is the scenario as a benchmark name of golang.org/design/14313: every
// /key=value is a dimension that benchstat can filter, split and compare by. The
// default seed is not named.
func (s Scenario) Name() string {
	tokens := ""
	if s.Tokens > 0 {
		tokens = fmt.Sprintf("/tokens=%d", s.Tokens)
	}
	seed := ""
	if s.Seed != DefaultSeed {
		seed = fmt.Sprintf("/seed=%d", s.Seed)
	}
	return fmt.Sprintf("%s/model=%s/ctx=%d/batch=%d%s/format=%s/route=%s/isa=%s/threads=%d%s",
		nameWord(s.phaseTitle()), nameWord(s.Model), s.Ctx, s.Batch, tokens, nameWord(s.Format), nameWord(s.Route), nameWord(s.ISA), s.Threads, seed)
}

// phaseTitle is Decode or Prefill.
func (s Scenario) phaseTitle() string {
	if s.Phase == "" {
		return ""
	}
	return strings.ToUpper(s.Phase[:1]) + s.Phase[1:]
}

// nameWord makes text safe inside a benchmark name, where a slash begins the
// next dimension and white space ends the name: checkpoints and traces are paths.
func nameWord(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '/' || unicode.IsSpace(r) || unicode.IsControl(r) || r == unicode.ReplacementChar {
			return '_'
		}
		return r
	}, text)
}

// title says what the rows of a table or the points of a plot have in common, in
// two lines: the work, and what did it.
func (s Scenario) title(cpu string) (work, machine string) {
	phase := s.phaseTitle()
	if s.Tokens > 0 {
		phase = fmt.Sprintf("%s of %d tokens", phase, s.Tokens)
	}
	work = fmt.Sprintf("%s, format %s, context %d, batch %d", phase, s.Format, s.Ctx, s.Batch)
	threads := "threads"
	if s.Threads == 1 {
		threads = "thread"
	}
	seed := ""
	if s.Seed != DefaultSeed {
		seed = fmt.Sprintf(", seed %d", s.Seed)
	}
	return work, fmt.Sprintf("route %s%s, %d %s, %s, %s", s.Route, seed, s.Threads, threads, s.ISA, cpu)
}
