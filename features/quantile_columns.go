package features

// Quantiles over the successful tasks of a stage attempt, by the history
// server's definition: values sorted, element min(floor(q·n), n−1). Exact up to
// 10,000 tasks, then from a sketch within 1 %.

// DurationQuantiles are quantiles of task duration (finish − launch) as the
// history server gives them. They equal SuccessDurationQuantiles but where tasks
// failed or were killed: there the server sorts the durations of all tasks and
// looks at the n smallest, n being those that succeeded.
type DurationQuantiles struct {
	DurationP0   Null[float64] `json:"duration_p0_s" unit:"s" doc:"p0 of task duration (finish − launch), the history server's: over as many of the shortest tasks, failed ones included, as succeeded" from:"TaskEnd.Task Info"`
	DurationP25  Null[float64] `json:"duration_p25_s" unit:"s" doc:"p25 of task duration (finish − launch), the history server's: over as many of the shortest tasks, failed ones included, as succeeded" from:"TaskEnd.Task Info"`
	DurationP50  Null[float64] `json:"duration_p50_s" unit:"s" doc:"p50 of task duration (finish − launch), the history server's: over as many of the shortest tasks, failed ones included, as succeeded" from:"TaskEnd.Task Info"`
	DurationP75  Null[float64] `json:"duration_p75_s" unit:"s" doc:"p75 of task duration (finish − launch), the history server's: over as many of the shortest tasks, failed ones included, as succeeded" from:"TaskEnd.Task Info"`
	DurationP95  Null[float64] `json:"duration_p95_s" unit:"s" doc:"p95 of task duration (finish − launch), the history server's: over as many of the shortest tasks, failed ones included, as succeeded" from:"TaskEnd.Task Info"`
	DurationP99  Null[float64] `json:"duration_p99_s" unit:"s" doc:"p99 of task duration (finish − launch), the history server's: over as many of the shortest tasks, failed ones included, as succeeded" from:"TaskEnd.Task Info"`
	DurationP100 Null[float64] `json:"duration_p100_s" unit:"s" doc:"p100 of task duration (finish − launch), the history server's: over as many of the shortest tasks, failed ones included, as succeeded" from:"TaskEnd.Task Info"`
}

// SuccessDurationQuantiles are quantiles of the successful tasks' duration.
type SuccessDurationQuantiles struct {
	SuccessDurationP0   Null[float64] `json:"success_duration_p0_s" unit:"s" doc:"p0 of successful tasks' duration (finish − launch)" from:"TaskEnd.Task Info"`
	SuccessDurationP25  Null[float64] `json:"success_duration_p25_s" unit:"s" doc:"p25 of successful tasks' duration (finish − launch)" from:"TaskEnd.Task Info"`
	SuccessDurationP50  Null[float64] `json:"success_duration_p50_s" unit:"s" doc:"p50 of successful tasks' duration (finish − launch)" from:"TaskEnd.Task Info"`
	SuccessDurationP75  Null[float64] `json:"success_duration_p75_s" unit:"s" doc:"p75 of successful tasks' duration (finish − launch)" from:"TaskEnd.Task Info"`
	SuccessDurationP95  Null[float64] `json:"success_duration_p95_s" unit:"s" doc:"p95 of successful tasks' duration (finish − launch)" from:"TaskEnd.Task Info"`
	SuccessDurationP99  Null[float64] `json:"success_duration_p99_s" unit:"s" doc:"p99 of successful tasks' duration (finish − launch)" from:"TaskEnd.Task Info"`
	SuccessDurationP100 Null[float64] `json:"success_duration_p100_s" unit:"s" doc:"p100 of successful tasks' duration (finish − launch)" from:"TaskEnd.Task Info"`
}

// InputQuantiles are quantiles of input bytes per task.
type InputQuantiles struct {
	InputP0   Null[int64] `json:"input_p0_bytes" unit:"bytes" doc:"p0 of input bytes per task" from:"TaskEnd.Task Metrics.Input Metrics.Bytes Read"`
	InputP25  Null[int64] `json:"input_p25_bytes" unit:"bytes" doc:"p25 of input bytes per task" from:"TaskEnd.Task Metrics.Input Metrics.Bytes Read"`
	InputP50  Null[int64] `json:"input_p50_bytes" unit:"bytes" doc:"p50 of input bytes per task" from:"TaskEnd.Task Metrics.Input Metrics.Bytes Read"`
	InputP75  Null[int64] `json:"input_p75_bytes" unit:"bytes" doc:"p75 of input bytes per task" from:"TaskEnd.Task Metrics.Input Metrics.Bytes Read"`
	InputP95  Null[int64] `json:"input_p95_bytes" unit:"bytes" doc:"p95 of input bytes per task" from:"TaskEnd.Task Metrics.Input Metrics.Bytes Read"`
	InputP99  Null[int64] `json:"input_p99_bytes" unit:"bytes" doc:"p99 of input bytes per task" from:"TaskEnd.Task Metrics.Input Metrics.Bytes Read"`
	InputP100 Null[int64] `json:"input_p100_bytes" unit:"bytes" doc:"p100 of input bytes per task" from:"TaskEnd.Task Metrics.Input Metrics.Bytes Read"`
}

// ShuffleReadQuantiles are quantiles of shuffle bytes read per task.
type ShuffleReadQuantiles struct {
	ShuffleReadP0   Null[int64] `json:"shuffle_read_p0_bytes" unit:"bytes" doc:"p0 of shuffle bytes read per task" from:"TaskEnd.Task Metrics.Shuffle Read Metrics"`
	ShuffleReadP25  Null[int64] `json:"shuffle_read_p25_bytes" unit:"bytes" doc:"p25 of shuffle bytes read per task" from:"TaskEnd.Task Metrics.Shuffle Read Metrics"`
	ShuffleReadP50  Null[int64] `json:"shuffle_read_p50_bytes" unit:"bytes" doc:"p50 of shuffle bytes read per task" from:"TaskEnd.Task Metrics.Shuffle Read Metrics"`
	ShuffleReadP75  Null[int64] `json:"shuffle_read_p75_bytes" unit:"bytes" doc:"p75 of shuffle bytes read per task" from:"TaskEnd.Task Metrics.Shuffle Read Metrics"`
	ShuffleReadP95  Null[int64] `json:"shuffle_read_p95_bytes" unit:"bytes" doc:"p95 of shuffle bytes read per task" from:"TaskEnd.Task Metrics.Shuffle Read Metrics"`
	ShuffleReadP99  Null[int64] `json:"shuffle_read_p99_bytes" unit:"bytes" doc:"p99 of shuffle bytes read per task" from:"TaskEnd.Task Metrics.Shuffle Read Metrics"`
	ShuffleReadP100 Null[int64] `json:"shuffle_read_p100_bytes" unit:"bytes" doc:"p100 of shuffle bytes read per task" from:"TaskEnd.Task Metrics.Shuffle Read Metrics"`
}

// SpillQuantiles are quantiles of memory bytes spilled per task.
type SpillQuantiles struct {
	SpillP0   Null[int64] `json:"spill_p0_bytes" unit:"bytes" doc:"p0 of memory bytes spilled per task" from:"TaskEnd.Task Metrics.Memory Bytes Spilled"`
	SpillP25  Null[int64] `json:"spill_p25_bytes" unit:"bytes" doc:"p25 of memory bytes spilled per task" from:"TaskEnd.Task Metrics.Memory Bytes Spilled"`
	SpillP50  Null[int64] `json:"spill_p50_bytes" unit:"bytes" doc:"p50 of memory bytes spilled per task" from:"TaskEnd.Task Metrics.Memory Bytes Spilled"`
	SpillP75  Null[int64] `json:"spill_p75_bytes" unit:"bytes" doc:"p75 of memory bytes spilled per task" from:"TaskEnd.Task Metrics.Memory Bytes Spilled"`
	SpillP95  Null[int64] `json:"spill_p95_bytes" unit:"bytes" doc:"p95 of memory bytes spilled per task" from:"TaskEnd.Task Metrics.Memory Bytes Spilled"`
	SpillP99  Null[int64] `json:"spill_p99_bytes" unit:"bytes" doc:"p99 of memory bytes spilled per task" from:"TaskEnd.Task Metrics.Memory Bytes Spilled"`
	SpillP100 Null[int64] `json:"spill_p100_bytes" unit:"bytes" doc:"p100 of memory bytes spilled per task" from:"TaskEnd.Task Metrics.Memory Bytes Spilled"`
}

// GCQuantiles are quantiles of GC time per task.
type GCQuantiles struct {
	GCP0   Null[float64] `json:"gc_p0_s" unit:"s" doc:"p0 of GC time per task" from:"TaskEnd.Task Metrics.JVM GC Time"`
	GCP25  Null[float64] `json:"gc_p25_s" unit:"s" doc:"p25 of GC time per task" from:"TaskEnd.Task Metrics.JVM GC Time"`
	GCP50  Null[float64] `json:"gc_p50_s" unit:"s" doc:"p50 of GC time per task" from:"TaskEnd.Task Metrics.JVM GC Time"`
	GCP75  Null[float64] `json:"gc_p75_s" unit:"s" doc:"p75 of GC time per task" from:"TaskEnd.Task Metrics.JVM GC Time"`
	GCP95  Null[float64] `json:"gc_p95_s" unit:"s" doc:"p95 of GC time per task" from:"TaskEnd.Task Metrics.JVM GC Time"`
	GCP99  Null[float64] `json:"gc_p99_s" unit:"s" doc:"p99 of GC time per task" from:"TaskEnd.Task Metrics.JVM GC Time"`
	GCP100 Null[float64] `json:"gc_p100_s" unit:"s" doc:"p100 of GC time per task" from:"TaskEnd.Task Metrics.JVM GC Time"`
}
