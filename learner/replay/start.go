package replay

import (
	"fmt"
	"math"

	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// NoStart says why Spark would not start the run's executors, or its
// application at all, under settings that do not stop it as they were logged;
// empty where nothing is known to. Such a run has no time to predict.
func (r *Replay) NoStart(settings map[string]string) string {
	had := values{run: r.r.row}
	if noStart(had) != "" {
		return "" // it ran: what the log tells of its settings is not what ruled
	}
	return noStart(values{run: r.r.row, over: settings})
}

// noStart asks the checks with which Spark throws before the first task.
func noStart(v values) string {
	if v.run.ClusterManager != "local" {
		// UnifiedMemoryManager.getMaxMemory
		if heap := v.size("spark.executor.memory", mib, 1<<30); heap < sparkconf.LeastHeap {
			return fmt.Sprintf("spark.executor.memory=%s: an executor's heap must have at least %d MiB, 1.5 times Spark's reserved memory", v.text("spark.executor.memory"), sparkconf.LeastHeap/mib)
		}
		if why := noTask(v); why != "" {
			return why
		}
	}
	// MemoryManager.tungstenMemoryMode
	if v.bool("spark.memory.offHeap.enabled", false) && v.size("spark.memory.offHeap.size", 1, 0) <= 0 {
		return "spark.memory.offHeap.enabled=true: spark.memory.offHeap.size must be larger than 0"
	}
	// ExecutorAllocationManager.validateSettings
	if v.bool("spark.dynamicAllocation.enabled", false) {
		if low, high := v.int("spark.dynamicAllocation.minExecutors", 0), v.int("spark.dynamicAllocation.maxExecutors", math.MaxInt32); low > high {
			return fmt.Sprintf("spark.dynamicAllocation.minExecutors=%d must not be above spark.dynamicAllocation.maxExecutors=%d", low, high)
		}
	}
	return ""
}

// noTask says why no executor would have a slot for a task: Spark throws where
// it knows the cores of an executor (ResourceProfile.shouldCheckExecutorCores),
// else the run waits for ever.
func noTask(v values) string {
	cpus, cores := v.int("spark.task.cpus", 1), v.int("spark.executor.cores", 0)
	standalone := v.run.ClusterManager == "standalone"
	most := v.int("spark.cores.max", math.MaxInt32)
	switch {
	case standalone && most < max(cores, 1): // Master.startExecutorsOnWorkers
		return fmt.Sprintf("spark.cores.max=%d: a standalone cluster starts no executor of spark.executor.cores=%d, and the run would wait for ever", most, cores)
	case cores > 0 && cpus > cores:
		return fmt.Sprintf("spark.task.cpus=%d: a task must not want more cores than spark.executor.cores=%d gives an executor", cpus, cores)
	case cores > 0:
	case v.run.ClusterManager == "yarn" || v.run.ClusterManager == "kubernetes":
		if cpus > 1 {
			return fmt.Sprintf("spark.task.cpus=%d: a task must not want more cores than an executor has, 1 where spark.executor.cores is not set", cpus)
		}
	case standalone && v.run.ExecutorsMax > 0 && v.run.CoresMax > 0:
		// An executor takes what a worker has left, no more than the application may have.
		if each := min(v.run.CoresMax/v.run.ExecutorsMax, most); cpus > each {
			return fmt.Sprintf("spark.task.cpus=%d: without spark.executor.cores a standalone executor takes the cores of a worker, here %d, and the run would wait for ever", cpus, each)
		}
	}
	return ""
}
