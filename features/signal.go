package features

import (
	"reflect"
	"slices"
)

// A Signal is one kind of finding in a run or in one of its stages: one row of
// the table signals.
type Signal struct {
	RunKey         string      `json:"run_key" doc:"the run" from:"runs"`
	Kind           string      `json:"kind" doc:"which signal, see SignalKinds" from:"this program"`
	StageID        Null[int64] `json:"stage_id" doc:"stage, null for the whole run" from:"TaskEnd.Stage ID"`
	StageAttemptID Null[int64] `json:"stage_attempt_id" doc:"attempt of the stage" from:"TaskEnd.Stage Attempt ID"`
	Certainty      string      `json:"certainty" doc:"certain, or ambiguous where the log allows another cause" from:"this program"`
	Count          int64       `json:"count" doc:"how often" from:"events"`
	Evidence       string      `json:"evidence" doc:"one example, in the log's words or in figures; secrets redacted" from:"events"`
}

// Certainties of a Signal.
const (
	Certain   = "certain"
	Ambiguous = "ambiguous"
)

// Kinds of Signal.
const (
	SignalHeapOOM           = "heap_oom"
	SignalGCOverhead        = "gc_overhead"
	SignalSparkMemoryOOM    = "spark_memory_oom"
	SignalContainerOOM      = "container_oom"
	SignalExecutorLost      = "executor_lost"
	SignalFetchFailed       = "fetch_failed"
	SignalDiskFull          = "disk_full"
	SignalResultTooLarge    = "result_too_large"
	SignalBroadcastTooLarge = "broadcast_too_large"
	SignalPythonMemory      = "python_memory"
	SignalSpill             = "spill"
	SignalSkew              = "skew"
	SignalGCPressure        = "gc_pressure"
	SignalSmallPartitions   = "small_partitions"
	SignalHugePartitions    = "huge_partitions"
	SignalIdleCores         = "idle_cores"
	SignalCacheEvicted      = "cache_evicted"
	SignalCacheUnused       = "cache_unused"
)

// SignalKinds lists every kind, in the order in which reports show them and in
// that of SignalCounts' fields.
var SignalKinds = []string{
	SignalHeapOOM,
	SignalGCOverhead,
	SignalSparkMemoryOOM,
	SignalContainerOOM,
	SignalExecutorLost,
	SignalFetchFailed,
	SignalDiskFull,
	SignalResultTooLarge,
	SignalBroadcastTooLarge,
	SignalPythonMemory,
	SignalSpill,
	SignalSkew,
	SignalGCPressure,
	SignalSmallPartitions,
	SignalHugePartitions,
	SignalIdleCores,
	SignalCacheEvicted,
	SignalCacheUnused,
}

// MemorySignals are the kinds that tell of memory or disk that did not suffice.
var MemorySignals = []string{
	SignalHeapOOM, SignalGCOverhead, SignalSparkMemoryOOM, SignalContainerOOM,
	SignalDiskFull, SignalResultTooLarge, SignalBroadcastTooLarge, SignalPythonMemory,
}

// SignalRank is where a kind stands in SignalKinds; behind all where it does not.
func SignalRank(kind string) int {
	if i := slices.Index(SignalKinds, kind); i >= 0 {
		return i
	}
	return len(SignalKinds)
}

// SignalCounts are the signals of a run by kind: each the sum of the counts of
// its rows in the table signals.
type SignalCounts struct {
	HeapOOMCount           int64 `json:"signal_heap_oom" doc:"count of signal heap_oom" from:"signals"`
	GCOverheadCount        int64 `json:"signal_gc_overhead" doc:"count of signal gc_overhead" from:"signals"`
	SparkMemoryOOMCount    int64 `json:"signal_spark_memory_oom" doc:"count of signal spark_memory_oom" from:"signals"`
	ContainerOOMCount      int64 `json:"signal_container_oom" doc:"count of signal container_oom" from:"signals"`
	ExecutorLostCount      int64 `json:"signal_executor_lost" doc:"count of signal executor_lost" from:"signals"`
	FetchFailedCount       int64 `json:"signal_fetch_failed" doc:"count of signal fetch_failed" from:"signals"`
	DiskFullCount          int64 `json:"signal_disk_full" doc:"count of signal disk_full" from:"signals"`
	ResultTooLargeCount    int64 `json:"signal_result_too_large" doc:"count of signal result_too_large" from:"signals"`
	BroadcastTooLargeCount int64 `json:"signal_broadcast_too_large" doc:"count of signal broadcast_too_large" from:"signals"`
	PythonMemoryCount      int64 `json:"signal_python_memory" doc:"count of signal python_memory" from:"signals"`
	SpillCount             int64 `json:"signal_spill" doc:"count of signal spill" from:"signals"`
	SkewCount              int64 `json:"signal_skew" doc:"count of signal skew" from:"signals"`
	GCPressureCount        int64 `json:"signal_gc_pressure" doc:"count of signal gc_pressure" from:"signals"`
	SmallPartitionsCount   int64 `json:"signal_small_partitions" doc:"count of signal small_partitions" from:"signals"`
	HugePartitionsCount    int64 `json:"signal_huge_partitions" doc:"count of signal huge_partitions" from:"signals"`
	IdleCoresCount         int64 `json:"signal_idle_cores" doc:"count of signal idle_cores" from:"signals"`
	CacheEvictedCount      int64 `json:"signal_cache_evicted" doc:"count of signal cache_evicted" from:"signals"`
	CacheUnusedCount       int64 `json:"signal_cache_unused" doc:"count of signal cache_unused" from:"signals"`
}

// SignalCount is the count of one of SignalKinds.
func (c *SignalCounts) SignalCount(kind string) *int64 {
	return reflect.ValueOf(c).Elem().Field(slices.Index(SignalKinds, kind)).Addr().Interface().(*int64)
}

// countSignals adds up signals by kind.
func countSignals(signals []Signal) (c SignalCounts) {
	for _, s := range signals {
		*c.SignalCount(s.Kind) += s.Count
	}
	return c
}
