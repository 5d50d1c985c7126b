package replay

// A Scan is what decides how many tasks read a set of files (FilePartition).
// Sizes are bytes.
type Scan struct {
	MaxPartition int64 // files.maxPartitionBytes
	OpenCost     int64 // files.openCostInBytes
	MinNum       int64 // files.minPartitionNum, else the default parallelism
	MaxNum       int64 // files.maxPartitionNum, 0: none
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
