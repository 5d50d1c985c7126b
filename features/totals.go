package features

import "github.com/spark-apprentice/apprentice/eventlog"

// totals adds up task metrics in the log's own units, so that sums are exact;
// base units come at the end.
type totals struct {
	runMS, deserializeMS, gcMS, serializeMS, fetchWaitMS int64
	cpuNS, shuffleWriteNS                                int64
	resultSize, memorySpilled, diskSpilled               int64
	inputBytes, inputRows, outputBytes, outputRows       int64
	shuffleRead, shuffleRemote, shuffleReadRows          int64
	shuffleWrite, shuffleWriteRows                       int64
	peak                                                 int64
	peakKnown                                            bool
}

// task adds one task's metrics.
func (t *totals) task(m *eventlog.TaskMetrics) {
	t.runMS += int64(m.ExecutorRunTime)
	t.cpuNS += int64(m.ExecutorCPUTime)
	t.deserializeMS += int64(m.ExecutorDeserializeTime)
	t.gcMS += int64(m.JVMGCTime)
	t.serializeMS += int64(m.ResultSerializationTime)
	t.resultSize += m.ResultSize
	t.memorySpilled += m.MemoryBytesSpilled
	t.diskSpilled += m.DiskBytesSpilled
	t.inputBytes += m.InputBytes
	t.inputRows += m.InputRecords
	t.outputBytes += m.OutputBytes
	t.outputRows += m.OutputRecords
	t.shuffleRead += m.ShuffleReadBytes()
	t.shuffleRemote += m.ShuffleReadRemoteBytes
	t.shuffleReadRows += m.ShuffleReadRecords
	t.fetchWaitMS += int64(m.ShuffleReadFetchWait)
	t.shuffleWrite += m.ShuffleWriteBytes
	t.shuffleWriteRows += m.ShuffleWriteRecords
	t.shuffleWriteNS += int64(m.ShuffleWriteTime)
	if m.HasPeakExecutionMemory {
		t.peakKnown = true
		t.peak = max(t.peak, m.PeakExecutionMemory)
	}
}

// add merges the totals of another set of tasks.
func (t *totals) add(o *totals) {
	t.runMS += o.runMS
	t.cpuNS += o.cpuNS
	t.deserializeMS += o.deserializeMS
	t.gcMS += o.gcMS
	t.serializeMS += o.serializeMS
	t.resultSize += o.resultSize
	t.memorySpilled += o.memorySpilled
	t.diskSpilled += o.diskSpilled
	t.inputBytes += o.inputBytes
	t.inputRows += o.inputRows
	t.outputBytes += o.outputBytes
	t.outputRows += o.outputRows
	t.shuffleRead += o.shuffleRead
	t.shuffleRemote += o.shuffleRemote
	t.shuffleReadRows += o.shuffleReadRows
	t.fetchWaitMS += o.fetchWaitMS
	t.shuffleWrite += o.shuffleWrite
	t.shuffleWriteRows += o.shuffleWriteRows
	t.shuffleWriteNS += o.shuffleWriteNS
	t.peak = max(t.peak, o.peak)
	t.peakKnown = t.peakKnown || o.peakKnown
}

// sums converts to the base units of the data contract.
func (t *totals) sums() TaskSums {
	return TaskSums{
		ExecutorRunTimeS:         seconds(t.runMS),
		ExecutorCPUTimeS:         eventlog.Nanos(t.cpuNS).Seconds(),
		ExecutorDeserializeTimeS: seconds(t.deserializeMS),
		JVMGCTimeS:               seconds(t.gcMS),
		ResultSerializationTimeS: seconds(t.serializeMS),
		ResultSizeBytes:          t.resultSize,
		MemorySpilledBytes:       t.memorySpilled,
		DiskSpilledBytes:         t.diskSpilled,
		InputBytes:               t.inputBytes,
		InputRows:                t.inputRows,
		OutputBytes:              t.outputBytes,
		OutputRows:               t.outputRows,
		ShuffleReadBytes:         t.shuffleRead,
		ShuffleRemoteReadBytes:   t.shuffleRemote,
		ShuffleReadRows:          t.shuffleReadRows,
		ShuffleFetchWaitS:        seconds(t.fetchWaitMS),
		ShuffleWriteBytes:        t.shuffleWrite,
		ShuffleWriteRows:         t.shuffleWriteRows,
		ShuffleWriteTimeS:        eventlog.Nanos(t.shuffleWriteNS).Seconds(),
		PeakExecutionMemoryBytes: Null[int64]{V: t.peak, OK: t.peakKnown},
	}
}

// seconds converts milliseconds.
func seconds(ms int64) float64 { return eventlog.Millis(ms).Seconds() }
