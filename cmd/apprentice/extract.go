package main

import (
	"context"

	"github.com/spark-apprentice/apprentice/features/dataset"
	"github.com/spf13/cobra"
)

func newExtract(t *terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "extract LOG...",
		Short:   "Read new logs into the dataset",
		Long:    "Extract reads the logs that are new (files, directories, globs) into the dataset, and learns nothing.",
		GroupID: groupNight,
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return extractLogs(cmd, t, args) },
	}
	addOptions(cmd.Flags(), readOptions, []string{"state", "now"})
	return cmd
}

func extractLogs(cmd *cobra.Command, t *terminal, patterns []string) error {
	cfg, err := loadConfig(cmd.Flags(), t)
	if err != nil {
		return err
	}
	d := &decision{cfg: cfg}
	return d.locked(cmd.Context(), func(ctx context.Context) error {
		in, err := newIngest(ctx, t, cfg, d.store, d.tx)
		if err != nil {
			return err
		}
		if err := in.run(ctx, patterns, ""); err != nil {
			return err
		}
		runs, err := dataset.Read[knownRun](ctx, d.store, tableRuns)
		if err != nil {
			return err
		}
		t.notef("read %s; the dataset holds %s", count(in.night.Logs, "new log"), count(len(runs), "run"))
		if in.night.Skipped > 0 {
			t.notef("%s left by --max-duration", count(in.night.Skipped, "log"))
		}
		return in.err()
	})
}
