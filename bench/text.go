package bench

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"moebench/hw"
)

// digits prints at least three significant digits and no exponent: people
// compare the numbers of a column by their length.
func digits(n Number) string {
	v := float64(n)
	if !n.Known() {
		return hw.NotAvailable
	}
	if v == 0 {
		return "0"
	}
	// The exponent is that of the rounded value: 99.96 becomes 100, not 100.0.
	_, exponent, _ := strings.Cut(strconv.FormatFloat(v, 'e', 2, 64), "e")
	e, err := strconv.Atoi(exponent)
	if err != nil {
		return hw.NotAvailable
	}
	return strconv.FormatFloat(v, 'f', max(0, 2-e), 64)
}

// billions prints a number of parameters in billions; none has zero.
func billions(params int64) string {
	if params <= 0 {
		return hw.NotAvailable
	}
	return digits(Number(params) / 1e9)
}

// fixed prints two decimals.
func fixed(n Number) string {
	if !n.Known() {
		return hw.NotAvailable
	}
	return strconv.FormatFloat(float64(n), 'f', 2, 64)
}

// String prints the median and the interval, such as "12.3 [12.1..12.6]".
func (i Interval) String() string {
	if !i.Median.Known() {
		return hw.NotAvailable
	}
	return fmt.Sprintf("%s [%s..%s]", digits(i.Median), digits(i.Lo), digits(i.Hi))
}

// span says from where to where some numbers go, such as "6 to 12".
func span(n []int) string {
	least, most := slices.Min(n), slices.Max(n)
	if least == most {
		return strconv.Itoa(least)
	}
	return fmt.Sprintf("%d to %d", least, most)
}

// lineTakes says how long a cache line took from core to core, where that is known.
func lineTakes(ns []float64) string {
	var known []int
	for _, x := range ns {
		if x > 0 {
			known = append(known, int(math.Round(x)))
		}
	}
	if len(known) == 0 {
		return ""
	}
	return fmt.Sprintf(" A cache line took %s ns from core to core.", span(known))
}

// shorten keeps the end of a name: checkpoints are paths, and their last element
// tells them apart. A bar would end the cell of a markdown table.
func shorten(name string, most int) string {
	name = strings.ReplaceAll(strings.Join(strings.Fields(name), "_"), "|", "_")
	if utf8.RuneCountInString(name) <= most {
		return name
	}
	r := []rune(name)
	return "…" + string(r[len(r)-most+1:])
}
