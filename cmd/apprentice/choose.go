package main

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	"github.com/google/renameio/v2"
	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
	"github.com/spark-apprentice/apprentice/learner"
	"github.com/spark-apprentice/apprentice/report"
	"github.com/spf13/cobra"
)

type chooseOptions struct {
	input, ratio, hot string
	confFile, format  string
	run               learner.Coming
}

func newChoose(t *terminal) *cobra.Command {
	var opt chooseOptions
	cmd := &cobra.Command{
		Use:   "choose PIPELINE",
		Short: "Settings for one coming run, by its input",
		Long: `Choose decides the settings of one coming run from the size of its input. The
nights of a pipeline that has run are replayed at that size, and what runs under
other settings showed is carried over to it: far from all sizes that ran, the
interval is wider for it. A pipeline never seen starts cold: Spark's formulas on
its data's shape, and what the fleet learned. Nothing is kept, and no file of the
nightly job changes.`,
		Example: "  apprentice choose orders_enrich --input-bytes 40g --conf-file today.conf\n" +
			"  apprentice choose new-report --input-bytes 500m --rows 4000000 --group-ratio 0.01 --hot-share 0.2",
		GroupID: groupLook,
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return opt.choose(cmd, t, args[0]) },
	}
	f := cmd.Flags()
	text := func(p *string, name, arg, usage string) {
		f.StringVar(p, name, "", usage)
		f.Lookup(name).Annotations = argName(arg)
	}
	text(&opt.input, "input-bytes", "SIZE", "what the run will read, such as 40g")
	f.Int64Var(&opt.run.Rows, "rows", 0, "rows of the input, for a pipeline never seen")
	f.Lookup("rows").Annotations = argName("N")
	text(&opt.ratio, "group-ratio", "X", "groups over rows of its aggregates, from 0 to 1, likewise")
	text(&opt.hot, "hot-share", "X", "part of the rows that the most frequent key has, from 0 to 1, likewise")
	f.Int64Var(&opt.run.Slots, "slots", 0, "task slots that it will have, likewise")
	f.Lookup("slots").Annotations = argName("N")
	text(&opt.run.Cluster, "cluster", "ID", "cluster that it will run on, likewise (default where most of the fleet runs)")
	text(&opt.run.SparkVersion, "spark-version", "X.Y.Z", "likewise (default that of the newest run there)")
	text(&opt.confFile, "conf-file", "FILE", "also write a file for spark-submit --properties-file; - for standard output alone")
	formatFlag(cmd, &opt.format, "text", "json")
	addOptions(f, decideOptions, []string{"state", "base", "pipelines", "now"})
	return cmd
}

func (opt chooseOptions) choose(cmd *cobra.Command, t *terminal, pipeline string) error {
	if err := opt.read(pipeline); err != nil {
		return err
	}
	d, err := newDecision(cmd.Flags(), t)
	if err != nil {
		return err
	}
	fleet, err := d.everything(cmd.Context())
	if err != nil {
		return err
	}
	features.Judge(fleet.Runs, d.cfg.ignored)
	rec, err := learner.Choose(cmd.Context(), fleet, d.agents, d.rules, opt.run)
	if err != nil {
		return err
	}
	if opt.confFile != "" {
		base, err := d.base.of(rec.Pipeline)
		if err != nil {
			return d.cfg.at("base", err)
		}
		var b bytes.Buffer
		called := opt.confFile
		if called == "-" {
			called = "FILE"
		}
		if err := report.ChoiceConf(&b, *rec, base, called); err != nil {
			return err
		}
		if opt.confFile == "-" {
			_, err := t.out.Write(b.Bytes())
			return err
		}
		if err := renameio.WriteFile(opt.confFile, b.Bytes(), 0o644); err != nil {
			return err
		}
		t.notef("wrote %s; use it with spark-submit --properties-file %s", opt.confFile, opt.confFile)
	}
	if opt.format == "json" {
		return report.Recommendations(t.out, []learner.Recommendation{*rec})
	}
	return report.Choice(t.out, *rec)
}

// read checks what the flags say of the coming run.
func (opt *chooseOptions) read(pipeline string) error {
	opt.run.Pipeline = pipeline
	n, err := sparkconf.ParseSize(opt.input, 1)
	if err != nil || n <= 0 {
		return withHint(fmt.Errorf("--input-bytes: %s is no size of an input", name(opt.input)), "Example: --input-bytes 40g")
	}
	opt.run.InputBytes = n
	if opt.run.Rows < 0 || opt.run.Slots < 0 {
		return errors.New("--rows and --slots must not be negative")
	}
	for _, x := range []struct {
		flag, value string
		to          *features.Null[float64]
	}{{"--group-ratio", opt.ratio, &opt.run.GroupRatio}, {"--hot-share", opt.hot, &opt.run.HotShare}} {
		if x.value == "" {
			continue
		}
		v, err := strconv.ParseFloat(x.value, 64)
		if err != nil || !(v >= 0 && v <= 1) {
			return fmt.Errorf("%s: %s is no part from 0 to 1", x.flag, name(x.value))
		}
		*x.to = null.Of(v)
	}
	if v := opt.run.SparkVersion; v != "" {
		if _, err := sparkconf.ParseVersion(v); err != nil {
			return fmt.Errorf("--spark-version: %w", err)
		}
	}
	return nil
}
