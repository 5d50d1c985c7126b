package replay

import "math"

// mostPieces bounds the list that is packed; a longer one is packed in small.
const mostPieces = 1 << 12

// scanTasks is how many tasks read n equal files that hold bytes together.
func scanTasks(bytes, n float64, scan Scan) float64 {
	n = max(math.Round(n), 1)
	size := bytes / n
	split := min(float64(scan.MaxPartition), max(float64(scan.OpenCost), (bytes+n*float64(scan.OpenCost))/float64(max(scan.MinNum, 1))))
	if size/split > mostPieces {
		return math.Ceil(size/split) * n
	}
	// A share of the files, on the same share of the parallelism, gives that
	// share of the tasks.
	share := min(1, mostPieces/(n*math.Ceil(max(size/split, 1))))
	files := make([]int64, max(int(n*share), 1))
	for i := range files {
		files[i] = int64(size)
	}
	share = float64(len(files)) / n
	scan.MinNum = max(int64(math.Round(float64(max(scan.MinNum, 1))*share)), 1)
	if share < 1 {
		scan.MaxPartition, scan.OpenCost = max(int64(split), 1), min(scan.OpenCost, int64(split))
	}
	return max(float64(len(scan.Pack(files)))/share, 1)
}

// filesFor is about the least number of equal files that a scan cuts into n tasks.
func filesFor(bytes, n float64, scan Scan) float64 {
	best, off := 1.0, math.Inf(1)
	for f := 1.0; f <= 8*n+64; f = max(f+1, math.Floor(f*1.03)) {
		if d := math.Abs(scanTasks(bytes, f, scan) - n); d < off {
			best, off = f, d
		}
		if off == 0 {
			break
		}
	}
	return best
}
