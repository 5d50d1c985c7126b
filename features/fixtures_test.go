package features

import (
	"context"
	"path/filepath"
	"sync"
	"testing"

	"github.com/spark-apprentice/apprentice/eventlog"
	"github.com/spark-apprentice/apprentice/eventlog/source"
)

// logsOf finds the logs of one fixture case.
func logsOf(t testing.TB, name string) []eventlog.Log {
	t.Helper()
	logs, problems, err := source.Find(context.Background(), []string{filepath.Join("..", "fixtures", "logs", name)})
	if err != nil || len(problems) > 0 {
		t.Fatalf("%s: %v %v", name, err, problems)
	}
	return logs
}

func extract(t testing.TB, log eventlog.Log) *App {
	t.Helper()
	app, err := Extract(context.Background(), log, eventlog.Options{}, Options{})
	if err != nil {
		t.Fatalf("%s: %v", log.Name, err)
	}
	return app
}

type logRun struct {
	log eventlog.Log
	app *App
}

var everyRunOnce = sync.OnceValues(func() ([]logRun, error) {
	ctx := context.Background()
	fixtures := filepath.Join("..", "fixtures")
	// Oracles and tables are no logs: their directories are not searched.
	logs, _, err := source.Find(ctx, []string{filepath.Join(fixtures, "logs"), filepath.Join(fixtures, "history")})
	if err != nil {
		return nil, err
	}
	var runs []logRun
	for _, log := range logs {
		app, err := Extract(ctx, log, eventlog.Options{}, Options{})
		if err != nil {
			return nil, err
		}
		runs = append(runs, logRun{log, app})
	}
	return runs, nil
})

// everyRun is every log of the fixtures with its rows, extracted once: tests
// must not change them.
func everyRun(t testing.TB) []logRun {
	t.Helper()
	runs, err := everyRunOnce()
	if err != nil {
		t.Fatal(err)
	}
	if len(runs) < 150 {
		t.Fatalf("only %d logs were found", len(runs))
	}
	return runs
}
