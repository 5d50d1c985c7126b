package features

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/spark-apprentice/apprentice/eventlog"
	"github.com/spark-apprentice/apprentice/eventlog/source"
)

// TestRenameEqualsReading: rules give a run of the dataset the name that they
// give its log.
func TestRenameEqualsReading(t *testing.T) {
	logs, _, err := source.Find(context.Background(), []string{
		filepath.Join("..", "fixtures", "history", "*184*"), filepath.Join("..", "fixtures", "logs", "[bdejk]_*"),
	})
	if err != nil {
		t.Fatal(err)
	}
	sets := [][]PipelineRule{
		nil,
		{{AppName: `^([a-z]+)_.*`, Name: "job-$1"}},
		{{Property: "spark.master"}, {AppName: "demo"}},
	}
	read := func(log eventlog.Log, rules []PipelineRule) (Run, bool) {
		app, err := Extract(context.Background(), log, eventlog.Options{}, Options{Pipelines: rules})
		if err != nil {
			return Run{}, false
		}
		return app.Run, true
	}
	names := map[string]bool{}
	for _, log := range logs {
		for _, from := range sets {
			run, ok := read(log, from)
			if !ok {
				continue
			}
			for _, to := range sets {
				want, _ := read(log, to)
				runs := []Run{run}
				changed := Rename(runs, to)
				if runs[0].Pipeline != want.Pipeline {
					t.Errorf("%s: renamed to %q, read as %q", log.Name, runs[0].Pipeline, want.Pipeline)
				}
				if (len(changed) > 0) != (run.Pipeline != want.Pipeline) {
					t.Errorf("%s: %q to %q, changed = %v", log.Name, run.Pipeline, want.Pipeline, changed)
				}
				names[want.Pipeline] = true
			}
		}
	}
	if len(names) < 10 {
		t.Errorf("the rules gave %d names only", len(names))
	}
}
