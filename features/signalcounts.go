package features

// countSignals adds up signals by kind.
func countSignals(signals []Signal) (c SignalCounts) {
	columns := map[string]*int64{
		SignalHeapOOM: &c.HeapOOMCount, SignalGCOverhead: &c.GCOverheadCount, SignalSparkMemoryOOM: &c.SparkMemoryOOMCount,
		SignalContainerOOM: &c.ContainerOOMCount, SignalExecutorLost: &c.ExecutorLostCount, SignalFetchFailed: &c.FetchFailedCount,
		SignalDiskFull: &c.DiskFullCount, SignalResultTooLarge: &c.ResultTooLargeCount, SignalBroadcastTooLarge: &c.BroadcastTooLargeCount,
		SignalPythonMemory: &c.PythonMemoryCount, SignalSpill: &c.SpillCount, SignalSkew: &c.SkewCount,
		SignalGCPressure: &c.GCPressureCount, SignalSmallPartitions: &c.SmallPartitionsCount, SignalHugePartitions: &c.HugePartitionsCount,
		SignalIdleCores: &c.IdleCoresCount, SignalCacheEvicted: &c.CacheEvictedCount, SignalCacheUnused: &c.CacheUnusedCount,
	}
	for _, s := range signals {
		*columns[s.Kind] += s.Count
	}
	return c
}
