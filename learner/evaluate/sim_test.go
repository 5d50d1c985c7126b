package evaluate

import (
	"fmt"
	"math"
	"math/rand/v2"
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

// find is the lab's run of a pipeline with a value of a key that is nearest in
// input to so many bytes and, where one is given, differs from a run in no other
// setting.
func (c *copier) find(t testing.TB, pipeline, key, value string, bytes float64, like *features.Run) *features.Run {
	t.Helper()
	var best *features.Run
	off := func(r *features.Run) float64 { return math.Abs(float64(r.SourceBytes.V) - bytes) }
	for i := range c.from.Runs {
		r := &c.from.Runs[i]
		if r.Pipeline != pipeline || !r.Comparable || r.ConfEffective[key].Value != value || like != nil && !twin(r, like, key) {
			continue
		}
		if best == nil || off(r) < off(best) {
			best = r
		}
	}
	if best == nil {
		t.Fatalf("no run of %s with %s=%s", pipeline, key, value)
	}
	return best
}

// twin reports whether two runs had the same settings but for one key.
func twin(a, b *features.Run, key string) bool {
	for k, v := range a.ConfEffective {
		if k != key && b.ConfEffective[k].Value != v.Value {
			return false
		}
	}
	return true
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

// twins are pairs of real runs of like input that differ in one setting.
var twins = []struct{ pipeline, key, usual, other string }{
	{"trips_by_city", "spark.sql.adaptive.enabled", "false", "true"},
	{"DocTopics", "spark.default.parallelism", "64", "8"},
	{"device-events", "spark.sql.files.maxPartitionBytes", "16m", "128m"},
	{"clickstream-user-agg", "spark.sql.shuffle.partitions", "8", "32"},
}

// pattern makes a pipeline of the k-th twins: the letter a is a night under the
// usual settings, b under the other. Nights vary by noise, and by a mood of the
// cluster that lasts. It returns the true ratio of
// run times from the first executor on.
func (c *copier) pattern(t testing.TB, pipeline string, k int, letters string, noise, mood float64, rng *rand.Rand) (ratio float64) {
	x := twins[k%len(twins)]
	b := c.find(t, x.pipeline, x.key, x.other, 0, nil)
	a := c.find(t, x.pipeline, x.key, x.usual, float64(b.SourceBytes.V), b)
	m := 0.0
	for i, l := range letters {
		m = 0.7*m + mood*rng.NormFloat64()
		run := a
		if l == 'b' {
			run = b
		}
		c.night(pipeline, i, run, math.Exp(m+noise*rng.NormFloat64()))
	}
	return (b.DurationS.V - b.ExecutorWaitS.V) / (a.DurationS.V - a.ExecutorWaitS.V)
}
