package replay

import (
	"math"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// A layout is how many executors of which size there are.
type layout struct {
	executors int
	cores     int // of one executor
	taskCPUs  int
	slots     int // tasks at once
	container sparkconf.Container
	ramp      *allocation // dynamic allocation; nil where executors are there from the start
}

// newLayout derives it from what the run had and from what the settings change:
// standalone shares cores.max out among executors, elsewhere instances or
// dynamic allocation's maximum count.
func newLayout(run *features.Run, version sparkconf.Version, v values) layout {
	had := values{run: run}
	executors, cores := int(max(run.ExecutorsMax, 1)), int(max(run.CoresMax, 1))
	l := layout{executors: executors, cores: max(cores/executors, 1)}
	l.taskCPUs = int(max(v.int("spark.task.cpus", 1), 1))
	dynamic := v.bool("spark.dynamicAllocation.enabled", false)
	most := v.int("spark.dynamicAllocation.maxExecutors", math.MaxInt32)
	if run.ClusterManager != "local" {
		if c := v.int("spark.executor.cores", 0); c > 0 && c != had.int("spark.executor.cores", 0) {
			l.cores = int(c)
			if run.ClusterManager == "standalone" || dynamic {
				l.executors = max(cores/l.cores, 1) // the same cores in other portions
			}
		}
		if m := v.int("spark.cores.max", 0); m > 0 && m != had.int("spark.cores.max", 0) && run.ClusterManager == "standalone" {
			l.cores = min(l.cores, int(m))
			l.executors = max(int(m)/l.cores, 1)
		}
		if n := v.int("spark.executor.instances", 0); n > 0 && n != had.int("spark.executor.instances", 0) && !dynamic {
			l.executors = int(n)
		}
		if dynamic {
			if before := had.int("spark.dynamicAllocation.maxExecutors", math.MaxInt32); most > before && int64(executors) >= before {
				l.executors = int(min(most, int64(l.executors)*most/max(before, 1))) // it had wanted more
			}
			l.executors = int(min(int64(l.executors), max(most, 1)))
		}
	}
	l.slots = max(l.executors*(l.cores/l.taskCPUs), 1)
	l.container = containerOf(run, version, v)
	if dynamic {
		low := v.int("spark.dynamicAllocation.minExecutors", 0)
		backlog := v.seconds("spark.dynamicAllocation.schedulerBacklogTimeout", 1)
		l.ramp = &allocation{
			Initial:   int(max(low, v.int("spark.dynamicAllocation.initialExecutors", low), v.int("spark.executor.instances", 0))),
			Max:       max(l.executors, int(min(low, most))),
			Allowed:   int(most),
			Tasks:     max(l.cores/l.taskCPUs, 1),
			Ratio:     min(max(v.float("spark.dynamicAllocation.executorAllocationRatio", 1), 0), 1),
			Backlog:   backlog,
			Sustained: v.seconds("spark.dynamicAllocation.sustainedSchedulerBacklogTimeout", backlog),
			Launch:    run.ExecutorWaitS.Or(0), // what the first ones took
		}
	}
	return l
}

// raise lets dynamic allocation go as far as it may where the log had nearly all
// executors that its tasks asked for: then no cluster held it back.
func (l *layout) raise(r *run) {
	if l.ramp != nil && float64(r.row.ExecutorsMax) >= 0.75*float64(r.wanted) {
		l.ramp.Max = max(l.ramp.Allowed, 1)
	}
}

// pool is the slots as a run of these executors begins.
func (l *layout) pool() *pool {
	if l.ramp == nil {
		return newPool(freeSlots(l.slots))
	}
	return l.ramp.start()
}

// wanted is how many executors dynamic allocation asks for where nothing but
// its own bound holds it back.
func (l *layout) wanted(steps []step) int {
	if l.ramp == nil {
		return l.executors
	}
	a := *l.ramp
	a.Max = max(a.Allowed, 1)
	p := a.start()
	p.schedule(steps)
	return p.grow.executors
}

// planned is how many slots Spark sees when it plans: those of the executors that
// are registered (CoarseGrainedSchedulerBackend.defaultParallelism).
func (l *layout) planned() int {
	if l.ramp == nil {
		return l.slots
	}
	return min(max(l.ramp.Initial, 1), l.ramp.Max) * l.ramp.Tasks
}

// makespan is how long steps take on these executors.
func (l *layout) makespan(steps []step) float64 {
	_, ends := l.pool().schedule(steps)
	return last(ends)
}

// containerOf is what the cluster manager reserves for an executor.
func containerOf(run *features.Run, version sparkconf.Version, v values) sparkconf.Container {
	had := values{run: run}
	c, ok := sparkconf.ContainerOf(run.ClusterManager, version, 0, func(key string) string {
		if key == "spark.driver.memory" {
			return had.asked(key) // another heap of the driver is not modelled
		}
		return v.asked(key)
	})
	if !ok { // what cannot be read counts as not set
		c.Heap, c.Total = sparkconf.GiB, sparkconf.GiB
	}
	return c
}

// most is the most tasks that could run at once, by the most cores that were alive
// at once; 0 where no log line told of any.
func (l *layout) most(row *features.Run) float64 {
	if row.CoresMax == 0 {
		return 0
	}
	return math.Max(float64(l.slots), math.Floor(float64(row.CoresMax)/math.Max(float64(l.taskCPUs), 1)))
}
