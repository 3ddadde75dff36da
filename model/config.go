package model

import (
	"fmt"

	"moebench/attention"
	"moebench/kernels"
	"moebench/moe"
)

// Config describes a model as data. Layers are spelled out one by one, so that
// forward code holds no layer-number arithmetic; a Config is comparable layer
// by layer, which is how Kinds finds the distinct ones.
type Config struct {
	ID      string // what users type
	Source  string // where the numbers come from
	Vocab   int    // vocab_size
	Hidden  int    // hidden_size
	Eps     float32
	Tied    bool // the head is the embedding table (tie_word_embeddings)
	MaxPos  int  // max_position_embeddings
	Layers  []Layer
	MTP     int     // layers of multi-token prediction, which files may hold behind them (num_nextn_predict_layers, num_mtp_modules)
	Streams Streams // of the residual; the zero value is one that sublayers add to
	Shipped Formats // in which the published weights come
}

// Layer is one transformer layer: x += attention(norm x), x += ffn(norm x).
type Layer struct {
	Attention attention.Config
	FFN       moe.Config
}

// Formats says how each class of matrices is stored.
type Formats struct {
	Embed, Head, Router, Expert, Shared, Dense kernels.Format
	Attention                                  kernels.Format // projections
	Compress                                   kernels.Format // compressors, and the indexer's head weights
}

// UniformFormats stores every matrix in one format.
func UniformFormats(f kernels.Format) Formats { return Formats{f, f, f, f, f, f, f, f} }

// AttentionFormats is the choice for a layer's attention.
func (f Formats) AttentionFormats(cache attention.CacheFormat) attention.Formats {
	return attention.Formats{Proj: f.Attention, Aux: f.Compress, Cache: cache}
}

// FFN is the choice for one layer's feed-forward part.
func (f Formats) FFN(c moe.Config) moe.Formats {
	if c.Experts == 0 {
		return moe.Formats{Router: f.Router, Expert: f.Dense, Shared: f.Shared}
	}
	return moe.Formats{Router: f.Router, Expert: f.Expert, Shared: f.Shared}
}

// Kind is a set of equal layers.
type Kind struct {
	Name   string // such as "gqa+moe" or "gqa-window128+dense"
	Layer  Layer
	Layers []int // indices of the layers of this kind
}

// Kinds groups equal layers, in the order of their first appearance.
func (c *Config) Kinds() []Kind {
	var kinds []Kind
	at := map[Layer]int{}
	for i, l := range c.Layers {
		k, seen := at[l]
		if !seen {
			k = len(kinds)
			at[l] = k
			kinds = append(kinds, Kind{Name: l.name(), Layer: l})
		}
		kinds[k].Layers = append(kinds[k].Layers, i)
	}
	return kinds
}

func (l Layer) name() string {
	switch {
	case l.FFN.Experts == 0:
		return l.Attention.Kind() + "+dense"
	case l.FFN.Router.Hash:
		return l.Attention.Kind() + "+hash"
	}
	return l.Attention.Kind() + "+moe"
}

// Validate reports shapes that cannot work together.
func (c *Config) Validate() error {
	for _, v := range []struct {
		key string
		n   int
	}{{"vocab_size", c.Vocab}, {"hidden_size", c.Hidden}, {"num_hidden_layers", len(c.Layers)}} {
		if v.n < 1 {
			return fmt.Errorf("%s is %d, want at least 1", v.key, v.n)
		}
	}
	if err := c.Streams.Validate(); err != nil {
		return err
	}
	for i, l := range c.Layers {
		if err := l.Attention.Validate(); err != nil {
			return fmt.Errorf("layer %d: %w", i, err)
		}
		if err := l.FFN.Validate(); err != nil {
			return fmt.Errorf("layer %d: %w", i, err)
		}
		if l.Attention.Width() != c.Hidden || l.FFN.Hidden != c.Hidden {
			return fmt.Errorf("layer %d: sublayers are %d and %d wide, the model %d", i, l.Attention.Width(), l.FFN.Hidden, c.Hidden)
		}
	}
	return nil
}
