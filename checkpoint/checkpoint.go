package checkpoint

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Checkpoint is a set of named tensors in one file or several shards.
type Checkpoint struct {
	tensors map[string]Tensor
	files   []*mapping
}

const (
	singleName = "model.safetensors"
	indexName  = "model.safetensors.index.json"
)

// Open reads the checkpoint in a folder: model.safetensors, or the shards that
// model.safetensors.index.json lists.
func Open(dir string) (*Checkpoint, error) {
	single := filepath.Join(dir, singleName)
	if _, err := os.Stat(single); err == nil {
		return OpenFile(single)
	}
	index, err := os.ReadFile(filepath.Join(dir, indexName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: neither %s nor %s is there", dir, singleName, indexName)
	}
	if err != nil {
		return nil, err
	}
	shards, err := parseIndex(index)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, indexName), err)
	}
	return openShards(dir, shards)
}

// OpenFile reads one safetensors file.
func OpenFile(path string) (*Checkpoint, error) {
	c := &Checkpoint{tensors: map[string]Tensor{}}
	if err := c.add(path, nil); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// openShards reads shards; each must hold exactly the tensors the index gives it.
func openShards(dir string, shards map[string][]string) (*Checkpoint, error) {
	c := &Checkpoint{tensors: map[string]Tensor{}}
	for _, name := range slices.Sorted(maps.Keys(shards)) {
		if err := c.add(filepath.Join(dir, name), shards[name]); err != nil {
			c.Close()
			return nil, err
		}
	}
	return c, nil
}

// add maps a file and takes in its tensors; wanted, sorted, is what an index says
// is there, nil for anything.
func (c *Checkpoint) add(path string, wanted []string) error {
	m, err := mapFile(path)
	if err != nil {
		return err
	}
	c.files = append(c.files, m)
	tensors, err := parse(m.data)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for _, t := range tensors {
		if _, listed := slices.BinarySearch(wanted, t.Name); wanted != nil && !listed {
			return fmt.Errorf("%s: tensor %s is not listed for this shard in %s", path, t.Name, indexName)
		}
		if old, twice := c.tensors[t.Name]; twice {
			return fmt.Errorf("%s: tensor %s is in %s too", path, t.Name, old.File)
		}
		t.File = path
		c.tensors[t.Name] = t
	}
	for _, name := range wanted {
		if _, ok := c.tensors[name]; !ok {
			return fmt.Errorf("%s: tensor %s is missing, %s lists it here", path, name, indexName)
		}
	}
	return nil
}

// parseIndex returns the tensors of every shard, sorted.
func parseIndex(data []byte) (map[string][]string, error) {
	var index struct {
		WeightMap map[string]string `json:"weight_map"`
	}
	if err := json.Unmarshal(data, &index); err != nil {
		return nil, fmt.Errorf("not a shard index: %w", err)
	}
	if len(index.WeightMap) == 0 {
		return nil, errors.New("weight_map is missing or empty")
	}
	shards := map[string][]string{}
	for _, tensor := range slices.Sorted(maps.Keys(index.WeightMap)) {
		shard := index.WeightMap[tensor]
		if shard == "" || shard == "." || shard == ".." || strings.ContainsAny(shard, `/\`) {
			return nil, fmt.Errorf("tensor %s is in shard %q: want a file name", tensor, shard)
		}
		shards[shard] = append(shards[shard], tensor)
	}
	return shards, nil
}

// Tensor finds a tensor by name.
func (c *Checkpoint) Tensor(name string) (Tensor, bool) {
	t, ok := c.tensors[name]
	return t, ok
}

// Names lists all tensors, sorted.
func (c *Checkpoint) Names() []string { return slices.Sorted(maps.Keys(c.tensors)) }

// Bytes is the size of all tensors.
func (c *Checkpoint) Bytes() int64 {
	var n int64
	for _, t := range c.tensors {
		n += int64(len(t.Data))
	}
	return n
}

// Close unmaps the files; tensors must not be used afterwards.
func (c *Checkpoint) Close() error {
	var errs []error
	for _, f := range c.files {
		errs = append(errs, f.close())
	}
	c.files = nil
	return errors.Join(errs...)
}
