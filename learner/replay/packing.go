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
	files := max(int64(n*share), 1)
	share = float64(files) / n
	scan.MinNum = max(int64(math.Round(float64(max(scan.MinNum, 1))*share)), 1)
	if share < 1 {
		scan.MaxPartition, scan.OpenCost = max(int64(split), 1), min(scan.OpenCost, int64(split))
	}
	return max(float64(scan.packEqual(files, int64(size)))/share, 1)
}

// packEqual is the number of tasks that Pack makes of n files of one size. Their
// pieces have two sizes at most, so that nothing needs to be listed.
func (s Scan) packEqual(n, size int64) int64 {
	split := s.maxSplit(n * (size + s.OpenCost))
	whole, rest := size/split, size%split
	pieces := n * whole
	if rest > 0 {
		pieces += n
	}
	fit := func(limit int64) int64 {
		f := filling{limit: limit, open: s.OpenCost, tasks: 1}
		f.add(n*whole, split)
		if rest > 0 {
			f.add(n, rest)
		}
		return f.tasks
	}
	tasks := fit(split)
	if s.MaxNum > 0 && tasks > s.MaxNum {
		tasks = fit((n*size + pieces*s.OpenCost + s.MaxNum - 1) / s.MaxNum)
	}
	return tasks
}

// A filling is next-fit with many equal pieces at a time.
type filling struct {
	limit, open int64
	tasks       int64
	pieces      int64 // in the open task
	filled      int64 // its bytes and opening costs
}

func (f *filling) add(n, size int64) {
	for n > 0 {
		if f.pieces > 0 && f.filled+size > f.limit {
			f.tasks++
			f.pieces, f.filled = 0, 0
		}
		// One goes in, and as many more as leave the limit.
		k := min(1+max(f.limit-size-f.filled, 0)/(size+f.open), n)
		f.pieces += k
		f.filled += k * (size + f.open)
		n -= k
	}
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
