package bench

import (
	"fmt"
	"math"
	"strconv"
)

// Measured is a quotient of times per token with its interval, from samples of
// both models taken in turns.
type Measured struct {
	Ratio Number `json:"ratio"`
	Lo    Number `json:"lo"`
	Hi    Number `json:"hi"`
	N     int    `json:"n"`
}

// String prints the quotient and its interval, - where nothing was measured.
func (m Measured) String() string {
	if m.N == 0 {
		return "-"
	}
	return Interval{m.Ratio, m.Lo, m.Hi, m.N}.String()
}

// quotient pairs samples by their turn, so that both saw the same machine.
func quotient(a, b []Sample) Measured {
	var q []float64
	for i := range min(len(a), len(b)) {
		q = append(q, perToken(a[i])/perToken(b[i]))
	}
	i, _ := interval(q)
	return i.measured()
}

// measured is the interval as a quotient.
func (i Interval) measured() Measured { return Measured{i.Median, i.Lo, i.Hi, i.N} }

// perToken is the nanoseconds one token takes.
func perToken(s Sample) float64 { return s.StepNs / float64(s.Rows()) }

// alternate deals samples into two hands.
func alternate(s []Sample) (even, odd []Sample) {
	for i, x := range s {
		if i%2 == 0 {
			even = append(even, x)
		} else {
			odd = append(odd, x)
		}
	}
	return even, odd
}

// judge adds the measured quotient of a compute claim, and says what sets the
// time where, with one sequence, it is not the quotient of bytes.
func (c *Checked) judge(a, b []Sample, batch int) {
	m := quotient(a, b)
	if c.Measured == nil {
		c.Measured = map[string]Measured{}
	}
	c.Measured[strconv.Itoa(batch)] = m
	if batch != 1 || m.N == 0 {
		return
	}
	if math.Abs(float64(m.Ratio)/float64(c.Touched)-1) <= 0.1 {
		c.Note = "one sequence: time follows bytes, of which weights are most"
		return
	}
	c.Note = fmt.Sprintf("time is not the quotient of bytes: %s, %s", shares(a), shares(b))
	if limit := Number(ratio(median(column(a, Sample.LimitNs)), median(column(b, Sample.LimitNs)))); limit.Known() {
		c.Note += fmt.Sprintf("; as memory and arithmetic limit them it would be %s", digits(limit))
	}
}

// shares says how near to the memory wall and to its limit a model runs.
func shares(s []Sample) string {
	text := fmt.Sprintf("%s runs at %.0f %% of the memory wall", s[0].Model, 100*median(column(s, Sample.Share)))
	if limit := median(column(s, Sample.ShareOfLimit)); Number(limit).Known() {
		text += fmt.Sprintf(" and %.0f %% of the limit", 100*limit)
	}
	return text
}
