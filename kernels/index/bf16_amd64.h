// Go's assembler has no VDPBF16PS.

// DOT2 adds the products of the two bf16 elements in every lane of Zv and Zs to Zd; d, v
// and s are register numbers. EVEX, map 2, prefix F3, W0, opcode 52, 512 bits.
#define DOT2(s, v, d) \
	BYTE $0x62; BYTE $(((d&8)<<4|(s&16)<<2|(s&8)<<2|(d&16))^0xF2); BYTE $(((v&15)^15)<<3|6) \
	BYTE $(0x40|((v&16)^16)>>1); BYTE $0x52; BYTE $(0xC0|(d&7)<<3|(s&7))
