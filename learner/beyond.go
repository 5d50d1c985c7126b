package learner

import (
	"math"

	"github.com/spark-apprentice/apprentice/features"
)

// Runs beyond the sizes that the baseline ran with teach no setting: what they
// took follows from a line that is drawn on. A file is answerable for them all
// the same, or a job that has outgrown its baseline would keep it for ever.

// outsized is a run that only the size of its input keeps out of the study; nil
// where it is none. Its action is -1 where no comparable or failed run had it.
func (h *history) outsized(r *features.Run) *night {
	seconds := r.DurationS.Or(0) - r.ExecutorWaitS.Or(0)
	if !r.Outsized() || seconds <= 0 || r.SourceBytes.Or(0) <= 0 {
		return nil
	}
	return &night{
		run: r, action: h.actionIndex(r), behaviour: h.behaviourOf(r),
		seconds: seconds, logSize: math.Log(float64(r.SourceBytes.V)) - h.meanSize,
	}
}

// tooLong reports whether a run beyond the baseline's sizes took longer than even
// a line that bends on the way there would explain, or than the file's own earlier
// runs of its size; inside and outside are the adopted runs before it. A smaller
// input is held against the smallest, since not all of a run shrinks with it.
func (s *study) tooLong(n *night, inside, outside []*night) bool {
	seen := sizesOf(s.base().runs)
	if seen.slack().contains(n.logSize) {
		return false // it is another plan, Spark or cluster that keeps it out
	}
	at := max(n.logSize, seen.low)
	gain, v := 0.0, s.noise.placebo
	if n.action > 0 && n.behaviour != overridden && len(s.trials[n.action-1].nights) > 0 {
		var sd float64
		gain, sd = s.promised(s.trials[n.action-1]).of(s, inside)
		v = sd * sd
	}
	took := s.line.at(at) - logCharge(n.seconds)
	z := rollbackBound(len(inside) + len(outside))
	v += s.line.variance(at, s.noise.night) + bend(at, seen) + s.noise.night
	if took < gain-z*math.Sqrt(v) && (took < 0 || took < gain-brokenPromise) {
		return true
	}
	if n.behaviour == overridden {
		return false
	}
	var own []float64
	for _, o := range outside {
		if math.Abs(o.logSize-n.logSize) <= math.Log(sizeSlack) && len(own) < holdRuns {
			own = append(own, s.line.at(max(o.logSize, seen.low))-logCharge(o.seconds))
		}
	}
	return len(own) == holdRuns && took < mean(own)-max(brokenPromise, z*math.Sqrt(s.noise.placebo+s.noise.night*(1+1.0/holdRuns)))
}

// bend is the variance of a size exponent that changes beyond the sizes seen: by
// as much as it may be off before any night is known.
func bend(x float64, seen sizes) float64 {
	d := max(x-seen.high, seen.low-x, 0) * sizePriorSD
	return d * d
}
