package learner

import (
	"math"
	"slices"
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
	return int64(float64(max(a.heap-sparkconf.ReservedMemory, 0)) * a.fraction)
}

// perTask is a task's even share of it.
func (a allocation) perTask() int64 { return a.unified() / max(a.slotsEach(), 1) }

// Spark's defaults where neither log nor catalogue has a value.
const (
	defaultInstances = 2 // spark.executor.instances (YARN and Kubernetes)
	defaultFraction  = 0.6
	defaultFactor    = "0.1" // spark.executor.memoryOverheadFactor
)

// allocationOf reads settings as the cluster manager does; why says what is not
// known of them. It is the inverse of spell.
func (p *site) allocationOf(s settings) (a allocation, why string) {
	a.cpus, a.fraction = 1, fractionOf(s)
	if n, ok := whole(s["spark.task.cpus"]); ok && n > 0 {
		a.cpus = n
	}
	if p.cluster.Platform == "databricks" {
		return a, "the cluster's configuration sizes its executors, one for each node, and no job changes them"
	}
	c, ok := sparkconf.ContainerOf(p.cluster.Manager, p.version, p.limits.quota.YARNIncrement, p.asked(s))
	if !ok {
		return a, "the executors' heap is not known"
	}
	a.heap, a.overhead, a.offHeap, a.container, a.factor = c.Heap, c.Overhead, c.OffHeap, c.Total, c.Factor
	if n, err := sparkconf.ParseSize(s[pythonKey], sparkconf.MiB); err == nil && p.cluster.Python {
		a.python = n // it limits the workers whether or not the container counts it
	}
	if p.cluster.Manager == "local" { // the driver is the executor
		a.executors, a.cores = 1, max(p.cores, 1)
		return a, ""
	}
	a.cores = p.coresOf(s)
	if a.cores < a.cpus {
		return a, "the executors' cores are not known"
	}
	if a.executors = p.executorsOf(s, a.cores); a.executors < 1 {
		return a, "the number of executors is not known"
	}
	return a, ""
}

// asked gives what somebody set, as [sparkconf.ContainerOf] asks for it: the
// settings, and for keys that no agent owns the newest run's properties.
func (p *site) asked(s settings) func(key string) string {
	return func(key string) string {
		if key == overheadFactorKey && s[key] == defaultFactor && p.props[key] == "" {
			return "" // the catalogue's default, no word of anybody's: on Kubernetes another key speaks
		}
		if v, ok := s[key]; ok || slices.Contains(sizeKeys, key) {
			return v
		}
		return p.props[key]
	}
}

func roundUp(n, unit int64) int64 { return (n + unit - 1) / unit * unit }

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
