package features

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// sortedExecutors lists the executors that were added or ran tasks, by id:
// numbers in their order, then names.
func (b *builder) sortedExecutors() []*executorState {
	return slices.SortedFunc(maps.Values(b.executors), func(x, y *executorState) int {
		i, err1 := strconv.Atoi(x.id)
		j, err2 := strconv.Atoi(y.id)
		if err1 == nil && err2 == nil {
			return cmp.Compare(i, j)
		}
		return cmp.Or(compareBool(err1 != nil, err2 != nil), cmp.Compare(x.id, y.id))
	})
}

// reservation is what executors offered over time: all of them, and those of
// each resource profile, since a stage's tasks run on its own profile's only.
type reservation struct {
	*lifeLine
	profiles map[int]*lifeLine
}

// reserve makes the executors' rows and their reservation.
func (b *builder) reserve(app *App, xs []*executorState, cluster sparkconf.Cluster, end int64) reservation {
	sizes := containers{profiles: b.profiles, cluster: cluster, version: b.version, props: b.props}
	var lives []life
	byProfile := map[int][]life{}
	for _, x := range xs {
		c := sizes.of(x.profile)
		row := Executor{
			RunKey: app.Run.RunKey, ExecutorID: x.id, Host: x.host, Cores: int64(x.cores), ResourceProfileID: int64(x.profile),
			HeapBytes: c.heap, OverheadBytes: c.overhead, UnifiedBytes: Null[int64]{V: x.unified, OK: x.unified > 0},
			AddedAt: at(x.added), RemovedAt: at(x.removed), RemovedReason: sparkconf.RedactText(x.reason),
			Tasks: x.ended, FailedTasks: x.failed, TaskTimeS: seconds(x.taskMS), GCTimeS: seconds(x.gcMS),
			HeapPeakBytes:    Null[int64]{V: x.heapPeak, OK: x.heapPeak > 0},
			UnifiedPeakBytes: Null[int64]{V: x.unifiedPeak, OK: x.unifiedPeak > 0},
		}
		if x.gone {
			row.RemovedClass = removedClass(x.reason, cluster.Dynamic)
		}
		app.Executors = append(app.Executors, row)
		if x.added == 0 {
			continue // the log does not say since when
		}
		l := life{from: int64(x.added), to: end, cores: int64(x.cores), slots: b.slots(x), memory: c.total}
		if x.gone {
			l.to = int64(x.removed)
		}
		lives = append(lives, l)
		byProfile[x.profile] = append(byProfile[x.profile], l)
	}
	line := reservation{newLifeLine(lives, end), map[int]*lifeLine{}}
	for profile, lives := range byProfile {
		line.profiles[profile] = newLifeLine(lives, end)
	}
	r := &app.Run
	r.ExecutorsMax, r.CoresMax = line.executorsMax, line.coreMax
	if len(lives) > 0 {
		r.CoreS = known(line.coreS)
		r.MemoryByteS = Null[float64]{V: line.memoryByteS, OK: line.memoryKnown}
		if line.aliveS > 0 {
			r.SlotsMean = known(line.slotS / line.aliveS)
		}
	}
	return line
}

// slots is how many tasks an executor runs at once: whole multiples of the
// profile's CPUs per task, else of spark.task.cpus.
func (b *builder) slots(x *executorState) int64 {
	cpus := 1.0
	if p := b.profiles[x.profile]; p != nil && p.TaskCPUs > 0 {
		cpus = p.TaskCPUs
	} else if v, ok := parseFloat(b.props["spark.task.cpus"]); ok && v > 0 {
		cpus = v
	}
	return int64(float64(x.cores) / cpus)
}
