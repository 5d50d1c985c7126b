package replay

import (
	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// A setup is what the settings in force mean to the model.
type setup struct {
	aqe, coalesce bool
	partitions    int64 // of a SQL shuffle, before AQE
	coalescing    coalescing
	skewJoin      bool
	skew          Skew
	join          broadcasting
	scan          Scan
	bypass        int64 // reducers up to which the bypass writer writes a shuffle
	parallelism   int64 // spark.default.parallelism, 0: unset
	heap          jvmHeap
	offHeap       int64   // bytes of execution memory beside the heap, 0: none
	squeeze       squeeze // of shuffles
	columnar      float64 // size of a dataset's cached byte, over its compressed one
	layout        layout
}

// modelled are the keys that a setup reads. What others do is not predicted.
var modelled = keySet(
	"spark.cores.max", "spark.default.parallelism",
	"spark.dynamicAllocation.enabled", "spark.dynamicAllocation.executorAllocationRatio", "spark.dynamicAllocation.initialExecutors", "spark.dynamicAllocation.maxExecutors",
	"spark.dynamicAllocation.minExecutors", "spark.dynamicAllocation.schedulerBacklogTimeout",
	"spark.dynamicAllocation.sustainedSchedulerBacklogTimeout",
	"spark.executor.cores", "spark.executor.instances", "spark.executor.memory", "spark.executor.memoryOverhead",
	"spark.executor.memoryOverheadFactor", "spark.executor.minMemoryOverhead", "spark.executor.pyspark.memory",
	"spark.io.compression.codec", "spark.kubernetes.memoryOverheadFactor", "spark.shuffle.compress", "spark.sql.inMemoryColumnarStorage.compressed",
	"spark.memory.fraction", "spark.memory.offHeap.enabled", "spark.memory.offHeap.size", "spark.memory.storageFraction",
	"spark.shuffle.sort.bypassMergeThreshold", "spark.sql.adaptive.advisoryPartitionSizeInBytes",
	"spark.sql.adaptive.autoBroadcastJoinThreshold", "spark.sql.adaptive.coalescePartitions.enabled",
	"spark.sql.adaptive.coalescePartitions.initialPartitionNum", "spark.sql.adaptive.coalescePartitions.minPartitionNum",
	"spark.sql.adaptive.coalescePartitions.minPartitionSize", "spark.sql.adaptive.coalescePartitions.parallelismFirst",
	"spark.sql.adaptive.enabled", "spark.sql.adaptive.nonEmptyPartitionRatioForBroadcastJoin",
	"spark.sql.adaptive.skewJoin.enabled", "spark.sql.adaptive.skewJoin.skewedPartitionFactor",
	"spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes", "spark.sql.autoBroadcastJoinThreshold",
	"spark.sql.files.maxPartitionBytes", "spark.sql.files.maxPartitionNum", "spark.sql.files.minPartitionNum",
	"spark.sql.files.openCostInBytes", "spark.sql.leafNodeDefaultParallelism", "spark.sql.shuffle.partitions", "spark.task.cpus",
)

// Modelled reports whether a key's effect is predicted.
func Modelled(key string) bool { return modelled[key] }

func keySet(keys ...string) map[string]bool {
	set := make(map[string]bool, len(keys))
	for _, k := range keys {
		set[k] = true
	}
	return set
}

// aqeRewritten is the release in which coalescing got a minimum partition size
// and parallelismFirst.
var aqeRewritten = sparkconf.Version{Major: 3, Minor: 2}

func newSetup(run *features.Run, over map[string]string) setup {
	v := values{run, over}
	version, err := sparkconf.ParseVersion(run.SparkVersion)
	legacy := err == nil && version.Less(aqeRewritten)
	s := setup{
		aqe:         v.bool("spark.sql.adaptive.enabled", !legacy),
		coalesce:    v.bool("spark.sql.adaptive.coalescePartitions.enabled", true),
		partitions:  max(v.int("spark.sql.shuffle.partitions", 200), 1),
		skewJoin:    v.bool("spark.sql.adaptive.skewJoin.enabled", true),
		bypass:      v.int("spark.shuffle.sort.bypassMergeThreshold", 200),
		parallelism: max(v.int("spark.default.parallelism", 0), 0),
		layout:      newLayout(run, version, v),
		squeeze:     squeezeOf(v),
		columnar:    1,
	}
	advisory := v.size("spark.sql.adaptive.advisoryPartitionSizeInBytes", 1, 64*mib)
	s.skew = Skew{
		Factor:    v.float("spark.sql.adaptive.skewJoin.skewedPartitionFactor", 5),
		Threshold: v.size("spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes", 1, 256*mib),
		Advisory:  advisory,
	}
	initial := v.int("spark.sql.adaptive.coalescePartitions.initialPartitionNum", 0)
	if s.aqe && s.coalesce && initial > 0 {
		s.partitions = initial
	}
	parallel := s.parallelism
	if parallel == 0 {
		parallel = int64(max(s.layout.planned()*s.layout.taskCPUs, 2))
	}
	s.coalescing = coalescing{
		Advisory: max(advisory, 1),
		MinSize:  v.size("spark.sql.adaptive.coalescePartitions.minPartitionSize", 1, mib),
		MinNum:   v.int("spark.sql.adaptive.coalescePartitions.minPartitionNum", 0),
		Legacy:   legacy,
	}
	if s.coalescing.MinNum <= 0 {
		s.coalescing.MinNum = 1
		if legacy || v.bool("spark.sql.adaptive.coalescePartitions.parallelismFirst", true) {
			s.coalescing.MinNum = parallel
		}
	}
	s.join.Static = v.size("spark.sql.autoBroadcastJoinThreshold", 1, 10*mib)
	s.join.Adaptive = v.size("spark.sql.adaptive.autoBroadcastJoinThreshold", 1, s.join.Static)
	s.join.AQE = s.aqe
	s.join.NonEmpty = v.float("spark.sql.adaptive.nonEmptyPartitionRatioForBroadcastJoin", 0.2)
	s.scan = Scan{
		MaxPartition: max(v.size("spark.sql.files.maxPartitionBytes", 1, 128*mib), 1),
		OpenCost:     max(v.size("spark.sql.files.openCostInBytes", 1, 4*mib), 0),
		MinNum:       v.int("spark.sql.files.minPartitionNum", v.int("spark.sql.leafNodeDefaultParallelism", parallel)),
		MaxNum:       v.int("spark.sql.files.maxPartitionNum", 0),
	}
	s.heap = jvmHeap{
		Bytes:           s.layout.container.Heap,
		Fraction:        v.float("spark.memory.fraction", 0.6),
		StorageFraction: v.float("spark.memory.storageFraction", 0.5),
		Cores:           s.layout.cores,
	}
	s.offHeap = max(s.layout.container.OffHeap, 0)
	if !v.bool("spark.sql.inMemoryColumnarStorage.compressed", true) {
		s.columnar = rawColumns
	}
	return s
}

// rawColumns is how many bytes cached columns take without compression for each
// byte with it (a belief: dictionaries and run lengths depend on the data).
const rawColumns = 1.7

// offHeapFor reports whether a stage's operators take their memory off the
// heap: those of SQL do where it is on (MemoryManager.tungstenMemoryMode).
func (s *setup) offHeapFor(st *stage) bool { return s.offHeap > 0 && st.sql >= 0 }
