package replay

import "slices"

// A scanTask is what one task reads.
type scanTask struct {
	Bytes int64
	Files int
}

// packed cuts splittable files and packs the pieces into tasks, largest first,
// as Spark does (FilePartition): what packEqual must agree with.
func packed(s Scan, files []int64) []scanTask {
	if len(files) == 0 {
		return nil
	}
	split := s.MaxSplit(files)
	var pieces []int64
	for _, f := range files {
		for off := int64(0); off < f; off += split {
			pieces = append(pieces, min(split, f-off))
		}
	}
	slices.SortFunc(pieces, func(a, b int64) int { return int(min(max(b-a, -1), 1)) })
	tasks := nextFit(s, pieces, split)
	if s.MaxNum > 0 && int64(len(tasks)) > s.MaxNum {
		var total int64
		for _, p := range pieces {
			total += p + s.OpenCost
		}
		tasks = nextFit(s, pieces, (total+s.MaxNum-1)/s.MaxNum)
	}
	return tasks
}

// nextFit: a task closes when the next piece would pass the limit.
func nextFit(s Scan, pieces []int64, limit int64) []scanTask {
	var tasks []scanTask
	var cur scanTask
	var filled int64
	for _, p := range pieces {
		if cur.Files > 0 && filled+p > limit {
			tasks = append(tasks, cur)
			cur, filled = scanTask{}, 0
		}
		cur.Bytes += p
		cur.Files++
		filled += p + s.OpenCost
	}
	return append(tasks, cur)
}
