package features

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/spark-apprentice/apprentice/eventlog"
)

// extremes is how many longest and largest tasks a stage keeps exactly.
const extremes = 16

// taskShape is what replay needs of one successful task, in the log's units.
type taskShape struct {
	index              int
	bytes, rows, spill int64
	ms, runMS, gcMS    int64
	cpuNS              int64
}

func shapeOf(e *eventlog.TaskEnd) taskShape {
	m := &e.Metrics
	return taskShape{
		index: e.Task.Index,
		bytes: m.InputBytes + m.ShuffleReadBytes(),
		rows:  m.InputRecords + m.ShuffleReadRecords,
		spill: m.MemoryBytesSpilled,
		ms:    int64(e.Task.Duration()),
		runMS: int64(m.ExecutorRunTime),
		gcMS:  int64(m.JVMGCTime),
		cpuNS: int64(m.ExecutorCPUTime),
	}
}

// taskBins counts tasks by powers of two of bytes and time.
type taskBins map[[2]int8]*binTotals

type binTotals struct {
	n                      int64
	bytes, rows, spill     int64
	ms, runMS, gcMS, cpuNS int64
}

func (b taskBins) add(t *taskShape) {
	k := [2]int8{log2(t.bytes), log2(t.ms)}
	bin := b[k]
	if bin == nil {
		bin = new(binTotals)
		b[k] = bin
	}
	bin.n++
	bin.bytes += t.bytes
	bin.rows += t.rows
	bin.spill += t.spill
	bin.ms += t.ms
	bin.runMS += t.runMS
	bin.gcMS += t.gcMS
	bin.cpuNS += t.cpuNS
}

// rows returns the bins, smallest bytes first, then shortest.
func (b taskBins) rows() []TaskBin {
	out := make([]TaskBin, 0, len(b))
	for k, t := range b {
		out = append(out, TaskBin{
			Log2Bytes: int64(k[0]), Log2Time: int64(k[1]), N: t.n, Bytes: t.bytes, Rows: t.rows,
			DurationS: seconds(t.ms), RunS: seconds(t.runMS), CPUS: eventlog.Nanos(t.cpuNS).Seconds(),
			GCS: seconds(t.gcMS), SpillBytes: t.spill,
		})
	}
	slices.SortFunc(out, func(a, b TaskBin) int {
		return cmp.Or(cmp.Compare(a.Log2Bytes, b.Log2Bytes), cmp.Compare(a.Log2Time, b.Log2Time))
	})
	return out
}

// log2 is floor(log2(v)), −1 for 0 and below.
func log2(v int64) int8 {
	if v <= 0 {
		return -1
	}
	return int8(bits.Len64(uint64(v)) - 1)
}

// extremeTasks keeps the tasks with the largest keys, largest first; equal keys
// go by index, so that the order of the log does not matter.
type extremeTasks struct {
	key   func(*taskShape) int64
	tasks []taskShape
}

func (x *extremeTasks) compare(a, b *taskShape) int {
	return cmp.Or(cmp.Compare(x.key(b), x.key(a)), cmp.Compare(a.index, b.index))
}

func (x *extremeTasks) add(t *taskShape) {
	if n := len(x.tasks); n == extremes {
		if x.compare(t, &x.tasks[n-1]) >= 0 {
			return
		}
		x.tasks = x.tasks[:n-1]
	}
	i := len(x.tasks)
	for i > 0 && x.compare(t, &x.tasks[i-1]) < 0 {
		i--
	}
	x.tasks = slices.Insert(x.tasks, i, *t)
}

func (x *extremeTasks) rows() []TaskSample {
	out := make([]TaskSample, len(x.tasks))
	for i, t := range x.tasks {
		out[i] = TaskSample{
			Index: int64(t.index), Bytes: t.bytes, Rows: t.rows, DurationS: seconds(t.ms), RunS: seconds(t.runMS),
			CPUS: eventlog.Nanos(t.cpuNS).Seconds(), GCS: seconds(t.gcMS), SpillBytes: t.spill,
		}
	}
	return out
}
