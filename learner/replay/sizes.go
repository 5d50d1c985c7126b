package replay

import (
	"slices"
	"sync"
)

// mostPartitions bounds the list of partition sizes.
const mostPartitions = 1 << 16

// sizes are the partitions of the shuffle that a stage reads: even, but for hot
// keys and for those that hold nothing.
func (s *stage) sizes(read, full float64, room *[]int64) []int64 {
	n := int(min(max(full, 1), mostPartitions))
	hot := 0.0
	for _, h := range s.hot {
		hot += h
	}
	*room = slices.Grow((*room)[:0], n)[:n]
	out := *room
	each := int64(read * (1 - hot) / float64(n))
	for i := range out {
		out[i] = each
	}
	for i, h := range s.hot {
		out[spread(i, n)] += int64(h * read)
	}
	return out
}

// spread places the i-th of a few things among n, always the same way.
func spread(i, n int) int { return (i*7919 + n/3) % n }

// room is memory that each stage of a plan, and the next plan, uses again.
type room struct {
	sizes  []int64
	ranges []reduceRange
}

var rooms = sync.Pool{New: func() any { return new(room) }}

// merged are the sizes after coalescing, in the place of those before.
func (r *room) merged(c coalescing, sizes []int64) []int64 {
	r.ranges = c.merge(sizes, r.ranges[:0])
	for i, g := range r.ranges {
		var sum int64
		for _, b := range sizes[g.From:g.To] {
			sum += b
		}
		sizes[i] = sum
	}
	return sizes[:len(r.ranges)]
}

// unskewed are the sizes after the skewed partitions of a join are split by the
// map tasks that wrote them, each about as much.
func unskewed(skew Skew, sizes []int64, maps float64) []int64 {
	limit, target := skew.Limit(sizes)
	if maps < 2 || slices.Max(sizes) <= limit {
		return sizes
	}
	var out []int64
	for _, b := range sizes {
		if b <= limit {
			out = append(out, b)
			continue
		}
		blocks := make([]int64, int(min(maps, mostPartitions)))
		for i := range blocks {
			blocks[i] = b / int64(len(blocks))
		}
		out = append(out, splitBlocks(blocks, target)...)
	}
	return out
}
