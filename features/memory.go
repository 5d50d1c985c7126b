package features

import (
	"github.com/spark-apprentice/apprentice/eventlog"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

const mib = 1 << 20

// container is the memory of one executor of a resource profile.
type container struct {
	heap, overhead, total Null[int64] // bytes
}

// containers sizes executors' containers (ResourceProfile.scala,
// BasicExecutorFeatureStep.scala): heap, overhead, off-heap and Python memory.
// Overhead is what was asked for, else max(factor × heap, floor); only YARN and
// Kubernetes give it a container, so it is unknown elsewhere. In local mode the
// executor is the driver.
type containers struct {
	profiles map[int]*eventlog.ResourceProfileAdded
	cluster  sparkconf.Cluster
	version  sparkconf.Version
	props    map[string]string
}

func (c *containers) of(profile int) container {
	heap, ok := c.size("spark.executor.memory", mib)
	offHeap, _ := c.offHeap()
	python, _ := c.size("spark.executor.pyspark.memory", mib)
	overhead, asked := c.size("spark.executor.memoryOverhead", mib)
	if c.cluster.Manager == "local" {
		heap, ok = c.size("spark.driver.memory", mib)
	} else if p := c.profiles[profile]; p != nil {
		if p.ExecutorMemory > 0 {
			heap, ok = p.ExecutorMemory, true
		}
		if p.ExecutorOverhead > 0 {
			overhead, asked = p.ExecutorOverhead, true
		}
		offHeap, python = max(p.ExecutorOffHeap, offHeap), max(p.PySparkMemory, python)
	}
	if !ok {
		return container{}
	}
	out := container{heap: known(heap)}
	switch c.cluster.Manager {
	case "yarn", "kubernetes":
		if !asked {
			overhead = c.defaultOverhead(heap)
		}
		out.overhead = known(overhead)
	default:
		overhead = 0
	}
	out.total = known(heap + overhead + offHeap + python)
	return out
}

// size reads a property, or its default where the version has one.
func (c *containers) size(key string, unit int64) (int64, bool) {
	v, ok := c.props[key]
	if !ok {
		k, has := sparkconf.Lookup(key, c.version)
		if !has || k.Unset {
			return 0, false
		}
		v = k.Default
	}
	n, err := sparkconf.ParseSize(v, unit)
	return n, err == nil
}

func (c *containers) offHeap() (int64, bool) {
	if sparkconf.Canonical("spark.memory.offHeap.enabled", c.props["spark.memory.offHeap.enabled"]) != "true" {
		return 0, false
	}
	return c.size("spark.memory.offHeap.size", 1)
}

// defaultOverhead is Spark's: 10 % of the heap, 40 % for what is no JVM
// application on Kubernetes, at least 384 MiB.
func (c *containers) defaultOverhead(heap int64) int64 {
	factor := 0.10
	if c.cluster.Manager == "kubernetes" && c.cluster.Python {
		factor = 0.40
	}
	for _, key := range []string{"spark.kubernetes.memoryOverheadFactor", "spark.executor.memoryOverheadFactor"} {
		if f, ok := parseFloat(c.props[key]); ok {
			factor = f
		}
	}
	floor, ok := c.size("spark.executor.minMemoryOverhead", mib)
	if !ok {
		floor = 384 * mib
	}
	return max(int64(factor*float64(heap)), floor)
}
