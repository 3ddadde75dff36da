// The tile of 12 rows in which queries meet keys, of pairscores and pairfew. They define R0, R3,
// R6 and R9_, where rows 0, 3, 6 and 9 are, ROW, the bytes from row to row, and TMP.

// TILE_ROWS points at the rows behind the first one.
#define TILE_ROWS \
	LEAQ (ROW)(ROW*2), TMP \
	LEAQ (R0)(TMP*1), R3   \
	LEAQ (R3)(TMP*1), R6   \
	LEAQ (R6)(TMP*1), R9_

// TILE does something with 4 elements of every row and its accumulators, for 8 queries and for
// 8 more.
#define TILE(ROW_, at) \
	ROW_(at(R0), 0, 12)          \
	ROW_(at(R0)(ROW*1), 1, 13)   \
	ROW_(at(R0)(ROW*2), 2, 14)   \
	ROW_(at(R3), 3, 15)          \
	ROW_(at(R3)(ROW*1), 4, 16)   \
	ROW_(at(R3)(ROW*2), 5, 17)   \
	ROW_(at(R6), 6, 18)          \
	ROW_(at(R6)(ROW*1), 7, 19)   \
	ROW_(at(R6)(ROW*2), 8, 20)   \
	ROW_(at(R9_), 9, 21)         \
	ROW_(at(R9_)(ROW*1), 10, 22) \
	ROW_(at(R9_)(ROW*2), 11, 23)

// TILE_SUM adds up the two sums of rows a and b, and lays them side by side: t and u are lost,
// odd has the odd lanes.
#define TILE_SUM(a, b, t, u, odd, address) \
	VMOVSHDUP a, t         \
	VMOVSLDUP b, odd, t    \
	VBLENDMPS b, a, odd, u \
	VADDPS u, t, t         \
	VMOVUPS t, address
