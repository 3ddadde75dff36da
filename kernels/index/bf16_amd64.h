// VDPBF16PS adds the products of the bf16 of registers s and v, 32 pairs by twos, to the
// 16 f32 of d. Go's assembler does not have it: registers are given by number, 0..31. This is
// its EVEX encoding: map 2, prefix F3, W0, opcode 52, 512 bits.
#define VDPBF16PS(s, v, d) \
	BYTE $0x62                                                \
	BYTE $((((d)&8)<<4|((s)&16)<<2|((s)&8)<<2|((d)&16))^0xF2) \
	BYTE $((((v)&15)^15)<<3|6)                                \
	BYTE $(0x40|(((v)&16)^16)>>1)                             \
	BYTE $0x52                                                \
	BYTE $(0xC0|((d)&7)<<3|((s)&7))
