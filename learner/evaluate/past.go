package evaluate

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
	"github.com/spark-apprentice/apprentice/learner"
	"github.com/spark-apprentice/apprentice/learner/replay"
)

// Least runs and stretches of observed settings, as the learner counts them.
const (
	leastRuns   = 5
	leastBlocks = 2
)

// A past is what was known at an origin, and what was learned from it.
type past struct {
	*film
	night string
	recs  map[string]*learner.Recommendation
	known map[string]*knowledge
}

// past learns from the nights before one.
func (f *film) past(ctx context.Context, night string) (*past, error) {
	day, err := time.Parse(time.DateOnly, night)
	if err != nil {
		return nil, fmt.Errorf("evaluate: night %q: %w", night, err)
	}
	now := day.Add(12 * time.Hour) // a night begins at noon UTC
	fleet := f.before(night, now)
	res, err := f.opt.Learn(ctx, fleet, now)
	if err != nil {
		return nil, err
	}
	p := &past{film: f, night: night, recs: map[string]*learner.Recommendation{}, known: map[string]*knowledge{}}
	model := res.Model(&fleet)
	byPipeline := map[string][]*features.Run{}
	var training []features.Run
	for i := range fleet.Runs {
		if r := &fleet.Runs[i]; r.Comparable && r.DurationS.OK {
			byPipeline[r.Workload()] = append(byPipeline[r.Workload()], r)
			training = append(training, *r)
		}
	}
	vary := model.Nights(training, fleet.Stages)
	for i := range res.Recommendations {
		rec := &res.Recommendations[i]
		p.recs[rec.Pipeline] = rec
		p.known[rec.Pipeline] = newKnowledge(f, model, vary, byPipeline[rec.Pipeline], rec)
	}
	return p, nil
}

// knowledge is what is known of one pipeline's run times.
type knowledge struct {
	film   *film
	model  *replay.Model
	vary   *replay.Calendar
	usual  []*features.Run
	opened map[*features.Run]*replay.Replay
	claims map[string]claim // of the learner, by the text of settings
	seen   map[string]seen  // by the text of settings
}

// A claim is what the learner said of settings: the ratio of their run time to
// the baseline's, and the sd of its logarithm.
type claim struct{ ratio, sd float64 }

// seen counts runs under settings and the stretches that they make.
type seen struct{ runs, blocks int }

func newKnowledge(f *film, m *replay.Model, vary *replay.Calendar, runs []*features.Run, rec *learner.Recommendation) *knowledge {
	k := &knowledge{
		film: f, model: m, vary: vary, usual: usual(runs, rec.Baseline, f.opt.Agents),
		opened: map[*features.Run]*replay.Replay{}, claims: map[string]claim{}, seen: map[string]seen{},
	}
	if len(k.usual) == 0 {
		return k
	}
	last := "?"
	for _, r := range runs {
		t := text(differences(r, k.reference()))
		s := k.seen[t]
		s.runs++
		if t != last {
			s.blocks++
		}
		k.seen[t], last = s, t
	}
	add := func(settings map[string]string, ratio, high null.Null[float64]) {
		if ratio.OK && high.OK && ratio.V > 0 && high.V > ratio.V {
			k.claims[text(settings)] = claim{ratio.V, math.Log(high.V/ratio.V) / z90}
		}
	}
	for _, x := range rec.Rejected {
		add(x.Settings, x.Runtime, x.High)
	}
	if s := proposed(rec); len(s) > 0 {
		add(s, rec.Expected.RuntimeRatio, rec.Expected.High)
	}
	return k
}

// reference is a run under the usual settings, the newest.
func (k *knowledge) reference() *features.Run { return k.usual[len(k.usual)-1] }

// class is what was known of settings.
func (k *knowledge) class(settings string) string {
	s := k.seen[settings]
	switch {
	case settings == "":
		return Usual
	case s.runs >= leastRuns && s.blocks >= leastBlocks:
		return Observed
	case s.runs > 0:
		return Few
	}
	return Unseen
}
