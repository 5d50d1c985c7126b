package main

import (
	"fmt"
	"slices"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/features/dataset"
	"github.com/spf13/cobra"
)

func newStats(t *terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "stats",
		Short: "Rows per table, runs per pipeline, what does not train",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return stats(cmd, t) },
	}
	addOptions(cmd.Flags(), []string{"state"})
	return cmd
}

func stats(cmd *cobra.Command, t *terminal) error {
	store, err := openStore(cmd, t)
	if err != nil {
		return err
	}
	for _, tab := range tables() {
		rows, err := tab.read(cmd.Context(), store)
		if err != nil {
			return err
		}
		fmt.Fprintf(t.out, "%-16s %8d\n", tab.Name, len(rows))
	}
	runs, err := dataset.Read[features.Run](cmd.Context(), store, tableRuns)
	if err != nil {
		return err
	}
	perPipeline, trains, excluded := map[string]int{}, map[string]int{}, exclusions(runs)
	for _, r := range runs {
		perPipeline[r.Pipeline]++
		if r.Comparable {
			trains[r.Pipeline]++
		}
	}
	fmt.Fprintf(t.out, "\n%8s %8s  pipeline\n", "runs", "train")
	for _, p := range sortedKeys(perPipeline) {
		fmt.Fprintf(t.out, "%8d %8d  %s\n", perPipeline[p], trains[p], name(p))
	}
	if len(excluded) > 0 {
		fmt.Fprintf(t.out, "\n%8s  do not train because\n", "runs")
	}
	for _, reason := range sortedKeys(excluded) {
		fmt.Fprintf(t.out, "%8d  %s\n", excluded[reason], safe(reason))
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string {
	var list []string
	for k := range m {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}
