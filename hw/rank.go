package hw

import (
	"cmp"
	"slices"
)

// Rank orders n ways to do the same work, the fastest first. They take turns, so that a
// neighbour's noise meets them all; what counts is the median of the parts they took of the
// time of each round, so that a slow round weighs no more than others. measure runs way i for
// as short as will do, and returns its time in any unit. The medians are those of the ways.
func Rank(n, rounds int, measure func(i int) float64) (order []int, medians []float64) {
	order, medians = make([]int, n), make([]float64, n)
	parts := make([][]float64, n)
	for range rounds {
		all, times := 0.0, make([]float64, n)
		for i := range times {
			times[i] = measure(i)
			all += times[i]
		}
		for i, t := range times {
			parts[i] = append(parts[i], t/all)
		}
	}
	for i := range order {
		order[i], medians[i] = i, median(parts[i])
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(medians[a], medians[b]) })
	return order, medians
}

// Least is the first of n ways that is within a fiftieth of the fastest, as far as chance takes the
// best of many below what it should be: where memory is busy all may be alike, and those that fetch
// little, which come first, lose least when it is not.
func Least(n, rounds int, measure func(i int) float64) int {
	order, medians := Rank(n, rounds, measure)
	return slices.IndexFunc(medians, func(m float64) bool { return m <= 1.02*medians[order[0]] })
}
