package features

import "time"

// A Stage is one stage attempt: one row of the table stages.
type Stage struct {
	RunKey         string      `json:"run_key" doc:"the run" from:"runs"`
	StageID        int64       `json:"stage_id" doc:"stage id" from:"Stage Info.Stage ID"`
	StageAttemptID int64       `json:"stage_attempt_id" doc:"attempt of the stage" from:"Stage Info.Stage Attempt ID"`
	StageSignature string      `json:"stage_signature" doc:"hash of the execution's plan_signature and occurrence, the stage's place in the logical plan, and its number among equal ones: the same step on every night" from:"Stage Info.RDD Info, sparkPlanInfo"`
	SQLExecutionID Null[int64] `json:"sql_execution_id" doc:"SQL execution" from:"JobStart.Properties.spark.sql.execution.id"`
	Name           string      `json:"name" doc:"stage name" from:"Stage Info.Stage Name"`
	Outcome        string      `json:"outcome" doc:"complete, failed, running" from:"StageCompleted"`
	FailureReason  string      `json:"failure_reason" doc:"why it failed, secrets redacted" from:"Stage Info.Failure Reason"`

	SubmittedAt    Null[time.Time] `json:"submitted_at" doc:"submission" from:"Stage Info.Submission Time"`
	CompletedAt    Null[time.Time] `json:"completed_at" doc:"completion" from:"Stage Info.Completion Time"`
	DurationS      Null[float64]   `json:"duration_s" unit:"s" doc:"completed_at − submitted_at" from:"Stage Info"`
	ChargedS       Null[float64]   `json:"charged_s" unit:"s" doc:"its share of the run's time: integral of its busy slots over all busy slots; sums with the driver's to duration_s − executor_wait_s" from:"TaskStart, TaskEnd"`
	ParentStageIDs []int64         `json:"parent_stage_ids" doc:"parent stages" from:"Stage Info.Parent IDs"`
	Operators      []string        `json:"operators" doc:"physical operators in the stage, in plan order" from:"Stage Info.RDD Info.Scope, sparkPlanInfo"`

	CachesFilled     []int64 `json:"caches_filled" doc:"RDDs marked for storage that it computes" from:"Stage Info.RDD Info"`
	CachesRead       []int64 `json:"caches_read" doc:"RDDs marked for storage, filled before, that it reads" from:"Stage Info.RDD Info"`
	CachesRecomputed []int64 `json:"caches_recomputed" doc:"of those it reads, the ones whose plan ran again in it: evicted, or never stored" from:"SQL metrics of the cached plan"`

	Tasks            int64 `json:"tasks" doc:"tasks planned, the server's numTasks" from:"Stage Info.Number of Tasks"`
	EndedTasks       int64 `json:"ended_tasks" doc:"TaskEnd events, Resubmitted ones included" from:"TaskEnd"`
	FailedTasks      int64 `json:"failed_tasks" doc:"task attempts failed, Resubmitted ones included as the server counts" from:"TaskEnd.Task End Reason"`
	KilledTasks      int64 `json:"killed_tasks" doc:"task attempts killed" from:"TaskEnd.Task End Reason"`
	ResubmittedTasks int64 `json:"resubmitted_tasks" doc:"ended tasks whose output was lost with an executor" from:"TaskEnd.Task End Reason"`
	SpeculativeTasks int64 `json:"speculative_tasks" doc:"speculative copies ended" from:"TaskEnd.Task Info.Speculative"`

	PartitionsSource     string      `json:"partitions_source" doc:"what set the number of tasks: sql_conf, initial_partition_num, default_parallelism, code, input_split (of its input, or of the largest input of its shuffle), cached, unknown" from:"plan, RDD Info, settings"`
	PartitionsConfigured Null[int64] `json:"partitions_configured" doc:"partitions before AQE" from:"settings, plan"`
	PartitionsEffective  Null[int64] `json:"partitions_effective" doc:"partitions run" from:"Stage Info.Number of Tasks"`
	AQECoalesced         Null[bool]  `json:"aqe_coalesced" doc:"AQE coalesced the shuffle it reads" from:"AQEShuffleRead of the final plan"`
	SkewSplitTasks       Null[int64] `json:"skew_split_tasks" doc:"tasks that read a piece of a skewed partition" from:"SQL metric number of skewed partition splits"`

	DurationQuantiles
	SuccessDurationQuantiles
	InputQuantiles
	ShuffleReadQuantiles
	SpillQuantiles
	GCQuantiles

	Groups         Null[int64]   `json:"groups" doc:"rows out of the final aggregate" from:"SQL metric number of output rows"`
	GroupRatio     Null[float64] `json:"group_ratio" doc:"groups over rows that enter the partial aggregate" from:"SQL metric number of output rows"`
	JoinRows       Null[int64]   `json:"join_rows" unit:"rows" doc:"rows out of the joins that it ran; null where it ran none" from:"SQL metric number of output rows of join operators"`
	FileBytes      Null[int64]   `json:"file_bytes" unit:"bytes" doc:"size of the files that its scans read from, whole: what the optimizer goes by, where tasks read only some columns; null where a scan does not tell" from:"SQL metric size of files read, static size of files read"`
	HotShare       Null[float64] `json:"hot_share" doc:"(P·max/total − 1)/(P − 1) of shuffle read bytes by partition: 0 even, 1 all in one" from:"TaskEnd.Task Metrics.Shuffle Read Metrics"`
	SkewDuration   Null[float64] `json:"skew_duration" doc:"p100/p50 of task duration" from:"TaskEnd.Task Info"`
	SkewBytes      Null[float64] `json:"skew_bytes" doc:"p100/p50 of input plus shuffle read bytes per task" from:"TaskEnd.Task Metrics"`
	PartitionBytes Null[float64] `json:"partition_bytes" unit:"bytes" doc:"mean input plus shuffle read bytes per successful task" from:"TaskEnd.Task Metrics"`

	SlotsMean         Null[float64] `json:"slots_mean" doc:"task slots of its resource profile, mean over the stage's time" from:"ExecutorAdded, ExecutorRemoved, spark.task.cpus"`
	Waves             Null[float64] `json:"waves" doc:"tasks over slots" from:"Stage Info.Number of Tasks, ExecutorAdded"`
	SchedulerDelayS   Null[float64] `json:"scheduler_delay_s" unit:"s" doc:"sum over tasks of the server's scheduler delay" from:"TaskEnd.Task Info, Task Metrics"`
	ProcessLocalTasks int64         `json:"process_local_tasks" doc:"tasks by locality" from:"TaskEnd.Task Info.Locality"`
	NodeLocalTasks    int64         `json:"node_local_tasks" doc:"tasks by locality" from:"TaskEnd.Task Info.Locality"`
	RackLocalTasks    int64         `json:"rack_local_tasks" doc:"tasks by locality" from:"TaskEnd.Task Info.Locality"`
	AnyLocalTasks     int64         `json:"any_tasks" doc:"tasks by locality" from:"TaskEnd.Task Info.Locality"`
	NoPrefTasks       int64         `json:"no_pref_tasks" doc:"tasks by locality" from:"TaskEnd.Task Info.Locality"`
	HeapPeakBytes     Null[int64]   `json:"heap_peak_bytes" unit:"bytes" doc:"largest JVM heap of an executor that a poll saw during the stage" from:"TaskEnd.Task Executor Metrics.JVMHeapMemory"`

	TaskBins     []TaskBin    `json:"task_bins" doc:"successful tasks by log2 of bytes and of time; mergeable by addition" from:"TaskEnd"`
	LongestTasks []TaskSample `json:"longest_tasks" doc:"the 16 longest successful tasks" from:"TaskEnd"`
	LargestTasks []TaskSample `json:"largest_tasks" doc:"the 16 successful tasks with most bytes" from:"TaskEnd"`

	TaskSums
}

// StagesByRun are stages by the key of their run, in their order.
func StagesByRun(stages []Stage) map[string][]*Stage {
	byRun := map[string][]*Stage{}
	for i := range stages {
		s := &stages[i]
		byRun[s.RunKey] = append(byRun[s.RunKey], s)
	}
	return byRun
}

// A TaskBin sums the successful tasks whose bytes (input plus shuffle read)
// and duration fall into one pair of powers of two.
type TaskBin struct {
	Log2Bytes  int64   `json:"log2_bytes"` // floor(log2(bytes)), −1 for none
	Log2Time   int64   `json:"log2_time"`  // floor(log2(duration in ms)), −1 for 0
	N          int64   `json:"n"`
	Bytes      int64   `json:"bytes"`
	Rows       int64   `json:"rows"`
	DurationS  float64 `json:"duration_s"`
	RunS       float64 `json:"run_s"`
	CPUS       float64 `json:"cpu_s"`
	GCS        float64 `json:"gc_s"`
	SpillBytes int64   `json:"spill_bytes"`
}

// A TaskSample is one task, exactly.
type TaskSample struct {
	Index      int64   `json:"index"`
	Bytes      int64   `json:"bytes"`
	Rows       int64   `json:"rows"`
	DurationS  float64 `json:"duration_s"`
	RunS       float64 `json:"run_s"`
	CPUS       float64 `json:"cpu_s"`
	GCS        float64 `json:"gc_s"`
	SpillBytes int64   `json:"spill_bytes"`
}
