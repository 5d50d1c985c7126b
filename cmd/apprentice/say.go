package main

import (
	"context"
	"fmt"
	"os/user"
	"strings"
	"time"

	"github.com/spark-apprentice/apprentice/learner"
	"github.com/spark-apprentice/apprentice/report"
	"github.com/spf13/cobra"
)

// A verb is one thing that people can say about a pipeline.
type verb struct {
	name, args, short, long string
}

var verbs = []verb{
	{learner.VerbAccept, "PIPELINE", "Take the proposal: its file changes now",
		"Accept takes what is proposed for a pipeline. In mode approve this is what changes its file."},
	{learner.VerbReject, "PIPELINE", "Refuse the proposal; nothing near it is proposed again",
		"Reject refuses what is proposed for a pipeline. It is not proposed again, nor is what is\nnearly the same: what Spark would run in the same way, and what has its keys, with values\nthat differ by no more than a doubling. Another proposal may take its place."},
	{learner.VerbPin, "PIPELINE KEY=VALUE", "Fix one setting",
		"Pin fixes one setting of a pipeline, whatever is learned. unpin ends it."},
	{learner.VerbUnpin, "PIPELINE [KEY]", "End a pin, or all of them",
		"Unpin ends the pin of a key, or all pins of a pipeline."},
	{learner.VerbFreeze, "PIPELINE", "Keep the file as it is",
		"Freeze keeps the settings file of a pipeline as it is, whatever is learned. unfreeze ends it."},
	{learner.VerbUnfreeze, "PIPELINE", "End a freeze",
		"Unfreeze ends a freeze."},
	{learner.VerbRollback, "PIPELINE | --all", "Take our settings out of the file, until newer runs",
		"Rollback takes our settings out of the file of a pipeline, in every mode; what people pin\nor enforce stays. Nothing new is proposed for it until a run is read that started after\nthe rollback, and then neither what was rolled back nor what is nearly the same (see\nreject). With --all it does so for every pipeline that the last night with changes, or\npeople after it, changed, and says what it left alone; where that night only drew a step\nto explore, the step is withdrawn and what stood stays. What proved itself before what is\nrolled back is not barred: it comes back with a newer run. A frozen file stays as it is."},
}

type sayOptions struct{ all bool }

func newVerb(t *terminal, v verb) *cobra.Command {
	var opt sayOptions
	cmd := &cobra.Command{
		Use:               v.name + " " + v.args,
		Short:             v.short,
		Long:              v.long,
		GroupID:           groupSay,
		Args:              v.checkArgs(&opt),
		ValidArgsFunction: completePipelines(t),
		RunE:              func(cmd *cobra.Command, args []string) error { return opt.run(cmd, t, v, args) },
	}
	if v.name == learner.VerbRollback {
		cmd.Flags().BoolVar(&opt.all, "all", false, "every pipeline that the last night with changes changed")
	}
	addOptions(cmd.Flags(), decideOptions, writeOptions, []string{"state", "now"})
	return cmd
}

func (v verb) checkArgs(opt *sayOptions) cobra.PositionalArgs {
	switch v.name {
	case learner.VerbPin:
		return cobra.ExactArgs(2)
	case learner.VerbUnpin:
		return cobra.RangeArgs(1, 2)
	}
	return func(cmd *cobra.Command, args []string) error {
		want := 1
		if opt.all {
			want = 0
		}
		return cobra.ExactArgs(want)(cmd, args)
	}
}

func (opt sayOptions) run(cmd *cobra.Command, t *terminal, v verb, args []string) error {
	d, err := newDecision(cmd.Flags(), t)
	if err != nil {
		return err
	}
	recs, err := readRecommendations(cmd.Context(), d.cfg)
	if err != nil {
		return err
	}
	return d.locked(cmd.Context(), func(ctx context.Context) error {
		said, err := opt.directives(ctx, d, v, recs, args)
		if err != nil {
			return err
		}
		if said, err = newWords(t, said, recs); err != nil || len(said) == 0 {
			return err
		}
		d.said = said
		night := report.Night{Output: d.cfg.Output}
		if _, err := d.run(ctx, v.name, &night); err != nil {
			return err
		}
		for _, s := range said {
			t.notef("%s %s", s.Verb, strings.TrimSpace(name(s.Pipeline)+" "+s.Key+strings.TrimSuffix("="+s.Value, "=")))
		}
		sayFrozen(t, said, recs)
		for _, path := range night.Changed {
			t.notef("changed %s", name(path))
		}
		opt.answer(t, v, said, recs, night.Recs)
		sayLeftOut(t, night.Recs)
		return nil
	})
}

// directives are what the command line says.
func (opt sayOptions) directives(ctx context.Context, d *decision, v verb, recs []learner.Recommendation, args []string) ([]learner.Directive, error) {
	pipelines := args[:min(1, len(args))]
	if opt.all {
		var err error
		if pipelines, err = lastChanged(ctx, d, recs); err != nil {
			return nil, err
		}
	}
	var said []learner.Directive
	for _, p := range pipelines {
		rec, err := findRecommendation(recs, p)
		if err != nil {
			return nil, err
		}
		if err := v.sensible(rec); err != nil {
			return nil, err
		}
		say := learner.Directive{Pipeline: p, Verb: v.name, ID: rec.ID, By: userName(), At: d.cfg.now.Truncate(time.Millisecond)}
		switch v.name {
		case learner.VerbAccept, learner.VerbReject:
			say.Settings = rec.Proposal()
		case learner.VerbRollback:
			say.Settings = rec.Held()
			if set, drawn := rec.Drawn(); drawn && opt.all { // the night drew a step, and nothing else of the file is its work
				say.Settings = set
			}
			say.ID = learner.RecommendationID(p, say.Settings)
		}
		if len(args) == 2 {
			ok := true
			say.Key = args[1]
			if v.name == learner.VerbPin {
				say.Key, say.Value, ok = strings.Cut(args[1], "=")
			}
			if !ok || !strings.HasPrefix(say.Key, "spark.") {
				return nil, withHint(fmt.Errorf("%s is not KEY=VALUE of a Spark setting", name(args[1])), "Example: apprentice pin %s spark.sql.shuffle.partitions=64", name(p))
			}
		}
		said = append(said, say)
	}
	return said, nil
}

// sensible reports whether there is anything that the verb could be about.
func (v verb) sensible(rec learner.Recommendation) error {
	switch v.name {
	case learner.VerbAccept, learner.VerbReject:
		if len(rec.Settings) == 0 {
			return fmt.Errorf("nothing is proposed for %s: %s", name(rec.Pipeline), rec.Reason)
		}
	case learner.VerbRollback:
		return rollable(rec)
	}
	return nil
}

// userName is who says it, empty where the system does not know.
func userName() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.Username
}
