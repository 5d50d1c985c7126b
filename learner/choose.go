package learner

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/spark-apprentice/apprentice/features"
)

// A Coming run is what people know of a run before it starts.
type Coming struct {
	Pipeline     string
	InputBytes   int64
	Rows         int64                  // 0: not known
	GroupRatio   features.Null[float64] // groups over rows, of its aggregates
	HotShare     features.Null[float64] // part of the rows that the most frequent key has
	Slots        int64                  // task slots that it may use at once; 0: as others on its cluster
	Cluster      string                 // runs.cluster_id, for a pipeline never seen; empty: where most of the fleet runs
	SparkVersion string                 // likewise; empty: that of the newest run there
}

// largestGrowth is how far beyond the sizes that a pipeline ran with a
// prediction stays unremarked: runs up to twice the usual size are comparable.
const largestGrowth = 2.0

// Choose decides the settings of one coming run. A pipeline that has run is
// judged as every night, with the given input in place of the one that its
// trend lets expect: its nights are replayed at that size, and what runs at other
// sizes showed is carried over to it. One that nobody ran
// starts cold, see coldStart. Nothing is written and nothing stands from it.
func Choose(ctx context.Context, fleet Fleet, agents []Agent, cfg Config, run Coming) (*Recommendation, error) {
	cfg.Mode, fleet.Previous = ModeAdvise, nil
	cfg.coming = map[string]int64{run.Pipeline: run.InputBytes}
	res, err := Learn(ctx, fleet, agents, cfg)
	if err != nil {
		return nil, err
	}
	for i := range res.Recommendations {
		if rec := &res.Recommendations[i]; rec.Pipeline == run.Pipeline && rec.Runs > 0 {
			rec.Advice = append(sizeNotes(fleet, run), rec.Advice...)
			return rec, nil
		}
	}
	var variants []string
	for _, r := range res.Recommendations {
		if strings.HasPrefix(r.Pipeline, run.Pipeline+"@") {
			variants = append(variants, r.Pipeline)
		}
	}
	if len(variants) > 0 {
		return nil, fmt.Errorf("pipeline %q has several plans; name one of %s", run.Pipeline, strings.Join(variants, ", "))
	}
	return coldStart(fleet, agents, cfg, run, res.QTable)
}

// sizeNotes say where the coming input lies outside of what the pipeline ran with.
func sizeNotes(fleet Fleet, run Coming) []string {
	var sizes []int64
	for i := range fleet.Runs {
		if r := &fleet.Runs[i]; r.Workload() == run.Pipeline && r.Comparable && r.SourceBytes.Or(0) > 0 {
			sizes = append(sizes, r.SourceBytes.V)
		}
	}
	if len(sizes) == 0 {
		return nil
	}
	low, high := slices.Min(sizes), slices.Max(sizes)
	switch ratio := float64(run.InputBytes) / float64(high); {
	case ratio > largestGrowth:
		return []string{fmt.Sprintf("%s is %.3g times the largest input that it ran with (%s): the times are extrapolated, the interval holds the error of how they grow with size, and memory and disk may not do.", about(run.InputBytes), ratio, about(high))}
	case float64(run.InputBytes)*largestGrowth < float64(low):
		return []string{fmt.Sprintf("%s is %.2g of the smallest input that it ran with (%s): the times are extrapolated, and the interval holds the error of how they grow with size.", about(run.InputBytes), float64(run.InputBytes)/float64(low), about(low))}
	}
	return nil
}

// lasting writes a time as people say it: 340ms, 4.9s, 4m10s, 1h26m.
func lasting(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < time.Minute:
		return d.Round(100 * time.Millisecond).String()
	case d < time.Hour:
		return d.Round(time.Second).String()
	}
	return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
}

// baselineSeconds is the baseline's run time at the next size, from the line
// through its nights; at a coming size far from all of them, where the line
// is a guess, from their replay.
func (j *judgement) baselineSeconds() float64 {
	at, ran := j.nextSize(), sizesOf(j.kept)
	if j.whatIf == nil || at <= ran.high+math.Log(largestGrowth) && at >= ran.low-math.Log(largestGrowth) {
		return math.Exp(j.line.at(at))
	}
	return medianBy(j.whatIf.sources, func(s replayedNight) float64 { return s.base.Seconds - s.night.run.ExecutorWaitS.Or(0) })
}

// comingSize is the log size of the coming run in the pipeline's own terms, if
// people told it.
func (h *history) comingSize() (float64, bool) {
	if h.coming <= 0 {
		return 0, false
	}
	for _, n := range h.nights {
		if b := n.run.SourceBytes; b.Or(0) > 0 {
			return math.Log(float64(h.coming)) - math.Log(float64(b.V)) + n.logSize, true
		}
	}
	return 0, false
}
