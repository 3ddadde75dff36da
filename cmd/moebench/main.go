// Command moebench measures mixture-of-experts inference on CPUs: tokens per
// second against active parameters, on models at their real sizes, beside this
// machine's own limits. Results go to stdout, progress to stderr; the exit code
// is 0 for success, 1 for a failure or a wrong result, 2 for wrong usage.
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
	"strings"
	"syscall"

	"moebench/bench"
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

// empty reports a flag that was given nothing, such as a variable that is not set.
func empty(f *flag.FlagSet) (err error) {
	f.Visit(func(given *flag.Flag) {
		if given.Value.String() == "" {
			err = fmt.Errorf("-%s is empty", given.Name)
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
	case err == nil:
		if err = empty(f); err != nil {
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
	var wrong *bench.WrongResult
	if errors.As(err, &wrong) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.EIO) {
		return 1
	}
	return 2
}
