package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Groups of commands in the help.
const (
	groupNight = "night"
	groupLook  = "look"
	groupSay   = "say"
	groupData  = "data"
)

// newRoot builds the command tree.
func newRoot(t *terminal) *cobra.Command {
	cobra.EnableCommandSorting = false
	root := &cobra.Command{
		Use:   "apprentice",
		Short: "Settings for Spark pipelines, learned from their event logs",
		Long: `Apprentice reads the event logs that Spark writes, learns from every night's
runs, and leaves one settings file per pipeline with its reasons.

Start:   apprentice init && edit apprentice.yaml && apprentice nightly`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetOut(t.out)
	root.SetErr(t.err)
	root.PersistentFlags().String("config", "", "settings in YAML (default ./apprentice.yaml if it exists)")
	root.PersistentFlags().Lookup("config").Annotations = argName("FILE")
	root.AddGroup(
		&cobra.Group{ID: groupNight, Title: "Every night:"},
		&cobra.Group{ID: groupLook, Title: "Look at runs and reasons:"},
		&cobra.Group{ID: groupSay, Title: "People's say:"},
		&cobra.Group{ID: groupData, Title: "Data and setup:"},
	)
	root.AddCommand(
		newNightly(t), newExtract(t), newTrain(t), newRecommend(t),
		newInspect(t), newDiff(t), newSimulate(t), newChoose(t), newExplain(t), newEvaluate(t),
		newDataset(t), newInit(t), newVersion(t),
	)
	for _, v := range verbs {
		root.AddCommand(newVerb(t, v))
	}
	explainArgs(root)
	root.SetHelpCommandGroupID(groupData)
	root.SetCompletionCommandGroupID(groupData)
	root.SetUsageTemplate(usageTemplate)
	root.SetFlagErrorFunc(flagError)
	cobra.AddTemplateFunc("flagHelp", flagHelp)
	cobra.AddTemplateFunc("keyHelp", keyHelp)
	return root
}

// explainArgs makes the commands below cmd say how they are used when they get
// the wrong arguments.
func explainArgs(cmd *cobra.Command) {
	for _, c := range cmd.Commands() {
		explainArgs(c)
		check := c.Args
		if check == nil {
			continue
		}
		c.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return withHint(fmt.Errorf("%s %w", c.Name(), err), "Usage: %s", c.UseLine())
			}
			return nil
		}
	}
}

const usageTemplate = `Usage:{{if not .HasAvailableSubCommands}}
  {{.UseLine}}{{end}}{{if .HasAvailableSubCommands}}
  {{.CommandPath}} COMMAND{{end}}{{if .HasExample}}

Examples:
{{.Example}}{{end}}{{if .HasAvailableSubCommands}}{{$cmds := .Commands}}{{if .Groups}}{{range $group := .Groups}}

{{.Title}}{{range $cmds}}{{if (and (eq .GroupID $group.ID) (or .IsAvailableCommand (eq .Name "help")))}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{else}}

Commands:{{range $cmds}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}

Flags:
{{flagHelp .LocalFlags}}{{end}}{{if .HasAvailableInheritedFlags}}

Everywhere:
{{flagHelp .InheritedFlags}}{{end}}
{{if .HasParent}}{{keyHelp .LocalFlags}}{{else}}
` + exitHelp + `

"apprentice COMMAND --help" says more about a command.
{{end}}`

// argName annotates a flag with what its value is called in help.
func argName(arg string) map[string][]string { return map[string][]string{"arg": {arg}} }

// flagHelp lists flags, aligned, their texts wrapped at 90 columns.
func flagHelp(flags *pflag.FlagSet) string {
	type row struct{ left, text string }
	var rows []row
	width := 0
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		left := "    --" + f.Name
		if f.Shorthand != "" {
			left = "-" + f.Shorthand + ", --" + f.Name
		}
		if arg := f.Annotations["arg"]; len(arg) > 0 {
			left += " " + arg[0]
		}
		rows = append(rows, row{left, f.Usage})
		width = max(width, len(left))
	})
	var b strings.Builder
	for i, r := range rows {
		if i > 0 {
			b.WriteByte('\n')
		}
		for j, line := range wrap(r.text, 90-width) {
			if j > 0 {
				b.WriteByte('\n')
				r.left = ""
			}
			fmt.Fprintf(&b, "  %-*s  %s", width, r.left, line)
		}
	}
	return b.String()
}

// wrap breaks text at spaces into lines of at most width runes.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len([]rune(line))+1+len([]rune(word)) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

// flagError names the nearest flag where one is unknown.
func flagError(cmd *cobra.Command, err error) error {
	if wrong, ok := strings.CutPrefix(err.Error(), "unknown flag: --"); ok {
		var known []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
		if near := nearest(wrong, known); near != "" {
			return withHint(err, "Did you mean --%s?", near)
		}
		return withHint(err, "`%s --help` lists the flags.", cmd.CommandPath())
	}
	return err
}
