package topk

func Select(ids []int32, scores []float32) {
	n := 0
	for i, s := range scores {
		j := n
		for j > 0 && s > scores[ids[j-1]] {
			j--
		}
		if j == len(ids) {
			continue
		}
		n = min(n+1, len(ids))
		copy(ids[j+1:n], ids[j:n-1])
		ids[j] = int32(i)
	}
}
