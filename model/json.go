package model

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
)

// object reads the keys of a JSON object. The first error sticks, so that a
// builder reads as a list of fields; it names the key, what stands there and
// what would be right.
type object struct {
	name   string // "config.json" or "config.json: rope_scaling"
	fields map[string]json.RawMessage
	err    *error
}

func parseObject(name string, data []byte) (object, error) {
	o := object{name: name, err: new(error)}
	if err := json.Unmarshal(data, &o.fields); err != nil {
		return o, fmt.Errorf("%s: not a JSON object: %w", name, err)
	}
	if o.fields == nil {
		return o, fmt.Errorf("%s: null, want a JSON object", name)
	}
	return o, nil
}

func (o object) fail(format string, args ...any) {
	if *o.err == nil {
		*o.err = fmt.Errorf("%s: %s", o.name, fmt.Sprintf(format, args...))
	}
}

// has says whether the key is there and not null.
func (o object) has(key string) bool {
	raw, ok := o.fields[key]
	return ok && string(raw) != "null"
}

// first is the first of the keys that is there: the same number goes by several
// names. If there is none it reports the first as missing.
func (o object) first(keys ...string) string {
	for _, k := range keys {
		if o.has(k) {
			return k
		}
	}
	o.fail("needed key %s is missing", strings.Join(keys, " or "))
	return keys[0]
}

func get[T any](o object, key string, dst *T, want string) bool {
	if !o.has(key) {
		o.fail("needed key %s is missing", key)
		return false
	}
	if err := json.Unmarshal(o.fields[key], dst); err != nil {
		o.fail("%s is %s, want %s", key, abbreviate(o.fields[key]), want)
		return false
	}
	return true
}

func abbreviate(raw json.RawMessage) string {
	if len(raw) > 40 {
		return string(raw[:40]) + "..."
	}
	return string(raw)
}

// maxDim bounds every size of a config: far above any model, and small enough
// that products of three of them fit an int64.
const maxDim = 1 << 20

// int reads a size between 1 and maxDim.
func (o object) int(key string) int {
	var n int
	if get(o, key, &n, "a whole number") && (n < 1 || n > maxDim) {
		o.fail("%s is %d, want 1 to %d", key, n, maxDim)
	}
	return min(max(n, 1), maxDim)
}

func (o object) intOr(key string, def int) int {
	if !o.has(key) {
		return def
	}
	return o.int(key)
}

// count reads a number that may be 0.
func (o object) count(key string, def int) int {
	n := def
	if o.has(key) && get(o, key, &n, "a whole number") && (n < 0 || n > maxDim) {
		o.fail("%s is %d, want 0 to %d", key, n, maxDim)
		return def
	}
	return n
}

func (o object) float(key string) float64 {
	var x float64
	if get(o, key, &x, "a number") && (math.IsInf(x, 0) || x <= 0) {
		o.fail("%s is %g, want a positive number", key, x)
	}
	return x
}

func (o object) floatOr(key string, def float64) float64 {
	if !o.has(key) {
		return def
	}
	return o.float(key)
}

func (o object) boolOr(key string, def bool) bool {
	if o.has(key) {
		get(o, key, &def, "true or false")
	}
	return def
}

func (o object) stringOr(key, def string) string {
	if o.has(key) {
		get(o, key, &def, "a string")
	}
	return def
}

func (o object) strings(key string) []string {
	var list []string
	if o.has(key) {
		get(o, key, &list, "a list of strings")
	}
	return list
}

// object reads a nested object; the zero object if it is absent.
func (o object) object(key string) (object, bool) {
	nested := object{name: o.name + ": " + key, err: o.err}
	if !o.has(key) {
		return nested, false
	}
	return nested, get(o, key, &nested.fields, "an object")
}
