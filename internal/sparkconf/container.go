package sparkconf

import (
	"math"
	"strconv"
	"strings"
)

// What a JVM of Spark's needs of its heap (UnifiedMemoryManager).
const (
	ReservedMemory = 300 * MiB              // RESERVED_SYSTEM_MEMORY_BYTES, off the heap's fraction
	LeastHeap      = ReservedMemory * 3 / 2 // getMaxMemory: with less, Spark does not start
)

// A Container is what a cluster manager reserves for one executor. Bytes.
type Container struct {
	Heap     int64
	Overhead int64   // of what is no heap; 0 where the manager knows none
	Factor   float64 // by which the overhead follows from the heap; 0: asked for in bytes, or none
	OffHeap  int64
	Python   int64 // limit of the Python workers
	Total    int64 // reserved: the parts, rounded up where the manager does
}

// ContainerOf sizes an executor's container as Spark asks for it. get gives the
// properties that somebody set, "" where nobody did; increment is what YARN
// rounds containers up to, 0: what the properties say. ok is false where the
// heap cannot be read.
//
//   - Local mode: the driver is the executor.
//   - Standalone: workers reserve the heap alone (ApplicationDescription.memoryPerExecutorMB).
//   - YARN and Kubernetes: heap + overhead + off-heap + Python workers' memory
//     (ResourceProfile.getResourcesForClusterManager), the overhead as set, else
//     the factor times the heap, at least 384 MiB (calculateOverHeadMemory; from
//     4.0 on spark.executor.minMemoryOverhead). YARN then rounds up to a multiple
//     of its increment; where nothing tells it, the sum stands, since a guess
//     would allow what no node has.
//   - The factor is spark.executor.memoryOverheadFactor (3.3 and later), else 0.1,
//     on Kubernetes spark.kubernetes.memoryOverheadFactor (BasicExecutorFeatureStep).
//     The 0.4 of applications that are no JVM's is the driver's step's: in cluster
//     mode it hands it on to the executors as that last key, which the log then
//     shows (BasicDriverFeatureStep.getAdditionalPodSystemProperties); in client
//     mode nothing does, and PySpark's executors get 0.1 as all others.
//   - Python workers' memory counts where the manager knows of a Python
//     application: spark.yarn.isPython on YARN, spark.kubernetes.resource.type=python
//     on Kubernetes, which only its cluster mode sets.
//   - Elsewhere the overhead is not known, and not counted.
func ContainerOf(manager string, v Version, increment int64, get func(key string) string) (c Container, ok bool) {
	heapKey := "spark.executor.memory"
	if manager == "local" {
		heapKey = "spark.driver.memory"
	}
	if c.Heap, ok = sizeOr(get(heapKey), MiB, GiB); !ok || c.Heap <= 0 {
		return Container{}, false
	}
	if Canonical("spark.memory.offHeap.enabled", get("spark.memory.offHeap.enabled")) == "true" {
		c.OffHeap, _ = sizeOr(get("spark.memory.offHeap.size"), 1, 0)
	}
	switch manager {
	case "standalone":
		c.Total = c.Heap
		return c, true
	case "yarn", "kubernetes":
		c.overhead(manager, v, get)
		if countsPython(manager, get) {
			c.Python, _ = sizeOr(get("spark.executor.pyspark.memory"), MiB, 0)
		}
	}
	c.Total = c.Heap + c.Overhead + c.OffHeap + c.Python
	if manager == "yarn" {
		if n, err := strconv.ParseInt(get("spark.hadoop.yarn.scheduler.minimum-allocation-mb"), 10, 32); err == nil && increment <= 0 {
			increment = n * MiB
		}
		if increment > 0 {
			c.Total = (c.Total + increment - 1) / increment * increment
		}
	}
	return c, true
}

func (c *Container) overhead(manager string, v Version, get func(string) string) {
	if s := get("spark.executor.memoryOverhead"); s != "" {
		if n, err := ParseSize(s, MiB); err == nil {
			c.Overhead = n
			return
		}
	}
	// Releases that do not declare a key ignore it.
	declared := func(key string) string {
		s := get(key)
		if s != "" && v != (Version{}) {
			if _, ok := Lookup(key, v); !ok {
				return ""
			}
		}
		return s
	}
	c.Factor = 0.1
	factors := []string{declared("spark.executor.memoryOverheadFactor")}
	if manager == "kubernetes" {
		factors = append(factors, get("spark.kubernetes.memoryOverheadFactor"))
	}
	for _, s := range factors {
		if f, err := strconv.ParseFloat(strings.TrimSpace(s), 64); err == nil && f > 0 && !math.IsInf(f, 0) {
			c.Factor = f
			break
		}
	}
	least, _ := sizeOr(declared("spark.executor.minMemoryOverhead"), MiB, 384*MiB)
	c.Overhead = max(int64(c.Factor*float64(c.Heap/MiB))*MiB, least)
}

// countsPython reports whether the manager adds the limit of Python workers.
func countsPython(manager string, get func(string) string) bool {
	if manager == "kubernetes" {
		return get("spark.kubernetes.resource.type") == "python"
	}
	return isPython(get)
}

// sizeOr reads a size, def where nothing is set. ok is false, with def, where
// what is set cannot be read.
func sizeOr(s string, unit, def int64) (n int64, ok bool) {
	if s == "" {
		return def, true
	}
	n, err := ParseSize(s, unit)
	if err != nil {
		return def, false
	}
	return n, true
}
