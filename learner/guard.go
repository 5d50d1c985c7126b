package learner

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/spark-apprentice/apprentice/features"
)

// A guard says why a trial may not be proposed, or "".
type guard func(*judgement, *trial) string

// guards are asked in this order; the first reason stands.
var guards = []guard{
	guardPeople,
	guardUnowned,
	guardFailures,
	guardSettable,
	guardEffect,
	guardEvidence,
	guardMemory,
	guardHeap,
	guardGrowth,
	guardLimits,
	guardQuarantine,
}

// guardPeople: enforced keys have their value, preserved ones stay (guard 7).
func guardPeople(j *judgement, t *trial) string {
	enforced := j.enforced()
	for _, k := range t.changed {
		v, ok := enforced[k]
		if by := j.fixedBy(k); by != "" && (!ok || t.set[k] != v) {
			return fmt.Sprintf("people enforce %s=%s", by, enforced[by])
		}
		if !ok && slices.Contains(j.rules.preserve, k) {
			return "people preserve " + k
		}
	}
	return j.refused(j.wanted(t))
}

// guardUnowned: an effect that also follows from keys that nobody may set
// cannot be told apart from theirs.
func guardUnowned(_ *judgement, t *trial) string {
	if len(t.unowned) > 0 {
		return "also changed " + strings.Join(t.unowned, ", ") + ", which no agent owns"
	}
	return ""
}

// guardSettable: each key can be set by a file, here.
func guardSettable(j *judgement, t *trial) string {
	for _, k := range t.changed {
		if t.set[k] == "" {
			return k + " was unset, which a settings file cannot express"
		}
		for _, a := range j.agents {
			for _, own := range a.Keys {
				if own.Name == k {
					if ok, why := own.allowed(j.version, j.cluster); !ok {
						return why
					}
				}
			}
		}
		newest := j.nights[len(j.nights)-1].run
		if newest.ConfEffective[k].Source == features.FromRuntimeSet {
			return k + " is set by the program itself, which beats any file"
		}
		if why := j.beaten[k]; why != "" {
			return why
		}
	}
	return ""
}

// guardEvidence: what was seen often enough decides. A prediction may be
// proposed, and in mode auto decides only where its back-test on this fleet has
// earned it (guards 3 and 4).
func guardEvidence(j *judgement, t *trial) string {
	if j.class(t, j.agents) == observed {
		return ""
	}
	if j.whatIf != nil && t.why == "" {
		if j.cfg.Mode != ModeAuto || j.whatIf.earned == "" {
			return ""
		}
		if len(t.nights) == 0 {
			return "predicted, and in mode auto a prediction does not decide: " + j.whatIf.earned
		}
	}
	s := fmt.Sprintf("%s in %s seen; %d in %d are needed", count(len(t.nights), "comparable run"), count(t.blocks, "block"), leastRuns, leastBlocks)
	if t.why != "" {
		s += " (" + t.why + ")"
	}
	return s
}

// Twice the largest input is where a run stops being comparable: a setting that
// was never tried must not lose there. Settings fixed for one night's size, as
// few partitions without AQE, would.
const (
	grownSize = 2.0
	grownLoss = 0.03
)

// heapSize is how far beyond the largest input a heap must hold, and failSlack
// by how much a setting may fail more often than the baseline (guard 1).
const (
	heapSize  = 1.4
	failSlack = 0.01
)

// guardHeap: settings that were not seen often enough to tell are predicted to
// keep their heap on nights larger than any so far.
func guardHeap(j *judgement, t *trial) string {
	if j.whatIf == nil || j.class(t, j.agents) == observed {
		return ""
	}
	at := sizesOf(j.nights).high + math.Log(heapSize)
	risk, usual := j.whatIf.memoryRisk(t.proposal(), at), j.whatIf.memoryRisk(nil, at)
	if risk.Probability > usual.Probability+failSlack {
		return fmt.Sprintf("may run out of heap on a night %.1f times the largest so far (%.0f %%, the baseline %.0f %%): %s",
			heapSize, 100*risk.Probability, 100*usual.Probability, risk.Why)
	}
	return ""
}

// guardGrowth: what is only predicted holds on larger nights too.
func guardGrowth(j *judgement, t *trial) string {
	if len(t.nights) > 0 || j.whatIf == nil {
		return ""
	}
	loss := j.whatIf.grown(t.proposal(), grownSize*math.Exp(sizesOf(j.nights).high-j.whatIf.sources[0].night.logSize))
	if loss > grownLoss {
		return fmt.Sprintf("predicted to take %.2f of the baseline's time on a night with twice the largest input", math.Exp(loss))
	}
	return ""
}

// guardQuarantine: what was rolled back stays back (guard 6).
func guardQuarantine(j *judgement, t *trial) string {
	want := j.unfixed(j.wanted(t))
	if why := j.bad.of(j.name, want); why != "" {
		return why
	}
	if why := j.bad.actions[t.text]; why != "" || len(t.nights) > 0 {
		return why
	}
	return j.bad.like(want)
}

// guardFailures: P(fail|a) <= P(fail|a0) + 1 % cannot be shown by the few runs
// that a setting has, so that one failure, at whatever input size, rules it
// out until so many have succeeded that it may have been an accident (guard 1).
// A setting that never failed is taken to fail as the baseline does.
func guardFailures(j *judgement, t *trial) string {
	if n := len(t.failed); n > 0 && !j.accidental(n, n+len(t.runs)) {
		r := t.failed[n-1]
		return fmt.Sprintf("failed on %s of %s, last on %s%s", count(n, "run"), count(n+len(t.runs), "run"), r.Night, sizeText(r))
	}
	usual := map[string]bool{}
	for _, n := range j.base().runs {
		for _, f := range memoryFailures(n.run) {
			usual[f] = true
		}
	}
	for _, n := range t.runs {
		for _, f := range memoryFailures(n.run) {
			if !usual[f] {
				return fmt.Sprintf("%s on %s, which the baseline never had", f, n.run.Night)
			}
		}
	}
	return ""
}

func sizeText(r *features.Run) string {
	if !r.SourceBytes.OK {
		return ""
	}
	return " with " + about(r.SourceBytes.V) + " of input"
}
