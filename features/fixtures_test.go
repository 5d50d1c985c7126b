package features

import (
	"context"
	"path/filepath"
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
