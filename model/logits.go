package model

import (
	"fmt"

	"moebench/attention"
	"moebench/hw"
)

// LogitsOptions says how a sequence is run.
type LogitsOptions struct {
	Chunk int // tokens of one forward pass: 0 = all of them at once, 1 = token by token
	Cache attention.CacheFormat
	// Visit, if not nil, sees the session after every layer, and the first position
	// of the pass. An error ends the run.
	Visit func(s *Session, layer, first int) error
}

// Logits runs one sequence of tokens and returns the logits [T][Vocab] of every
// position.
func Logits(m *Model, pool *hw.Pool, tokens []int32, o LogitsOptions) ([]float32, error) {
	chunk := o.Chunk
	if err := checkTokens(tokens, m.Config.Vocab); err != nil {
		return nil, err
	}
	if len(tokens) > m.Config.MaxPos {
		return nil, fmt.Errorf("%d tokens, want at most max_position_embeddings = %d", len(tokens), m.Config.MaxPos)
	}
	if chunk < 0 {
		return nil, fmt.Errorf("chunk is %d, want 0 (all at once) or more", chunk)
	}
	if chunk == 0 || chunk > len(tokens) {
		chunk = len(tokens)
	}
	need := 4*int64(len(tokens)+chunk)*int64(m.Config.Vocab) + ScratchBytes(m.Config, chunk)
	if have := hw.Memory(); have.Total > 0 && need > have.Available {
		return nil, fmt.Errorf("%d tokens in chunks of %d: %w", len(tokens), chunk, &hw.MemoryError{Need: need, Available: have.Available})
	}
	s, err := NewSession(m, pool, Options{Capacity: len(tokens), MaxRows: chunk, Cache: o.Cache})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	logits := make([]float32, 0, len(tokens)*m.Config.Vocab)
	rows := make([]Row, 0, chunk)
	for first := 0; first < len(tokens); first += chunk {
		rows = rows[:0]
		for _, t := range tokens[first:min(first+chunk, len(tokens))] {
			rows = append(rows, Row{Token: t})
		}
		s.Embed(rows)
		for i := range m.Layers {
			s.Layer(i)
			if o.Visit == nil {
				continue
			}
			if err := o.Visit(s, i, first); err != nil {
				return nil, err
			}
		}
		logits = append(logits, s.Head(len(rows))...)
	}
	return logits, nil
}

// checkTokens reports an empty list, or a token id the vocabulary does not have.
func checkTokens(tokens []int32, vocab int) error {
	if len(tokens) == 0 {
		return fmt.Errorf("no tokens, want at least one")
	}
	for i, t := range tokens {
		if t < 0 || int(t) >= vocab {
			return fmt.Errorf("token %d is %d, want 0 to %d", i, t, vocab-1)
		}
	}
	return nil
}
