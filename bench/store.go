package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"moebench/hw"
)

// A run is stored as two files in one folder:
//
//	<run>.jsonl     one Sample per line, appended as it is made
//	<run>.env.json  the machine, as one object
//
// The machine has a file of its own so that every line of the other one is a
// sample: files of several runs can be joined with cat, and a line can be lost
// without losing what the rest means.
const (
	sampleSuffix = ".jsonl"
	envSuffix    = ".env.json"
)

// Store appends the samples of one run to its file.
type Store struct{ file *os.File }

// create makes the folder if needed, writes the environment record and opens the
// sample file. It never touches the files of an earlier run.
func create(dir, run string, env hw.Environment) (*Store, error) {
	if run == "" || run != filepath.Base(run) || run == "." || run == ".." {
		return nil, fmt.Errorf("run id %q: want a plain file name", run)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	record, err := json.MarshalIndent(env, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("environment of run %s: %w", run, err)
	}
	base := filepath.Join(dir, run)
	f, err := os.OpenFile(base+sampleSuffix, os.O_WRONLY|os.O_APPEND|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(base+envSuffix, append(record, '\n'), 0o644); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &Store{f}, nil
}

// Path is the sample file.
func (s *Store) Path() string { return s.file.Name() }

// Write appends one sample. The line reaches the operating system in a single
// append before Write returns: an interrupted run keeps every finished sample,
// and lines of two writers cannot interleave.
func (s *Store) Write(x Sample) error {
	if err := x.check(); err != nil {
		return fmt.Errorf("sample %d of %s: %w", x.Repeat, x.Model, err)
	}
	line, err := json.Marshal(x)
	if err != nil {
		return fmt.Errorf("sample %d of %s: %w", x.Repeat, x.Model, err)
	}
	_, err = s.file.Write(append(line, '\n'))
	return err
}

// envPath is the file of the environment that belongs to one of samples.
func envPath(samples string) string { return strings.TrimSuffix(samples, sampleSuffix) + envSuffix }

// Close makes sure that the samples are on disk and ends the run.
// A run without a sample leaves no files.
func (s *Store) Close() error {
	err := errors.Join(s.file.Sync(), s.file.Close())
	if info, e := os.Stat(s.Path()); e == nil && info.Size() == 0 {
		err = errors.Join(err, os.Remove(s.Path()), os.Remove(envPath(s.Path())))
	}
	return err
}
