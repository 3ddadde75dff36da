package moe

import "moebench/kernels"

// groups sorts the choices of a pass by expert.
type groups struct {
	starts []int32 // [experts+1]
	slots  []int32 // choices in expert order: slot = token*TopK + rank
	places []int32 // [T][TopK] where in slots those of a token are, in that order
	found  []int32 // [T] how many places of a token are known, while they are looked for
}

// sort is a counting sort: stable, so that tokens stay in order.
func (g *groups) sort(ids []int32, topK, experts int) {
	g.starts, g.slots = kernels.Grow(g.starts, experts+1), kernels.Grow(g.slots, len(ids))
	clear(g.starts)
	for _, id := range ids {
		g.starts[id+1]++
	}
	for e := range experts {
		g.starts[e+1] += g.starts[e]
	}
	for slot, id := range ids {
		g.slots[g.starts[id]] = int32(slot)
		g.starts[id]++
	}
	copy(g.starts[1:], g.starts[:experts])
	g.starts[0] = 0
	g.places, g.found = kernels.Grow(g.places, len(ids)), kernels.Grow(g.found, len(ids)/topK)
	clear(g.found)
	for place, slot := range g.slots {
		token := slot / int32(topK)
		g.places[int(token)*topK+int(g.found[token])] = int32(place)
		g.found[token]++
	}
}

// of lists the slots that chose an expert.
func (g *groups) of(expert int) []int32 { return g.slots[g.starts[expert]:g.starts[expert+1]] }
