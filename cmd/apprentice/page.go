package main

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"math"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/learner"
	"github.com/spark-apprentice/apprentice/learner/replay"
	"github.com/spark-apprentice/apprentice/report"
	"github.com/spark-apprentice/apprentice/report/html"
)

// writePage writes report.html.
func (d *decision) writePage(ctx context.Context, fleet *learner.Fleet, result *learner.Result) error {
	var page bytes.Buffer
	err := html.Write(&page, html.Night{
		Runs: fleet.Runs, Stages: fleet.Stages, Executions: fleet.Executions, Signals: fleet.Signals,
		Directives: fleet.Directives, Result: result, Shown: d.shown(ctx, fleet, result), Now: d.rules.Now,
	})
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return writeFile(filepath.Join(d.cfg.Output, pageFile), &page)
}

// shown picks the run of each pipeline whose stages the page shows, the newest
// under its baseline, failing that the newest that trains, failing that the
// newest, and replays it under other settings.
func (d *decision) shown(ctx context.Context, fleet *learner.Fleet, result *learner.Result) map[string]html.Shown {
	changed, trains := map[string]bool{}, map[string]bool{}
	for i := range result.Episodes {
		e := &result.Episodes[i]
		trains[e.RunKey] = true
		if e.Action != e.Baseline {
			changed[e.RunKey] = true
		}
	}
	rank := func(r *features.Run) int {
		switch {
		case trains[r.RunKey] && !changed[r.RunKey]:
			return 2
		case trains[r.RunKey]:
			return 1
		}
		return 0
	}
	best := map[string]*features.Run{}
	byPipeline := map[string][]features.Run{}
	for i := range fleet.Runs {
		r := &fleet.Runs[i]
		byPipeline[r.Pipeline] = append(byPipeline[r.Pipeline], *r)
		name := r.Workload()
		b := best[name]
		if b == nil || cmp.Or(cmp.Compare(rank(r), rank(b)), r.StartedAt.V.Compare(b.StartedAt.V), cmp.Compare(r.RunKey, b.RunKey)) > 0 {
			best[name] = r
		}
	}
	stages := features.StagesByRun(fleet.Stages)
	model := result.Model(fleet)
	shown := map[string]html.Shown{}
	always := func() bool { return true }
	curves := func(_ context.Context, rec learner.Recommendation) []report.Curve {
		r := best[rec.Pipeline]
		if r == nil {
			return nil
		}
		opened, ok := model.Open(r, stages[r.RunKey])
		if !ok {
			return nil
		}
		return d.curves(opened, r, stages[r.RunKey], rec, byPipeline[r.Pipeline])
	}
	for rec, list := range ordered(ctx, result.Recommendations, runtime.GOMAXPROCS(0), always, curves) {
		if r := best[rec.Pipeline]; r != nil {
			shown[rec.Pipeline] = html.Shown{RunKey: r.RunKey, Curves: list}
		}
	}
	return shown
}

const (
	shownCurves = 2
	flatCurve   = 0.02 // least that a curve's values differ by to be of interest
)

// curves are those of the keys that matter most to a pipeline: what is proposed,
// then what its runs varied, then what decides how its work is cut.
func (d *decision) curves(opened *replay.Replay, run *features.Run, stages []*features.Stage, rec learner.Recommendation, runs []features.Run) []report.Curve {
	keys := slices.Sorted(maps.Keys(rec.Settings))
	for _, r := range rec.Rejected {
		keys = append(keys, slices.Sorted(maps.Keys(r.Settings))...)
	}
	cuts := map[string]string{
		"sql_conf": "spark.sql.shuffle.partitions", "initial_partition_num": "spark.sql.adaptive.coalescePartitions.initialPartitionNum",
		"default_parallelism": "spark.default.parallelism", "input_split": "spark.sql.files.maxPartitionBytes",
	}
	for _, s := range stages {
		if key := cuts[s.PartitionsSource]; key != "" {
			keys = append(keys, key)
		}
	}
	candidates := map[string][]string{}
	for _, a := range d.agents {
		for _, k := range a.Keys {
			candidates[k.Name] = k.Candidates
		}
	}
	var list []report.Curve
	tried := map[string]bool{}
	for _, key := range keys {
		if tried[key] || len(candidates[key]) == 0 || len(list) == shownCurves {
			continue
		}
		tried[key] = true
		c := curve{opened, run, map[string]string{}, key}
		got, err := c.points(candidates[key], runs)
		if err != nil || !tells(got) {
			continue // the model does not know the key, or it changes nothing
		}
		list = append(list, *got)
	}
	return list
}

// tells reports whether the values of a curve make a difference.
func tells(c *report.Curve) bool {
	low, high := math.Inf(1), 0.0
	for _, p := range c.Points {
		low, high = min(low, p.Seconds), max(high, p.Seconds)
	}
	return len(c.Points) > 1 && high > low*(1+flatCurve)
}
