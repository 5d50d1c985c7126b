package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/features/dataset"
	"github.com/spf13/cobra"
)

func newStats(t *terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "stats [TABLE]",
		Short: "Rows and bytes per table, runs per pipeline; or what is known of a table's columns",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return columnStats(cmd, t, args[0])
			}
			return stats(cmd, t)
		},
	}
	addOptions(cmd.Flags(), []string{"state"})
	return cmd
}

// columnStats says in how many rows of a table each column is known.
func columnStats(cmd *cobra.Command, t *terminal, table string) error {
	if _, err := findTable(table); err != nil {
		return err
	}
	store, err := openStore(cmd, t)
	if err != nil {
		return err
	}
	st, err := store.Stats(cmd.Context(), table)
	if err != nil {
		return err
	}
	width := 0
	for _, c := range st.Table.Columns {
		width = max(width, len(c.Name))
	}
	fmt.Fprintf(t.out, "%s: %d rows\n  %-*s  %8s  known\n", table, st.Rows, width, "column", "rows")
	for i, c := range st.Table.Columns {
		known := st.Rows - st.Nulls[i]
		fmt.Fprintf(t.out, "  %-*s  %8d  %4.0f%%\n", width, name(c.Name), known, 100*float64(known)/float64(max(1, st.Rows)))
	}
	return nil
}

func stats(cmd *cobra.Command, t *terminal) error {
	store, err := openStore(cmd, t)
	if err != nil {
		return err
	}
	fmt.Fprintf(t.out, "%-16s %8s %8s %10s\n", "table", "rows", "files", "KiB")
	for _, tab := range tables() {
		st, err := store.Stats(cmd.Context(), tab.Name)
		if err != nil && !errors.Is(err, dataset.ErrNoTable) {
			return err
		}
		fmt.Fprintf(t.out, "%-16s %8d %8d %10.1f\n", tab.Name, st.Rows, st.Files, float64(st.Bytes)/1024)
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
	if len(runs) == 0 {
		return nil
	}
	fmt.Fprintf(t.out, "\n%8s %8s  pipeline\n", "runs", "train")
	for _, p := range slices.Sorted(maps.Keys(perPipeline)) {
		fmt.Fprintf(t.out, "%8d %8d  %s\n", perPipeline[p], trains[p], name(p))
	}
	if len(excluded) > 0 {
		fmt.Fprintf(t.out, "\n%8s  do not train because\n", "runs")
	}
	for _, reason := range slices.Sorted(maps.Keys(excluded)) {
		fmt.Fprintf(t.out, "%8d  %s\n", excluded[reason], safe(reason))
	}
	return nil
}
