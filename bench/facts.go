package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"moebench/hw"
)

// fact is one line of the environment record.
type fact struct{ key, value string }

// facts flattens the environment record, in its own order: nested objects join
// their keys with hyphens, lists join their values with spaces. Going through
// JSON keeps what hw chooses to record out of this package.
func facts(env hw.Environment) ([]fact, error) {
	data, err := json.Marshal(env)
	if err != nil {
		return nil, fmt.Errorf("environment: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var out []fact
	if err := flatten(d, "", &out); err != nil {
		return nil, fmt.Errorf("environment: %w", err)
	}
	return out, nil
}

// flatten appends the facts of the next JSON value.
func flatten(d *json.Decoder, key string, out *[]fact) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	switch token {
	case json.Delim('{'):
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return err
			}
			if err := flatten(d, strings.TrimPrefix(key+"-"+factKey(fmt.Sprint(name)), "-"), out); err != nil {
				return err
			}
		}
	case json.Delim('['):
		var items []fact
		for d.More() {
			if err := flatten(d, key, &items); err != nil {
				return err
			}
		}
		values := make([]string, len(items))
		for i, item := range items {
			values[i] = item.value
		}
		*out = append(*out, fact{key, factValue(strings.Join(values, " "))})
	default:
		if token == nil {
			token = hw.NotAvailable
		}
		*out = append(*out, fact{key, factValue(fmt.Sprint(token))})
		return nil
	}
	_, err = d.Token() // the closing bracket
	return err
}

// factKey makes a configuration key of the benchmark format: it begins with a
// lower-case letter and holds neither upper case, white space nor a colon.
func factKey(name string) string {
	key := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return '-'
	}, name)
	if key == "" || !unicode.IsLower(rune(key[0])) {
		return "x" + key
	}
	return key
}

// factValue keeps a value on one line; an empty one would delete its key.
func factValue(value string) string {
	if value = strings.Join(strings.Fields(value), " "); value == "" {
		return hw.NotAvailable
	}
	return value
}

// cpuName is the processor, for titles.
func cpuName(env hw.Environment) string {
	if name := factValue(env.CPU); name != hw.NotAvailable {
		return name
	}
	return "CPU " + hw.NotAvailable
}
