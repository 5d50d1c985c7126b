package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spark-apprentice/apprentice/eventlog"
	"github.com/spark-apprentice/apprentice/eventlog/source"
	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/report"
	"github.com/spark-apprentice/apprentice/report/html"
	"github.com/spf13/cobra"
)

type inspectOptions struct{ format string }

func newInspect(t *terminal) *cobra.Command {
	var opt inspectOptions
	cmd := &cobra.Command{
		Use:   "inspect LOG",
		Short: "One log: where the time went, signals with evidence",
		Long:  "Inspect reads one log, without any state, and says where the time went and what it found.",
		Example: "  apprentice inspect /var/log/spark/events/app-20261123174528-0002.zstd\n" +
			"  apprentice inspect app-20261123174528-0002.zstd --format html > run.html",
		GroupID: groupLook,
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return opt.run(cmd, t, args[0]) },
	}
	formatFlag(cmd, &opt.format, "text", "json", "html")
	addOptions(cmd.Flags(), []string{"pipelines", "user"})
	return cmd
}

func (opt inspectOptions) run(cmd *cobra.Command, t *terminal, path string) error {
	cfg, err := loadConfig(cmd.Flags(), t)
	if err != nil {
		return err
	}
	app, err := readApp(cmd.Context(), t, cfg, path)
	if err != nil {
		return err
	}
	switch opt.format {
	case "json":
		return report.InspectJSON(t.out, app)
	case "html":
		return html.WriteRun(t.out, app)
	}
	return report.Inspect(t.out, app)
}

// readApp reads the one log at path and shows how far it is.
func readApp(ctx context.Context, t *terminal, cfg *Config, path string) (*features.App, error) {
	logs, problems, err := source.Find(ctx, []string{path})
	if err != nil {
		return nil, findHint(err, "")
	}
	switch {
	case len(logs) == 0 && len(problems) > 0:
		return nil, problems[0]
	case len(logs) == 0:
		return nil, withHint(fmt.Errorf("%s: no event log there", name(path)), "Name an event log: a file, or a directory eventlog_v2_*.")
	case len(logs) > 1:
		return nil, severalLogs(path, logs)
	}
	opt, err := cfg.extraction()
	if err != nil {
		return nil, err
	}
	if len(logs[0].Missing) > 0 {
		t.notef("%s", lacks(logs[0]))
	}
	progress := newProgress(t.err, logs)
	r := extract(ctx, counted(logs[0], progress), opt)
	progress.Close()
	if r.err != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("%s: %s", name(logs[0].Name), reason(logs[0].Name, r.err))
	}
	return r.app, r.err
}

// What a directory of files is looked through for, to name examples.
const (
	probedFiles = 20
	probedLines = 5
	shownLogs   = 3
)

// severalLogs is the error of a path with many files where one log is wanted. Its
// hint names some that are event logs.
func severalLogs(path string, logs []eventlog.Log) error {
	err := fmt.Errorf("%s holds %d files or directories that may be logs", name(path), len(logs))
	var examples []string
	probed := logs[:min(len(logs), probedFiles)]
	for _, log := range probed {
		if len(examples) < shownLogs && beginsAsLog(log) {
			examples = append(examples, name(log.Name))
		}
	}
	if len(examples) == 0 {
		return withHint(err, "Name one log; none of the newest %d begins as one.", len(probed))
	}
	return withHint(err, "Name one of them, such as %s.", strings.Join(examples, ", "))
}

// beginsAsLog reports whether one of the first lines is an event of Spark's.
func beginsAsLog(log eventlog.Log) bool {
	if log.StoredSize() == 0 { // empty, or a device that would wait for input
		return false
	}
	r := eventlog.Open(log, eventlog.Options{})
	defer r.Close()
	for n := 0; n < probedLines && r.Scan(); n++ {
		switch r.Record().(type) {
		case *eventlog.SyntaxError, *eventlog.Unknown:
		default:
			return true
		}
	}
	return false
}
