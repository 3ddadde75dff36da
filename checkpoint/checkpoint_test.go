package checkpoint

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// file is a safetensors file with the given header and data.
func file(header string, data ...byte) []byte {
	out := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(out, header...), data...)
}

func f32s(x ...float32) []byte {
	var out []byte
	for _, v := range x {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
	}
	return out
}

func TestWriteAndOpen(t *testing.T) {
	dir := t.TempDir()
	tensors := []Tensor{
		{Name: "b", DType: F32, Shape: []int{2, 2}, Data: f32s(1, -2, 0.5, float32(math.Inf(1)))},
		{Name: "a.weight", DType: BF16, Shape: []int{3}, Data: []byte{0x80, 0x3f, 0, 0xc0, 0, 0}},
		{Name: "half", DType: F16, Shape: []int{4}, Data: []byte{0, 0x3c, 1, 0, 0, 0xfc, 0, 0x7e}},
		{Name: "ids", DType: I64, Shape: []int{2}, Data: binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, 7), math.MaxUint64)},
		{Name: "scalar", DType: F64, Shape: []int{}, Data: binary.LittleEndian.AppendUint64(nil, math.Float64bits(2.5))},
		{Name: "empty", DType: U8, Shape: []int{0, 4}},
		{Name: "scale", DType: F8E8M0, Shape: []int{2}, Data: []byte{127, 130}},
	}
	var out bytes.Buffer
	if err := Write(&out, tensors); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, singleName), out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if want := []string{"a.weight", "b", "empty", "half", "ids", "scalar", "scale"}; !slices.Equal(c.Names(), want) {
		t.Errorf("names %v, want %v", c.Names(), want)
	}
	for name, want := range map[string][]float32{
		"b": {1, -2, 0.5, float32(math.Inf(1))}, "a.weight": {1, -2, 0}, "scalar": {2.5}, "scale": {1, 8},
	} {
		x, ok := c.Tensor(name)
		got := make([]float32, x.Elements())
		if err := x.Float32s(got); !ok || err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v %v, want %v", name, got, err, want)
		}
	}
	h, _ := c.Tensor("half")
	got := make([]float32, 4)
	if err := h.Float32s(got); err != nil || got[0] != 1 || got[1] != 0x1p-24 || !math.IsInf(float64(got[2]), -1) || got[3] == got[3] {
		t.Errorf("half: %v %v", got, err)
	}
	ids, _ := c.Tensor("ids")
	n := make([]int32, 2)
	if err := ids.Int32s(n); err != nil || n[0] != 7 || n[1] != -1 {
		t.Errorf("ids: %v %v", n, err)
	}
	if _, ok := c.Tensor("none"); ok {
		t.Error("a tensor that is not there")
	}
}

// TestBadFiles: every way a file can be wrong is an error that says so.
func TestBadFiles(t *testing.T) {
	entry := func(s string) string { return `{"a":{` + s + `}}` }
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"empty":           {nil, "not empty"},
		"short":           {[]byte{1, 0, 0}, "at least 8"},
		"no header":       {make([]byte, 8), "header of 0 bytes"},
		"long header":     {binary.LittleEndian.AppendUint64(nil, 1<<40), "header of 1099511627776"},
		"huge header":     {binary.LittleEndian.AppendUint64(nil, math.MaxUint64), "header of 18446744073709551615"},
		"cut header":      {file(`{"a":1}`)[:12], "header of 7 bytes"},
		"not JSON":        {file(`hello`), "not a JSON object"},
		"array":           {file(`[]`), "not a JSON object"},
		"cut JSON":        {file(`{"a":{"dtype":"F32"`), "header"},
		"trailing":        {file(`{}{}`), "something follows"},
		"duplicate":       {file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1), "twice"},
		"unknown key":     {file(entry(`"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1`), 1), "unknown field"},
		"no dtype":        {file(entry(`"shape":[1],"data_offsets":[0,1]`), 1), "want dtype, shape"},
		"no shape":        {file(entry(`"dtype":"U8","data_offsets":[0,1]`), 1), "want dtype, shape"},
		"no offsets":      {file(entry(`"dtype":"U8","shape":[1]`), 1), "want dtype, shape"},
		"null entry":      {file(`{"a":null}`, 1), "want dtype, shape"},
		"unknown dtype":   {file(entry(`"dtype":"Q4","shape":[1],"data_offsets":[0,1]`), 1), `unknown dtype "Q4"`},
		"fraction":        {file(entry(`"dtype":"U8","shape":[1.5],"data_offsets":[0,1]`), 1), "tensor a"},
		"negative shape":  {file(entry(`"dtype":"U8","shape":[-1],"data_offsets":[0,1]`), 1), "negative dimension"},
		"overflow":        {file(entry(`"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,1]`), 1), "overflows"},
		"many dims":       {file(entry(`"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]`), 1), "9 dimensions"},
		"three offsets":   {file(entry(`"dtype":"U8","shape":[1],"data_offsets":[0,1,2]`), 1), "3 numbers"},
		"backwards":       {file(entry(`"dtype":"U8","shape":[1],"data_offsets":[1,0]`), 1), "0 <= begin <= end"},
		"negative offset": {file(entry(`"dtype":"U8","shape":[1],"data_offsets":[-1,0]`), 1), "0 <= begin <= end"},
		"truncated":       {file(entry(`"dtype":"F32","shape":[4],"data_offsets":[0,16]`), 1, 2, 3), "truncated"},
		"wrong size":      {file(entry(`"dtype":"F32","shape":[3],"data_offsets":[0,8]`), f32s(1, 2)...), "want 12"},
		"overlap":         {file(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`, 1, 2, 3), "inside a"},
		"gap":             {file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}`, 1, 2, 3), "no gap"},
		"rest":            {file(entry(`"dtype":"U8","shape":[1],"data_offsets":[0,1]`), 1, 2), "1 bytes after the last tensor"},
		"bad metadata":    {file(`{"__metadata__":{"a":1}}`), "__metadata__"},
	} {
		path := filepath.Join(t.TempDir(), "x.safetensors")
		if err := os.WriteFile(path, c.file, 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := OpenFile(path)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line with %q and the path", name, err, c.want)
		}
	}
	if _, err := OpenFile(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a file that is not there")
	}
	if _, err := Open(t.TempDir()); err == nil || !strings.Contains(err.Error(), indexName) {
		t.Errorf("empty folder: %v", err)
	}
}

// TestShards: an index with its shards, and every way it can be wrong.
func TestShards(t *testing.T) {
	one := file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1)
	two := file(`{"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 2)
	for name, c := range map[string]struct {
		index string
		files map[string][]byte
		want  string // "" = fine
	}{
		"good":        {`{"metadata":{"total_size":2},"weight_map":{"a":"1","b":"2"}}`, map[string][]byte{"1": one, "2": two}, ""},
		"not JSON":    {`hello`, nil, "not a shard index"},
		"no map":      {`{}`, nil, "weight_map is missing"},
		"empty map":   {`{"weight_map":{}}`, nil, "weight_map is missing"},
		"path":        {`{"weight_map":{"a":"../1"}}`, nil, "want a file name"},
		"dots":        {`{"weight_map":{"a":".."}}`, nil, "want a file name"},
		"missing":     {`{"weight_map":{"a":"1","b":"2"}}`, map[string][]byte{"1": one}, "no such file"},
		"not in it":   {`{"weight_map":{"a":"1","b":"1"}}`, map[string][]byte{"1": one}, "tensor b is missing"},
		"first of 3":  {`{"weight_map":{"d":"1","c":"1","b":"1","a":"1"}}`, map[string][]byte{"1": one}, "tensor b is missing"},
		"not listed":  {`{"weight_map":{"b":"2","c":"1"}}`, map[string][]byte{"1": one, "2": two}, "tensor a is not listed"},
		"wrong shard": {`{"weight_map":{"a":"2","b":"1"}}`, map[string][]byte{"1": one, "2": two}, "not listed for this shard"},
		"bad shard":   {`{"weight_map":{"a":"1"}}`, map[string][]byte{"1": one[:20]}, "header of"},
	} {
		dir := t.TempDir()
		for f, data := range c.files {
			if err := os.WriteFile(filepath.Join(dir, f), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, indexName), []byte(c.index), 0o644); err != nil {
			t.Fatal(err)
		}
		ck, err := Open(dir)
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if diff := cmp.Diff([]string{"a", "b"}, ck.Names()); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
			if err := ck.Close(); err != nil {
				t.Error(err)
			}
		} else if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
}

func TestTensorErrors(t *testing.T) {
	x := Tensor{Name: "x", DType: I8, Shape: []int{2}, Data: []byte{1, 2}}
	big := Tensor{Name: "big", DType: I64, Shape: []int{1}, Data: binary.LittleEndian.AppendUint64(nil, 1<<40)}
	for _, err := range []error{
		x.Float32s(make([]float32, 2)), x.Float32s(make([]float32, 3)), x.Int32s(make([]int32, 2)), x.Int32s(make([]int32, 1)),
		big.Int32s(make([]int32, 1)), x.Expect(3),
		Write(&bytes.Buffer{}, []Tensor{{Name: "x", DType: F32, Shape: []int{2}, Data: []byte{1}}}),
		Write(&bytes.Buffer{}, []Tensor{x, x}), Write(&bytes.Buffer{}, []Tensor{{Name: "q", DType: "Q4", Shape: []int{1}}}),
	} {
		if err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v, want one line", err)
		}
	}
	if err := x.Expect(2); err != nil {
		t.Error(err)
	}
}

// TestMemory: a header that claims much allocates little.
func TestMemory(t *testing.T) {
	var h strings.Builder
	h.WriteString(`{"a":{"dtype":"F32","shape":[1000000,1000000],"data_offsets":[0,4000000000000]}`)
	for i := range 1000 {
		h.WriteString(`,"t` + strings.Repeat("x", i%7) + string(rune('A'+i%26)) + string(rune('0'+i/26%10)) + string(rune('a'+i/260)) + `":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`)
	}
	h.WriteString("}")
	data := file(h.String())
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := parse(data); err == nil {
		t.Error("a tensor far beyond the file passes")
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 40*uint64(len(data)) {
		t.Errorf("%d bytes allocated for a file of %d", n, len(data))
	}
}

func FuzzHeader(f *testing.F) {
	f.Add(file(`{"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"__metadata__":{"format":"pt"}}`, f32s(1, 2)...))
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7})
	f.Add(make([]byte, 8))
	f.Add(file(`{"a":{"dtype":""`))
	f.Add(file(`{"a":{"dtype":"U8","shape":[9223372036854775807,3],"data_offsets":[0,1]}}`, 1))
	f.Add(file(`{"a":{"dtype":"U8","shape":[],"data_offsets":[9223372036854775807,1]}}`, 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		tensors, err := parse(data)
		if err != nil {
			return
		}
		for _, x := range tensors {
			if len(x.Data) != x.Elements()*x.DType.Size() {
				t.Fatalf("%s: %d bytes for %v", x.Name, len(x.Data), x.Shape)
			}
		}
	})
}

func FuzzIndex(f *testing.F) {
	f.Add([]byte(`{"metadata":{"total_size":1},"weight_map":{"a":"model-00001-of-00002.safetensors"}}`))
	f.Add([]byte(`{"weight_map":{"a":"../../etc/passwd"}}`))
	f.Add([]byte(`{"weight_map":{"a":1}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		shards, err := parseIndex(data)
		for name := range shards {
			if err == nil && filepath.Base(name) != name {
				t.Fatalf("shard %q leaves the folder", name)
			}
		}
	})
}
