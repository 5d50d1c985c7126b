package replay

import "math"

// scanTasks is how many tasks read n equal files that hold bytes together.
func scanTasks(bytes, n float64, scan Scan) float64 {
	n = max(math.Round(n), 1)
	return float64(scan.packEqual(int64(n), int64(bytes/n)))
}

// packEqual is the number of tasks that Spark packs n splittable files of one size
// into (FilePartition.getFilePartitions: next-fit, the largest first). Their
// pieces have two sizes at most, so that nothing needs to be listed.
func (s Scan) packEqual(n, size int64) int64 {
	split := s.maxSplit(int64(min(float64(n)*float64(size+s.OpenCost), math.MaxInt64/2)))
	whole, rest := size/split, size%split
	fit := func(limit int64) int64 {
		f := filling{limit: limit, open: s.OpenCost}
		f.add(n*whole, split)
		if rest > 0 {
			f.add(n, rest)
		}
		return max(f.tasks, 1)
	}
	tasks := fit(split)
	if s.MaxNum > 0 && tasks > s.MaxNum {
		pieces := float64(n) * float64(whole+int64(b2i(rest > 0)))
		total := float64(n)*float64(size) + pieces*float64(s.OpenCost)
		tasks = fit(int64(min(math.Ceil(total/float64(s.MaxNum)), math.MaxInt64/2)))
	}
	return tasks
}

// A filling is next-fit with any number of equal pieces at a time.
type filling struct {
	limit, open int64
	tasks       int64
	filled      int64 // bytes and opening costs in the last task
}

func (f *filling) add(n, size int64) {
	if f.tasks > 0 && f.filled+size <= f.limit { // as many as the open task takes
		k := min(n, 1+(f.limit-size-f.filled)/(size+f.open))
		f.filled += k * (size + f.open)
		n -= k
	}
	if n == 0 {
		return
	}
	each := 1 + max(f.limit-size, 0)/(size+f.open) // the first goes in, whatever its size
	tasks := (n + each - 1) / each
	f.tasks += tasks
	f.filled = (n - (tasks-1)*each) * (size + f.open)
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
