package sparkconf

import (
	"maps"
	"testing"
)

// What each cluster manager is asked for, in MiB, by the rules of the classes
// that ContainerOf names.
func TestContainerOf(t *testing.T) {
	type props = map[string]string
	const python = "spark.serializer.objectStreamReset"
	heap := func(more props) props {
		p := props{"spark.executor.memory": "4g"}
		maps.Copy(p, more)
		return p
	}
	for _, test := range []struct {
		name, manager, version string
		props                  props
		increment              int64
		overhead, total        int64
		factor                 float64
	}{
		{name: "defaults", manager: "kubernetes", overhead: 384, total: 1408, factor: 0.1},
		{name: "10 %, whole MiB", manager: "kubernetes", props: heap(nil), overhead: 409, total: 4505, factor: 0.1},
		{name: "overhead asked for", manager: "kubernetes", props: heap(props{"spark.executor.memoryOverhead": "2g"}), overhead: 2048, total: 6144},
		{name: "no overhead asked for", manager: "kubernetes", props: heap(props{"spark.executor.memoryOverhead": "0"}), overhead: 0, total: 4096},
		{name: "PySpark in client mode gets what a JVM gets", manager: "kubernetes", props: heap(props{python: "100"}), overhead: 409, total: 4505, factor: 0.1},
		{name: "in cluster mode what the driver's step wrote", manager: "kubernetes", props: heap(props{python: "100", "spark.kubernetes.memoryOverheadFactor": "0.4"}), overhead: 1638, total: 5734, factor: 0.4},
		{name: "the executors' own factor wins", manager: "kubernetes", overhead: 819, total: 4915, factor: 0.2,
			props: heap(props{"spark.kubernetes.memoryOverheadFactor": "0.4", "spark.executor.memoryOverheadFactor": "0.2"})},
		{name: "not before 3.3", manager: "kubernetes", version: "3.2.4", overhead: 1638, total: 5734, factor: 0.4,
			props: heap(props{"spark.kubernetes.memoryOverheadFactor": "0.4", "spark.executor.memoryOverheadFactor": "0.2"})},
		{name: "4.0's floor", manager: "kubernetes", version: "4.0.1", props: heap(props{"spark.executor.minMemoryOverhead": "1g"}), overhead: 1024, total: 5120, factor: 0.1},
		{name: "which 3.5 does not know", manager: "kubernetes", props: heap(props{"spark.executor.minMemoryOverhead": "1g"}), overhead: 409, total: 4505, factor: 0.1},
		{name: "off-heap", manager: "kubernetes", props: heap(props{"spark.memory.offHeap.enabled": "true", "spark.memory.offHeap.size": "1g"}), overhead: 409, total: 5529, factor: 0.1},
		{name: "an off-heap size that is not on", manager: "kubernetes", props: heap(props{"spark.memory.offHeap.size": "1g"}), overhead: 409, total: 4505, factor: 0.1},
		{name: "Python's limit in cluster mode", manager: "kubernetes", props: heap(props{"spark.kubernetes.resource.type": "python", "spark.executor.pyspark.memory": "512m"}), overhead: 409, total: 5017, factor: 0.1},
		{name: "in client mode not", manager: "kubernetes", props: heap(props{python: "100", "spark.executor.pyspark.memory": "512m"}), overhead: 409, total: 4505, factor: 0.1},
		{name: "YARN, nothing known of its increment", manager: "yarn", props: heap(nil), overhead: 409, total: 4505, factor: 0.1},
		{name: "YARN's increment as logged", manager: "yarn", props: heap(props{"spark.hadoop.yarn.scheduler.minimum-allocation-mb": "256"}), overhead: 409, total: 4608, factor: 0.1},
		{name: "YARN's increment as people say", manager: "yarn", props: heap(props{"spark.hadoop.yarn.scheduler.minimum-allocation-mb": "256"}), increment: 512 * MiB, overhead: 409, total: 4608, factor: 0.1},
		{name: "YARN, Python's limit", manager: "yarn", props: heap(props{python: "100", "spark.executor.pyspark.memory": "1g"}), overhead: 409, total: 5529, factor: 0.1},
		{name: "YARN, a limit that no Python reads", manager: "yarn", props: heap(props{"spark.executor.pyspark.memory": "1g"}), overhead: 409, total: 4505, factor: 0.1},
		{name: "YARN knows nothing of Kubernetes' factor", manager: "yarn", props: heap(props{"spark.kubernetes.memoryOverheadFactor": "0.4"}), overhead: 409, total: 4505, factor: 0.1},
		{name: "standalone reserves the heap alone", manager: "standalone", total: 4096,
			props: heap(props{"spark.executor.memoryOverhead": "2g", "spark.memory.offHeap.enabled": "true", "spark.memory.offHeap.size": "1g", python: "100", "spark.executor.pyspark.memory": "1g"})},
		{name: "local: the driver", manager: "local", props: heap(props{"spark.driver.memory": "3g", "spark.executor.memoryOverhead": "2g"}), total: 3072},
		{name: "no overhead is known elsewhere", manager: "mesos", props: heap(nil), total: 4096},
	} {
		version := test.version
		if version == "" {
			version = "3.5.7"
		}
		v, err := ParseVersion(version)
		if err != nil {
			t.Fatal(err)
		}
		c, ok := ContainerOf(test.manager, v, test.increment, func(key string) string { return test.props[key] })
		if !ok || c.Overhead != test.overhead*MiB || c.Total != test.total*MiB || c.Factor != test.factor {
			t.Errorf("%s, %s: %+v %v; want %d and %d MiB, factor %v", test.manager, test.name, c, ok, test.overhead, test.total, test.factor)
		}
	}
	for _, heap := range []string{"x", "0", "-1g"} {
		if c, ok := ContainerOf("yarn", Version{}, 0, func(string) string { return heap }); ok {
			t.Errorf("a heap of %s: %+v", heap, c)
		}
	}
}
