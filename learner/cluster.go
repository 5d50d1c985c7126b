package learner

import (
	"math"
	"strconv"
	"strings"

	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// Keys that say how many executors of which size a run asks for.
const (
	heapKey           = "spark.executor.memory"
	overheadKey       = "spark.executor.memoryOverhead"
	overheadFactorKey = "spark.executor.memoryOverheadFactor"
	pythonKey         = "spark.executor.pyspark.memory"
	fractionKey       = "spark.memory.fraction"
	executorCoresKey  = "spark.executor.cores"
	instancesKey      = "spark.executor.instances"
	coresMaxKey       = "spark.cores.max"
	maxExecutorsKey   = "spark.dynamicAllocation.maxExecutors"
	ratioKey          = "spark.dynamicAllocation.executorAllocationRatio"
	podRequestKey     = "spark.kubernetes.executor.request.cores"
	podLimitKey       = "spark.kubernetes.executor.limit.cores"
)

// A site is where a pipeline runs, and what its runs showed of the place.
type site struct {
	id        string // runs.cluster_id
	cluster   sparkconf.Cluster
	version   sparkconf.Version
	props     map[string]string // Spark properties of the newest run
	executors int64             // most at once that a run under the baseline had
	cores     int64             // of one of them, as it registered
	peak      int64             // largest unified memory of an executor that a poll saw; 0: no poll did
	failed    string            // night of a failure in the window; empty: none
	profiles  bool              // code asks for resource profiles of its own
	limits    limits
}

// An allocation is what settings ask of a cluster manager: so many executors at
// most, each with cores and memory. Bytes.
type allocation struct {
	executors                       int64
	cores                           int64 // of one executor
	cpus                            int64 // of one task
	heap, overhead, offHeap, python int64
	container                       int64   // what the manager reserves for one executor
	fraction                        float64 // spark.memory.fraction
	factor                          float64 // of the overhead; 0 where it is asked for in bytes
}

// slotsEach is how many tasks an executor runs at once.
func (a allocation) slotsEach() int64 { return a.cores / a.cpus }

func (a allocation) slots() int64 { return a.executors * a.slotsEach() }

// perSlot is the heap of one task slot.
func (a allocation) perSlot() int64 { return a.heap / max(a.slotsEach(), 1) }

// unified is the memory that execution and storage share (UnifiedMemoryManager).
func (a allocation) unified() int64 {
	return int64(float64(max(a.heap-reservedBytes, 0)) * a.fraction)
}

// perTask is a task's even share of it.
func (a allocation) perTask() int64 { return a.unified() / max(a.slotsEach(), 1) }

// Spark's defaults where neither log nor catalogue has a value.
const (
	defaultInstances = 2 // spark.executor.instances (YARN and Kubernetes)
	defaultHeap      = sparkconf.GiB
	defaultFraction  = 0.6
)

// allocationOf reads settings as the cluster manager does; why says what is not
// known of them. It is the inverse of spell.
func (p *site) allocationOf(s settings) (a allocation, why string) {
	a.cpus, a.fraction = 1, fractionOf(s)
	if n, ok := whole(s["spark.task.cpus"]); ok && n > 0 {
		a.cpus = n
	}
	if on := s["spark.memory.offHeap.enabled"]; on == "true" {
		a.offHeap, _ = sparkconf.ParseSize(s["spark.memory.offHeap.size"], 1)
	}
	switch {
	case p.cluster.Platform == "databricks":
		return a, "the cluster's configuration sizes its executors, one for each node, and no job changes them"
	case p.cluster.Manager == "local":
		// The driver is the executor; its heap is set before it starts.
		a.executors, a.cores, a.heap = 1, max(p.cores, 1), defaultHeap
		if n, err := sparkconf.ParseSize(s["spark.driver.memory"], sparkconf.MiB); err == nil {
			a.heap = n
		}
		a.container = a.heap + a.offHeap
		return a, ""
	}
	heap, err := sparkconf.ParseSize(s[heapKey], sparkconf.MiB)
	if err != nil || heap <= 0 {
		return a, "the executors' heap is not known"
	}
	a.heap = heap
	if n, err := sparkconf.ParseSize(s[pythonKey], sparkconf.MiB); err == nil && p.cluster.Python {
		a.python = n
	}
	a.container = p.containerOf(&a, s)
	a.cores = p.coresOf(s)
	if a.cores < a.cpus {
		return a, "the executors' cores are not known"
	}
	if a.executors = p.executorsOf(s, a.cores); a.executors < 1 {
		return a, "the number of executors is not known"
	}
	return a, ""
}

// containerOf sizes an executor's container as ResourceProfile and the
// manager's allocator do: standalone workers count the heap alone; elsewhere
// overhead, off-heap and Python memory come on top, and YARN rounds the sum up
// to a multiple of its increment. It sets the overhead.
func (p *site) containerOf(a *allocation, s settings) int64 {
	if p.cluster.Manager == "standalone" {
		return a.heap
	}
	if n, err := sparkconf.ParseSize(s[overheadKey], sparkconf.MiB); err == nil && n > 0 {
		a.overhead = n
	} else {
		floor := 384 * sparkconf.MiB // spark.executor.minMemoryOverhead since 4.0
		if n, err := sparkconf.ParseSize(p.props["spark.executor.minMemoryOverhead"], sparkconf.MiB); err == nil {
			floor = n
		}
		a.factor = p.overheadFactor(s)
		a.overhead = max(int64(a.factor*float64(a.heap/sparkconf.MiB))*sparkconf.MiB, floor)
	}
	total := a.heap + a.overhead + a.offHeap + a.python
	if p.cluster.Manager == "yarn" {
		total = roundUp(total, p.limits.yarnIncrement(p.props))
	}
	return total
}

func roundUp(n, unit int64) int64 { return (n + unit - 1) / unit * unit }

// overheadFactor is 0.1; on Kubernetes 0.4 for what is no JVM application,
// unless a key says otherwise (BasicDriverFeatureStep, BasicExecutorFeatureStep).
// The catalogue's 0.1 in settings is no word of anybody's.
func (p *site) overheadFactor(s settings) float64 {
	if f, ok := number64(s[overheadFactorKey]); ok && (f != 0.1 || p.props[overheadFactorKey] != "") {
		return f
	}
	if p.cluster.Manager == "kubernetes" {
		if f, ok := number64(p.props["spark.kubernetes.memoryOverheadFactor"]); ok {
			return f
		}
		if p.cluster.Python {
			return 0.4
		}
	}
	return 0.1
}

// coresOf is the cores of one executor: what is asked for, else all of a
// standalone worker's, as they registered, else 1.
func (p *site) coresOf(s settings) int64 {
	if n, ok := whole(s[executorCoresKey]); ok && n > 0 {
		return n
	}
	if p.cluster.Manager == "yarn" || p.cluster.Manager == "kubernetes" {
		return 1
	}
	return p.cores
}

// executorsOf is the most executors that settings let run at once.
func (p *site) executorsOf(s settings, cores int64) int64 {
	var n int64
	switch p.cluster.Manager {
	case "standalone", "mesos":
		total := p.executors * p.cores // all that the cluster gave
		if m, ok := whole(s[coresMaxKey]); ok && m > 0 {
			total = m
		}
		n = total / cores
	case "yarn", "kubernetes":
		n = defaultInstances
		if i, ok := whole(s[instancesKey]); ok && i > 0 {
			n = i
		}
		if p.cluster.Dynamic {
			n = p.executors
		}
	default:
		n = p.executors
	}
	if m, ok := whole(s[maxExecutorsKey]); ok && p.cluster.Dynamic && m < math.MaxInt32 {
		if n < 1 || p.cluster.Manager != "standalone" {
			return m
		}
		n = min(n, m)
	}
	return n
}

func whole(s string) (int64, bool) {
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	return n, err == nil
}

func number64(s string) (float64, bool) {
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	return f, err == nil && !math.IsNaN(f) && !math.IsInf(f, 0)
}

func fractionOf(s settings) float64 {
	if f, ok := number64(s[fractionKey]); ok && f > 0 && f < 1 {
		return f
	}
	return defaultFraction
}
