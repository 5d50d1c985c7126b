package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// formatFlag adds --format with the formats that a command knows, the first
// being the default.
func formatFlag(cmd *cobra.Command, to *string, formats ...string) {
	*to = formats[0]
	f := cmd.Flags().VarPF(&formatValue{to, formats}, "format", "", "output format (default "+formats[0]+")")
	f.Annotations = argName(strings.Join(formats, "|"))
}

type formatValue struct {
	to      *string
	formats []string
}

// Set implements pflag.Value.
func (f *formatValue) Set(s string) error {
	if !slices.Contains(f.formats, s) {
		return errFormat(f.formats)
	}
	*f.to = s
	return nil
}

func (f *formatValue) String() string { return "" }

// Type implements pflag.Value.
func (f *formatValue) Type() string { return "string" }

type errFormat []string

func (e errFormat) Error() string { return "allowed: " + strings.Join(e, ", ") }
