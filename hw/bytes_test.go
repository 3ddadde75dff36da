package hw

import "unsafe"

func addressOf(b []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(b))) }

func sumBytes(b []byte) (sum int) {
	for _, v := range b {
		sum += int(v)
	}
	return sum
}
