package features

import (
	"strconv"

	"github.com/spark-apprentice/apprentice/eventlog"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// container is the memory of one executor of a resource profile.
type container struct {
	heap, overhead, total Null[int64] // bytes
}

// containers sizes executors' containers. Only YARN and Kubernetes give overhead
// a container, so it is unknown elsewhere.
type containers struct {
	profiles map[int]*eventlog.ResourceProfileAdded
	cluster  sparkconf.Cluster
	version  sparkconf.Version
	props    map[string]string
}

func (c *containers) of(profile int) container {
	get := func(key string) string { return c.props[key] }
	p := c.profiles[profile]
	if p != nil && c.cluster.Manager != "local" {
		get = c.asked(p)
	}
	size, ok := sparkconf.ContainerOf(c.cluster.Manager, c.version, 0, get)
	if !ok {
		return container{}
	}
	out := container{heap: known(size.Heap), total: known(size.Total)}
	if m := c.cluster.Manager; m == "yarn" || m == "kubernetes" {
		out.overhead = known(size.Overhead)
	}
	return out
}

// asked are the properties as a resource profile overrides them. What it does
// not ask for is the default profile's, the overhead among them that follows
// from that one's heap (ResourceProfile.getResourcesForClusterManager).
func (c *containers) asked(p *eventlog.ResourceProfileAdded) func(key string) string {
	over := map[string]int64{
		"spark.executor.memory":         p.ExecutorMemory,
		"spark.executor.memoryOverhead": p.ExecutorOverhead,
		"spark.executor.pyspark.memory": p.PySparkMemory,
		"spark.memory.offHeap.size":     p.ExecutorOffHeap,
	}
	usual := func(key string) string { return c.props[key] }
	if size, ok := sparkconf.ContainerOf(c.cluster.Manager, c.version, 0, usual); ok && p.ID != 0 && p.ExecutorOverhead < 0 {
		over["spark.executor.memoryOverhead"] = size.Overhead
	}
	return func(key string) string {
		if n, ok := over[key]; ok && n >= 0 {
			return strconv.FormatInt(n, 10) + "b"
		}
		return usual(key)
	}
}
