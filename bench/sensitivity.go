package bench

import "moebench/ledger"

// Sensitivity is how the two compute ratios move when one ingredient of a
// convention changes.
type Sensitivity struct {
	Change string  `json:"change"`
	Pro    float64 `json:"v4-pro"`
	Flash  float64 `json:"v4-flash"`
}

// Sensitivities changes the ingredients of a convention one at a time.
func Sensitivities(c ledger.Convention) ([]Sensitivity, error) {
	longer := c
	longer.Context = 1 << 20
	variants := []struct {
		change string
		ledger.Convention
	}{
		{"as it is", c}, {"context 2^20", longer},
		{"FP4 indexer at the cost of FP8", c.With("cache mxfp4", 1)},
		{"attention at the cost of FP8", c.With("cache fp8+bf16", 1)},
		{"BF16 weights at the cost of FP8", c.With("matrix bf16", 1)},
		{"hyper-connections counted", c.With("matrix f32", 1)},
	}
	var out []Sensitivity
	for _, v := range variants {
		var flop [3]float64
		for i, id := range []string{"v3.2", "v4-pro", "v4-flash"} {
			a, err := NewAccount(id, 0, v.Convention)
			if err != nil {
				return nil, err
			}
			flop[i] = a.FLOP
		}
		out = append(out, Sensitivity{v.change, flop[1] / flop[0], flop[2] / flop[0]})
	}
	return out, nil
}

// Growth is what a decoded token takes at one context, as parts of V3.2's.
type Growth struct {
	Context      int     `json:"context"`
	ProCompute   float64 `json:"v4-pro_compute"`
	FlashCompute float64 `json:"v4-flash_compute"`
	ProCache     float64 `json:"v4-pro_cache"`
	FlashCache   float64 `json:"v4-flash_cache"`
	ProTouched   float64 `json:"v4-pro_bytes_touched"`
	FlashTouched float64 `json:"v4-flash_bytes_touched"`
}

// Growths counts every quotient from 4k tokens of context to 1M.
func Growths(c ledger.Convention) ([]Growth, error) {
	var out []Growth
	for context := 4 << 10; context <= 1<<20; context *= 4 {
		var a [3]*Account
		for i, id := range []string{"v3.2", "v4-pro", "v4-flash"} {
			var err error
			if a[i], err = NewAccount(id, context, c); err != nil {
				return nil, err
			}
		}
		of := func(f func(*Account) float64, i int) float64 { return f(a[i]) / f(a[0]) }
		flop := func(a *Account) float64 { return a.FLOP }
		cache := func(a *Account) float64 { return float64(a.Cache) }
		touched := func(a *Account) float64 { return float64(a.Touched) }
		out = append(out, Growth{context, of(flop, 1), of(flop, 2), of(cache, 1), of(cache, 2), of(touched, 1), of(touched, 2)})
	}
	return out, nil
}
