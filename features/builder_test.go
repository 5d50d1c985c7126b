package features

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spark-apprentice/apprentice/eventlog"
)

// build gives a builder an application and the records.
func build(records ...eventlog.Record) *App {
	b := newBuilder(Options{})
	b.add(&eventlog.LogStart{SparkVersion: "3.5.7"})
	b.add(&eventlog.ApplicationStart{AppName: "sales", AppID: "app-1", Time: 1000})
	b.add(&eventlog.EnvironmentUpdate{Spark: map[string]string{"spark.master": "spark://m:7077"}})
	b.add(&eventlog.ExecutorAdded{ID: "1", Cores: 2, Time: 2000})
	for _, r := range records {
		b.add(r)
	}
	b.add(&eventlog.ApplicationEnd{Time: 60_000})
	return b.finish()
}

func stageInfo(id, attempt, tasks int, completed eventlog.Millis) eventlog.StageInfo {
	return eventlog.StageInfo{ID: id, Attempt: attempt, Name: "count at x.py:1", Tasks: tasks, Submitted: 3000, Completed: completed}
}

// A retry can be a stage attempt of no tasks: it has a row, where the history
// server says skipped.
func TestStageAttemptWithoutTasks(t *testing.T) {
	info := stageInfo(2, 2, 0, 3001)
	app := build(&eventlog.StageSubmitted{Stage: info}, &eventlog.StageCompleted{Stage: info})
	if len(app.Stages) != 1 || app.Stages[0].Outcome != StageComplete || app.Stages[0].Tasks != 0 || app.Stages[0].DurationP50.OK || app.Stages[0].ChargedS != known(0.0) {
		t.Errorf("%+v", app.Stages)
	}
}

// Resubmitted ends repeat a task that has ended: the server counts a failure,
// and no second time in a slot.
func TestResubmitted(t *testing.T) {
	again := taskEnd(0, 1, 3000, 5000)
	again.Reason, again.HasMetrics = eventlog.EndReason{Kind: "Resubmitted"}, false
	app := build(
		&eventlog.StageSubmitted{Stage: stageInfo(1, 0, 1, 0)},
		&eventlog.TaskStart{StageID: 1, Task: eventlog.TaskInfo{ID: 0, ExecutorID: "1", Launch: 3000}},
		taskEnd(0, 1, 3000, 5000), again, again,
		&eventlog.StageCompleted{Stage: stageInfo(1, 0, 1, 5000)},
	)
	s := app.Stages[0]
	if s.EndedTasks != 3 || s.FailedTasks != 2 || s.ResubmittedTasks != 2 || s.ChargedS != known(2.0) || app.Executors[0].Tasks != 1 {
		t.Errorf("ended %d failed %d resubmitted %d charged %v; executor's tasks %d", s.EndedTasks, s.FailedTasks, s.ResubmittedTasks, s.ChargedS, app.Executors[0].Tasks)
	}
}

// A killed copy may end after its stage and its job.
func TestLateEnd(t *testing.T) {
	late := taskEnd(1, 1, 3000, 9000)
	late.Reason, late.Task.Speculative = eventlog.EndReason{Kind: "TaskKilled"}, true
	start := func(id int64) *eventlog.TaskStart {
		return &eventlog.TaskStart{StageID: 1, Task: eventlog.TaskInfo{ID: id, ExecutorID: "1", Launch: 3000}}
	}
	app := build(
		&eventlog.JobStart{ID: 0, Time: 3000, StageIDs: []int{1}}, &eventlog.StageSubmitted{Stage: stageInfo(1, 0, 1, 0)},
		start(0), start(1), taskEnd(0, 1, 3000, 5000), &eventlog.StageCompleted{Stage: stageInfo(1, 0, 1, 5000)},
		&eventlog.JobEnd{ID: 0, Time: 5000, Succeeded: true}, late,
	)
	s := app.Stages[0]
	if s.KilledTasks != 1 || s.SpeculativeTasks != 1 || s.ChargedS != known(6.0) || s.DurationP100 != known(2.0) || s.ExecutorRunTimeS != 8 {
		t.Errorf("killed %d, speculative %d, charged %v, longest %v, run %v", s.KilledTasks, s.SpeculativeTasks, s.ChargedS, s.DurationP100, s.ExecutorRunTimeS)
	}
}

// JobEnd without its start, and a start without its end.
func TestMissingJobEvents(t *testing.T) {
	app := build(&eventlog.JobEnd{ID: 7, Time: 5000, Succeeded: true}, &eventlog.JobStart{ID: 8, Time: 6000, StageIDs: []int{3}})
	if app.Run.Jobs != 2 || app.Run.Outcome != Succeeded {
		t.Errorf("%d jobs, %s", app.Run.Jobs, app.Run.Outcome)
	}
}

// Reading a cache is no reading from a source; filling it is.
func TestSourceBytesLeaveCachesOut(t *testing.T) {
	rdds := []eventlog.RDDInfo{
		{ID: 0, Name: "FileScanRDD", Scope: "Scan parquet", Partitions: 1},
		{ID: 1, Name: "cached", Scope: "InMemoryTableScan", ParentIDs: []int{0}, Storage: eventlog.StorageLevel{Memory: true}, Partitions: 1},
		{ID: 2, Name: "MapPartitionsRDD", Scope: "map", ParentIDs: []int{1}, Partitions: 1},
	}
	run := func(id int) []eventlog.Record {
		info := stageInfo(id, 0, 1, 0)
		info.RDDs = rdds
		done := info
		done.Completed = 5000
		end := taskEnd(int64(id), id, 3000, 5000)
		end.Metrics.InputBytes, end.Metrics.InputRecords = 1000, 10
		return []eventlog.Record{
			&eventlog.JobStart{ID: id, Time: 3000, StageIDs: []int{id}, Stages: []eventlog.StageInfo{info}},
			&eventlog.StageSubmitted{Stage: info}, end, &eventlog.StageCompleted{Stage: done}, &eventlog.JobEnd{ID: id, Time: 5000, Succeeded: true},
		}
	}
	records := append(append(run(0), run(1)...), &eventlog.UnpersistRDD{RDDID: 1})
	app := build(append(records, run(2)...)...)
	if r := app.Run; r.SourceBytes != known(int64(2000)) || r.SourceRows != known(int64(20)) || r.InputBytes != 3000 {
		t.Errorf("source %v bytes, %v rows; input %d", r.SourceBytes, r.SourceRows, r.InputBytes)
	}
	if len(app.Caches) != 1 || app.Caches[0].Reuse != 1 || app.Caches[0].Unpersisted { // it was filled again
		t.Errorf("%+v", app.Caches)
	}
	for i, want := range []string{PartitionsInputSplit, PartitionsCached, PartitionsInputSplit} {
		if got := app.Stages[i].PartitionsSource; got != want {
			t.Errorf("stage %d: partitions from %s, want %s", i, got, want)
		}
	}
}

// A cache that only the job reads which fills it is reused by none, but not in vain.
func TestCacheWithinOneJob(t *testing.T) {
	rdds := []eventlog.RDDInfo{{ID: 1, Name: "cached", Storage: eventlog.StorageLevel{Memory: true}, Partitions: 1}}
	records := []eventlog.Record{&eventlog.JobStart{ID: 0, Time: 3000, StageIDs: []int{0, 1}}}
	for id := range 2 {
		info := stageInfo(id, 0, 1, 5000)
		info.RDDs = rdds
		records = append(records, &eventlog.StageSubmitted{Stage: info}, taskEnd(int64(id), id, 3000, 5000), &eventlog.StageCompleted{Stage: info})
	}
	app := build(records...)
	if app.Caches[0].Reuse != 0 || len(app.Signals) != 0 {
		t.Errorf("%+v, signals %q", app.Caches[0], signalsOf(app))
	}
}

// A denied commit is a kill, as the server counts it.
func TestCommitDenied(t *testing.T) {
	end := taskEnd(0, 1, 3000, 5000)
	end.Reason.Kind = "TaskCommitDenied"
	app := build(&eventlog.StageSubmitted{Stage: stageInfo(1, 0, 1, 0)}, end)
	if s := app.Stages[0]; s.KilledTasks != 1 || s.FailedTasks != 0 || app.Executors[0].FailedTasks != 0 {
		t.Errorf("killed %d, failed %d, executor's failed %d", s.KilledTasks, s.FailedTasks, app.Executors[0].FailedTasks)
	}
}

func TestKind(t *testing.T) {
	tests := []struct {
		name                string
		app, command        string
		props               map[string]string
		unknown             string
		users               []string
		driverOnly, seconds float64
		want                string
	}{
		{name: "batch", seconds: 60, driverOnly: 50, want: Batch},
		{name: "small batch that idles", seconds: 599, driverOnly: 500, want: Batch},
		{name: "long and idle", seconds: 3600, driverOnly: 2400, want: Interactive},
		{name: "long and busy", seconds: 3600, driverOnly: 600, want: Batch},
		{name: "streaming", unknown: "StreamingQueryListener$QueryProgressEvent", want: Streaming},
		{name: "thrift server", command: "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2", want: Server},
		{name: "connect server", command: "org.apache.spark.deploy.SparkSubmit --class org.apache.spark.sql.connect.service.SparkConnectServer", want: Server},
		{name: "livy", props: map[string]string{"spark.__livy__.livy.rsc.launcher.address": "h"}, want: Server},
		{name: "several users", users: []string{"ann", "bob"}, want: Server},
		{name: "shell", command: "org.apache.spark.deploy.SparkSubmit --class org.apache.spark.repl.Main --name Spark shell spark-shell", want: Interactive},
		{name: "sql shell", command: "org.apache.spark.deploy.SparkSubmit --class org.apache.spark.sql.hive.thriftserver.SparkSQLCLIDriver spark-internal", want: Interactive},
		{name: "sql script", command: "org.apache.spark.deploy.SparkSubmit --class org.apache.spark.sql.hive.thriftserver.SparkSQLCLIDriver spark-internal -f nightly.sql", want: Batch},
		{name: "python script without spark-submit", app: "sales", command: "org.apache.spark.deploy.SparkSubmit pyspark-shell", want: Batch},
	}
	for _, tt := range tests {
		var k kindSigns
		k.event(tt.unknown)
		for _, u := range tt.users {
			k.job(map[string]string{"user": u})
		}
		if got := k.kind(tt.app, tt.command, tt.props, tt.driverOnly, tt.seconds); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestUserPolicy(t *testing.T) {
	log := logsOf(t, "c_no_spill")[0]
	for policy, want := range map[string]string{"": "analyst", "keep": "analyst", "drop": "", "hash": "12 digits"} {
		app, err := Extract(context.Background(), log, eventlog.Options{}, Options{UserPolicy: policy})
		if err != nil {
			t.Fatal(err)
		}
		if got := app.Run.User; got != want && (policy != "hash" || len(got) != 12 || strings.Contains(got, "analyst")) {
			t.Errorf("%q: user %q, want %q", policy, got, want)
		}
	}
}

// textLog is a log in memory.
func textLog(name, text string) eventlog.Log {
	return eventlog.Log{Name: name, Layout: eventlog.Single, Parts: []eventlog.Part{{
		Name: name, Size: int64(len(text)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil },
	}}}
}

func TestErrors(t *testing.T) {
	whole, err := os.ReadFile(filepath.Join("..", "fixtures", "logs", "c_no_spill", "local-1795452963093"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(whole), "\n")
	tests := []struct {
		name, text string
		want       error // nil: rows
	}{
		{"whole", string(whole), nil},
		{"half a line at the end", strings.Join(lines[:30], "") + lines[30][:len(lines[30])/2], nil},
		{"empty", "", eventlog.ErrEmpty},
		{"not a log", "hello\nworld\n", eventlog.ErrNotEventLog},
		{"first part is missing", strings.Join(lines[10:], ""), eventlog.ErrNotEventLog},
	}
	for _, tt := range tests {
		app, err := Extract(context.Background(), textLog(tt.name, tt.text), eventlog.Options{}, Options{})
		if !errors.Is(err, tt.want) || (tt.want == nil) != (app != nil) {
			t.Errorf("%s: %v, %v", tt.name, app != nil, err)
		}
		var le *eventlog.LogError
		if tt.want != nil && !errors.As(err, &le) {
			t.Errorf("%s: %T is no *eventlog.LogError", tt.name, err)
		}
	}
	app, err := Extract(context.Background(), textLog("x", strings.Join(lines[:20], "")+"{bad\n"+strings.Join(lines[20:], "")), eventlog.Options{}, Options{})
	if err != nil || app.Run.MalformedLines != 1 || app.Run.Tasks != 12 {
		t.Errorf("one bad line: %v, %+v", err, app)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Extract(ctx, textLog("x", string(whole)), eventlog.Options{}, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
