package replay

// coalescing is what decides how AQE merges small shuffle partitions
// (CoalesceShufflePartitions, ShufflePartitionsUtil). Sizes are bytes.
type coalescing struct {
	Advisory int64 // advisoryPartitionSizeInBytes
	MinSize  int64 // minPartitionSize (3.2 and later), 0 before
	MinNum   int64 // minPartitionNum, else the default parallelism where it counts, else 1
	Legacy   bool  // Spark 3.0 and 3.1
}

// Target is the size up to which partitions are merged, for shuffles that hold
// total bytes together.
func (c coalescing) Target(total int64) int64 {
	n := max(c.MinNum, 1)
	even := (total + n - 1) / n
	if c.Legacy {
		return min(max(even, 16), c.Advisory)
	}
	return max(min(even, c.Advisory), c.MinSize)
}

// A reduceRange is the reduce partitions [From, To) that one task reads.
type reduceRange struct{ From, To int }

// merge coalesces the partitions of shuffles that are read together: sizes[i]
// is partition i summed over them. Empty ranges vanish; where all are empty one
// task remains. The ranges are appended to out.
func (c coalescing) merge(sizes []int64, out []reduceRange) []reduceRange {
	var total int64
	for _, s := range sizes {
		total += s
	}
	if total == 0 {
		return append(out, reduceRange{0, len(sizes)})
	}
	target, minSize := c.Target(total), c.MinSize
	if c.Legacy {
		minSize = 0
	}
	start := 0
	var cur, prev int64 // bytes of the open and of the last closed range
	closeAt := func(i int) {
		if cur > 0 {
			out = append(out, reduceRange{start, i})
			prev = cur
		}
		start, cur = i, 0
	}
	for i, s := range sizes {
		if cur > 0 && cur+s > target {
			switch {
			case cur >= minSize:
				closeAt(i)
			case prev > 0 && prev < s:
				out[len(out)-1].To = i
				prev += cur
				start, cur = i, 0
			}
		}
		cur += s
	}
	if cur > 0 && cur < minSize && prev > 0 {
		out[len(out)-1].To = len(sizes)
		return out
	}
	closeAt(len(sizes))
	return out
}
