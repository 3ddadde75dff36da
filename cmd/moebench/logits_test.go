package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const llama = "../../model/testdata/llama"

// logits are arguments that work, and more behind them.
func logits(out string, args ...string) []string {
	return append([]string{"logits", "-checkpoint", llama, "-tokens", "1,2", "-threads", "1", "-o", out}, args...)
}

// TestLogitsUsage: mistakes give exit code 2 and leave no file behind.
func TestLogitsUsage(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "x.f32")
	for _, c := range []mistake{
		{logits(out, "-cache", "fp8"), `unknown cache format "fp8": want one of f32, bf16, native`},
		{[]string{"logits"}, "-checkpoint, -tokens and -o are needed"},
		{logits(out, "-tokens", "1,x"), `"x" is not a token id`},
		{logits(out, "-tokens", "1,160"), "token 1 is 160, want 0 to 159"},
		{logits(out, "-tokens", "99999999999"), "is not a token id"},
		{logits(out, "-tokens", "@/nowhere"), "/nowhere"},
		{logits(out, "-tokens", "@"), "want the name of a file behind @"},
		{logits(out, "-tokens", ","), "no tokens"},
		{logits(out, "-mode", "fast"), `unknown mode "fast": want exact or native`},
		{logits(out, "-chunk", "-1"), "chunk is -1"},
		{logits(out, "-threads", "0"), "0"},
		{logits(out, "-checkpoint", "/nowhere"), "/nowhere"},
		{logits(out, "-o", "/nowhere/x"), "/nowhere/x"},
		{logits(dir), "is a directory"},
	} {
		c.test(t)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 0 {
		t.Errorf("mistakes leave %v: %v", files, err)
	}
}

// TestLogits writes the logits of a checkpoint, tokens given by hand and by file.
func TestLogits(t *testing.T) {
	dir := t.TempDir()
	tokens, out := filepath.Join(dir, "tokens"), filepath.Join(dir, "out.f32")
	if err := os.WriteFile(tokens, []byte("3, 1\n4 1,5\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(out, make([]byte, 1<<16), 0o644); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := invoke("logits", "-checkpoint", llama, "-tokens", "160", "-o", out, "-threads", "1"); code != 2 {
		t.Errorf("exit %d, %q", code, stderr)
	}
	if info, err := os.Stat(out); err != nil || info.Size() != 1<<16 {
		t.Errorf("a mistake changes the file: %v", err)
	}
	var last []byte
	for _, args := range [][]string{{"-tokens", "3,1,4,1,5"}, {"-tokens", "@" + tokens, "-chunk", "2", "-json"}} {
		code, stdout, stderr := invoke(append([]string{"logits", "-checkpoint", llama, "-o", out, "-threads", "1"}, args...)...)
		data, err := os.ReadFile(out)
		if code != 0 || err != nil || len(data) != 5*160*4 || !strings.Contains(stdout, "160") {
			t.Fatalf("%v: exit %d, %q %q, %d bytes, %v", args, code, stdout, stderr, len(data), err)
		}
		if last != nil && !bytes.Equal(data, last) {
			t.Error("chunks change the bits of a model without windows")
		}
		last = data
	}
}

// llamaCopy is a checkpoint that may be destroyed.
func llamaCopy(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(llama)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestLogitsKeepInputs: what is read is never written over, not by another name either.
func TestLogitsKeepInputs(t *testing.T) {
	dir := llamaCopy(t)
	weights, tokens, link := filepath.Join(dir, "model.safetensors"), filepath.Join(t.TempDir(), "tokens"), filepath.Join(t.TempDir(), "link")
	if err := errors.Join(os.WriteFile(tokens, []byte("1,2"), 0o644), os.Symlink(weights, link)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ out, input string }{{weights, weights}, {link, weights}, {filepath.Join(dir, "config.json"), filepath.Join(dir, "config.json")}, {tokens, tokens}} {
		before, err := os.ReadFile(c.input)
		if err != nil {
			t.Fatal(err)
		}
		mistake{logits(c.out, "-checkpoint", dir, "-tokens", "@"+tokens), "which is read: want another file"}.test(t)
		if after, err := os.ReadFile(c.input); err != nil || !bytes.Equal(before, after) {
			t.Errorf("%s was written over: %v", c.input, err)
		}
	}
}

// TestLogitsFailures: a failure is exit code 1, and the old file stays as it was.
func TestLogitsFailures(t *testing.T) {
	dir, out := llamaCopy(t), filepath.Join(t.TempDir(), "out.f32")
	weights := filepath.Join(dir, "model.safetensors")
	data, err := os.ReadFile(weights)
	if err != nil {
		t.Fatal(err)
	}
	header := 8 + binary.LittleEndian.Uint64(data)
	data = append(data[:header], bytes.Repeat([]byte{0xff}, len(data)-int(header))...)
	if err := errors.Join(os.WriteFile(weights, data, 0o644), os.WriteFile(out, []byte("old"), 0o644)); err != nil {
		t.Fatal(err)
	}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	type failure struct {
		ctx  context.Context
		args []string
		want string
	}
	cases := []failure{
		{context.Background(), logits(out, "-checkpoint", dir), "logit 0 of token 0 is NaN: the checkpoint holds NaN or overflows"},
		{context.Background(), []string{"run", "-checkpoint", dir, "-ctx", "64", "-count", "1"}, "the exact product is NaN, its weights hold NaN or overflow"},
		{cancelled, logits(out), "interrupted"},
	}
	if _, err := os.Stat("/dev/full"); err == nil {
		cases = append(cases, failure{context.Background(), logits("/dev/full"), "no space left"})
	}
	for _, c := range cases {
		var stderr bytes.Buffer
		if code := run(environment{c.ctx, io.Discard, &stderr}, c.args); code != 1 || !strings.Contains(stderr.String(), c.want) {
			t.Errorf("%v: exit %d, %q, want 1 and %q", c.args, code, &stderr, c.want)
		}
	}
	files, err := os.ReadDir(filepath.Dir(out))
	if old, e := os.ReadFile(out); err != nil || e != nil || len(files) != 1 || string(old) != "old" {
		t.Errorf("files %v, the old one is now %q: %v, %v", files, old, err, e)
	}
}
