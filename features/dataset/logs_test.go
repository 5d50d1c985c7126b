package dataset

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/spark-apprentice/apprentice/eventlog"
	"github.com/spark-apprentice/apprentice/eventlog/source"
	"github.com/spark-apprentice/apprentice/features"
)

// realApps extracts the logs of the fixtures.
func realApps(t testing.TB, patterns ...string) []*features.App {
	t.Helper()
	logs, problems, err := source.Find(t.Context(), patterns)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	var apps []*features.App
	for _, log := range logs {
		app, err := features.Extract(t.Context(), log, eventlog.Options{}, features.Options{})
		if err == nil {
			apps = append(apps, app)
		} else if unreadable := (*eventlog.LogError)(nil); !errors.As(err, &unreadable) {
			t.Fatal(err)
		}
	}
	return apps
}

func appendApp(tx *Tx, app *features.App) error {
	return errors.Join(
		Append(tx, "runs", []features.Run{app.Run}),
		Append(tx, "stages", app.Stages),
		Append(tx, "executions", app.Executions),
		Append(tx, "executors", app.Executors),
		Append(tx, "caches", app.Caches),
		Append(tx, "signals", app.Signals),
	)
}

// What is extracted from real logs, one commit a log, comes back as it was.
func TestRealLogs(t *testing.T) {
	apps := realApps(t, "../../fixtures/logs/*")
	if len(apps) < 30 {
		t.Fatalf("only %d logs", len(apps))
	}
	s := openQuick(t, t.TempDir())
	tx := begin(t, s)
	var want features.App
	var runs []features.Run
	for _, app := range apps {
		check(t, appendApp(tx, app))
		commit(t, tx, true)
		runs = append(runs, app.Run)
		want.Stages = append(want.Stages, app.Stages...)
		want.Executions = append(want.Executions, app.Executions...)
		want.Executors = append(want.Executors, app.Executors...)
		want.Caches = append(want.Caches, app.Caches...)
		want.Signals = append(want.Signals, app.Signals...)
	}
	// A Null that is not known may still hold a value, which is not kept.
	unknown := cmp.FilterValues(func(a, b unknowable) bool { return !a.Known() && !b.Known() }, cmp.Ignore())
	same(t, "runs", read[features.Run](t, s, "runs"), runs, unknown)
	same(t, "stages", read[features.Stage](t, s, "stages"), want.Stages, unknown)
	same(t, "executions", read[features.Execution](t, s, "executions"), want.Executions, unknown)
	same(t, "executors", read[features.Executor](t, s, "executors"), want.Executors, unknown)
	same(t, "caches", read[features.Cache](t, s, "caches"), want.Caches, unknown)
	same(t, "signals", read[features.Signal](t, s, "signals"), want.Signals, unknown)
}
