package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spark-apprentice/apprentice/learner"
	"github.com/spark-apprentice/apprentice/learner/evaluate"
	"github.com/spark-apprentice/apprentice/report"
	"github.com/spf13/cobra"
)

type evaluateOptions struct {
	format, plot    string
	origins, sample int
}

func newEvaluate(t *terminal) *cobra.Command {
	var opt evaluateOptions
	cmd := &cobra.Command{
		Use:   "evaluate",
		Short: "How good predictions and proposals were: back-test on held-back nights",
		Long: `Evaluate goes back to several nights of the dataset, learns from what was known
then, and holds what it would have predicted and proposed against the nights
that followed. It reads the dataset and changes nothing.`,
		Example: "  apprentice evaluate --state apprentice-state\n  apprentice evaluate --origins 10 --plot evaluation.svg",
		GroupID: groupLook,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return opt.run(cmd, t) },
	}
	cmd.Flags().IntVar(&opt.origins, "origins", 6, "nights at which to learn again; time grows with them (default 6)")
	cmd.Flags().Lookup("origins").Annotations = argName("N")
	cmd.Flags().IntVar(&opt.sample, "sample", 100, "pipelines to look at, drawn by the seed; 0: all (default 100)")
	cmd.Flags().Lookup("sample").Annotations = argName("N")
	cmd.Flags().StringVar(&opt.plot, "plot", "", "also draw predictions and calibration to this SVG file")
	cmd.Flags().Lookup("plot").Annotations = argName("FILE")
	formatFlag(cmd, &opt.format, "text", "json")
	addOptions(cmd.Flags(), decideOptions, []string{"state", "pipelines"})
	return cmd
}

func (opt evaluateOptions) run(cmd *cobra.Command, t *terminal) error {
	if opt.origins < 1 {
		return withHint(fmt.Errorf("--origins %d: at least one night is needed", opt.origins), "Example: --origins 6")
	}
	if opt.sample < 0 {
		return withHint(fmt.Errorf("--sample %d: a number of pipelines is needed", opt.sample), "--sample 0 looks at all.")
	}
	d, err := newDecision(cmd.Flags(), t)
	if err != nil {
		return err
	}
	fleet, err := d.everything(cmd.Context())
	if err != nil {
		return err
	}
	if len(fleet.Runs) == 0 {
		return errNoRuns(d.cfg)
	}
	e, err := evaluate.Run(cmd.Context(), fleet, evaluate.Options{
		Origins: opt.origins, Pipelines: opt.sample, Agents: d.agents, Ignored: d.cfg.ignored, Seed: d.cfg.Seed,
		Learn: func(ctx context.Context, past learner.Fleet, now time.Time) (*learner.Result, error) {
			rules := d.rules
			rules.Now = now
			return learner.Learn(ctx, past, d.agents, rules)
		},
	})
	if errors.Is(err, evaluate.ErrTooFew) {
		return withHint(fmt.Errorf("%s: %w", d.cfg.State, err), "Nights with comparable runs are needed: at least two. `apprentice explain PIPELINE` says which runs count.")
	}
	if err != nil {
		return err
	}
	if opt.plot != "" {
		if err := writeOption("plot", opt.plot, func(w io.Writer) error { return report.EvaluatePlot(w, e) }); err != nil {
			return err
		}
	}
	if opt.format == "json" {
		return report.EvaluateJSON(t.out, e)
	}
	return report.Evaluate(t.out, e)
}
