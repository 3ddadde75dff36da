package bench

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
)

// check reports a sample that cannot be summed up, naming the JSON field. Both
// writing and reading apply it, so that a file never holds what it would refuse.
func (s Sample) check() error {
	if s.SchemaVersion != SchemaVersion {
		return fmt.Errorf("schema_version is %d, this program writes %d", s.SchemaVersion, SchemaVersion)
	}
	for _, f := range []struct {
		key  string
		text string
	}{{"run", s.Run}, {"model", s.Model}, {"phase", s.Phase}, {"format", s.Format}, {"route", s.Route}, {"isa", s.ISA}} {
		if f.text == "" {
			return fmt.Errorf("%s is empty", f.key)
		}
	}
	for _, f := range []struct {
		key   string
		value int64
		least int64
	}{
		{"ctx", int64(s.Ctx), 0}, {"batch", int64(s.Batch), 1}, {"threads", int64(s.Threads), 1}, {"repeat", int64(s.Repeat), 0},
		{"total_params", s.TotalParams, 1}, {"active_params", s.ActiveParams, 1}, {"bytes_per_step", s.BytesPerStep, 1},
		{"flop_per_token", s.FLOPPerToken, 0}, {"cache_bytes_per_token", s.CacheBytesPerToken, 0},
	} {
		if f.value < f.least {
			return fmt.Errorf("%s is %d, want at least %d", f.key, f.value, f.least)
		}
	}
	if !(s.StepNs > 0) || math.IsInf(s.StepNs, 0) {
		return fmt.Errorf("step_ns is %v, want a positive number", s.StepNs)
	}
	for _, f := range []struct {
		key   string
		value float64
	}{{"wall_gb_s", s.WallGBs}, {"float_gflop_s", s.FloatGFLOPs}, {"f32_gflop_s", s.F32GFLOPs}, {"int8_gflop_s", s.Int8GFLOPs}, {"hop_ns", s.HopNs}, {"elapsed_ns", s.ElapsedNs}, {"steal_ns", max(s.StealNs, 0)}} {
		if !(f.value >= 0) || math.IsInf(f.value, 0) {
			return fmt.Errorf("%s is %v, want a number from 0", f.key, f.value)
		}
	}
	return checkParts(s.Parts)
}

func checkParts(parts []Part) error {
	if len(parts) == 0 {
		return fmt.Errorf("parts is empty")
	}
	for i, p := range parts {
		if p.Kind == "" || p.Count < 1 || !(p.Ns > 0) || math.IsInf(p.Ns, 0) {
			return fmt.Errorf("parts[%d] is kind %q, count %d, ns %v: want a kind, a count from 1, a positive time", i, p.Kind, p.Count, p.Ns)
		}
		if !(p.LimitNs >= 0) || math.IsInf(p.LimitNs, 0) {
			return fmt.Errorf("parts[%d].limit_ns is %v, want a number from 0", i, p.LimitNs)
		}
		if !(p.SerialNs >= 0 && p.WaitNs >= 0 && p.SerialNs+p.WaitNs <= 1.001*p.Ns) {
			return fmt.Errorf("parts[%d] is serial for %v ns and waits for %v of %v: want parts of the whole", i, p.SerialNs, p.WaitNs, p.Ns)
		}
	}
	return nil
}

// required are the fields every stored sample has. Absence must be told from
// zero: a context of zero is a scenario, a missing one is a damaged line.
var required = []string{
	"run", "time", "model", "phase", "ctx", "batch", "format", "route", "isa", "threads",
	"total_params", "active_params", "bytes_per_step", "flop_per_token", "cache_bytes_per_token", "extrapolated",
	"repeat", "parts", "step_ns", "wall_gb_s", "steal_ns",
}

// checkFields reports required fields that are absent or null, all at once.
func checkFields(fields map[string]json.RawMessage) error {
	missing := slices.DeleteFunc(slices.Clone(required), func(key string) bool {
		value, ok := fields[key]
		return ok && string(value) != "null"
	})
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("missing %s", strings.Join(missing, ", "))
}
