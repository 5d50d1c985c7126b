package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
	"github.com/spark-apprentice/apprentice/learner/replay"
	"github.com/spark-apprentice/apprentice/report"
)

// candidates are the values of the curve's key that its agent may set.
func (opt simulateOptions) candidates(cfg *Config) ([]string, error) {
	if opt.curve == "" {
		return nil, nil
	}
	agents, _, err := readAgents(cfg)
	if err != nil {
		return nil, err
	}
	var known []string
	for _, a := range agents {
		for _, k := range a.Keys {
			if k.Name == opt.curve && len(k.Candidates) > 0 {
				return k.Candidates, nil
			}
			known = append(known, k.Name)
		}
	}
	return nil, withHint(fmt.Errorf("--curve %s: no agent has candidate values for it%s", name(opt.curve), didYouMean(opt.curve, known)),
		"Keys with candidate values are those of --agents.")
}

// A curve is one key's, all else as simulated.
type curve struct {
	replay   *replay.Replay
	run      *features.Run
	settings map[string]string
	key      string
}

// points predicts the run under each candidate, its own value and the one to
// try, and finds the runs of its pipeline that had them.
func (c *curve) points(candidates []string, runs []features.Run) (*report.Curve, error) {
	now, _ := c.run.InForce(c.key)
	out := &report.Curve{Key: c.key}
	for _, v := range withValues(candidates, now, c.settings[c.key]) {
		settings := maps.Clone(c.settings)
		settings[c.key] = v
		if c.replay.NoStart(settings) != "" {
			continue // a run that does not start has no time
		}
		p := c.replay.Predict(settings, 1)
		if slices.Contains(p.Unmodelled, c.key) {
			return nil, withHint(fmt.Errorf("--curve %s: the model does not know what it does", c.key), "`apprentice explain PIPELINE` shows what runs say of it.")
		}
		point := report.CurvePoint{Value: v, Logged: v == now, Seconds: p.Seconds, Low: p.Low, High: p.High, Heap: p.Memory.Probability}
		for _, r := range c.observed(runs, v) {
			point.Observed = append(point.Observed, report.ObservedRun{
				RunKey: r.RunKey, Night: r.Night, Duration: r.DurationS.V, SamePlan: c.replay.SamePlan(settings, effective(r)),
			})
		}
		out.Points = append(out.Points, point)
	}
	return out, nil
}

// observed are the good runs of the pipeline, the replayed one among them, that
// had a value.
func (c *curve) observed(runs []features.Run, value string) (out []*features.Run) {
	good := func(r *features.Run) bool {
		had, _ := r.InForce(c.key)
		return r.Outcome == features.Succeeded && r.Complete && r.DurationS.OK && had == value
	}
	if good(c.run) {
		out = append(out, c.run)
	}
	for i := range runs {
		if r := &runs[i]; r.Pipeline == c.run.Pipeline && r.RunKey != c.run.RunKey && good(r) {
			out = append(out, r)
		}
	}
	return out
}

// effective are the settings that a run had.
func effective(r *features.Run) map[string]string {
	m := map[string]string{}
	for k, s := range r.ConfEffective {
		if s.Source != features.FromUnknown {
			m[k] = s.Value
		}
	}
	return m
}

// withValues adds values that are set and not yet there, in order of size
// where all are numbers or sizes.
func withValues(list []string, values ...string) []string {
	list = slices.Clone(list)
	for _, v := range values {
		if v != "" && !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	measure := map[string]float64{}
	for _, v := range list {
		n, err := sparkconf.ParseSize(v, 1)
		measure[v] = float64(n)
		if err != nil {
			if measure[v], err = strconv.ParseFloat(v, 64); err != nil {
				return list
			}
		}
	}
	slices.SortStableFunc(list, func(a, b string) int { return cmp.Compare(measure[a], measure[b]) })
	return list
}
