package html

import (
	"cmp"
	"io"
	"slices"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
	"github.com/spark-apprentice/apprentice/report"
)

// What the page shows of one run; the rest is counted.
const (
	shownStages     = 60 // by charged time
	shownTasks      = 12 // stages whose tasks are shown one bin at a time
	shownExecutions = 30
	shownExecutors  = 50
)

// WriteRun writes the page of one log.
func WriteRun(w io.Writer, app *features.App) error {
	run := newRun(app)
	return writePage(w, run.Name+" – Spark Apprentice", run, nil)
}

// A runDoc is one run: where its time went, what its tasks did, what was found.
type runDoc struct {
	Kind        string             `json:"kind"`
	Name        string             `json:"name"`
	App         string             `json:"app"`
	AppName     string             `json:"app_name"`
	Night       string             `json:"night"`
	StartedAt   string             `json:"started_at"`
	Outcome     string             `json:"outcome"`
	ExitCode    null.Null[int64]   `json:"exit_code"`
	Spark       []string           `json:"spark"` // version, platform, manager, mode, kind
	Why         string             `json:"why"`   // it does not train
	Log         string             `json:"log"`
	Complete    bool               `json:"complete"`
	Damaged     bool               `json:"damaged"`
	Facts       []fact             `json:"facts"`
	DurationS   null.Null[float64] `json:"duration_s"`
	WaitS       null.Null[float64] `json:"wait_s"`
	DriverS     null.Null[float64] `json:"driver_s"`
	OtherS      null.Null[float64] `json:"other_s"`   // of stages beyond those shown
	LackingS    null.Null[float64] `json:"lacking_s"` // what the log cannot attribute
	Stages      []stage            `json:"stages"`    // by submission
	MoreStages  int                `json:"more_stages"`
	Signals     []signal           `json:"signals"`
	Settings    []setting          `json:"settings"`
	Executions  []execution        `json:"executions"`
	MoreSQL     int                `json:"more_executions"`
	Executors   []executor         `json:"executors"` // none: not part of this page
	MoreWorkers int                `json:"more_executors"`
	Caches      []cache            `json:"caches"`
}

// A fact is one figure of a run. Unit is s, bytes, rows, count or share.
type fact struct {
	Name  string             `json:"name"`
	Value null.Null[float64] `json:"value"`
	Unit  string             `json:"unit"`
}

type signal struct {
	Kind      string `json:"kind"`
	Certainty string `json:"certainty"`
	Count     int64  `json:"count"`
	Stage     string `json:"stage"` // empty: of the run
	Evidence  string `json:"evidence"`
}

type setting struct {
	Key     string `json:"key"`
	Value   string `json:"value"`
	Source  string `json:"source"`
	Default string `json:"default"`
	Same    bool   `json:"is_default"`
}

type execution struct {
	ID        int64              `json:"id"`
	What      string             `json:"what"`
	Outcome   string             `json:"outcome"`
	Error     string             `json:"error"`
	Charged   null.Null[float64] `json:"charged_s"`
	Duration  null.Null[float64] `json:"duration_s"`
	Jobs      int64              `json:"jobs"`
	Joins     string             `json:"joins"`
	Broadcast null.Null[int64]   `json:"broadcast_bytes"`
}

type executor struct {
	ID     string             `json:"id"`
	Host   string             `json:"host"`
	Cores  int64              `json:"cores"`
	Start  null.Null[float64] `json:"start_s"`
	End    null.Null[float64] `json:"end_s"` // null: alive at the end
	Tasks  int64              `json:"tasks"`
	Failed int64              `json:"failed_tasks"`
	Peak   null.Null[int64]   `json:"heap_peak_bytes"`
	Heap   null.Null[int64]   `json:"heap_bytes"`
	Why    string             `json:"why"`
	Reason string             `json:"reason"`
}

type cache struct {
	Name      string           `json:"name"`
	Level     string           `json:"level"`
	Parts     int64            `json:"partitions"`
	Stored    null.Null[int64] `json:"stored"`
	Memory    null.Null[int64] `json:"memory_bytes"`
	Disk      null.Null[int64] `json:"disk_bytes"`
	Reuse     int64            `json:"reuse"`
	Evictions null.Null[int64] `json:"evictions"`
}

func newRun(app *features.App) runDoc {
	r := &app.Run
	d := runDoc{
		Kind: "run", Name: show(cmp.Or(r.Workload(), r.AppName, r.AppID)), App: show(r.AppID), AppName: show(r.AppName), Night: r.Night,
		Outcome: r.Outcome, ExitCode: r.ExitCode, Why: show(r.ExclusionReason), Log: show(r.Log), Complete: r.Complete,
		Damaged: r.Truncated || r.MalformedLines > 0, DurationS: shortNull(r.DurationS), WaitS: shortNull(r.ExecutorWaitS), DriverS: shortNull(r.DriverOnlyS),
		Facts: facts(r), Settings: inForce(r), Spark: []string{}, Signals: []signal{}, Executions: []execution{}, Executors: []executor{}, Caches: []cache{},
	}
	if r.StartedAt.OK {
		d.StartedAt = r.StartedAt.V.UTC().Format("2006-01-02 15:04:05 UTC")
	}
	for _, s := range []string{r.SparkVersion, r.Platform, r.ClusterManager, r.DeployMode, r.Kind} {
		if s != "" {
			d.Spark = append(d.Spark, show(s))
		}
	}
	d.stages(app)
	for _, s := range app.Signals {
		x := signal{Kind: show(s.Kind), Certainty: show(s.Certainty), Count: s.Count, Evidence: show(s.Evidence)}
		if s.StageID.OK {
			x.Stage = report.StageName(s.StageID.V, s.StageAttemptID.Or(0))
		}
		d.Signals = append(d.Signals, x)
	}
	d.sql(app.Executions)
	d.workers(r, app.Executors)
	for _, c := range app.Caches {
		d.Caches = append(d.Caches, cache{show(c.Name), show(c.Level), c.Partitions, c.CachedPartitions, c.MemoryBytes, c.DiskBytes, c.Reuse, c.Evictions})
	}
	return d
}

func facts(r *features.Run) []fact {
	whole := func(n int64) null.Null[float64] { return null.Of(float64(n)) }
	maybe := func(n null.Null[int64]) null.Null[float64] { return null.If(float64(n.V), n.OK) }
	return []fact{
		{"Input", maybe(r.SourceBytes), "bytes"},
		{"Rows read", maybe(r.SourceRows), "rows"},
		{"Jobs", whole(r.Jobs), "count"},
		{"Stages", whole(r.Stages), "count"},
		{"Tasks", whole(r.Tasks), "count"},
		{"Failed tasks", whole(r.FailedTasks), "count"},
		{"Executors", whole(r.ExecutorsMax), "count"},
		{"Cores", whole(r.CoresMax), "count"},
		{"Slots busy", shortNull(r.SlotUtilization), "share"},
		{"Critical path", shortNull(r.CriticalPathS), "s"},
		{"Garbage collection", null.Of(short(r.JVMGCTimeS)), "s"},
		{"Shuffle written", whole(r.ShuffleWriteBytes), "bytes"},
		{"Spilled to disk", whole(r.DiskSpilledBytes), "bytes"},
		{"Heap peak", maybe(r.HeapPeakBytes), "bytes"},
	}
}

func (d *runDoc) sql(executions []features.Execution) {
	kept := slices.Clone(executions)
	slices.SortStableFunc(kept, func(a, b features.Execution) int { return cmp.Compare(b.ChargedS.Or(-1), a.ChargedS.Or(-1)) })
	for _, e := range kept {
		if e.Jobs == 0 && e.Error == "" && len(e.JoinKinds) == 0 {
			continue
		}
		if len(d.Executions) == shownExecutions {
			d.MoreSQL++
			continue
		}
		d.Executions = append(d.Executions, execution{
			e.SQLExecutionID, show(e.Description), e.Outcome, show(e.Error), shortNull(e.ChargedS), shortNull(e.DurationS), e.Jobs,
			show(report.Work(e.JoinKinds, "")), e.BroadcastBytes,
		})
	}
}

func (d *runDoc) workers(r *features.Run, executors []features.Executor) {
	d.MoreWorkers = max(0, len(executors)-shownExecutors)
	for _, e := range executors[:len(executors)-d.MoreWorkers] {
		d.Executors = append(d.Executors, executor{
			show(e.ExecutorID), show(e.Host), e.Cores, since(r.StartedAt, e.AddedAt), since(r.StartedAt, e.RemovedAt), e.Tasks, e.FailedTasks,
			e.HeapPeakBytes, e.HeapBytes, show(e.RemovedClass), show(e.RemovedReason),
		})
	}
}
