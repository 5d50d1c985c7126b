package ope

import (
	"errors"
	"fmt"
	"math"
)

// A Round is one logged decision.
type Round struct {
	Reward     float64
	Propensity float64 // probability with which the logging policy drew the action, in (0, 1]; 0: not logged
	Target     float64 // probability that the evaluated policy gives the action, in [0, 1]
	Q          float64 // the reward model's value of the action
	V          float64 // the same of the evaluated policy: the mean of Q over its actions
}

// Weight is the importance weight w = Target/Propensity.
func (r Round) Weight() float64 { return r.Target / r.Propensity }

// ErrNotIdentified says that a log cannot tell what the policy would have
// earned. Errors of Check wrap it with the reason.
var ErrNotIdentified = errors.New("not identifiable")

// Check tells whether weights can answer: every propensity is logged, some
// decision was left to chance, and the evaluated policy's actions were drawn.
// With a deterministic logging policy importance weights do not exist, except
// for the policy itself.
func Check(rounds []Round) error {
	if len(rounds) == 0 {
		return fmt.Errorf("%w: no decision is logged with its probability", ErrNotIdentified)
	}
	same, chance, overlap := true, false, false
	for i, r := range rounds {
		switch {
		case r.Propensity == 0:
			return fmt.Errorf("%w: decision %d has no logged probability", ErrNotIdentified, i+1)
		case !(r.Propensity > 0 && r.Propensity <= 1) || !(r.Target >= 0 && r.Target <= 1) || math.IsNaN(r.Reward) || math.IsInf(r.Reward, 0):
			return fmt.Errorf("%w: decision %d: probability %g, evaluated policy's %g, reward %g", ErrNotIdentified, i+1, r.Propensity, r.Target, r.Reward)
		}
		same = same && r.Target == r.Propensity
		chance = chance || r.Propensity < 1
		overlap = overlap || r.Target > 0
	}
	switch {
	case same:
		return nil
	case !chance:
		return fmt.Errorf("%w: nothing was left to chance, each decision had probability 1", ErrNotIdentified)
	case !overlap:
		return fmt.Errorf("%w: none of the %d decisions is one that the policy would take", ErrNotIdentified, len(rounds))
	}
	return nil
}

// ESS is Kish's effective sample size, (Σw)²/Σw²: how many decisions of the
// evaluated policy itself would tell as much. 0 without overlap.
func ESS(rounds []Round) float64 {
	var s, ss float64
	for _, r := range rounds {
		w := r.Weight()
		s += w
		ss += w * w
	}
	if ss == 0 {
		return 0
	}
	return s * s / ss
}
