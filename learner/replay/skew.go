package replay

import "slices"

// Skew is when AQE splits a partition of a join, and how (OptimizeSkewedJoin).
type Skew struct {
	Factor    float64 // skewedPartitionFactor
	Threshold int64   // skewedPartitionThresholdInBytes
	Advisory  int64   // advisoryPartitionSizeInBytes
}

// Pieces of a split: the next map block opens a new piece once the open one
// would pass the target; a piece joins its neighbour while their sum stays
// below mergedFactor × target or one of them is below smallFactor × target
// (ShufflePartitionsUtil.splitSizeListByTargetSize).
const (
	smallFactor  = 0.2
	mergedFactor = 1.2
)

// Limit is the size above which a partition counts as skewed, and Target the
// size its pieces aim at, for one side's partition sizes.
func (s Skew) Limit(sizes []int64) (limit, target int64) {
	if len(sizes) == 0 {
		return s.Threshold, s.Advisory
	}
	sorted := slices.Clone(sizes)
	slices.Sort(sorted)
	median := sorted[len(sorted)/2]
	if len(sorted)%2 == 0 {
		median = (median + sorted[len(sorted)/2-1]) / 2
	}
	median = max(median, 1)
	limit = max(s.Threshold, int64(s.Factor*float64(median)))
	var sum, n int64
	for _, b := range sorted {
		if b <= limit {
			sum, n = sum+b, n+1
		}
	}
	if n == 0 {
		return limit, s.Advisory
	}
	return limit, max(s.Advisory, sum/n)
}

// splitBlocks cuts a skewed partition, given as its blocks by map task, into pieces
// of about target bytes. A block is indivisible. One piece: no split.
func splitBlocks(blocks []int64, target int64) []int64 {
	var pieces []int64
	var cur int64
	last := int64(-1) // size of the last closed piece
	closePiece := func() {
		shouldMerge := last > -1 &&
			(float64(cur+last) < float64(target)*mergedFactor ||
				float64(cur) < float64(target)*smallFactor || float64(last) < float64(target)*smallFactor)
		if shouldMerge {
			pieces[len(pieces)-1] += cur
			last = pieces[len(pieces)-1]
			return
		}
		pieces = append(pieces, cur)
		last = cur
	}
	for i, b := range blocks {
		if i > 0 && cur+b > target {
			closePiece()
			cur = 0
		}
		cur += b
	}
	closePiece()
	return pieces
}

// localRead is the number of tasks that read a shuffle of maps map tasks
// without moving data to reducers (OptimizeShuffleWithLocalRead), where k is the
// number of reduce tasks there would have been.
func localRead(maps, k int) int {
	if maps > 0 && k >= maps {
		return maps * (k / maps)
	}
	return k
}
