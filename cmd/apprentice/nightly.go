package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spark-apprentice/apprentice/features/dataset"
	"github.com/spark-apprentice/apprentice/report"
	"github.com/spf13/cobra"
)

func newNightly(t *terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "nightly",
		Short: "The cron job: read new logs, learn, write settings files",
		Long: `Nightly finds the event logs that are new, reads them, learns from all runs in
the dataset, and writes settings files, recommendations.json, summary.txt and
report.html.

A second run finds nothing new and changes nothing. It may be killed at any time:
the next run continues.

Run times that it writes leave out the wait for the first executor, which is the
cluster's; inspect, diff and simulate count it.`,
		Example: "  apprentice nightly --logs /var/log/spark/events\n" +
			"  apprentice nightly --logs '/mnt/history/app-*' --since 30d --max-duration 2h",
		GroupID: groupNight,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return nightly(cmd, t) },
	}
	addOptions(cmd.Flags(), optionNames())
	return cmd
}

func nightly(cmd *cobra.Command, t *terminal) error {
	d, err := newDecision(cmd.Flags(), t)
	if err != nil {
		return err
	}
	cfg := d.cfg
	if len(cfg.Logs) == 0 {
		return withHint(fmt.Errorf("no logs to read"), "Name them: --logs /var/log/spark/events, or `logs:` in %s.", defaultConfigFile)
	}
	if err := d.checkOutput(); err != nil {
		return err
	}
	return d.locked(cmd.Context(), func(ctx context.Context) error {
		in, err := newIngest(ctx, t, cfg, d.store, d.tx)
		if err != nil {
			return err
		}
		if err := in.run(ctx, cfg.Logs, "--logs, APPRENTICE_LOGS, or `logs:` in the settings file"); err != nil {
			return err
		}
		decided, err := d.run(ctx, cmd.Name(), in.night)
		if err != nil {
			return err
		}
		sayLeftOut(t, in.night.Recs)
		if err := sayNight(t, cfg, decided, in.night); err != nil {
			return err
		}
		return in.err()
	})
}

// locked opens the dataset for writing, does work and lets go of it. A
// cancelled run may still commit what it has read.
func (d *decision) locked(ctx context.Context, work func(context.Context) error) (err error) {
	if d.store, err = dataset.Open(d.cfg.State); err != nil {
		return err
	}
	if d.tx, err = d.store.Begin(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	defer func() {
		_ = d.tx.Rollback() // what was committed stays
		if closeErr := d.tx.Close(); err == nil {
			err = closeErr
		}
	}()
	return work(ctx)
}

// sayNight prints the summary, or that the last one still holds.
func sayNight(t *terminal, cfg *Config, decided bool, night *report.Night) error {
	path := filepath.Join(cfg.Output, summaryFile)
	if !decided && len(night.Unreadable) == 0 {
		_, err := fmt.Fprintf(t.out, "Nothing new: %s known. The last summary is %s.\n", count(night.Runs, "run"), path)
		return err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	_, err = t.out.Write(data)
	return err
}
