package features

// TaskSums are sums over all TaskEnds that carry metrics, failed ones
// included, as the history server sums them. Runs and stages embed them.
type TaskSums struct {
	ExecutorRunTimeS         float64     `json:"executor_run_time_s" unit:"s" doc:"time tasks spent running on executors" from:"TaskEnd.Task Metrics.Executor Run Time"`
	ExecutorCPUTimeS         float64     `json:"executor_cpu_time_s" unit:"s" doc:"CPU time of tasks" from:"TaskEnd.Task Metrics.Executor CPU Time"`
	ExecutorDeserializeTimeS float64     `json:"executor_deserialize_time_s" unit:"s" doc:"time to deserialize tasks" from:"TaskEnd.Task Metrics.Executor Deserialize Time"`
	JVMGCTimeS               float64     `json:"jvm_gc_time_s" unit:"s" doc:"garbage collection while tasks ran; each task counts its whole executor's" from:"TaskEnd.Task Metrics.JVM GC Time"`
	ResultSerializationTimeS float64     `json:"result_serialization_time_s" unit:"s" doc:"time to serialize results" from:"TaskEnd.Task Metrics.Result Serialization Time"`
	ResultSizeBytes          int64       `json:"result_size_bytes" unit:"bytes" doc:"results sent to the driver" from:"TaskEnd.Task Metrics.Result Size"`
	MemorySpilledBytes       int64       `json:"memory_spilled_bytes" unit:"bytes" doc:"memory freed by spilling" from:"TaskEnd.Task Metrics.Memory Bytes Spilled"`
	DiskSpilledBytes         int64       `json:"disk_spilled_bytes" unit:"bytes" doc:"serialized, compressed bytes spilled to disk" from:"TaskEnd.Task Metrics.Disk Bytes Spilled"`
	InputBytes               int64       `json:"input_bytes" unit:"bytes" doc:"bytes read from sources and from caches" from:"TaskEnd.Task Metrics.Input Metrics.Bytes Read"`
	InputRows                int64       `json:"input_rows" unit:"rows" doc:"records read from sources and from caches" from:"TaskEnd.Task Metrics.Input Metrics.Records Read"`
	OutputBytes              int64       `json:"output_bytes" unit:"bytes" doc:"bytes written to sinks" from:"TaskEnd.Task Metrics.Output Metrics.Bytes Written"`
	OutputRows               int64       `json:"output_rows" unit:"rows" doc:"records written to sinks" from:"TaskEnd.Task Metrics.Output Metrics.Records Written"`
	ShuffleReadBytes         int64       `json:"shuffle_read_bytes" unit:"bytes" doc:"remote and local shuffle bytes read" from:"TaskEnd.Task Metrics.Shuffle Read Metrics.Remote Bytes Read + Local Bytes Read"`
	ShuffleRemoteReadBytes   int64       `json:"shuffle_remote_read_bytes" unit:"bytes" doc:"shuffle bytes read from other executors" from:"TaskEnd.Task Metrics.Shuffle Read Metrics.Remote Bytes Read"`
	ShuffleReadRows          int64       `json:"shuffle_read_rows" unit:"rows" doc:"shuffle records read; PySpark RDDs count batches" from:"TaskEnd.Task Metrics.Shuffle Read Metrics.Total Records Read"`
	ShuffleFetchWaitS        float64     `json:"shuffle_fetch_wait_s" unit:"s" doc:"time blocked on remote shuffle blocks" from:"TaskEnd.Task Metrics.Shuffle Read Metrics.Fetch Wait Time"`
	ShuffleWriteBytes        int64       `json:"shuffle_write_bytes" unit:"bytes" doc:"shuffle bytes written" from:"TaskEnd.Task Metrics.Shuffle Write Metrics.Shuffle Bytes Written"`
	ShuffleWriteRows         int64       `json:"shuffle_write_rows" unit:"rows" doc:"shuffle records written" from:"TaskEnd.Task Metrics.Shuffle Write Metrics.Shuffle Records Written"`
	ShuffleWriteTimeS        float64     `json:"shuffle_write_time_s" unit:"s" doc:"time to write shuffle data" from:"TaskEnd.Task Metrics.Shuffle Write Metrics.Shuffle Write Time"`
	PeakExecutionMemoryBytes Null[int64] `json:"peak_execution_memory_bytes" unit:"bytes" doc:"largest execution memory of one task (maximum, not sum); unknown before Spark 3.0" from:"TaskEnd.Task Metrics.Peak Execution Memory"`
}
