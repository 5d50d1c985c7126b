package replay

import "slices"

// A Scan is what decides how many tasks read a set of files (FilePartition).
// Sizes are bytes.
type Scan struct {
	MaxPartition int64 // files.maxPartitionBytes
	OpenCost     int64 // files.openCostInBytes
	MinNum       int64 // files.minPartitionNum, else the default parallelism
	MaxNum       int64 // files.maxPartitionNum, 0: none
}

// A ScanTask is what one task reads.
type ScanTask struct {
	Bytes int64
	Files int
}

// MaxSplit is the size in which splittable files are cut.
func (s Scan) MaxSplit(files []int64) int64 {
	var total int64
	for _, f := range files {
		total += f + s.OpenCost
	}
	return s.maxSplit(total)
}

// maxSplit takes the files' bytes and opening costs.
func (s Scan) maxSplit(total int64) int64 {
	return max(min(s.MaxPartition, max(s.OpenCost, total/max(s.MinNum, 1))), 1)
}

// Pack cuts splittable files and packs the pieces into tasks, largest first, as
// Spark does.
func (s Scan) Pack(files []int64) []ScanTask {
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
	tasks := s.fit(pieces, split)
	if s.MaxNum > 0 && int64(len(tasks)) > s.MaxNum {
		var total int64
		for _, p := range pieces {
			total += p + s.OpenCost
		}
		tasks = s.fit(pieces, (total+s.MaxNum-1)/s.MaxNum)
	}
	return tasks
}

// fit is next-fit: a task closes when the next piece would pass the limit.
func (s Scan) fit(pieces []int64, limit int64) []ScanTask {
	var tasks []ScanTask
	var cur ScanTask
	var filled int64
	for _, p := range pieces {
		if cur.Files > 0 && filled+p > limit {
			tasks = append(tasks, cur)
			cur, filled = ScanTask{}, 0
		}
		cur.Bytes += p
		cur.Files++
		filled += p + s.OpenCost
	}
	return append(tasks, cur)
}
