package main

import (
	"slices"

	"github.com/spark-apprentice/apprentice/features/dataset"
	"github.com/spark-apprentice/apprentice/learner"
	"github.com/spark-apprentice/apprentice/report"
	"github.com/spf13/cobra"
)

func newExplain(t *terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:               "explain PIPELINE",
		Short:             "Each setting: current, proposed, why, evidence",
		Long:              "Explain says what was decided for a pipeline and why, setting by setting, and what was looked at and not taken.",
		GroupID:           groupLook,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completePipelines(t),
		RunE:              func(cmd *cobra.Command, args []string) error { return explain(cmd, t, args[0]) },
	}
	addOptions(cmd.Flags(), []string{"state"})
	return cmd
}

func explain(cmd *cobra.Command, t *terminal, pipeline string) error {
	cfg, err := loadConfig(cmd.Flags(), t)
	if err != nil {
		return err
	}
	recs, err := readRecommendations(cmd.Context(), cfg)
	if err != nil {
		return err
	}
	rec, err := findRecommendation(recs, pipeline)
	if err != nil {
		return err
	}
	store, err := dataset.Open(cfg.State)
	if err != nil {
		return err
	}
	q, err := dataset.Read[learner.QValue](cmd.Context(), store, tableQTables)
	if err != nil {
		return err
	}
	q = slices.DeleteFunc(q, func(v learner.QValue) bool { return v.Level != "pipeline" || v.Pipeline != pipeline })
	return report.Explain(t.out, rec, q)
}
