package bench

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"moebench/hw"
)

// LineError is a line of a sample file that could not be used.
type LineError struct {
	File string
	Line int  // from 1
	Cut  bool // the last line, without its end: what wrote it was ended
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Err) }
func (e *LineError) Unwrap() error { return e.Err }

// maxLine bounds the memory one line takes; a sample needs about 1 KB.
const maxLine = 1 << 20

// readSamples reads the lines of a sample file. Lines that cannot be used do not
// cost the others: the error is a LineError of the first, with how many more there are, and
// the good samples are returned beside it. Blank lines are skipped.
func readSamples(r io.Reader, name string) ([]Sample, error) {
	var samples []Sample
	var errs []error
	bad := 0
	in := bufio.NewReaderSize(r, 64<<10)
	for number := 1; ; number++ {
		line, err := readLine(in)
		if err == io.EOF {
			break
		}
		if err != nil && !errors.Is(err, errLong) {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
			break
		}
		var s Sample
		cut := err == nil && !bytes.HasSuffix(line, []byte("\n"))
		if err == nil {
			if line = bytes.TrimSpace(line); len(line) == 0 {
				continue
			}
			s, err = parseSample(line)
		}
		if err == nil {
			samples = append(samples, s)
			continue
		}
		if bad++; bad == 1 {
			errs = append(errs, &LineError{name, number, cut, err})
		}
	}
	if bad > 1 {
		errs = append(errs, fmt.Errorf("%s: %d more lines could not be used", name, bad-1))
	}
	return samples, errors.Join(errs...)
}

var errLong = fmt.Errorf("line is longer than %d bytes", maxLine)

// readLine returns the next line with its end, in memory of its own, and io.EOF after the
// last one. A line that is too long is read to its end and given up.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	long := false
	for {
		part, err := in.ReadSlice('\n')
		if long = long || len(line)+len(part) > maxLine; !long {
			line = append(line, part...)
		}
		switch {
		case err == bufio.ErrBufferFull:
			continue
		case err == io.EOF && (len(line) > 0 || long), err == nil:
			if long {
				return nil, errLong
			}
			return line, nil
		default:
			return nil, err
		}
	}
}

// parseSample reads one line. The version is looked at first: a line of another
// version may well have other fields, and that is what should be said.
func parseSample(line []byte) (Sample, error) {
	s := Sample{Scenario: Scenario{Seed: DefaultSeed}} // where the line has none
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(line, &fields); err != nil {
		return s, jsonError(err)
	}
	var version int
	if raw, ok := fields["schema_version"]; !ok {
		return s, errors.New("missing schema_version")
	} else if err := json.Unmarshal(raw, &version); err != nil || version != SchemaVersion {
		return s, fmt.Errorf("schema_version is %.20s, this program understands %d", raw, SchemaVersion)
	}
	if err := checkFields(fields); err != nil {
		return s, err
	}
	if err := json.Unmarshal(line, &s); err != nil {
		return Sample{}, jsonError(err)
	}
	return s, s.check()
}

// jsonError says in one short sentence what is wrong with a line.
func jsonError(err error) error {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		if kind.Field == "" {
			return fmt.Errorf("bad JSON: want an object, found %s", kind.Value)
		}
		// Fields of embedded structs carry the struct's name, which no file shows.
		field := strings.TrimPrefix(strings.TrimPrefix(kind.Field, "Scenario."), "Counts.")
		return fmt.Errorf("%s holds %s, want %s", field, kind.Value, kind.Type)
	}
	return fmt.Errorf("bad JSON: %w", err)
}

// ReadRun reads a stored run: its samples, and the environment record beside
// them. Whatever could be read is returned beside the error.
func ReadRun(path string) ([]Sample, hw.Environment, error) {
	var env hw.Environment
	f, err := os.Open(path)
	if err != nil {
		return nil, env, err
	}
	defer f.Close()
	samples, err := readSamples(f, path)
	record := filepath.Clean(envPath(path))
	data, envErr := os.ReadFile(record)
	if envErr == nil {
		if envErr = json.Unmarshal(data, &env); envErr != nil {
			envErr = fmt.Errorf("%s: %w", record, jsonError(envErr))
		} else if env.CPU == "" {
			envErr = fmt.Errorf("%s: missing cpu", record)
		}
	}
	return samples, env, errors.Join(err, envErr)
}
