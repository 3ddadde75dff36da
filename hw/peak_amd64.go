//go:build !purego

package hw

//go:noescape
func peakF32AVX512(n int)

//go:noescape
func peakF32AVX2(n int)

//go:noescape
func peakInt8AVX512VNNI(n int)

//go:noescape
func peakInt8AVX2(n int)

//go:noescape
func peakBF16AVX512BF16(n int)

//go:noescape
func tileF32AVX512(n int)

//go:noescape
func tileF32AVX2(n int)

//go:noescape
func tileBF16AVX512BF16(n int)

//go:noescape
func tileInt8AVX512VNNI(n int)

//go:noescape
func tileInt8AVX2(n int)

var peakLoops = []peakLoop{
	{"f32", AVX2, peakF32AVX2, 2 * 8 * 12},
	{"f32", AVX512, peakF32AVX512, 2 * 16 * 12},
	{"bf16", AVX512BF16, peakBF16AVX512BF16, 2 * 32 * 24},
	{"int8", AVX2, peakInt8AVX2, 2 * 32 * 12},
	{"int8", AVX512VNNI, peakInt8AVX512VNNI, 2 * 64 * 12},
	{"f32 tile", AVX2, tileF32AVX2, 2 * 8 * 24},
	{"f32 tile", AVX512, tileF32AVX512, 2 * 16 * 12},
	{"bf16 tile", AVX512BF16, tileBF16AVX512BF16, 2 * 32 * 24},
	{"int8 tile", AVX2, tileInt8AVX2, 2 * 32 * 10},
	{"int8 tile", AVX512VNNI, tileInt8AVX512VNNI, 2 * 64 * 24},
}
