// Package kerneltest is the harness every kernel is tested and timed with.
//
//	Each     runs a test for every variant of a Set this machine has
//	Tiers    runs one under every tier, for what is built from several sets
//	After, Before   buffers that end, or begin, at a page no one may touch: Places
//	Within   compares results with a float64 reference under a derived bound
//	Bench    times every variant, after its parity was checked
//	ReportFLOP      says how far a benchmark is from the peak of its arithmetic
//	Pool, Random    workers and numbers for a test
//
// A kernel that reads or writes one byte too far faults at once. Results are
// poisoned with NaN before a call, so that an element left out shows. Bounds
// come from the arithmetic (so many roundings of 2^-24 of so large terms), never
// from what happens to pass.
package kerneltest
