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
		for i, id := range compared {
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
