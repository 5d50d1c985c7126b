package learner

import (
	"math"
	"slices"
)

// Evidence classes (guard 4).
const (
	observed  = "observed"
	neighbour = "neighbour"
	priorOnly = "prior"
	enforced  = "enforced" // people's word, not evidence
)

// An estimate is what is known of a joint action against the baseline.
type estimate struct {
	gain  float64 // expected log speed-up at the median size
	sd    float64
	df    float64 // degrees of freedom behind sd
	class string
}

// bound is the lower confidence bound of the log speed-up.
func (e estimate) bound(z float64) float64 { return e.gain - widen(z, e.df)*e.sd }

// interval is the runtime ratio and its interval at z standard deviations.
func (e estimate) interval(z float64) (ratio, low, high float64) {
	w := widen(z, e.df) * e.sd
	return math.Exp(-e.gain), math.Exp(-e.gain - w), math.Exp(-e.gain + w)
}

// estimate composes a trial's effect from its steps,
// T^(a) = sum_u c0_u exp(−q_u(a)), with
// sd² = tables' variance + sigma_b²/blocks + sigma²/n0.
//
// Tables shrink a short step that has grown towards no change, and so promise
// too much where time moves between steps: the effect is never taken to be
// better than the mean of what the runs took as a whole.
func (s *study) estimate(t *trial, tab *table, agents []Agent, m Model) estimate {
	e := estimate{df: s.noise.df, class: s.class(t, agents)}
	if len(t.gains) == 0 {
		return e
	}
	if len(t.unowned) > 0 { // in no table
		e.gain, e.sd = mean(t.gains), math.Sqrt(s.measureVariance(t))
		return e
	}
	size := s.medianSize()
	grad := make([]float64, len(s.fit.cells))
	var before, after float64
	for u, cells := range s.cells(t.states, t.parts, agents) {
		c0 := math.Exp(t.lines[u].at(size))
		logC := logRatio(m, s.step(t.steps, t.states, u, t.lines[u]), s.base().set, t.set)
		for _, c := range cells {
			if i, ok := s.fit.at(c); ok {
				logC += tab.theta[s.index][i]
			}
		}
		c := c0 * math.Exp(logC)
		for _, cl := range cells {
			if i, ok := s.fit.at(cl); ok {
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
	e.sd = math.Sqrt(s.fit.variance(grad) + s.switchVariance(t))
	return e
}

// class is the evidence that a joint action has.
func (s *study) class(t *trial, agents []Agent) string {
	if len(t.nights) >= leastRuns && (t.blocks >= leastBlocks || randomised(t.nights)) {
		return observed
	}
	if len(t.changed) == 1 && oneStep(agents, t.changed[0], s.base().set[t.changed[0]], t.set[t.changed[0]]) {
		return neighbour
	}
	return priorOnly
}

// randomised reports whether every run was drawn with a known probability.
func randomised(nights []*night) bool {
	return !anyNight(nights, func(n *night) bool { return !n.run.Propensity.OK })
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
