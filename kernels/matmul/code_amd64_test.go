//go:build !purego

package matmul

import (
	"bytes"
	"encoding/binary"
	"reflect"
	"runtime"
	"testing"
	"unsafe"
)

// TestCodeLines: the lines that kernels keep are all of their code, or that up to the end of a
// loop, and two too many at most.
func TestCodeLines(t *testing.T) {
	for _, k := range []struct {
		run   func(*Call)
		lines int
		end   []byte // of the loop, or nil
	}{
		{bf16AVX512BF16Few, bf16FewLines, nil}, {bf16AVX512BF16, bf16Lines, nil},
		{int8AVX512VNNIFew, int8FewLines, nil}, {int8AVX512VNNI, int8Lines, nil},
		{mxfp4AVX512VBMIFew, mxfp4FewLines, nil}, {mxfp4AVX512VBMI, mxfp4Lines, nil},
		{mxfp4AVX512VNNIFew, mxfp4FewLines, nil}, {mxfp4AVX512VNNI, mxfp4Lines, nil},
		{fp8AVX512BF16, fp8Lines, []byte{0x48, 0xff, 0xca, 0x0f, 0x85}}, // DECQ DX; JNZ
	} {
		name, code := code(t, k.run)
		if k.end != nil {
			at := bytes.Index(code, k.end)
			if at < 0 {
				t.Fatalf("%s: no such loop", name)
			}
			code = code[:at+len(k.end)+4] // where it goes on
		}
		if need := (len(code)-1+63)/64 + 1; k.lines < need || k.lines > need+2 {
			t.Errorf("%s has %d bytes: keeps %d lines, want %d", name, len(code), k.lines, need)
		}
	}
}

// code is the name and the code of the assembly function which what Go calls instead, to pass
// arguments, calls.
func code(t *testing.T, run func(*Call)) (string, []byte) {
	pc := reflect.ValueOf(run).Pointer()
	caller, name := extent(pc), runtime.FuncForPC(pc).Name()
	for i := range len(caller) - 4 {
		const call = 0xe8
		to := pc + uintptr(i) + 5 + uintptr(int32(binary.LittleEndian.Uint32(caller[i+1:])))
		if f := runtime.FuncForPC(to); caller[i] == call && f != nil && f.Entry() == to && f.Name() == name {
			return name, extent(to)
		}
	}
	t.Fatalf("%s calls no assembly", name)
	return "", nil
}

// extent is the code of the function that begins at pc, with what pads it.
func extent(pc uintptr) []byte {
	n := uintptr(0)
	for f := runtime.FuncForPC(pc); f != nil && f.Entry() == pc; f = runtime.FuncForPC(pc + n) {
		n++
	}
	return unsafe.Slice(*(**byte)(unsafe.Pointer(&pc)), n)
}
