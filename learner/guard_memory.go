package learner

import (
	"fmt"
	"slices"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// Bounds on taking memory away (guard 2).
const (
	memoryStep    = 0.75                // of the value before, at least
	memoryMargin  = 1.3                 // times the largest unified-memory peak
	reservedBytes = 300 * sparkconf.MiB // Spark's RESERVED_SYSTEM_MEMORY_BYTES
)

var memoryKeys = []string{
	"spark.executor.memory",
	"spark.executor.memoryOverhead",
	"spark.executor.memoryOverheadFactor",
	"spark.executor.pyspark.memory",
	"spark.memory.fraction",
}

// guardMemory: memory goes down by small steps, above what was used, and never
// where a run failed.
func guardMemory(j *judgement, t *trial) string {
	for _, k := range t.changed {
		if !slices.Contains(memoryKeys, k) {
			continue
		}
		before, ok1 := amount(k, j.base().set[k])
		after, ok2 := amount(k, t.set[k])
		if !ok1 || !ok2 {
			return k + ": its value before is not known"
		}
		if after >= before {
			continue
		}
		if after < memoryStep*before {
			return fmt.Sprintf("%s would go down by more than a quarter, from %s to %s", k, j.base().set[k], t.set[k])
		}
		for _, r := range j.all {
			if failedRun(r, j.clock) || len(memoryFailures(r)) > 0 {
				return k + " would go down, and a run failed on " + r.Night
			}
		}
		var peak int64
		for _, r := range j.all {
			peak = max(peak, r.UnifiedPeakBytes.Or(0))
		}
		if peak == 0 {
			return k + " would go down, and no log tells how much memory was used"
		}
		if floor := memoryMargin*float64(peak) + float64(reservedBytes); k == "spark.executor.memory" && after < floor {
			return fmt.Sprintf("%s would go below 1.3 times the largest peak + 300m (%s)", k, sparkconf.FormatSize(int64(floor)/sparkconf.MiB*sparkconf.MiB))
		}
	}
	return ""
}

// amount reads a size or a share.
func amount(key, value string) (float64, bool) {
	if key == "spark.memory.fraction" || key == "spark.executor.memoryOverheadFactor" {
		var f float64
		_, err := fmt.Sscanf(value, "%g", &f)
		return f, err == nil
	}
	n, err := sparkconf.ParseSize(value, sparkconf.MiB)
	return float64(n), err == nil
}

// memoryFailures names what went wrong with memory or disk in a run, whatever
// its outcome: tasks that are tried again hide it.
func memoryFailures(r *features.Run) []string {
	var list []string
	for _, s := range []struct {
		kind string
		n    int64
	}{
		{features.SignalHeapOOM, r.HeapOOMCount},
		{features.SignalGCOverhead, r.GCOverheadCount},
		{features.SignalSparkMemoryOOM, r.SparkMemoryOOMCount},
		{features.SignalContainerOOM, r.ContainerOOMCount},
		{features.SignalDiskFull, r.DiskFullCount},
		{features.SignalResultTooLarge, r.ResultTooLargeCount},
		{features.SignalBroadcastTooLarge, r.BroadcastTooLargeCount},
		{features.SignalPythonMemory, r.PythonMemoryCount},
	} {
		if s.n > 0 {
			list = append(list, s.kind)
		}
	}
	return list
}
