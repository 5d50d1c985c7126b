package features

import (
	"time"

	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// A Run is one application attempt: one row of the table runs.
type Run struct {
	RunKey           string `json:"run_key" doc:"hash of app_id, attempt_id and the first event; joins all tables" from:"ApplicationStart"`
	Pipeline         string `json:"pipeline" doc:"the workload this run belongs to" from:"configured rule > orchestrator tags > App Name without dates and ids > main class"`
	Variant          string `json:"variant" doc:"part of the pipeline that shares a plan; empty where the pipeline has one plan" from:"plan_signature over the pipeline's runs"`
	AppID            string `json:"app_id" doc:"application id" from:"ApplicationStart.App ID"`
	AttemptID        string `json:"attempt_id" doc:"application attempt; empty where the cluster manager has none" from:"ApplicationStart.App Attempt ID"`
	AppName          string `json:"app_name" doc:"application name" from:"ApplicationStart.App Name"`
	User             string `json:"user" doc:"user as is, hashed or dropped, as configured" from:"ApplicationStart.User"`
	SparkVersion     string `json:"spark_version" doc:"full version string" from:"LogStart.Spark Version"`
	Platform         string `json:"platform" doc:"apache, databricks, emr, dataproc, …" from:"version suffix and properties"`
	ClusterManager   string `json:"cluster_manager" doc:"local, standalone, yarn, kubernetes, unknown" from:"Spark Properties.spark.master"`
	ClusterID        string `json:"cluster_id" doc:"what tells clusters apart: master address, cluster tags" from:"Spark Properties"`
	DeployMode       string `json:"deploy_mode" doc:"client or cluster" from:"Spark Properties.spark.submit.deployMode"`
	Kind             string `json:"kind" doc:"batch, streaming, interactive (also: over 10 minutes and more than 60 % of it without a busy slot), server; only batch is tuned" from:"streaming events, main class, users, idle share"`
	PlanSignature    string `json:"plan_signature" doc:"hash of the set of logical shapes of its executions (of its jobs where it has no SQL), so that a code change is seen and a settings change is not" from:"SQLExecutionStart.sparkPlanInfo, RDD scopes"`
	Night            string `json:"night" doc:"date of the night (start − 12 h, UTC), YYYY-MM-DD" from:"ApplicationStart.Timestamp"`
	Log              string `json:"log" doc:"path of the log" from:"file system"`
	LogFingerprint   string `json:"log_fingerprint" doc:"hash of the parts' names, sizes and times" from:"file system"`
	LogBytes         int64  `json:"log_bytes" unit:"bytes" doc:"stored size of all parts" from:"file system"`
	ExtractorVersion int64  `json:"extractor_version" doc:"version of the rules that made this row" from:"this program"`

	Complete       bool  `json:"complete" doc:"the application's end was logged; on Databricks, which logs none: all its jobs have ended" from:"ApplicationEnd, JobEnd"`
	Truncated      bool  `json:"truncated" doc:"the log stops within a line or a block, is damaged, or lacks a part before its last" from:"reader"`
	Events         int64 `json:"events" doc:"events read" from:"reader"`
	MalformedLines int64 `json:"malformed_lines" doc:"lines that are no event" from:"reader"`
	UnknownEvents  int64 `json:"unknown_events" doc:"events of types this program has no use for" from:"reader"`

	StartedAt     Null[time.Time] `json:"started_at" doc:"start of the application" from:"ApplicationStart.Timestamp"`
	EndedAt       Null[time.Time] `json:"ended_at" doc:"end, or time of the last event of a run that is not complete" from:"ApplicationEnd.Timestamp"`
	DurationS     Null[float64]   `json:"duration_s" unit:"s" doc:"ended_at − started_at" from:"ApplicationStart, ApplicationEnd"`
	ExecutorWaitS Null[float64]   `json:"executor_wait_s" unit:"s" doc:"start to first executor" from:"ExecutorAdded.Timestamp"`
	Outcome       string          `json:"outcome" doc:"succeeded, failed (its last job failed, or the exit code is not 0), incomplete (no end was logged)" from:"ApplicationEnd, JobEnd, ExitCode"`
	ExitCode      Null[int64]     `json:"exit_code" doc:"exit code of the driver (Spark 4.0 and later)" from:"ApplicationEnd.ExitCode"`
	RetryGroup    string          `json:"retry_group" doc:"run_key of the first of several attempts or reruns within 2 h of a failure; empty for a run alone" from:"attempts and starts of the pipeline's runs"`

	Comparable      bool   `json:"comparable" doc:"may train: like the pipeline's baseline in kind, plan, version, cluster and size" from:"judged over the pipeline's runs"`
	ExclusionReason string `json:"exclusion_reason" doc:"why not, empty where comparable" from:"judged over the pipeline's runs"`

	Jobs        int64 `json:"jobs" doc:"jobs started" from:"JobStart"`
	FailedJobs  int64 `json:"failed_jobs" doc:"jobs that ended in failure" from:"JobEnd.Job Result"`
	Stages      int64 `json:"stages" doc:"stage attempts submitted" from:"StageSubmitted, StageCompleted"`
	Tasks       int64 `json:"tasks" doc:"task attempts ended" from:"TaskEnd"`
	FailedTasks int64 `json:"failed_tasks" doc:"task attempts that failed, Resubmitted ones included as the server counts" from:"TaskEnd.Task End Reason"`
	KilledTasks int64 `json:"killed_tasks" doc:"task attempts that were killed" from:"TaskEnd.Task End Reason"`

	SourceBytes Null[int64] `json:"source_bytes" unit:"bytes" doc:"bytes read by leaf scans of successful tasks, caches excluded: the only size used for normalisation" from:"TaskEnd.Task Metrics.Input Metrics.Bytes Read"`
	SourceRows  Null[int64] `json:"source_rows" unit:"rows" doc:"rows read by the same scans" from:"TaskEnd.Task Metrics.Input Metrics.Records Read"`
	SourceFiles Null[int64] `json:"source_files" doc:"files read by scans" from:"SQL metric number of files read"`

	SlotsMean        Null[float64] `json:"slots_mean" doc:"task slots, mean over the run's time with executors" from:"ExecutorAdded, ExecutorRemoved, spark.task.cpus"`
	ExecutorsMax     int64         `json:"executors_max" doc:"most executors alive at once" from:"ExecutorAdded, ExecutorRemoved"`
	CoresMax         int64         `json:"cores_max" doc:"most executor cores alive at once" from:"ExecutorAdded, ExecutorRemoved"`
	CoreS            Null[float64] `json:"core_s" unit:"core·s" doc:"executor cores reserved over time" from:"ExecutorAdded, ExecutorRemoved"`
	MemoryByteS      Null[float64] `json:"memory_byte_s" unit:"byte·s" doc:"executor container memory reserved over time; on YARN as it rounds up" from:"ResourceProfileAdded, Spark Properties, ExecutorAdded, ExecutorRemoved"`
	SlotUtilization  Null[float64] `json:"slot_utilization" doc:"busy slot time over available slot time" from:"TaskEnd, ExecutorAdded, ExecutorRemoved"`
	DriverOnlyS      Null[float64] `json:"driver_only_s" unit:"s" doc:"time after the first executor with no busy slot: the charge of step 0" from:"TaskStart, TaskEnd"`
	CriticalPathS    Null[float64] `json:"critical_path_s" unit:"s" doc:"driver_only_s plus, for each group of jobs that overlap, the longest chain of its stages, each at its longest successful task: the time on slots without number" from:"StageCompleted.Parent IDs, TaskEnd"`
	JoinIntensity    Null[float64] `json:"join_intensity" doc:"rows out of joins over rows from sources" from:"SQL metrics of join operators"`
	HeapPeakBytes    Null[int64]   `json:"heap_peak_bytes" unit:"bytes" doc:"largest JVM heap of an executor that a poll saw" from:"TaskEnd.Task Executor Metrics.JVMHeapMemory, StageExecutorMetrics"`
	UnifiedPeakBytes Null[int64]   `json:"unified_peak_bytes" unit:"bytes" doc:"largest on-heap execution plus storage memory of an executor that a poll saw" from:"TaskEnd.Task Executor Metrics.OnHeapUnifiedMemory, StageExecutorMetrics"`

	ConfLogged       map[string]string  `json:"conf_logged" doc:"Spark Properties as logged, secrets redacted" from:"EnvironmentUpdate.Spark Properties"`
	ConfEffective    map[string]Setting `json:"conf_effective" doc:"tunable keys: value in force and where it comes from" from:"Spark Properties, SQLExecutionStart.modifiedConfigs, catalogue of defaults"`
	RecommendationID string             `json:"recommendation_id" doc:"id of the recommendation the run says it was started with" from:"Spark Properties.spark.apprentice.recommendation"`
	Propensity       Null[float64]      `json:"propensity" doc:"logged probability of the settings, where they were drawn" from:"Spark Properties.spark.apprentice.propensity"`

	SignalCounts
	TaskSums
}

// A Setting is a value in force and how we know it.
type Setting struct {
	Value  string `json:"value"`
	Source string `json:"source"` // log, runtime_set, default, unknown
}

// InForce is the value of a key that the run ran with, in canonical spelling:
// what its sessions, its log or its Spark's defaults say, and of keys that no
// agent may own the property as logged. False where it is unset or not known.
func (r *Run) InForce(key string) (value string, ok bool) {
	if s, ok := r.ConfEffective[key]; ok {
		if s.Source == FromUnknown {
			return "", false
		}
		return s.Value, s.Value != ""
	}
	v, ok := r.ConfLogged[key]
	if !ok || v == sparkconf.Redacted {
		return "", false
	}
	return sparkconf.Canonical(key, v), true
}

// Sources of a Setting.
const (
	FromLog        = "log"
	FromRuntimeSet = "runtime_set"
	FromDefault    = "default"
	FromUnknown    = "unknown"
)

// Outcomes of a Run.
const (
	Succeeded  = "succeeded"
	Failed     = "failed"
	Incomplete = "incomplete"
)

// Kinds of Run.
const (
	Batch       = "batch"
	Streaming   = "streaming"
	Interactive = "interactive"
	Server      = "server"
)
