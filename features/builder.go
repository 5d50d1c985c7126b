package features

import (
	"maps"
	"slices"
	"strings"

	"github.com/spark-apprentice/apprentice/eventlog"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// A builder takes the records of one log, in the log's order, and keeps what
// the rows need: its memory grows with stages, executions and executors, not
// with tasks.
type builder struct {
	opt Options

	sparkVersion string
	version      sparkconf.Version
	versionKnown bool
	app          eventlog.ApplicationStart
	started      bool
	appEnd       eventlog.ApplicationEnd
	ended        bool
	command      string // the driver's command line
	last         eventlog.Millis
	unknown      int64

	props      map[string]string // Spark Properties
	settings   *settings
	kind       kindSigns
	profiles   map[int]*eventlog.ResourceProfileAdded
	executors  map[string]*executorState
	firstAdded eventlog.Millis // of the first executor or task

	jobs       map[int]*jobState
	failedJobs int64
	stages     map[stageKey]*stageState
	stageSQL   map[int]Null[int64] // SQL execution by stage id
	active     *stageState         // of the last task, a one-entry cache
	spare      []*taskDetail
	clock      *clock
	executions map[int64]*executionState
	metrics    metricValues
	// countedFiles holds scans whose files were counted: a cached plan's scan
	// stands in every execution that reads the cache.
	countedFiles map[int64]bool
	occurrences  map[string]int64 // executions by signature
	rdd          *executionState  // numbers the stages outside SQL
	rddShapes    map[string]bool
	caches       *cacheStates
	findings     *findings
}

type jobState struct {
	id         int
	start, end eventlog.Millis
	stages     []int
	sql        Null[int64]
	failed     bool
}

func newBuilder(opt Options) *builder {
	return &builder{
		opt:        opt,
		props:      map[string]string{},
		settings:   newSettings(),
		profiles:   map[int]*eventlog.ResourceProfileAdded{},
		executors:  map[string]*executorState{},
		jobs:       map[int]*jobState{},
		stages:     map[stageKey]*stageState{},
		stageSQL:   map[int]Null[int64]{},
		clock:      newClock(),
		executions: map[int64]*executionState{},
		metrics:    metricValues{},

		countedFiles: map[int64]bool{},
		occurrences:  map[string]int64{},
		rdd:          &executionState{stageNumbers: map[string]int{}},
		rddShapes:    map[string]bool{},
		caches:       newCacheStates(),
		findings:     newFindings(),
	}
}

// add takes one record. It keeps none of it.
func (b *builder) add(r eventlog.Record) {
	switch e := r.(type) {
	case *eventlog.TaskEnd:
		b.taskEnd(e)
	case *eventlog.TaskStart:
		b.taskStart(e)
	case *eventlog.Unknown:
		b.unknown++
		b.kind.event(e.Name)
	case *eventlog.LogStart:
		b.sparkVersion = e.SparkVersion
		v, err := sparkconf.ParseVersion(e.SparkVersion)
		b.version, b.versionKnown = v, err == nil
	case *eventlog.ApplicationStart:
		if !b.started {
			b.started, b.app = true, *e
			b.clock.from = int64(e.Time)
			b.see(e.Time)
		}
	case *eventlog.ApplicationEnd:
		b.ended, b.appEnd = true, *e
		b.see(e.Time)
	case *eventlog.EnvironmentUpdate:
		b.environment(e)
	case *eventlog.ResourceProfileAdded:
		b.profiles[e.ID] = e
	case *eventlog.JobStart:
		b.jobStart(e)
	case *eventlog.JobEnd:
		b.jobEnd(e)
	case *eventlog.StageSubmitted:
		b.stageSubmitted(e)
	case *eventlog.StageCompleted:
		b.stageCompleted(e)
	default:
		b.addExecutorEvent(r)
	}
}

func (b *builder) addExecutorEvent(r eventlog.Record) {
	switch e := r.(type) {
	case *eventlog.ExecutorAdded:
		x := b.executor(e.ID)
		x.host, x.cores, x.profile, x.added = e.Host, e.Cores, e.ResourceProfileID, e.Time
		b.see(e.Time)
		b.seeExecutor(e.Time)
	case *eventlog.ExecutorRemoved:
		b.see(e.Time)
		x := b.executor(e.ID)
		x.removed, x.reason, x.gone = e.Time, e.Reason, true
		b.clock.lose(e.ID, int64(e.Time))
	case *eventlog.BlockManagerAdded:
		b.see(e.Time)
		if x := b.executors[e.ID]; x != nil || e.ID != "driver" {
			b.executor(e.ID).unified = e.MaxMemory
		}
	case *eventlog.StageExecutorMetrics:
		if x := b.executors[e.ExecutorID]; x != nil {
			x.metrics(&e.Metrics)
		}
		if s := b.stages[stageKey{e.StageID, e.StageAttempt}]; s != nil && e.ExecutorID != "driver" {
			s.heapPeak = max(s.heapPeak, e.Metrics.JVMHeap)
		}
	case *eventlog.BlockUpdated:
		b.caches.block(&e.Block)
	case *eventlog.UnpersistRDD:
		b.caches.unpersist(e.RDDID)
	default:
		b.addSQL(r)
	}
}

// see moves the time of the last event.
func (b *builder) see(t eventlog.Millis) { b.last = max(b.last, t) }

// seeExecutor moves the time at which work could begin.
func (b *builder) seeExecutor(t eventlog.Millis) {
	if b.firstAdded == 0 || t < b.firstAdded {
		b.firstAdded = t
	}
}

func (b *builder) environment(e *eventlog.EnvironmentUpdate) {
	if len(e.Spark) > 0 {
		b.props = maps.Clone(e.Spark)
		b.settings.logged = b.props
		logYARN(b.props, e.Hadoop)
	}
	if c := e.System["sun.java.command"]; c != "" {
		b.command = c
	}
}

// logYARN adds what YARN rounds containers up to, as the driver's Hadoop
// configuration has it, spelled as a Spark property that would set it there.
func logYARN(props, hadoop map[string]string) {
	const key = "yarn.scheduler.minimum-allocation-mb"
	if v := hadoop[key]; v != "" && props["spark.hadoop."+key] == "" && strings.HasPrefix(props["spark.master"], "yarn") {
		props["spark.hadoop."+key] = v
	}
}

func (b *builder) executor(id string) *executorState {
	x := b.executors[id]
	if x == nil {
		x = &executorState{id: id}
		b.executors[id] = x
	}
	return x
}

func (b *builder) jobStart(e *eventlog.JobStart) {
	b.see(e.Time)
	j := &jobState{id: e.ID, start: e.Time, stages: slices.Clone(e.StageIDs)}
	j.sql = executionID(e.Properties)
	b.jobs[e.ID] = j
	b.kind.job(e.Properties)
	for _, id := range e.StageIDs {
		if _, ok := b.stageSQL[id]; !ok {
			b.stageSQL[id] = j.sql
		}
	}
	if j.sql.OK {
		b.settings.observe(j.sql.V, e.Properties)
		b.execution(j.sql.V).jobs++
	} else {
		b.rddShapes[rddShape(e)] = true
	}
	b.caches.job(e)
}

func (b *builder) jobEnd(e *eventlog.JobEnd) {
	b.see(e.Time)
	j := b.jobs[e.ID]
	if j == nil { // its start was lost
		j = &jobState{id: e.ID, start: e.Time}
		b.jobs[e.ID] = j
	}
	j.end, j.failed = e.Time, !e.Succeeded
	if j.failed {
		b.failedJobs++
		b.findings.driverMessage("job", e.Error)
	}
}
