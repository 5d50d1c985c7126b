package main

import (
	"context"
	"fmt"

	"github.com/spark-apprentice/apprentice/features/dataset"
	"github.com/spf13/cobra"
)

func newTrain(t *terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "train",
		Short:   "Learn from the dataset: episodes and Q-tables",
		Long:    "Train judges all runs of the dataset and learns from them: tables episodes and qtables. It decides nothing and writes no file.",
		GroupID: groupNight,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return train(cmd, t) },
	}
	addOptions(cmd.Flags(), decideOptions, []string{"state", "now"})
	return cmd
}

func train(cmd *cobra.Command, t *terminal) error {
	d, err := newDecision(cmd.Flags(), t)
	if err != nil {
		return err
	}
	return d.locked(cmd.Context(), func(ctx context.Context) error {
		fleet, err := readKnown(ctx, d.store)
		if err != nil {
			return err
		}
		if len(fleet.Runs) == 0 {
			return errNoRuns(d.cfg)
		}
		result, err := d.learn(ctx, &fleet)
		if err != nil {
			return err
		}
		err = firstError(
			dataset.Replace(d.tx, tableEpisodes, result.Episodes),
			dataset.Replace(d.tx, tableQTables, result.QTable),
		)
		if err != nil {
			return err
		}
		if _, err := d.tx.Commit(); err != nil {
			return err
		}
		t.notef("%s, %s, %s", count(len(fleet.Runs), "run"), count(len(result.Episodes), "episode step"), count(len(result.QTable), "table cell"))
		return nil
	})
}

// errNoRuns is the error of commands that need a dataset with runs.
func errNoRuns(cfg *Config) error {
	return withHint(fmt.Errorf("the dataset %s holds no runs", cfg.State), "Fill it: apprentice nightly, or apprentice extract LOG...")
}
