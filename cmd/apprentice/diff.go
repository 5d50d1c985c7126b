package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/features/dataset"
	"github.com/spark-apprentice/apprentice/report"
	"github.com/spf13/cobra"
)

type diffOptions struct{ format string }

func newDiff(t *terminal) *cobra.Command {
	var opt diffOptions
	cmd := &cobra.Command{
		Use:   "diff RUN RUN",
		Short: "What changed between two runs, and what it did",
		Long: `Diff compares two runs: input, plan, settings, cluster, and what they did to each
stage. A run is the path of a log, or a run_key or application id of the dataset.`,
		Example: "  apprentice diff monday.zstd tuesday.zstd\n" +
			"  apprentice diff app-20261123174528-0002 app-20261123180300-0079",
		GroupID: groupLook,
		Args:    cobra.ExactArgs(2),
		RunE:    func(cmd *cobra.Command, args []string) error { return opt.run(cmd, t, args[0], args[1]) },
	}
	formatFlag(cmd, &opt.format, "text", "json")
	addOptions(cmd.Flags(), []string{"state", "pipelines", "user"})
	return cmd
}

func (opt diffOptions) run(cmd *cobra.Command, t *terminal, a, b string) error {
	cfg, err := loadConfig(cmd.Flags(), t)
	if err != nil {
		return err
	}
	appA, err := findApp(cmd.Context(), t, cfg, a)
	if err != nil {
		return err
	}
	appB, err := findApp(cmd.Context(), t, cfg, b)
	if err != nil {
		return err
	}
	if opt.format == "json" {
		return report.DiffJSON(t.out, appA, appB)
	}
	return report.Diff(t.out, appA, appB)
}

// findApp reads the log at a path, else the run of that run_key or application
// id, the last attempt of it, from the dataset.
func findApp(ctx context.Context, t *terminal, cfg *Config, run string) (*features.App, error) {
	if _, err := os.Stat(run); err == nil {
		return readApp(ctx, t, cfg, run)
	}
	store, err := dataset.Open(cfg.State)
	if err != nil {
		return nil, err
	}
	runs, err := dataset.Read[features.Run](ctx, store, tableRuns)
	if err != nil {
		return nil, err
	}
	var app *features.App
	var known []string
	for _, r := range runs {
		if r.RunKey == run || r.AppID == run && (app == nil || app.Run.AttemptID < r.AttemptID) {
			app = &features.App{Run: r}
		}
		known = append(known, r.AppID)
	}
	if app == nil {
		err := fmt.Errorf("%s is neither a log nor a run of %s%s", name(run), cfg.State, didYouMean(run, known))
		return nil, withHint(err, "`apprentice dataset head runs` shows run keys and application ids.")
	}
	key := app.Run.RunKey
	return app, firstError(
		ofRun(ctx, store, tableStages, &app.Stages, func(r *features.Stage) bool { return r.RunKey == key }),
		ofRun(ctx, store, tableExecutions, &app.Executions, func(r *features.Execution) bool { return r.RunKey == key }),
		ofRun(ctx, store, tableExecutors, &app.Executors, func(r *features.Executor) bool { return r.RunKey == key }),
		ofRun(ctx, store, tableCaches, &app.Caches, func(r *features.Cache) bool { return r.RunKey == key }),
		ofRun(ctx, store, tableSignals, &app.Signals, func(r *features.Signal) bool { return r.RunKey == key }),
	)
}

// ofRun reads the rows of a table that keep wants.
func ofRun[T any](ctx context.Context, store *dataset.Store, table string, to *[]T, keep func(*T) bool) error {
	rows, err := dataset.Read[T](ctx, store, table)
	for i := range rows {
		if keep(&rows[i]) {
			*to = append(*to, rows[i])
		}
	}
	return err
}
