package learner

import (
	"math"
	"slices"
)

// Evidence classes (guard 4).
const (
	observed  = "observed"
	neighbour = "neighbour"
	simulated = "simulated"
	priorOnly = "prior"
	enforced  = "enforced" // people's word, not evidence
)

// An estimate is what is known of a joint action against the baseline.
type estimate struct {
	gain  float64 // expected log speed-up at the median size
	sd    float64
	df    float64 // degrees of freedom behind sd
	class string

	// stretch is the variance that a coming size far from all that ran adds for
	// what people read. It bounds no decision: it is one error, that of the size
	// exponent, in all settings alike, and to change nothing is extrapolated too.
	stretch float64
}

// bound is the lower confidence bound of the log speed-up.
func (e estimate) bound(z float64) float64 { return e.gain - widen(z, e.df)*e.sd }

// interval is the runtime ratio and its interval at z standard deviations, as
// people read it.
func (e estimate) interval(z float64) (ratio, low, high float64) {
	w := widen(z, e.df) * math.Sqrt(e.sd*e.sd+e.stretch)
	return math.Exp(-e.gain), math.Exp(-e.gain - w), math.Exp(-e.gain + w)
}

// estimate composes a trial's effect from its steps,
// T^(a) = sum_u c0_u exp(−q_u(a)), with
// sd² = tables' variance + sigma_b²/blocks + sigma²/n0.
//
// Tables shrink a short step that has grown towards no change, and so promise
// too much where time moves between steps: the effect is never taken to be
// better than the mean of what the runs took as a whole.
func (j *judgement) estimate(t *trial) estimate {
	e := estimate{df: j.noise.df, class: j.class(t, j.agents)}
	if len(t.gains) > 0 {
		e.stretch = j.stretchVariance()
	}
	if len(t.gains) == 0 {
		if j.whatIf != nil && t.steps != nil && len(t.unowned) == 0 {
			e.gain, e.sd = j.foreseen(t)
		}
		return e
	}
	if len(t.unowned) > 0 { // in no table
		e.gain, e.sd = mean(t.gains), math.Sqrt(j.measureVariance(t))
		return e
	}
	size := j.nextSize()
	grad := make([]float64, len(j.fit.cells))
	var before, after float64
	dm := j.whatIf.dm(t)
	for u, cells := range j.cells(t.states, t.parts, j.agents) {
		c0 := math.Exp(t.lines[u].at(size))
		c := c0 * math.Exp(dm[u]+j.table.of(j.study, cells))
		for _, cl := range cells {
			if i, ok := j.fit.at(cl); ok {
				grad[i] += c
			}
		}
		before += c0
		after += c
	}
	for i := range grad {
		grad[i] /= after
	}
	e.gain = min(math.Log(before/after), mean(winsorise(t.gains)))
	e.sd = math.Sqrt(j.fit.variance(grad) + j.switchVariance(t))
	return e
}

// stretchVariance is what is open of an effect that was measured at other sizes
// than that of a coming run: settings move the size exponent too, by as much as
// it is not known, over the distance from the nearest size that ran. Runs up to
// twice a size are comparable and add nothing.
func (s *study) stretchVariance() float64 {
	ran, size := sizesOf(s.nights), s.nextSize()
	beyond := max(size-ran.high, ran.low-size)
	if beyond <= math.Log(largestGrowth) {
		return 0
	}
	return beyond * beyond * s.line.slopeVariance(s.noise.night)
}

// foreseen is the effect of a joint action that no comparable run had: what the
// model predicts, corrected by what the tables learned of the same change here
// or elsewhere. The model's own error, known from back-tests, is its spread.
func (j *judgement) foreseen(t *trial) (gain, sd float64) {
	size := j.nextSize()
	f := j.whatIf.foresee(t.proposal())
	return j.composed(t, t.parts, j.whatIf.dm(t), size, j.table, j.agents), math.Sqrt(f.sd*f.sd + j.line.variance(size, j.noise.night))
}

// composed is the log speed-up of some parts of a trial over the steps:
// T^ = sum_u c0_u exp(dm_u + th_u).
func (s *study) composed(t *trial, parts []part, dm []float64, size float64, tab *table, agents []Agent) float64 {
	var before, after float64
	for u, cells := range s.cells(t.states, parts, agents) {
		c0 := math.Exp(t.lines[u].at(size))
		before += c0
		after += c0 * math.Exp(dm[u]+tab.of(s, cells))
	}
	return math.Log(before / after)
}

// class is the evidence that a joint action has.
func (s *study) class(t *trial, agents []Agent) string {
	if len(t.nights) >= leastRuns && t.blocks >= leastBlocks || draws(t.nights) >= leastDrawn {
		return observed
	}
	if len(t.changed) == 1 && oneStep(agents, t.changed[0], s.base().set[t.changed[0]], t.set[t.changed[0]]) {
		if s.whatIf == nil || len(t.nights) > 0 {
			return neighbour
		}
	}
	if s.whatIf != nil {
		return simulated
	}
	return priorOnly
}

// draws is on how many nights chance chose, with a known probability, what runs
// had: those of one night have it from one draw. 0: some run's settings were not
// left to chance.
func draws(nights []*night) int {
	on := map[string]bool{}
	for _, n := range nights {
		if !n.run.Propensity.OK {
			return 0
		}
		on[n.run.Night] = true
	}
	return len(on)
}

// oneStep reports whether two values of a key are neighbours among its candidates.
func oneStep(agents []Agent, key, a, b string) bool {
	for _, agent := range agents {
		for _, k := range agent.Keys {
			if k.Name == key {
				i, j := slices.Index(k.Candidates, a), slices.Index(k.Candidates, b)
				return i >= 0 && j >= 0 && (i-j == 1 || j-i == 1)
			}
		}
	}
	return false
}
