package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spark-apprentice/apprentice/features/dataset"
	"github.com/spark-apprentice/apprentice/learner"
	"github.com/spf13/cobra"
)

// readRecommendations reads what was decided last, for all pipelines.
func readRecommendations(ctx context.Context, cfg *Config) ([]learner.Recommendation, error) {
	store, err := dataset.Open(cfg.State)
	if err != nil {
		return nil, err
	}
	recs, err := dataset.Read[learner.Recommendation](ctx, store, tableRecommendations)
	if err == nil && len(recs) == 0 {
		err = withHint(fmt.Errorf("nothing was decided yet in %s", cfg.State), "Run `apprentice nightly` first, or name the dataset with --state.")
	}
	return recs, err
}

// findRecommendation finds a pipeline by its name, or the error names the
// nearest one.
func findRecommendation(recs []learner.Recommendation, pipeline string) (learner.Recommendation, error) {
	known := make([]string, len(recs))
	for i, r := range recs {
		if r.Pipeline == pipeline {
			return r, nil
		}
		known[i] = r.Pipeline
	}
	if variants := slices.DeleteFunc(slices.Clone(known), func(k string) bool { return !strings.HasPrefix(k, pipeline+"@") }); len(variants) > 0 {
		return learner.Recommendation{}, withHint(fmt.Errorf("the plans of %s take turns: it goes on as %s", name(pipeline), safe(strings.Join(variants, ", "))), "Name the one that is meant.")
	}
	err := fmt.Errorf("unknown pipeline %s%s", name(pipeline), didYouMean(pipeline, known))
	return learner.Recommendation{}, withHint(err, "`apprentice recommend` lists all %d.", len(recs))
}

// completePipelines completes the first argument with the pipelines of the dataset.
func completePipelines(t *terminal) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		cfg, err := loadConfig(cmd.Flags(), t)
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		recs, _ := readRecommendations(cmd.Context(), cfg)
		var names []string
		for _, r := range recs {
			names = append(names, safe(r.Pipeline))
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}
