package features

import "time"

// An Execution is one SQL execution: one row of the table executions.
type Execution struct {
	RunKey          string            `json:"run_key" doc:"the run" from:"runs"`
	SQLExecutionID  int64             `json:"sql_execution_id" doc:"execution id" from:"SQLExecutionStart.executionId"`
	RootExecutionID Null[int64]       `json:"root_execution_id" doc:"execution that started it (Spark 3.4 and later)" from:"SQLExecutionStart.rootExecutionId"`
	Description     string            `json:"description" doc:"description, secrets redacted" from:"SQLExecutionStart.description"`
	PlanSignature   string            `json:"plan_signature" doc:"hash of the plan's logical shape" from:"SQLExecutionStart.sparkPlanInfo"`
	Occurrence      int64             `json:"occurrence" doc:"number among the run's executions of the same plan_signature, from 0: with it the same execution on every night" from:"SQLExecutionStart"`
	Outcome         string            `json:"outcome" doc:"complete, failed, running" from:"SQLExecutionEnd"`
	Error           string            `json:"error" doc:"why it failed, secrets redacted" from:"SQLExecutionEnd.errorMessage"`
	SubmittedAt     Null[time.Time]   `json:"submitted_at" doc:"start" from:"SQLExecutionStart.time"`
	CompletedAt     Null[time.Time]   `json:"completed_at" doc:"end" from:"SQLExecutionEnd.time"`
	DurationS       Null[float64]     `json:"duration_s" unit:"s" doc:"completed_at − submitted_at" from:"SQLExecutionStart, SQLExecutionEnd"`
	ChargedS        Null[float64]     `json:"charged_s" unit:"s" doc:"sum of charged_s of its stages" from:"stages"`
	Jobs            int64             `json:"jobs" doc:"jobs it ran" from:"JobStart.Properties.spark.sql.execution.id"`
	JoinKinds       []string          `json:"join_kinds" doc:"join operators of the final plan, in plan order" from:"SQLAdaptiveExecutionUpdate, SQLExecutionStart"`
	JoinRows        Null[int64]       `json:"join_rows" unit:"rows" doc:"rows out of its joins; null where it has none" from:"SQL metric number of output rows of join operators"`
	BroadcastBytes  Null[int64]       `json:"broadcast_bytes" unit:"bytes" doc:"data size of broadcast exchanges" from:"SQL metric data size of BroadcastExchange"`
	ModifiedConfs   map[string]string `json:"modified_confs" doc:"session settings at its start, secrets redacted; before Spark 3.4 those of the SQL keys that the agents own with which its jobs ran and which differ from the run's" from:"SQLExecutionStart.modifiedConfigs, JobStart.Properties"`
}

// An Executor is one executor's life: one row of the table executors.
type Executor struct {
	RunKey            string          `json:"run_key" doc:"the run" from:"runs"`
	ExecutorID        string          `json:"executor_id" doc:"executor id" from:"ExecutorAdded.Executor ID"`
	Host              string          `json:"host" doc:"host" from:"ExecutorAdded.Executor Info.Host"`
	Cores             int64           `json:"cores" doc:"cores" from:"ExecutorAdded.Executor Info.Total Cores"`
	ResourceProfileID int64           `json:"resource_profile_id" doc:"resource profile" from:"ExecutorAdded.Executor Info.Resource Profile Id"`
	HeapBytes         Null[int64]     `json:"heap_bytes" unit:"bytes" doc:"configured heap" from:"ResourceProfileAdded, spark.executor.memory"`
	OverheadBytes     Null[int64]     `json:"overhead_bytes" unit:"bytes" doc:"memory overhead of its container; unknown where containers have none" from:"ResourceProfileAdded, spark.executor.memoryOverhead"`
	UnifiedBytes      Null[int64]     `json:"unified_bytes" unit:"bytes" doc:"unified memory it reported" from:"BlockManagerAdded.Maximum Memory"`
	AddedAt           Null[time.Time] `json:"added_at" doc:"registration" from:"ExecutorAdded.Timestamp"`
	RemovedAt         Null[time.Time] `json:"removed_at" doc:"removal; null: alive at the end" from:"ExecutorRemoved.Timestamp"`
	RemovedClass      string          `json:"removed_class" doc:"why: idle, driver, oom, container_oom, killed, preempted, decommissioned, lost, unknown; empty: alive" from:"ExecutorRemoved.Removed Reason"`
	RemovedReason     string          `json:"removed_reason" doc:"in the cluster manager's words, secrets redacted" from:"ExecutorRemoved.Removed Reason"`
	Tasks             int64           `json:"tasks" doc:"task attempts ended on it" from:"TaskEnd"`
	FailedTasks       int64           `json:"failed_tasks" doc:"of these, failed" from:"TaskEnd"`
	TaskTimeS         float64         `json:"task_time_s" unit:"s" doc:"sum of task durations" from:"TaskEnd.Task Info"`
	GCTimeS           float64         `json:"gc_time_s" unit:"s" doc:"sum of its tasks' GC time" from:"TaskEnd.Task Metrics.JVM GC Time"`
	HeapPeakBytes     Null[int64]     `json:"heap_peak_bytes" unit:"bytes" doc:"largest JVM heap a poll saw" from:"Task Executor Metrics.JVMHeapMemory, StageExecutorMetrics"`
	UnifiedPeakBytes  Null[int64]     `json:"unified_peak_bytes" unit:"bytes" doc:"largest on-heap execution plus storage memory a poll saw" from:"Task Executor Metrics.OnHeapUnifiedMemory, StageExecutorMetrics"`
}

// A Cache is one RDD or dataset that was marked for storage: one row of the table caches.
type Cache struct {
	RunKey           string      `json:"run_key" doc:"the run" from:"runs"`
	RDDID            int64       `json:"rdd_id" doc:"RDD" from:"RDD Info.RDD ID"`
	Name             string      `json:"name" doc:"its name" from:"RDD Info.Name"`
	Level            string      `json:"level" doc:"storage level, in Spark's words" from:"RDD Info.Storage Level"`
	Partitions       int64       `json:"partitions" doc:"partitions" from:"RDD Info.Number of Partitions"`
	CachedPartitions Null[int64] `json:"cached_partitions" doc:"partitions stored at the peak" from:"BlockUpdated, Updated Blocks"`
	MemoryBytes      Null[int64] `json:"memory_bytes" unit:"bytes" doc:"memory at the peak" from:"BlockUpdated, Updated Blocks"`
	DiskBytes        Null[int64] `json:"disk_bytes" unit:"bytes" doc:"disk at the peak" from:"BlockUpdated, Updated Blocks"`
	Reuse            int64       `json:"reuse" doc:"jobs, after the one that filled it, that ran a stage which reads it" from:"StageSubmitted.Stage Info.RDD Info"`
	Evictions        Null[int64] `json:"evictions" doc:"blocks dropped without an unpersist" from:"BlockUpdated, Updated Blocks"`
	Recomputes       Null[int64] `json:"recomputes" doc:"blocks computed again after they had been stored" from:"BlockUpdated, Updated Blocks"`
	Unpersisted      bool        `json:"unpersisted" doc:"an unpersist was logged" from:"UnpersistRDD"`
}

// App is all that one log gives: one Run and the rows that join it.
type App struct {
	Run        Run         `json:"run"`
	Stages     []Stage     `json:"stages"`
	Executions []Execution `json:"executions"`
	Executors  []Executor  `json:"executors"`
	Caches     []Cache     `json:"caches"`
	Signals    []Signal    `json:"signals"`
}
