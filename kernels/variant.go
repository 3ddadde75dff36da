package kernels

import (
	"fmt"
	"os"
	"slices"
	"sync/atomic"

	"moebench/hw"
)

// Variant is one implementation of an operation for one tier of instructions.
type Variant[F any] struct {
	ISA  hw.ISA
	Func F
}

// Set holds all implementations of one operation, reference first, better ones
// after it. It is filled by package initialisation and read-only afterwards,
// except for Force.
type Set[F any] struct {
	name     string
	variants []Variant[F]
	forced   atomic.Pointer[F]
}

// NewSet begins with the readable reference of an operation.
func NewSet[F any](name string, ref F) *Set[F] {
	return &Set[F]{name: name, variants: []Variant[F]{{hw.Generic, ref}}}
}

// Name is the operation and format, such as "matmul/mxfp4".
func (s *Set[F]) Name() string { return s.name }

// Add puts in a variant, after those of lower tiers and of its own: the last one
// the CPU supports wins.
func (s *Set[F]) Add(isa hw.ISA, f F) {
	i := len(s.variants)
	for s.variants[i-1].ISA > isa {
		i--
	}
	s.variants = slices.Insert(s.variants, i, Variant[F]{isa, f})
}

// Best is the last variant that this CPU supports and Limit allows.
func (s *Set[F]) Best() F {
	if f := s.forced.Load(); f != nil {
		return *f
	}
	i := len(s.variants) - 1
	for i > 0 && s.variants[i].ISA > LimitISA() {
		i--
	}
	return s.variants[i].Func
}

// Reference is the variant of any CPU, and of any size where others have their limits.
func (s *Set[F]) Reference() F { return s.variants[0].Func }

// Variants lists what this CPU can run, reference first.
func (s *Set[F]) Variants() []Variant[F] {
	var out []Variant[F]
	for _, v := range s.variants {
		if v.ISA.Supported() {
			out = append(out, v)
		}
	}
	return out
}

// Force makes Best return f, whatever the CPU, until restore is called. Tests
// use it to count work and to compare variants.
func (s *Set[F]) Force(f F) (restore func()) {
	old := s.forced.Swap(&f)
	return func() { s.forced.Store(old) }
}

// limit is the highest tier Best may choose.
var limit atomic.Int32

func init() {
	isa := hw.BestISA()
	if wanted, err := EnvironmentISA(); err == nil && wanted < isa {
		isa = wanted
	}
	limit.Store(int32(isa))
}

// ISAVariable names the one environment variable the packages below cmd read.
const ISAVariable = "MOEBENCH_ISA"

// LimitISA is the highest tier in use: the best of this CPU, or less when
// MOEBENCH_ISA or Limit says so.
func LimitISA() hw.ISA { return hw.ISA(limit.Load()) }

// EnvironmentISA is the tier MOEBENCH_ISA asks for, or the best one if unset.
// An unknown name, or a tier this CPU lacks, is an error for the caller to report.
func EnvironmentISA() (hw.ISA, error) {
	name := os.Getenv(ISAVariable)
	if name == "" {
		return hw.BestISA(), nil
	}
	isa, err := hw.ParseISA(name)
	if err != nil {
		return isa, fmt.Errorf("%s: %w", ISAVariable, err)
	}
	return isa, CheckISA(isa)
}

// CheckISA reports a tier this CPU cannot run.
func CheckISA(isa hw.ISA) error {
	if isa.Supported() {
		return nil
	}
	return fmt.Errorf("ISA %s is not supported here: the best tier of this CPU and build is %s", isa, hw.BestISA())
}

// Limit forbids tiers above isa until restore is called.
func Limit(isa hw.ISA) (restore func()) {
	old := LimitISA()
	limit.Store(int32(min(isa, hw.BestISA())))
	return func() { limit.Store(int32(old)) }
}
