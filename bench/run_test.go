package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"moebench/kernels/kerneltest"
)

// TestPace: one line in ten seconds.
func TestPace(t *testing.T) {
	var said []string
	p := NewPace(func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }, "samples")
	p.Done(1, 40)
	p.begin, p.said = p.begin.Add(-20*time.Second), p.said.Add(-10*time.Second)
	p.Done(10, 40)
	p.Done(11, 40)
	if len(said) != 1 || said[0] != "10 of 40 samples, about 1m0s left" {
		t.Errorf("%q", said)
	}
}

// TestInterrupt: after Ctrl-C what was measured is there, and no more is begun.
func TestInterrupt(t *testing.T) {
	needMemory(t)
	ctx, cancel := context.WithCancel(context.Background())
	s := tiny("")
	s.Rounds = 1
	s.Progress = func(format string, args ...any) {
		if args[0].(int) == 2 { // the second scenario begins
			cancel()
		}
	}
	var out bytes.Buffer
	if err := s.Run(ctx, &out); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if n := strings.Count(out.String(), "\n"); n != 1 {
		t.Errorf("%d results of the one finished scenario", n)
	}
}

// TestInterruptLoading: Ctrl-C ends a checkpoint's loading after the current layer.
func TestInterruptLoading(t *testing.T) {
	p, err := NewPlan(Scenario{Model: mustAbs(t, "../model/testdata/v4-packed"), Phase: "decode", Batch: 1, Format: Native, Route: "uniform", ISA: "generic", Threads: 1}, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	heard := 0
	_, err = p.Open(kerneltest.Pool(t, 1), func(layers, all int) error {
		if heard++; layers != heard || all != len(p.Sampled.Layers) {
			t.Errorf("%d of %d layers, the %d. time", layers, all, heard)
		}
		if layers == 2 {
			return context.Canceled
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || heard != 2 {
		t.Errorf("%d layers were read: %v", heard, err)
	}
}

// TestInterruptMaking: Ctrl-C ends the making of weights too, and what comes before a sample.
func TestInterruptMaking(t *testing.T) {
	needMemory(t)
	plans, err := tiny("").plans()
	if err != nil {
		t.Fatal(err)
	}
	pool, heard := kerneltest.Pool(t, 1), 0
	_, err = plans[0].Open(pool, func(parts, all int) error {
		if heard++; parts >= all {
			t.Errorf("%d of %d parts were made before anybody asked whether to go on", parts, all)
		}
		return context.Canceled
	})
	if !errors.Is(err, context.Canceled) || heard != 1 {
		t.Errorf("asked %d times: %v", heard, err)
	}
	b, err := plans[0].Open(pool, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r := Run{Inspect: func(*Bench) error { t.Error("inspected after an interruption"); return nil }}
	if err := r.prove(ctx, b); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestOnlyInspected: plans whose samples are all there are inspected once, and not measured
// again.
func TestOnlyInspected(t *testing.T) {
	needMemory(t)
	s := tiny("")
	s.Batch = []int{1}
	plans, err := s.plans()
	if err != nil {
		t.Fatal(err)
	}
	inspected := 0
	r := Run{
		Count: 1, Rounds: 3, Progress: func(string, ...any) {},
		Sample:  func(Sample) error { t.Error("measured again"); return nil },
		Done:    func(*Plan, int) bool { return inspected > 0 },
		Inspect: func(*Bench) error { inspected++; return nil },
	}
	if err := r.Scenarios(context.Background(), plans); err != nil || inspected != 1 {
		t.Errorf("inspected %d times, %v", inspected, err)
	}
}
