package sparkconf

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// An interval is what a key's value may be: sizes in bytes, others in their own unit.
type interval struct {
	low, high float64
	open      bool // low itself is no value
	below     bool // nor is high
}

var (
	atLeastOne  = interval{low: 1, high: math.MaxInt32} // Spark's ints have 32 bits
	notNegative = interval{low: 0, high: math.MaxInt32}
	someBytes   = interval{low: 1, high: math.Inf(1)}
	anyBytes    = interval{low: 0, high: math.Inf(1)}
	// UnifiedMemoryManager.getMaxMemory asks for 1.5 times the 300 MiB that it
	// reserves, of the executor's heap and of the driver's.
	heap = interval{low: float64(LeastHeap), high: math.Inf(1)}
)

// ranges are the values that Spark takes where it does not take all of a key's
// type: checkValue in SQLConf and in core's config package, or what is named.
var ranges = map[string]interval{
	"spark.sql.shuffle.partitions":                              atLeastOne,
	"spark.sql.adaptive.coalescePartitions.initialPartitionNum": atLeastOne,
	"spark.sql.adaptive.coalescePartitions.minPartitionNum":     atLeastOne,
	"spark.sql.adaptive.coalescePartitions.minPartitionSize":    someBytes,
	"spark.sql.adaptive.advisoryPartitionSizeInBytes":           someBytes,
	"spark.sql.adaptive.skewJoin.skewedPartitionFactor":         {low: 0, high: math.Inf(1)},
	"spark.sql.leafNodeDefaultParallelism":                      atLeastOne,
	"spark.sql.files.minPartitionNum":                           atLeastOne,
	"spark.sql.files.maxPartitionNum":                           atLeastOne,
	"spark.sql.files.maxPartitionBytes":                         someBytes,  // FilePartition cuts files in steps of it
	"spark.sql.inMemoryColumnarStorage.batchSize":               atLeastOne, // CachedBatch holds as many rows
	"spark.memory.offHeap.size":                                 anyBytes,
	"spark.memory.storageFraction":                              {low: 0, high: 1, below: true},
	"spark.memory.fraction":                                     {low: 0, high: 1, open: true}, // a share of the heap, by Spark's documentation
	"spark.shuffle.file.buffer":                                 {low: float64(KiB), high: float64(2097151 * KiB)},
	"spark.executor.memoryOverhead":                             anyBytes,
	"spark.executor.memoryOverheadFactor":                       {low: 0, high: math.Inf(1), open: true},
	"spark.default.parallelism":                                 atLeastOne, // ParallelCollectionRDD.slice: a positive number of partitions
	"spark.task.cpus":                                           atLeastOne, // slots are cores / cpus
	"spark.executor.cores":                                      atLeastOne, // SparkSubmitArguments, as the four below
	"spark.driver.cores":                                        atLeastOne,
	"spark.cores.max":                                           atLeastOne,
	"spark.executor.instances":                                  atLeastOne,
	"spark.executor.memory":                                     heap,
	"spark.driver.memory":                                       heap,
	"spark.dynamicAllocation.minExecutors":                      notNegative, // ExecutorAllocationManager.validateSettings, as the three below
	"spark.dynamicAllocation.initialExecutors":                  notNegative,
	"spark.dynamicAllocation.maxExecutors":                      atLeastOne,
	"spark.dynamicAllocation.executorAllocationRatio":           {low: 0, high: 1, open: true},
	"spark.sql.sources.parallelPartitionDiscovery.threshold":    notNegative,
}

// names are the forms of values that name something which Spark loads.
var names = map[string]struct {
	form *regexp.Regexp
	want string
}{
	// CompressionCodec.createCodec: a short name or a class.
	"spark.io.compression.codec": {regexp.MustCompile(`^(?i:lz4|lzf|snappy|zstd)$|\w\.\w`), "lz4, lzf, snappy, zstd or a class"},
	"spark.serializer":           {regexp.MustCompile(`\w\.\w`), "a class"},
}

// inRange reports why Spark refuses a value that its key's type can read.
func inRange(name, kind, value string) error {
	if n, ok := names[name]; ok && !n.form.MatchString(value) {
		return fmt.Errorf("%q is not allowed: want %s", value, n.want)
	}
	r, ok := ranges[name]
	if !ok {
		return nil
	}
	var x float64
	switch kind {
	case "bytes", "kib", "mib":
		n, err := ParseSize(value, unitOf(kind))
		if err != nil {
			return err
		}
		x = float64(n)
	default:
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return err
		}
		x = n
	}
	if x < r.low || x > r.high || r.open && x == r.low || r.below && x == r.high {
		return fmt.Errorf("%q is out of range: want %s", value, r.words(kind))
	}
	return nil
}

// words say what an interval holds: "at least 1", "more than 0 and at most 1".
func (r interval) words(kind string) string {
	bound := func(x float64) string {
		if kind == "int" || kind == "double" {
			return strconv.FormatFloat(x, 'f', -1, 64)
		}
		return FormatSize(int64(x))
	}
	low, high := "at least ", "at most "
	if r.open {
		low = "more than "
	}
	if r.below {
		high = "less than "
	}
	s := low + bound(r.low)
	if !math.IsInf(r.high, 1) {
		s += " and " + high + bound(r.high)
	}
	return s
}

// Check reports why a run of Spark version could not have the setting: there is
// no such key, or no such value; nil: it could. Nothing can be said of, and so
// nothing set for, a version that cannot be read.
func Check(name, value, version string) error {
	v, err := ParseVersion(version)
	if err != nil {
		return err
	}
	if _, ok := Lookup(name, v); !ok {
		if handedOn(name) {
			return nil
		}
		return fmt.Errorf("Spark %s has no key %q", version, name)
	}
	return Valid(name, value)
}

// handedOn reports whether a key belongs to a family that Spark hands on without
// declaring its members: to Hadoop, to environments, to pods and to plugins.
func handedOn(name string) bool {
	return name == "spark.master" || name == "spark.app.name" || slices.ContainsFunc([]string{
		"spark.hadoop.", "spark.executorEnv.", "spark.yarn.appMasterEnv.", "spark.kubernetes.driver.", "spark.kubernetes.executor.",
		"spark.kubernetes.driverEnv.", "spark.sql.catalog.", "spark.metrics.conf.", "spark.rapids.", "spark.gluten.", "spark.databricks.",
	}, func(family string) bool { return strings.HasPrefix(name, family) })
}
