package main

import (
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
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
	keeps:   true,
	define: func(f *flag.FlagSet) func(environment) error {
		var (
			dir     = f.String("checkpoint", "", "folder with config.json and safetensors")
			text    = f.String("tokens", "", "token ids: 1,2,3 or @FILE")
			mode    = f.String("mode", string(model.Exact), "exact (weights in f32, multiplied in f32) or native (formats as stored)")
			cache   = f.String("cache", "", "cache rows: f32, or bf16 or native, which some CPUs multiply in bf16 (default: f32 in exact mode, native in native mode)")
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
			file, err := create(*out, inputs(*dir, *text))
			if err != nil {
				return err
			}
			defer file.discard()
			logits, vocab, err := compute(*dir, precision, tokens, model.LogitsOptions{Chunk: *chunk, Cache: format}, *threads, env)
			if err != nil {
				return err
			}
			if err := writeFloats(file, logits); err != nil {
				return err
			}
			if err := file.keep(); err != nil {
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
	o.Visit = func(_ *model.Session, layer, first int) error {
		rows := len(tokens) - first
		if o.Chunk > 0 {
			rows = min(rows, o.Chunk)
		}
		pace.Done(first+rows*(layer+1)/len(m.Layers), len(tokens))
		return env.Err()
	}
	logits, err := model.Logits(m, pool, tokens, o)
	if err != nil {
		return nil, 0, err
	}
	return logits, m.Config.Vocab, checkLogits(logits, m.Config.Vocab)
}

// checkLogits reports the first logit that is no number: nothing behind it can be right.
func checkLogits(logits []float32, vocab int) error {
	for i, x := range logits {
		if x-x != 0 {
			return &bench.WrongResult{Err: fmt.Errorf("logit %d of token %d is %v: the checkpoint holds NaN or overflows", i%vocab, i/vocab, x)}
		}
	}
	return nil
}

// inputs are the files that are read: those of the checkpoint's folder, and that of the tokens.
func inputs(dir, tokens string) []string {
	var paths []string
	entries, _ := os.ReadDir(dir) // that there is no such folder, opening it says
	for _, e := range entries {
		paths = append(paths, filepath.Join(dir, e.Name()))
	}
	if path, ok := strings.CutPrefix(tokens, "@"); ok {
		paths = append(paths, path)
	}
	return paths
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

// writeFloats writes in portions: a second copy of all logits may not fit.
func writeFloats(w io.Writer, x []float32) error {
	var data []byte
	for part := range slices.Chunk(x, 1<<16) {
		var err error
		if data, err = binary.Append(data[:0], binary.LittleEndian, part); err != nil {
			return err
		}
		if _, err := w.Write(data); err != nil {
			return err
		}
	}
	return nil
}
