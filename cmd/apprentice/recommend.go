package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spark-apprentice/apprentice/learner"
	"github.com/spark-apprentice/apprentice/report"
	"github.com/spf13/cobra"
)

type recommendOptions struct{ format string }

func newRecommend(t *terminal) *cobra.Command {
	var opt recommendOptions
	cmd := &cobra.Command{
		Use:     "recommend [PIPELINE...]",
		Short:   "Decide from the dataset, write settings files",
		Long:    "Recommend learns from the dataset, writes the settings files, and prints what it decided for all or for the named pipelines.",
		GroupID: groupNight,
		RunE:    func(cmd *cobra.Command, args []string) error { return opt.run(cmd, t, args) },
	}
	formatFlag(cmd, &opt.format, "text", "json")
	addOptions(cmd.Flags(), decideOptions, writeOptions, []string{"state", "now"})
	return cmd
}

func (opt recommendOptions) run(cmd *cobra.Command, t *terminal, pipelines []string) error {
	d, err := newDecision(cmd.Flags(), t)
	if err != nil {
		return err
	}
	var night report.Night
	err = d.locked(cmd.Context(), func(ctx context.Context) error {
		night = report.Night{Output: d.cfg.Output}
		_, err := d.run(ctx, cmd.Name(), &night)
		return err
	})
	if err != nil {
		return err
	}
	sayLeftOut(t, night.Recs)
	if night.Runs == 0 {
		return errNoRuns(d.cfg)
	}
	recs, err := readRecommendations(cmd.Context(), d.cfg)
	if err != nil {
		return err
	}
	if len(pipelines) > 0 {
		for _, p := range pipelines {
			if _, err := findRecommendation(recs, p); err != nil {
				return err
			}
		}
		recs = slices.DeleteFunc(recs, func(r learner.Recommendation) bool { return !slices.Contains(pipelines, r.Pipeline) })
	}
	if opt.format == "json" {
		return report.Recommendations(t.out, recs)
	}
	for i, r := range recs {
		if i > 0 {
			fmt.Fprintln(t.out)
		}
		fmt.Fprint(t.out, recommendationText(r))
	}
	return nil
}

// recommendationText is a recommendation in a few lines.
func recommendationText(r learner.Recommendation) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n  %s\n", name(r.Pipeline), r.Status, safe(r.Reason))
	if r.Expected.RuntimeRatio.OK {
		fmt.Fprintf(&b, "  expected %s\n", report.Expected(r.Expected))
	}
	var keys []string
	width := 0
	for k := range r.Settings {
		keys = append(keys, k)
		width = max(width, len(k))
	}
	slices.Sort(keys)
	for _, k := range keys {
		s := r.Settings[k]
		current := s.Current
		if current == "" {
			current = "unset"
		}
		fmt.Fprintf(&b, "  %-*s  %s → %s  (%s)\n", width, name(k), name(current), name(s.Value), s.Evidence)
	}
	return b.String()
}
