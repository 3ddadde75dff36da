package main

import (
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"moebench/bench"
	"moebench/hw"
	"moebench/model"
)

var logitsCommand = command{
	name:    "logits",
	summary: "run tokens through a checkpoint and write the logits of every position",
	example: "moebench logits -checkpoint DIR -tokens 1,2,3 -o logits.f32",
	define: func(f *flag.FlagSet) func(environment) error {
		var (
			dir     = f.String("checkpoint", "", "folder with config.json and safetensors")
			text    = f.String("tokens", "", "token ids: 1,2,3 or @FILE")
			mode    = f.String("mode", string(model.Exact), "exact (everything in f32) or native (formats as stored)")
			cache   = f.String("cache", "", "cache rows: f32, bf16 or native (default: f32 in exact mode, native in native mode)")
			chunk   = f.Int("chunk", 0, "tokens of one forward pass: 0 = all, 1 = token by token")
			out     = f.String("o", "", "file for the logits: little-endian f32 [tokens, vocab]")
			threads = f.Int("threads", len(hw.CPUs()), "workers, one per CPU")
			asJSON  = f.Bool("json", false, "print one JSON object about what was written")
		)
		return func(env environment) error {
			if *dir == "" || *text == "" || *out == "" {
				return fmt.Errorf("-checkpoint, -tokens and -o are needed (see moebench logits -h)")
			}
			tokens, err := parseTokens(*text)
			if err != nil {
				return err
			}
			precision, err := model.ParseMode(*mode)
			if err != nil {
				return err
			}
			format, err := precision.ParseCache(*cache)
			if err != nil {
				return err
			}
			// Opened before anything long begins; what it holds stays until there is something else.
			file, err := os.OpenFile(*out, os.O_WRONLY|os.O_CREATE, 0o644)
			if err != nil {
				return err
			}
			logits, vocab, err := compute(*dir, precision, tokens, model.LogitsOptions{Chunk: *chunk, Cache: format}, *threads, env)
			if err == nil {
				err = writeFloats(file, logits)
			}
			if err := errors.Join(err, closeFile(file)); err != nil {
				return err
			}
			if *asJSON {
				return env.json(map[string]any{"file": *out, "tokens": len(tokens), "vocab": vocab, "mode": precision, "cache": format.String(), "chunk": *chunk})
			}
			_, err = fmt.Fprintf(env.stdout, "%s: logits of %d tokens x %d, f32 little-endian\n", *out, len(tokens), vocab)
			return err
		}
	},
}

func compute(dir string, mode model.Mode, tokens []int32, o model.LogitsOptions, threads int, env environment) ([]float32, int, error) {
	if err := model.CheckEnvironment(); err != nil {
		return nil, 0, err
	}
	pool, err := hw.NewPool(threads)
	if err != nil {
		return nil, 0, err
	}
	defer pool.Close()
	files, err := model.Open(dir)
	if err != nil {
		return nil, 0, err
	}
	defer files.Close()
	files.Loaded = bench.Loading(env, env.progress)
	m, err := files.LoadAll(mode, pool)
	if err != nil {
		return nil, 0, err
	}
	defer m.Close()
	pace := bench.NewPace(env.progress, "tokens")
	o.Visit = func(_ *model.Session, layer, first int) {
		rows := len(tokens) - first
		if o.Chunk > 0 {
			rows = min(rows, o.Chunk)
		}
		pace.Done(first+rows*(layer+1)/len(m.Layers), len(tokens))
	}
	logits, err := model.Logits(m, pool, tokens, o)
	return logits, m.Config.Vocab, err
}

// parseTokens reads ids separated by commas or white space, from the argument
// or from the file it names with @.
func parseTokens(text string) ([]int32, error) {
	where := "-tokens"
	if path, ok := strings.CutPrefix(text, "@"); ok {
		if path == "" {
			return nil, errors.New("-tokens @: want the name of a file behind @")
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		text, where = string(data), path
	}
	var tokens []int32
	for _, field := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(", \t\r\n", r) }) {
		id, err := strconv.ParseInt(field, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("%s: %q is not a token id: want whole numbers separated by commas", where, field)
		}
		tokens = append(tokens, int32(id))
	}
	return tokens, nil
}

// writeFloats replaces what is in a file.
func writeFloats(f *os.File, x []float32) error {
	var data []byte
	for part := range slices.Chunk(x, 1<<16) {
		var err error
		if data, err = binary.Append(data[:0], binary.LittleEndian, part); err != nil {
			return err
		}
		if _, err := f.Write(data); err != nil {
			return err
		}
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return err
	}
	return f.Truncate(4 * int64(len(x)))
}

// closeFile leaves no file nothing was written to.
func closeFile(f *os.File) error {
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && info.Size() == 0 {
		defer os.Remove(f.Name())
	}
	return f.Close()
}
