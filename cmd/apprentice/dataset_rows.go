package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

type headOptions struct{ rows int }

func newHead(t *terminal) *cobra.Command {
	var opt headOptions
	cmd := &cobra.Command{
		Use:   "head TABLE",
		Short: "The first rows of a table, as lines of JSON",
		Args:  cobra.ExactArgs(1),
		RunE:  func(cmd *cobra.Command, args []string) error { return opt.run(cmd, t, args[0]) },
	}
	cmd.Flags().IntVarP(&opt.rows, "rows", "n", 10, "rows to print, at least 1 (default 10)")
	cmd.Flags().Lookup("rows").Annotations = argName("N")
	addOptions(cmd.Flags(), []string{"state"})
	return cmd
}

func (opt headOptions) run(cmd *cobra.Command, t *terminal, table string) error {
	if opt.rows < 1 {
		return fmt.Errorf("--rows: %d is not allowed; allowed: a whole number above 0", opt.rows)
	}
	if _, err := findTable(table); err != nil {
		return err
	}
	store, err := openStore(cmd, t)
	if err != nil {
		return err
	}
	rows, err := store.Head(cmd.Context(), table, opt.rows)
	if err != nil {
		return err
	}
	for _, row := range rows {
		line, err := json.Marshal(row)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(t.out, safeJSON(line)); err != nil {
			return err
		}
	}
	return nil
}

type exportOptions struct{ format, file string }

func newExport(t *terminal) *cobra.Command {
	var opt exportOptions
	cmd := &cobra.Command{
		Use:     "export TABLE",
		Short:   "One table as a Parquet or CSV file",
		Example: "  apprentice dataset export runs --file runs.parquet\n  apprentice dataset export stages --format csv > stages.csv",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return opt.run(cmd, t, args[0]) },
	}
	formatFlag(cmd, &opt.format, "parquet", "csv")
	cmd.Flags().StringVar(&opt.file, "file", "", "write there instead of to standard output")
	cmd.Flags().Lookup("file").Annotations = argName("FILE")
	addOptions(cmd.Flags(), []string{"state"})
	return cmd
}

func (opt exportOptions) run(cmd *cobra.Command, t *terminal, table string) error {
	if _, err := findTable(table); err != nil {
		return err
	}
	store, err := openStore(cmd, t)
	if err != nil {
		return err
	}
	if opt.file == "" {
		if t.out.terminal && opt.format == "parquet" {
			return withHint(fmt.Errorf("parquet is not for a terminal"), "Add --file FILE, or --format csv.")
		}
		return store.Export(cmd.Context(), table, opt.format, t.out.shown())
	}
	return writeOption("file", opt.file, func(w io.Writer) error { return store.Export(cmd.Context(), table, opt.format, w) })
}
