package features

import (
	"strconv"
	"strings"

	"github.com/spark-apprentice/apprentice/eventlog"
)

// executionState is one SQL execution while the log is read. Its plans are
// dropped when it ends.
type executionState struct {
	id, root     int64
	description  string
	start, end   eventlog.Millis
	ended        bool
	hasError     bool
	err          string
	modified     map[string]string
	jobs         int64
	failedJob    bool
	signature    string
	occurrence   int64
	settled      bool
	first, last  *eventlog.PlanNode
	current      *plan // of last; nil until needed
	joinKinds    []string
	joinRows     Null[int64]
	broadcast    Null[int64]
	files        Null[int64]
	stageNumbers map[string]int // stages by position, to number equal ones
}

// executionID reads a job's or stage's SQL execution from its properties.
func executionID(props map[string]string) Null[int64] {
	id, err := strconv.ParseInt(props["spark.sql.execution.id"], 10, 64)
	return Null[int64]{V: id, OK: err == nil}
}

func (b *builder) execution(id int64) *executionState {
	x := b.executions[id]
	if x == nil {
		x = &executionState{id: id, root: -1, stageNumbers: map[string]int{}}
		b.executions[id] = x
	}
	return x
}

func (b *builder) addSQL(r eventlog.Record) {
	switch e := r.(type) {
	case *eventlog.SQLExecutionStart:
		b.see(e.Time)
		x := b.execution(e.ID)
		x.root, x.description, x.start, x.modified = e.RootID, e.Description, e.Time, e.ModifiedConfigs
		x.first = e.Plan
		x.replan(e.Plan)
		x.signature = x.plan().signature()
		x.occurrence = b.occurrences[x.signature]
		b.occurrences[x.signature]++
		b.settings.observe(e.ID, e.ModifiedConfigs)
		if e.Plan != nil {
			b.metrics.want(e.Plan)
		}
	case *eventlog.SQLAdaptiveExecutionUpdate:
		if e.Plan != nil {
			b.execution(e.ID).replan(e.Plan)
			b.metrics.want(e.Plan)
		}
	case *eventlog.SQLExecutionEnd:
		b.see(e.Time)
		x := b.execution(e.ID)
		x.end, x.ended, x.hasError, x.err = e.Time, true, e.HasError, e.Error
		if e.Error != "" {
			b.findings.driverMessage("execution", e.Error)
		}
		b.settle(x)
	case *eventlog.DriverAccumUpdates:
		b.metrics.take(e.Updates)
	}
}

func (x *executionState) replan(root *eventlog.PlanNode) {
	x.last, x.current = root, nil
}

func (x *executionState) plan() *plan {
	if x.current == nil {
		x.current = newPlan(x.last)
	}
	return x.current
}

// settle makes columns of the last plan's metrics and lets the plans go.
func (b *builder) settle(x *executionState) {
	if x.settled || x.last == nil {
		return
	}
	x.settled = true
	p := x.plan()
	var rows []int64
	for _, j := range p.joins {
		x.joinKinds = append(x.joinKinds, j.kind)
		rows = append(rows, j.rows)
	}
	x.joinRows = b.metrics.sum(rows)
	var bytes, files []int64
	for _, n := range p.broadcasts {
		bytes = append(bytes, metricID(n, dataSize))
	}
	x.broadcast = b.metrics.sum(bytes)
	for _, n := range p.scans {
		id := metricID(n, filesRead)
		if _, ok := b.metrics.get(id); ok && !b.countedFiles[id] {
			b.countedFiles[id] = true
			files = append(files, id)
		}
	}
	x.files = b.metrics.sum(files)
	b.metrics.drop(x.last)
	if x.first != nil {
		b.metrics.drop(x.first)
	}
	x.first, x.last, x.current = nil, nil, nil
}

// row makes the execution's row.
func (x *executionState) row(runKey string, text func(string) string, conf func(map[string]string) map[string]string) Execution {
	r := Execution{
		RunKey: runKey, SQLExecutionID: x.id, RootExecutionID: Null[int64]{V: x.root, OK: x.root >= 0},
		Description: text(x.description), PlanSignature: x.signature, Occurrence: x.occurrence,
		Error: text(x.err), SubmittedAt: at(x.start), CompletedAt: at(x.end), Jobs: x.jobs,
		JoinKinds: x.joinKinds, JoinRows: x.joinRows, BroadcastBytes: x.broadcast, ModifiedConfs: conf(x.modified),
	}
	switch {
	case x.err != "" || x.ended && !x.hasError && x.failedJob:
		r.Outcome = StageFailed
	case x.ended:
		r.Outcome = StageComplete
	default:
		r.Outcome = StageRunning
	}
	if r.SubmittedAt.OK && r.CompletedAt.OK {
		r.DurationS = known(seconds(int64(x.end - x.start)))
	}
	return r
}

// executionStep is an execution's identity across nights: its plan's signature and
// its number among the run's executions of that plan, in the order of their starts.
func executionStep(signature string, occurrence int64) string {
	return signature + "#" + strconv.FormatInt(occurrence, 10)
}

// firstLine shortens free text for evidence.
func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	const most = 300
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return s
}
