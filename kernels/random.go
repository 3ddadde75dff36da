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

// Pattern turns 8 random bytes into codes of a format: bits&and|or, so that all
// codes are finite and of similar size. Floats keep sign and mantissa and get an
// exponent of 2^-1 or 2^0: uniform magnitudes in [0.5, 2). FP8 clears the top
// exponent bit, which excludes NaN and leaves magnitudes below 2. All MXFP4 and
// INT8 codes are legal.
func (f Format) Pattern() (and, or uint64) {
	switch f {
	case F32:
		return 0x80ffffff_80ffffff, 0x3f000000_3f000000
	case BF16:
		return 0x80ff_80ff_80ff_80ff, 0x3f00_3f00_3f00_3f00
	case F16:
		return 0x87ff_87ff_87ff_87ff, 0x3800_3800_3800_3800
	case FP8:
		return 0xbfbf_bfbf_bfbf_bfbf, 0
	}
	return 0xffff_ffff_ffff_ffff, 0
}
