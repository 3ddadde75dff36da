package bench

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"moebench/hw"
)

// A run is stored as samples.jsonl in its folder: one header line, then a line
// per sample, each written as soon as it is measured. All other files are
// derived from it.
const samplesName = "samples.jsonl"

// header is the first line of a run.
type header struct {
	SchemaVersion int            `json:"schema_version"`
	Run           string         `json:"run"`
	Env           hw.Environment `json:"env"`
}

// Store is an open samples file.
type Store struct{ file *os.File }

// Create makes the folder and begins the samples of a run. A folder that holds
// samples already keeps them: it is refused.
func Create(dir, run string, env hw.Environment) (*Store, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, samplesName)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if os.IsExist(err) {
		return nil, fmt.Errorf("%s holds the samples of another run: want a new folder", path)
	}
	if err != nil {
		return nil, err
	}
	s := &Store{f}
	return s, s.write(header{SchemaVersion, run, env})
}

// Write appends a sample.
func (s *Store) Write(x Sample) error { return s.write(x) }

func (s *Store) write(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = s.file.Write(append(line, '\n'))
	return err
}

// Close closes the file.
func (s *Store) Close() error { return s.file.Close() }

// ReadSamples reads a samples file back. The samples before a bad line are
// returned together with the error, which names the line.
func ReadSamples(r io.Reader) (env hw.Environment, samples []Sample, err error) {
	in := bufio.NewReader(r)
	for n := 1; ; n++ {
		line, readErr := in.ReadBytes('\n')
		if len(line) > 0 {
			if n == 1 {
				env, err = readHeader(line)
			} else {
				samples, err = readSample(samples, line)
			}
			if err != nil {
				return env, samples, fmt.Errorf("line %d: %w", n, err)
			}
		}
		if readErr == io.EOF {
			if n == 1 && len(line) == 0 {
				return env, nil, fmt.Errorf("line 1: empty file, want a header")
			}
			return env, samples, nil
		}
		if readErr != nil {
			return env, samples, readErr
		}
	}
}

func readHeader(line []byte) (hw.Environment, error) {
	var h header
	if err := json.Unmarshal(line, &h); err != nil {
		return h.Env, fmt.Errorf("not a header: %w", err)
	}
	return h.Env, checkVersion(h.SchemaVersion)
}

func readSample(samples []Sample, line []byte) ([]Sample, error) {
	var s Sample
	if err := json.Unmarshal(line, &s); err != nil {
		return samples, fmt.Errorf("not a sample: %w", err)
	}
	if err := checkVersion(s.SchemaVersion); err != nil {
		return samples, err
	}
	if s.Model == "" || s.Batch < 1 || s.StepNs <= 0 || len(s.Parts) == 0 {
		return samples, fmt.Errorf("sample without model, batch, step_ns or parts")
	}
	for _, old := range samples {
		if old.Scenario == s.Scenario && len(old.Parts) != len(s.Parts) {
			return samples, fmt.Errorf("sample of %s with %d parts, want %d as before", s.Model, len(s.Parts), len(old.Parts))
		}
	}
	return append(samples, s), nil
}

func checkVersion(v int) error {
	if v != SchemaVersion {
		return fmt.Errorf("schema_version %d: this program reads %d", v, SchemaVersion)
	}
	return nil
}
