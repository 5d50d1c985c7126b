package evaluate

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
	"github.com/spark-apprentice/apprentice/learner"
)

// A copier makes nights of real runs, whose stages can be replayed.
type copier struct {
	from learner.Fleet
	made learner.Fleet
}

// pairs are the real runs of the k-th twins: those under the other value, by
// input, each with the one that differs in this setting alone and is nearest in
// input.
func (c *copier) pairs(t testing.TB, k int) (pairs [][2]*features.Run) {
	t.Helper()
	x := twins[k%len(twins)]
	var with, without []*features.Run
	for j := range c.from.Runs {
		r := &c.from.Runs[j]
		switch {
		case r.Pipeline != x.pipeline || !r.Comparable:
		case r.ConfEffective[x.key].Value == x.other:
			with = append(with, r)
		case r.ConfEffective[x.key].Value == x.usual:
			without = append(without, r)
		}
	}
	order := func(a, b *features.Run) int {
		return cmp.Or(cmp.Compare(a.SourceBytes.V, b.SourceBytes.V), cmp.Compare(a.Night, b.Night))
	}
	slices.SortFunc(with, order)
	slices.SortFunc(without, order)
	for _, b := range with {
		var best *features.Run
		off := func(a *features.Run) float64 { return math.Abs(float64(a.SourceBytes.V - b.SourceBytes.V)) }
		for _, a := range without {
			if d := differences(a, b); len(d) == 1 && d[x.key] == x.usual && (best == nil || off(a) < off(best)) {
				best = a
			}
		}
		if best != nil {
			pairs = append(pairs, [2]*features.Run{best, b})
		}
	}
	if len(pairs) == 0 {
		t.Fatalf("no runs of %s that differ in %s alone", x.pipeline, x.key)
	}
	return pairs
}

var firstNight = time.Date(2027, 1, 1, 2, 0, 0, 0, time.UTC)

// night appends a copy of a run, on the i-th night of a pipeline, that took
// factor times as long, and returns it.
func (c *copier) night(pipeline string, i int, run *features.Run, factor float64) *features.Run {
	r := *run
	r.Pipeline, r.AppName, r.AppID = pipeline, pipeline, fmt.Sprintf("%s-%03d", pipeline, i)
	r.RunKey, r.LogFingerprint = r.AppID, r.AppID
	start := firstNight.AddDate(0, 0, i)
	r.Night = start.Add(-12 * time.Hour).Format(time.DateOnly)
	stretch := func(v null.Null[float64]) null.Null[float64] { v.V *= factor; return v }
	wait := r.ExecutorWaitS.V
	r.DurationS = null.Of(wait + (r.DurationS.V-wait)*factor)
	r.DriverOnlyS = stretch(r.DriverOnlyS)
	r.StartedAt, r.EndedAt = null.Of(start), null.Of(start.Add(time.Duration(r.DurationS.V*float64(time.Second))))
	c.made.Runs = append(c.made.Runs, r)
	for _, s := range c.from.Stages {
		if s.RunKey == run.RunKey {
			s.RunKey, s.ChargedS = r.RunKey, stretch(s.ChargedS)
			c.made.Stages = append(c.made.Stages, s)
		}
	}
	for _, x := range c.from.Executions {
		if x.RunKey == run.RunKey {
			x.RunKey = r.RunKey
			c.made.Executions = append(c.made.Executions, x)
		}
	}
	return &c.made.Runs[len(c.made.Runs)-1]
}

// twins are settings that real runs of a pipeline differ in, and in nothing else.
var twins = []struct{ pipeline, key, usual, other string }{
	{"trips_by_city", "spark.sql.adaptive.enabled", "false", "true"},
	{"DocTopics", "spark.default.parallelism", "64", "8"},
	{"device-events", "spark.sql.files.maxPartitionBytes", "16m", "128m"},
	{"clickstream-user-agg", "spark.sql.shuffle.partitions", "8", "32"},
}

// keeps is what a mood keeps of the night before.
const keeps = 0.7

// pattern makes a pipeline of one pair of the k-th twins: the letter a is a night
// under the usual settings, b under the other. Nights vary by noise, and by a
// mood of the pipeline's own that lasts. It returns the true ratio of run times
// from the first executor on.
func (c *copier) pattern(t testing.TB, pipeline string, k int, letters string, noise, mood float64, rng *rand.Rand) (ratio float64) {
	pairs := c.pairs(t, k)
	pair := pairs[k/len(twins)%len(pairs)]
	a, b := pair[0], pair[1]
	m := 0.0
	for i, l := range letters {
		m = keeps*m + mood*rng.NormFloat64()
		run := a
		if l == 'b' {
			run = b
		}
		c.night(pipeline, i, run, math.Exp(m+noise*rng.NormFloat64()))
	}
	return (b.DurationS.V - b.ExecutorWaitS.V) / (a.DurationS.V - a.ExecutorWaitS.V)
}

// cluster makes pipelines whose nights share a mood, given by night in log time.
// Each takes all pairs of its twins in turn, so that inputs differ from night to
// night, and so does what the real runs had of noise.
func (c *copier) cluster(t testing.TB, pipelines int, letters string, noise float64, mood []float64, rng *rand.Rand) {
	for k := range pipelines {
		pairs := c.pairs(t, k)
		for i, l := range letters {
			run := pairs[(i+k)%len(pairs)][0]
			if l == 'b' {
				run = pairs[(i+k)%len(pairs)][1]
			}
			c.night(fmt.Sprintf("p%02d", k), i, run, math.Exp(mood[i]+noise*rng.NormFloat64()))
		}
	}
}
