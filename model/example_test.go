package model_test

import (
	"fmt"

	"moebench/attention"
	"moebench/ledger"
	"moebench/model"
)

// What DeepSeek says of V4, counted: the cache of a sequence of a million tokens, as a part
// of V3.2's, and what one more token multiplies with.
func ExampleConfig_Ledger() {
	total := func(id string) ledger.Line {
		c, err := model.Preset(id)
		if err != nil {
			panic(err)
		}
		return c.Ledger(c.Shipped, attention.CacheNative, ledger.Step{Tokens: 1, Context: 1_000_000}).Total()
	}
	old := total("v3.2")
	for _, id := range []string{"v3.2", "v4-pro", "v4-flash"} {
		l := total(id)
		fmt.Printf("%-8s %4.0f B parameters, %4.1f B active; cache %5.2f GB, %5.1f %%; %4.0f GFLOP a token\n", id,
			float64(l.Params)/1e9, float64(l.Active)/1e9, float64(l.CacheStored)/1e9,
			100*float64(l.CacheStored)/float64(old.CacheStored), 2*float64(l.MACs)/1e9)
	}
	// Output:
	// v3.2      672 B parameters, 37.5 B active; cache 48.07 GB, 100.0 %; 1109 GFLOP a token
	// v4-pro   1573 B parameters, 48.9 B active; cache  5.05 GB,  10.5 %;  294 GFLOP a token
	// v4-flash  284 B parameters, 13.3 B active; cache  3.53 GB,   7.3 %;  135 GFLOP a token
}
