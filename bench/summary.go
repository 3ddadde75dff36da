package bench

import "moebench/hw"

// Summarise derives one result per scenario, in the order in which scenarios
// first appear. Every rate is computed within a sample and only then summed up
// as a median: the machine changes between samples, so a quotient of two medians
// would compare two different machines.
func Summarise(samples []Sample, env hw.Environment) []Result {
	groups := map[Scenario][]Sample{}
	var order []Scenario
	for _, s := range samples {
		if groups[s.Scenario] == nil {
			order = append(order, s.Scenario)
		}
		groups[s.Scenario] = append(groups[s.Scenario], s)
	}
	results := make([]Result, 0, len(order))
	for _, scenario := range order {
		results = append(results, summarise(groups[scenario], env))
	}
	return results
}

// summarise derives the result of samples that share a scenario.
func summarise(group []Sample, env hw.Environment) Result {
	first := group[0]
	r := Result{
		SchemaVersion: SchemaVersion, Scenario: first.Scenario, Env: env,
		TotalParams: first.TotalParams, ActiveParams: first.ActiveParams, Extrapolated: first.Extrapolated,
		SyntheticContext: first.SyntheticContext, ResidentExperts: first.ResidentExperts,
		Layers:       layers(group),
		GBs:          Number(median(column(group, Sample.GBs))),
		ShareOfWall:  Number(median(column(group, Sample.Share))),
		ShareOfLimit: Number(median(column(group, Sample.ShareOfLimit))),
		// Bytes differ between samples where a batch shares experts by chance.
		BytesPerToken: Number(median(column(group, func(s Sample) float64 { return ratio(float64(s.BytesPerStep), float64(s.Rows())) }))),
		WallGBs:       Number(median(column(group, Sample.wall))),
		HopNs:         Number(median(column(group, Sample.hop))),
	}
	var enough bool
	r.TokS, enough = interval(column(group, Sample.TokS))
	r.judge(group, enough)
	return r
}

// column is one number of every sample or part.
func column[T any](group []T, f func(T) float64) []float64 {
	values := make([]float64, len(group))
	for i, s := range group {
		values[i] = f(s)
	}
	return values
}

// layers is the medians of every kind of layer, in the order of the first sample that
// has it.
func layers(group []Sample) []Part {
	var parts []Part
	of := map[string][]Part{}
	for _, s := range group {
		for _, p := range s.Parts {
			if of[p.Kind] == nil {
				parts = append(parts, p)
			}
			p.Share = Number(measured(float64(p.Bytes)) / p.Ns / s.wall())
			p.ShareOfLimit = Number(measured(p.LimitNs) / p.Ns)
			of[p.Kind] = append(of[p.Kind], p)
		}
	}
	for i := range parts {
		p := &parts[i]
		middle := func(field func(Part) float64) float64 { return median(column(of[p.Kind], field)) }
		p.Ns = middle(func(p Part) float64 { return p.Ns })
		p.SerialNs = middle(func(p Part) float64 { return p.SerialNs })
		p.WaitNs = middle(func(p Part) float64 { return p.WaitNs })
		p.LimitNs = middle(func(p Part) float64 { return p.LimitNs })
		p.Share = Number(middle(func(p Part) float64 { return float64(p.Share) }))
		p.ShareOfLimit = Number(middle(func(p Part) float64 { return float64(p.ShareOfLimit) }))
	}
	return parts
}
