package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"moebench/bench"
	"moebench/hw"
	"moebench/model"
)

// invoke runs the tool as a user does.
func invoke(args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = run(environment{context.Background(), &out, &err}, args)
	return code, out.String(), err.String()
}

// mistake is arguments that make no sense, and what is said about them.
type mistake struct {
	args []string
	want string
}

func (m mistake) test(t *testing.T) {
	t.Helper()
	code, stdout, stderr := invoke(m.args...)
	if code != 2 || stdout != "" || !strings.Contains(stderr, m.want) || strings.Count(stderr, "\n") != 1 {
		t.Errorf("%v: exit %d, stdout %q, stderr %q, want 2 and one line with %q", m.args, code, stdout, stderr, m.want)
	}
}

// TestUsage: mistakes give exit code 2, one line on stderr, nothing on stdout.
func TestUsage(t *testing.T) {
	for _, c := range []mistake{
		{[]string{"fly"}, `unknown command "fly": want one of machine, models, run, kernels, ratios, ledger, logits`},
		{[]string{"help", "fly"}, `unknown command "fly"`},
		{[]string{"models", "-ctx", "x"}, `-ctx: "x" is not a size`},
		{[]string{"ledger", "-ctx", "4k,8k"}, `-ctx: "4k,8k" is not a size`},
		{[]string{"ledger", "-model", "gpt-5"}, `unknown model "gpt-5"`},
		{[]string{"ledger", "-ctx", "0"}, "-ctx: 0 is too small"},
		{[]string{"ledger", "-convention", "fp4"}, `unknown convention "fp4": want one of fp8-equivalent`},
		{[]string{"kernels", "-row", "warp"}, `no kernel row has "warp" in its name: there are routed-ffn/`},
		{[]string{"kernels", "-count", "1"}, "-count is 1, want at least 2"},
		{[]string{"kernels", "-runs", "0"}, "-runs is 0, want at least 1"},
		{[]string{"models", "-format", "q4"}, "unknown format"},
		{[]string{"machine", "-threads", "0"}, "0"},
	} {
		c.test(t)
	}
	t.Setenv("MOEBENCH_ISA", "sse9")
	for _, args := range [][]string{{"run", "-dry-run"}, logits("x"), {"machine"}, {"models"}, {"ledger"}, {"ratios", "-counted"}, {"kernels"}} {
		if code, _, stderr := invoke(args...); code != 2 || !strings.Contains(stderr, "MOEBENCH_ISA: unknown ISA") {
			t.Errorf("%v: exit %d, %q", args, code, stderr)
		}
	}
}

// TestRunUsage: the same of run.
func TestRunUsage(t *testing.T) {
	for _, c := range []mistake{
		{[]string{"run", "-speed", "9"}, "flag provided but not defined: -speed (see moebench run -h)"},
		{[]string{"run", "fast"}, `unexpected argument "fast"`},
		{[]string{"run", "-model", "gpt-5"}, `unknown model "gpt-5": want one of olmoe-1b-7b`},
		{[]string{"run", "-model", "all,gpt-5", "-dry-run"}, `unknown model "gpt-5"`},
		{[]string{"run", "-model", "llama-3.1-8b", "-ctx", "2047M", "-batch", "64", "-dry-run"}, "less is needed with a smaller -ctx"},
		{[]string{"run", "-batch", "1G", "-dry-run"}, "no memory holds as many"},
		{[]string{"run", "-format", "q4"}, `unknown format "q4": want one of f32`},
		{[]string{"run", "-isa", "sse"}, `unknown ISA "sse": want one of generic`},
		{[]string{"run", "-route", "random"}, `unknown routing "random"`},
		{[]string{"run", "-route", "trace:/nowhere"}, "/nowhere"},
		{[]string{"run", "-threads", "0"}, "-threads: 0 is too small"},
		{[]string{"run", "-threads", "9999"}, "threads is 9999, want 1 to"},
		{[]string{"run", "-batch", "0"}, "-batch: 0 is too small"},
		{[]string{"run", "-ctx", "4x"}, `-ctx: "4x" is not a size`},
		{[]string{"run", "-count", "0"}, "-count is 0"},
		{[]string{"run", "-count", "3", "-rounds", "4"}, "-count is 3 and -rounds 4, want at least 1, and a sample in every round"},
		{[]string{"run", "-checkpoint", ""}, "-checkpoint is empty"},
		{[]string{"run", "-checkpoint", "x", "-model", "v3"}, "-checkpoint x and -model v3: want one of them"},
		{[]string{"run", "-model", "qwen3-235b-a22b", "-ctx", "1G", "-batch", "64"}, "less is needed with a smaller -ctx, or a smaller -batch, or -format mxfp4"},
		{[]string{"run", "-model", "olmoe-1b-7b", "-o", "/dev/null/x"}, "not a directory"},
		{[]string{"run", "-whole", "-model", "v4-pro"}, "some layers of each kind (no -whole)"},
		{[]string{"run", "-phase", "train"}, `-phase is "train", want decode or prefill`},
		{[]string{"run", "-tokens", "100"}, "-tokens is of -phase prefill"},
		{[]string{"run", "-phase", "prefill", "-tokens", "64k", "-model", "v4-flash", "-dry-run"}, "or fewer -tokens, or"},
		{[]string{"run", "-phase", "prefill", "-tokens", "0"}, "-tokens: 0 is too small"},
		{[]string{"run", "-checkpoint", "/nowhere/model"}, "/nowhere/model"},
		{[]string{"run", "-checkpoint", "../../model/testdata/v4", "-ctx", "4k"}, "want at most max_position_embeddings = 1024: -ctx at most 960"},
		{[]string{"run", "-dry-run", "-o", "main.go"}, "main.go: not a directory"},
		{[]string{"run", "-route", "trace:testdata"}, "is a directory"},
		{[]string{"run", "-phase", "prefill", "-tokens", "1,2"}, `-tokens: "1,2" is not a size`},
		{[]string{"run", "-model", "olmoe-1b-7b", "-route", "trace:testdata/large.csv"}, "olmoe-1b-7b with route trace:testdata/large.csv: trace of 8 experts a token, the highest 67: the model has top-8 of 64"},
	} {
		c.test(t)
	}
}

// TestRatiosUsage: the same of ratios.
func TestRatiosUsage(t *testing.T) {
	for _, c := range []mistake{
		{[]string{"ratios", "-counted", "-o", ""}, "-o is empty"},
		{[]string{"ratios", "-quick", "-batch", "4"}, "-quick and -batch 4: want one of them"},
		{[]string{"ratios", "-ctx", "4k,8k"}, `-ctx: "4k,8k" is not a size`},
		{[]string{"ratios", "-usd-per-hour", "NaN"}, "-usd-per-hour is NaN, want a positive price"},
		{[]string{"ratios", "-convention", "x"}, `unknown convention "x"`},
		{[]string{"ratios", "-counted", "-usd-per-hour", "2"}, "-usd-per-hour is 2, want a positive price, and measured speeds"},
		{[]string{"ratios", "-count", "1"}, "-count is 1, want at least 2"},
		{[]string{"ratios", "-claim", "half"}, `unknown claim "half": want one of pro-compute`},
		{[]string{"ratios", "-batch", "0"}, "-batch: 0 is too small"},
		{[]string{"ratios", "-time", "-1s"}, "-time is -1s, want a positive duration"},
		{[]string{"ratios", "-quick", "-o", "/dev/null/x"}, "not a directory"},
		{[]string{"ratios", "-counted", "-o", "-"}, "-o - is no file or folder: want its name"},
	} {
		c.test(t)
	}
}

// TestFailed: what the machine cannot do is told from what it cannot be asked.
func TestFailed(t *testing.T) {
	for err, want := range map[error]bool{
		&bench.WrongResult{Err: io.EOF}: true, &bench.Failure{Err: io.EOF}: true, &hw.MemoryError{}: true,
		&fs.PathError{Err: syscall.ENOMEM}: true, &fs.PathError{Err: syscall.ENOSPC}: true, &fs.PathError{Err: syscall.EPIPE}: true,
		&fs.PathError{Err: syscall.ENOENT}: false, &fs.PathError{Err: syscall.EACCES}: false, io.EOF: false,
	} {
		if got := failed(fmt.Errorf("x: %w", err)); got != want {
			t.Errorf("%v: %v, want %v", err, got, want)
		}
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{nil, {"help"}, {"-h"}, {"--help"}} {
		if code, stdout, _ := invoke(args...); code != 0 || !strings.Contains(stdout, "Commands") {
			t.Errorf("%v: exit %d, %q", args, code, stdout)
		}
	}
	for _, c := range commands {
		code, stdout, _ := invoke(c.name, "-h")
		if _, same, _ := invoke("help", c.name); same != stdout {
			t.Errorf("help %s: %q", c.name, same)
		}
		if code != 0 || !strings.Contains(stdout, "Example:\n  moebench "+c.name) || !strings.Contains(stdout, "-json") {
			t.Errorf("%s -h: exit %d, %q", c.name, code, stdout)
		}
	}
}

// lines is standard error while others write to it.
type lines chan string

func (l lines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

// TestInterrupt: Ctrl-C is answered at once, and ends with exit code 1.
func TestInterrupt(t *testing.T) {
	stderr := make(lines, 9)
	c := command{name: "wait", keeps: true, define: func(*flag.FlagSet) func(environment) error {
		return func(env environment) error {
			self, err := os.FindProcess(os.Getpid())
			if err != nil {
				return err
			}
			if err := self.Signal(os.Interrupt); err != nil {
				return err
			}
			<-env.Done()
			if said := <-stderr; !strings.Contains(said, "ends after what is under way") {
				t.Errorf("%q", said)
			}
			return env.Err()
		}
	}}
	if code := c.run(environment{context.Background(), io.Discard, stderr}, nil); code != 1 {
		t.Errorf("exit %d", code)
	}
	if said := <-stderr; !strings.HasPrefix(said, "moebench wait: interrupted") {
		t.Errorf("%q", said)
	}
}

// TestCounted: what needs no measurement, as text and as JSON.
func TestCounted(t *testing.T) {
	code, stdout, stderr := invoke("ratios", "-counted", "-json")
	var first struct {
		Claim, Verdict string
		Counted        float64
	}
	if err := json.Unmarshal([]byte(strings.Split(stdout, "\n")[0]), &first); code != 0 || err != nil || first.Claim != "pro-compute" || first.Verdict != "agrees" {
		t.Errorf("exit %d, %v: %s %s", code, err, stdout, stderr)
	}
	if code, stdout, _ := invoke("ratios", "-counted"); code != 0 || !strings.Contains(stdout, "27.04") || !strings.Contains(stdout, "10.16") {
		t.Errorf("exit %d: %s", code, stdout)
	}
	if code, stdout, stderr := invoke("ratios", "-claim", "pro-cache,pro-price"); code != 0 || !strings.Contains(stdout, "10.5") || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "nothing is measured") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	dir := t.TempDir()
	for i, args := range [][]string{{"-counted"}, {"-claim", "pro-cache"}} {
		code, _, stderr := invoke(append([]string{"ratios", "-o", dir}, args...)...)
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		if code != 0 || err != nil || len(files) != 3 || strings.Contains(stderr, "of an earlier run there are replaced") != (i == 1) {
			t.Errorf("%v: exit %d, %q, files %v", args, code, stderr, files)
		}
	}
	code, stdout, _ = invoke("ledger", "-model", "v3.2", "-ctx", "1M", "-json")
	var account struct {
		Context int
		Total   struct{ Params int64 }
	}
	if err := json.Unmarshal([]byte(stdout), &account); code != 0 || err != nil || account.Context != 1<<20 || account.Total.Params != 671_877_944_064 {
		t.Errorf("exit %d, %v: %.200s", code, err, stdout)
	}
	if code, stdout, _ := invoke("ledger"); code != 0 || !strings.Contains(stdout, "csa+moe.attention.index.compress.kv") {
		t.Errorf("exit %d: %.200s", code, stdout)
	}
}

func TestModels(t *testing.T) {
	code, stdout, _ := invoke("models", "-json", "-ctx", "1k")
	var first struct {
		ID          string `json:"id"`
		TotalParams int64  `json:"total_params"`
	}
	if err := json.Unmarshal([]byte(strings.Split(stdout, "\n")[0]), &first); code != 0 || err != nil || first.ID != "olmoe-1b-7b" || first.TotalParams != 6_919_161_856 {
		t.Errorf("exit %d, %v: %s", code, err, stdout)
	}
	if code, stdout, _ := invoke("models"); code != 0 || !strings.Contains(stdout, "qwen3-235b-a22b") {
		t.Errorf("exit %d: %s", code, stdout)
	}
	if code, stdout, _ := invoke("run", "-dry-run", "-model", "all", "-format", "mxfp4,native"); code != 0 || strings.Count(stdout, "\n") != 2*len(model.Presets()) {
		t.Errorf("dry run: exit %d: %s", code, stdout)
	}
}
