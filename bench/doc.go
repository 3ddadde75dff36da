// Package bench measures: tokens per second of full-size models, how far from
// this machine's own limit, and what explains it.
//
//	Scenario  what is measured: model, context, batch, format, routes, tier, threads
//	Plan      which layers are instantiated, and how their times add up
//	Bench     a plan in memory; Sample is one slice of steps beside one of the wall
//	Run       many plans, in rounds; Suite adds files, tables, the plot
//	Claim     a published statement; Ratios counts, executes, stores and measures it
//	KernelRow one hot kernel beside its own limit
//
// Models of hundreds of billions of parameters do not fit a small machine. A plan
// therefore holds every distinct kind of layer at true size, in enough copies that
// a cycle over them reads far more memory than a cache holds, plus embedding and
// head, and adds up: time = sum over kinds of count x time + head.
//
// Every sample is a slice of about 50 ms of decoding followed by as long a slice
// of the wall, the fastest load-only pass over the same weights, and a few ms of the peaks
// of arithmetic: machines shared with others change within minutes, so that only
// neighbours in time compare. The limit of a step is what these two allow each of its
// matrices and caches (Plan.limit).
// Before anything is timed, every kernel is compared with float64 arithmetic on
// the very weights it will read.
//
// Samples (JSONL) are what is stored; benchmark text, tables, fits and the plot
// are derived from them. The Benchmark functions of this package are the public
// suite: go test -bench . ./bench.
package bench
