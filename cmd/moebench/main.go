// Command moebench measures mixture-of-experts inference on CPUs: tokens per
// second against active parameters, on models at their real sizes, beside this
// machine's own limits. Results go to stdout, progress to stderr; the exit code
// is 0 for success, 1 for a failure or a wrong result, 2 for wrong usage or bad input.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"moebench/bench"
	"moebench/hw"
	"moebench/model"
)

// command is one subcommand: flags and arguments in, text out.
type command struct {
	name, summary, example string
	keeps                  bool // Ctrl-C ends it after what is under way, and what was finished is printed
	// define declares the flags and returns what to do once they are parsed.
	define func(f *flag.FlagSet) func(env environment) error
}

// environment is what a command may touch.
type environment struct {
	context.Context
	stdout, stderr io.Writer
}

// progress prints a line for people.
func (e environment) progress(format string, args ...any) {
	fmt.Fprintf(e.stderr, format+"\n", args...)
}

// json prints one object on a line of its own.
func (e environment) json(v any) error { return json.NewEncoder(e.stdout).Encode(v) }

var commands = []command{machineCommand, modelsCommand, runCommand, kernelsCommand, ratiosCommand, ledgerCommand, logitsCommand}

func main() {
	os.Exit(run(environment{context.Background(), os.Stdout, os.Stderr}, os.Args[1:]))
}

// run finds the subcommand and turns its error into an exit code.
func run(env environment, args []string) int {
	if len(args) > 1 && args[0] == "help" {
		args = []string{args[1], "-h"}
	}
	if len(args) == 0 || args[0] == "help" || strings.TrimLeft(args[0], "-") == "h" || strings.TrimLeft(args[0], "-") == "help" {
		usage(env.stdout)
		return 0
	}
	for _, c := range commands {
		if c.name == args[0] {
			return c.run(env, args[1:])
		}
	}
	var names []string
	for _, c := range commands {
		names = append(names, c.name)
	}
	fmt.Fprintf(env.stderr, "moebench: unknown command %q: want one of %s\n", args[0], strings.Join(names, ", "))
	return 2
}

func usage(w io.Writer) {
	fmt.Fprintln(w, "moebench measures mixture-of-experts inference on CPUs.\n\nCommands (each with -h):")
	for _, c := range commands {
		fmt.Fprintf(w, "  %-9s %s\n", c.name, c.summary)
	}
}

// empty reports a flag that was given nothing, such as a variable that is not set, or an
// output that looks like standard output, to which results go anyway.
func empty(f *flag.FlagSet) (err error) {
	f.Visit(func(given *flag.Flag) {
		switch text := given.Value.String(); {
		case text == "":
			err = fmt.Errorf("-%s is empty", given.Name)
		case text == "-" && given.Name == "o":
			err = errors.New("-o - is no file or folder: want its name")
		}
	})
	return err
}

func (c command) run(env environment, args []string) int {
	f := flag.NewFlagSet(c.name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	action := c.define(f)
	err := f.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(env.stdout, "moebench %s: %s\n\nExample:\n  %s\n\nFlags:\n", c.name, c.summary, c.example)
		f.SetOutput(env.stdout)
		f.PrintDefaults()
		return 0
	case err == nil && f.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q: flags only (see moebench %s -h)", f.Arg(0), c.name)
	case err != nil:
		err = fmt.Errorf("%w (see moebench %s -h)", err, c.name)
	default:
		if err = errors.Join(empty(f), model.CheckEnvironment()); err != nil {
			break
		}
		if c.keeps {
			ctx, stop := signal.NotifyContext(env.Context, os.Interrupt, syscall.SIGTERM)
			defer stop()
			defer context.AfterFunc(ctx, func() {
				env.progress("interrupted: ends after what is under way, a second time at once")
				stop()
			})()
			env.Context = ctx
		}
		err = action(env)
	}
	if err == nil {
		return 0
	}
	if errors.Is(err, context.Canceled) {
		fmt.Fprintf(env.stderr, "moebench %s: interrupted: what was finished before, if anything, is printed\n", c.name)
		return 1
	}
	fmt.Fprintf(env.stderr, "moebench %s: %s\n", c.name, strings.ReplaceAll(err.Error(), "\n", "; "))
	if failed(err) {
		return 1
	}
	return 2
}

// wrongPaths are what the system says of a path that was not well given.
var wrongPaths = []syscall.Errno{syscall.ENOENT, syscall.ENOTDIR, syscall.EISDIR, syscall.EEXIST, syscall.EACCES, syscall.EPERM, syscall.EROFS, syscall.ELOOP, syscall.ENAMETOOLONG}

// failed says whether the machine is why something did not work: a wrong result, or memory,
// disk or anything else the system refuses. All other errors are about what it was given:
// flags, paths, checkpoints, traces, results.
func failed(err error) bool {
	var wrong *bench.WrongResult
	var failure *bench.Failure
	var memory *hw.MemoryError
	var system syscall.Errno
	return errors.As(err, &wrong) || errors.As(err, &failure) || errors.As(err, &memory) || errors.As(err, &system) && !slices.Contains(wrongPaths, system)
}
