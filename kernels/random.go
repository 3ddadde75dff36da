package kernels

// Synthetic data comes from splitmix64 (Steele, Lea, Flood 2014): number n of a
// seed is Mix(seed + n*Golden), the same on every machine, and any number can be
// had without the ones before it.

// Golden is 2^64 divided by the golden ratio, the step of the generator.
const Golden = 0x9e3779b97f4a7c15

// Mix is the generator's finaliser.
func Mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Grow returns s with n elements: its own memory where that is enough, else new
// memory with s's elements copied. Scratch grows this way on first use.
func Grow[E any](s []E, n int) []E {
	if cap(s) < n {
		return append(make([]E, 0, n), s[:cap(s)]...)[:n]
	}
	return s[:n]
}
