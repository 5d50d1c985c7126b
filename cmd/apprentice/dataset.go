package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spark-apprentice/apprentice/features/dataset"
	"github.com/spf13/cobra"
)

func newDataset(t *terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "dataset",
		Short:   "Look at and convert the training set",
		Long:    "Dataset looks at the tables in the state directory and converts them.",
		GroupID: groupData,
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			var known []string
			for _, c := range cmd.Commands() {
				known = append(known, c.Name())
			}
			err := fmt.Errorf("unknown command %s for %q%s", name(args[0]), cmd.CommandPath(), didYouMean(args[0], known))
			return withHint(err, "Commands: %s.", strings.Join(known, ", "))
		},
	}
	cmd.AddCommand(newSchema(t), newStats(t), newHead(t), newExport(t))
	return cmd
}

// findTable finds a table by its name, or the error names the nearest one.
func findTable(wanted string) (table, error) {
	var known []string
	for _, t := range tables() {
		if t.Name == wanted {
			return t, nil
		}
		known = append(known, t.Name)
	}
	err := fmt.Errorf("unknown table %s%s", name(wanted), didYouMean(wanted, known))
	return table{}, withHint(err, "Tables: %s.", strings.Join(known, ", "))
}

func newSchema(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "schema [TABLE...]",
		Short: "Every column: type, unit, meaning, event field",
		Long:  "Schema prints every column of all or of the named tables: type (? where it may be null), unit, meaning, and the event field it comes from.",
		RunE: func(_ *cobra.Command, args []string) error {
			list := tables()
			if len(args) > 0 {
				list = nil
			}
			for _, arg := range args {
				tab, err := findTable(arg)
				if err != nil {
					return err
				}
				list = append(list, tab)
			}
			for i, tab := range list {
				if i > 0 {
					fmt.Fprintln(t.out)
				}
				writeSchema(t.out, tab.Table)
			}
			return nil
		},
	}
}

// longType is the width from which a type gets a line of its own: structs.
const longType = 22

func writeSchema(w io.Writer, tab dataset.Table) {
	fmt.Fprintf(w, "%s: %s\n", tab.Name, tab.Doc)
	var nameW, typeW, unitW int
	for _, c := range tab.Columns {
		nameW, unitW = max(nameW, len(c.Name)), max(unitW, len([]rune(c.Unit)))
		if n := len(columnType(c)); n < longType {
			typeW = max(typeW, n)
		}
	}
	for _, c := range tab.Columns {
		short, long := columnType(c), ""
		if len(short) >= longType {
			kind, _, _ := strings.Cut(short, "<")
			short, long = kind+"<…>", short
		}
		fmt.Fprintf(w, "  %-*s  %-*s  %-*s  %s [%s]\n", nameW, c.Name, typeW, short, unitW, c.Unit, c.Doc, c.From)
		if long != "" {
			fmt.Fprintf(w, "  %-*s    %s\n", nameW, "", long)
		}
	}
}

func columnType(c dataset.Column) string {
	if c.Nullable {
		return c.Type + "?"
	}
	return c.Type
}

// openStore opens the dataset that flags, environment and file name; one that
// was never written is an error, since the name is wrong more often than not.
func openStore(cmd *cobra.Command, t *terminal) (*dataset.Store, error) {
	cfg, err := loadConfig(cmd.Flags(), t)
	if err != nil {
		return nil, err
	}
	store, err := dataset.Open(cfg.State)
	if err == nil && len(store.Tables()) == 0 {
		err = withHint(fmt.Errorf("nothing was written yet to the dataset %s", name(cfg.State)),
			"Name another with --state, or fill it: apprentice nightly, or apprentice extract LOG...")
	}
	return store, err
}
