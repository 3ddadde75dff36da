package model

import (
	"testing"

	"moebench/attention"
	"moebench/ledger"
)

// TestPresetTotals checks totals and active parameters (embedding left out) as
// integers, computed independently from the published configs; rounded, they
// are the numbers the vendors publish.
func TestPresetTotals(t *testing.T) {
	want := map[string]struct{ total, active int64 }{
		"olmoe-1b-7b":     {6_919_161_856, 1_178_994_688},               // 6.9B / 1.3B with embedding
		"qwen3-30b-a3b":   {30_532_122_624, 3_041_867_776},              // 30.5B / 3.3B with embedding
		"gpt-oss-20b":     {20_914_757_184, 3_608_307_264},              // 20.9B / 3.6B
		"gpt-oss-120b":    {116_829_156_672, 5_132_849_472},             // 116.8B / 5.1B
		"minimax-m2":      {228_689_764_864, 10_415_956_480},            // 230B / 10B
		"mixtral-8x7b":    {46_702_792_704, 12_748_853_248},             // 46.7B / 12.9B with embedding
		"glm-4.5-air":     {106_852_251_264, 12_803_372_672},            // 106B / 12B
		"qwen3-235b-a22b": {235_093_634_560, 21_568_433_664},            // 235B / 22B
		"llama-3.1-8b":    {8_030_261_248, 8_030_261_248 - 128256*4096}, // 8.03B
		"v2-lite":         {15_706_484_224, 2_451_435_008},              // 15.7B / 2.4B
		"v4-flash":        {284_332_240_471, 13_270_101_591},            // 284B / 13B
		"kimi-k2":         {1_026_408_232_448, 31_687_095_808},          // 1T / 32B
		"v3":              {671_026_419_200, 36_625_618_432},            // 671B / 37B
		"v3.2":            {671_877_944_064, 37_477_143_296},            // 671B / 37B
		"v4-pro":          {1_572_997_201_763, 48_852_402_019},          // 1.6T / 49B
		"qwen3-8b":        {8_190_735_360, 8_190_735_360 - 151936*4096}, // 8.19B
	}
	if len(want) != len(Presets()) {
		t.Errorf("%d presets, totals of %d", len(Presets()), len(want))
	}
	for _, c := range Presets() {
		got := c.Ledger(c.Shipped, attention.CacheBF16, ledger.Step{Tokens: 1, Context: 1}).Total()
		if w := want[c.ID]; got.Params != w.total || got.Active != w.active {
			t.Errorf("%s: total %d, active %d, want %d and %d", c.ID, got.Params, got.Active, w.total, w.active)
		}
		if err := c.Validate(); err != nil {
			t.Errorf("%s: %v", c.ID, err)
		}
	}
}
