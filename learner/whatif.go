package learner

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/learner/replay"
)

// replayed is how many baseline nights, the nearest in size to the next run, are
// replayed for one prediction: their logs' own noise averages out.
const replayed = 3

// A whatIf predicts what a pipeline's next run would take under settings that
// it never ran with: m of the design. It replays the pipeline's own baseline
// nights, scaled to the input that is expected.
type whatIf struct {
	tau     float64 // sd of what the model gets wrong per kind of changed keys
	earned  string  // why a prediction may not decide by itself; empty: it may
	sources []replayedNight
	fixed   map[string]string // what people fixed off the baseline
	cache   map[string]*foresight
}

// A replayedNight is one baseline night, ready to be replayed.
type replayedNight struct {
	night  *night
	run    *replay.Replay
	scale  float64
	base   replay.Prediction // as it was, at the expected input
	stages map[int64]*features.Stage
}

// A foresight is what replay says of a joint action against the baseline.
type foresight struct {
	change float64 // dm of the whole run: log of its time over the baseline's
	sd     float64 // of change: costs that are not known exactly, and tau for each kind of keys
	cores  float64 // reserved cores over the baseline's
	memory float64 // reserved bytes over the baseline's
	runs   []replay.Prediction
}

// newWhatIf readies a pipeline; nil where nothing of it can be replayed.
func newWhatIf(s *study, m *replay.Model, tau float64, earned string) *whatIf {
	size := s.nextSize()
	near := slices.Clone(s.kept)
	slices.Reverse(near) // of equals the newest
	slices.SortStableFunc(near, func(a, b *night) int {
		return cmp.Compare(math.Abs(a.logSize-size), math.Abs(b.logSize-size))
	})
	w := &whatIf{tau: tau, earned: earned, cache: map[string]*foresight{}}
	for _, n := range near {
		if len(w.sources) == replayed {
			break
		}
		byID := make(map[int64]*features.Stage, len(n.stages))
		for _, st := range n.stages {
			byID[st.StageID] = st
		}
		if r, ok := m.Open(n.run, n.stages); ok {
			scale := math.Exp(size - n.logSize)
			w.sources = append(w.sources, replayedNight{n, r, scale, r.Predict(nil, scale), byID})
		}
	}
	if len(w.sources) == 0 {
		return nil
	}
	return w
}

// foresee predicts a joint action, given as what it changes of the baseline.
func (w *whatIf) foresee(changes map[string]string) *foresight {
	key := changesText(changes)
	if f := w.cache[key]; f != nil {
		return f
	}
	f := &foresight{}
	n := float64(len(w.sources))
	var costs float64
	for _, s := range w.sources {
		p := s.run.Predict(w.with(changes), s.scale)
		f.runs = append(f.runs, p)
		f.change += math.Log(p.Seconds/s.base.Seconds) / n
		f.cores += p.CoreS / p.Seconds / max(s.base.CoreS/s.base.Seconds, 1e-9) / n
		f.memory += p.MemoryS / p.Seconds / max(s.base.MemoryS/s.base.Seconds, 1e-9) / n
		costs += p.CostSD / n
	}
	f.sd = math.Hypot(costs, w.spread(changes))
	w.cache[key] = f
	return f
}

// spread is the standard deviation of what the model gets wrong of a change
// beyond its costs.
func (w *whatIf) spread(changes map[string]string) float64 {
	return w.tau * replay.Distance(sortedKeys(changes))
}

// glance is the predicted change from the nearest night alone: a third of the
// work, enough to search with.
func (w *whatIf) glance(changes map[string]string) float64 {
	s := &w.sources[0]
	return math.Log(s.run.Seconds(w.with(changes), s.scale) / s.base.Seconds)
}

// same reports whether Spark would run every replayed night, at the input that
// is expected, in the same way under both changes.
func (w *whatIf) same(a, b map[string]string) bool {
	return !slices.ContainsFunc(w.sources, func(s replayedNight) bool { return !s.samePlan(w.with(a), w.with(b)) })
}

func (s *replayedNight) samePlan(a, b map[string]string) bool {
	return s.run.SamePlanAt(a, b, s.scale)
}

// needed is a change without the keys, one after another, that change nothing
// beside the others by Spark's rules.
func (w *whatIf) needed(changes map[string]string) map[string]string {
	for _, k := range sortedKeys(changes) {
		less := maps.Clone(changes)
		delete(less, k)
		if w.same(changes, less) {
			changes = less
		}
	}
	return changes
}

// memoryRisk is the probability that a run at so many times the nearest night's
// input dies of its heap, and why; the largest over the replayed nights.
func (w *whatIf) memoryRisk(changes map[string]string, logSize float64) (worst replay.MemoryRisk) {
	for _, s := range w.sources {
		if r := s.run.MemoryRisk(w.with(changes), math.Exp(logSize-s.night.logSize)); r.Probability > worst.Probability {
			worst = r
		}
	}
	return worst
}

// grown is the predicted change on a night of so many times the nearest night's input.
func (w *whatIf) grown(changes map[string]string, scale float64) float64 {
	s := &w.sources[0]
	return math.Log(s.run.Seconds(w.with(changes), scale) / s.run.Seconds(w.fixed, scale))
}

// steps is dm by step: the log of each step's predicted time over the
// baseline's. What a plan moves between stages moves between their steps.
func (w *whatIf) steps(st *stepping, changes map[string]string) []float64 {
	f := w.foresee(changes)
	dm := make([]float64, len(st.names))
	for i, s := range w.sources {
		now, before := s.cut(st, f.runs[i]), s.cut(st, s.base)
		for u := range dm {
			dm[u] += (logCharge(now[u]) - logCharge(before[u])) / float64(len(w.sources))
		}
	}
	return dm
}

// cut shares a prediction's time out among steps, as charges does for a run.
func (s *replayedNight) cut(st *stepping, p replay.Prediction) []float64 {
	c := make([]float64, len(st.names))
	c[0] = p.Seconds - s.night.run.ExecutorWaitS.Or(0)
	if len(c) == 1 {
		return c
	}
	for _, stage := range s.night.stages { // in order: sums of floats depend on it
		seconds, ok := p.StageSeconds[stage.StageID]
		if !ok || s.stages[stage.StageID] != stage {
			continue
		}
		i, _ := slices.BinarySearch(st.names[1:], st.stepOf(s.night, stage))
		c[i+1] += seconds
		c[0] -= seconds
	}
	return c
}

// dm is what the model predicts of each of a trial's steps; zeros without one.
func (w *whatIf) dm(t *trial) []float64 {
	if w == nil {
		return make([]float64, len(t.steps.names))
	}
	return w.steps(t.steps, t.proposal())
}

// on is the same on other ground: what people fixed is in force with every
// change and without, so that what it gains or costs by itself is no merit of a
// change beside it.
func (w *whatIf) on(fixed map[string]string) *whatIf {
	if w == nil || len(fixed) == 0 {
		return w
	}
	other := &whatIf{tau: w.tau, earned: w.earned, fixed: fixed, cache: map[string]*foresight{}}
	for _, s := range w.sources {
		s.base = s.run.Predict(fixed, s.scale)
		other.sources = append(other.sources, s)
	}
	return other
}

// with is a change with what people fixed.
func (w *whatIf) with(changes map[string]string) map[string]string {
	if len(w.fixed) == 0 {
		return changes
	}
	return merged(changes, w.fixed)
}

func changesText(changes map[string]string) string {
	var b strings.Builder
	for _, k := range sortedKeys(changes) {
		fmt.Fprintf(&b, "%s=%s\n", k, changes[k])
	}
	return b.String()
}

// reasons says what the model expects to change in the run nearest in size,
// the largest effects first.
func (f *foresight) reasons() string {
	var out []string
	for _, e := range f.runs[0].Effects {
		if len(out) < 2 && math.Abs(e.Seconds) >= 0.05 {
			out = append(out, fmt.Sprintf("%s (%+.1f s)", e.What, e.Seconds))
		}
	}
	return strings.Join(out, ", ")
}
