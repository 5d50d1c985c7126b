package learner

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/spark-apprentice/apprentice/features"
)

// When a change is taken back (guard 6).
const (
	rollbackWindow = 3     // adopted runs in a row
	rollbackSlow   = 2     // so many of them above the prediction's bound
	rollbackZ      = 1.645 // the bound: one night in twenty lies above it by chance
	rollbackLateZ  = 2.33  // one in a hundred, for a change that proved itself on
	rollbackEarly  = 10    // so many adopted runs: what it becomes later is rarely its own doing
	// A run above the bound is slow where it is no faster than the baseline, or
	// takes a fifth longer than promised: a cluster in a bad mood makes no file
	// worse than none.
	brokenPromise = 0.18 // log time
	holdRuns      = 5    // a change is held for so many adopted runs
	retrial       = 20   // runs after which chance may draw again what was slow
)

// A verdict says whether runs under one file's settings turned out wrong.
type verdict struct {
	why    string  // empty: they did not
	action *action // which joint action they are
	passes bool    // it comes back by itself, or chance drew it again and cleared it
	retry  bool    // for time alone, and so long ago that chance may draw it again
}

// verdictOn says whether settings are taken back. A run in which something beat a
// part of the file had no promise but the baseline's time.
//
// Two slow nights of three come by chance too, once in some hundred nights of a
// file that is as good as ever. Nothing brings such a file back but runs that
// chance drew later: so many of them, faster than the baseline by the bound, clear it.
func (s *study) verdictOn(runs []*features.Run) verdict {
	usual := s.usualFailures()
	var slow []bool
	failures, unusual := 0, 0
	var before, beyond, again []*night // adopted so far: comparable, of other sizes, and drawn since they were slow
	promises := map[*trial]promise{}
	var v verdict
	for _, r := range runs {
		for _, f := range failuresOf(r, s.clock) {
			if usual[f] {
				continue
			}
			unusual++
			why := fmt.Sprintf("rolled back: %s on %s, which the baseline never had", strings.ReplaceAll(f, "_", " "), r.Night)
			switch accident := len(memoryFailures(r)) == 0 && s.accidental(unusual, len(runs)); {
			case !accident:
				return verdict{why: why, action: s.actionOf(r)}
			case s.since(r) < probation:
				return verdict{why: fmt.Sprintf("%s; it may have been an accident, and is looked at again after %s", why, count(probation, "run")), action: s.actionOf(r), passes: true}
			}
			break
		}
		n := s.nightOf[r]
		if n == nil {
			n = s.outsized(r)
		}
		switch {
		case failedRun(r, s.clock):
			slow = append(slow, true)
			failures++
		case n == nil || n.action == 0: // not comparable, or what the pipeline always runs with
			continue
		case v.why != "":
			if s.trialOf(n) != nil && (n.behaviour == explored || n.behaviour == recommended && len(again) > 0) {
				again = append(again, n)
			}
			if s.cleared(again) {
				v, slow, before, beyond, again = verdict{passes: true}, nil, nil, nil, nil
			}
			continue
		case s.trialOf(n) == nil:
			slow = append(slow, s.tooLong(n, before, beyond))
			if n.behaviour != overridden {
				beyond = append(beyond, n)
			}
		default:
			t := s.trialOf(n)
			gain, sd := 0.0, math.Sqrt(s.switchVariance(t))
			if n.behaviour != overridden {
				if _, ok := promises[t]; !ok {
					promises[t] = s.promised(t)
				}
				gain, sd = promises[t].of(s, before)
			}
			z := rollbackBound(len(before))
			took := s.gain(n)
			slow = append(slow, took < gain-z*math.Sqrt(sd*sd+s.noise.night) && (took < 0 || took < gain-brokenPromise))
			if n.behaviour != overridden {
				before = append(before, n)
			}
		}
		window := slow[max(0, len(slow)-rollbackWindow):]
		if k := trues(window); k >= rollbackSlow && v.why == "" {
			how := "took longer than predicted"
			if failures > 0 {
				how = "failed or " + how
			}
			v = verdict{
				why:    fmt.Sprintf("rolled back: %d of %d adopted runs up to %s %s", k, len(window), r.Night, how),
				action: s.actionOf(r), retry: failures == 0 && s.since(r) >= retrial,
			}
		}
	}
	return v
}

// cleared reports whether nights since chance drew it again are faster than the baseline by
// the bound that a proven change is held to.
func (s *study) cleared(list []*night) bool {
	nights, gain := map[string]bool{}, 0.0
	for _, n := range list {
		nights[n.run.Night] = true
		gain += s.gain(n) / float64(len(list))
	}
	n := float64(len(nights))
	return len(nights) >= leastDrawn && gain > rollbackLateZ*math.Sqrt((s.noise.night+s.noise.placebo)/n+s.line.variance(list[0].logSize, s.noise.night))
}

// rollbackBound is the bound after so many adopted runs.
func rollbackBound(adopted int) float64 {
	if adopted >= rollbackEarly {
		return rollbackLateZ
	}
	return rollbackZ
}

// actionOf is the joint action of a run; nil if no comparable or failed run had it.
func (h *history) actionOf(r *features.Run) *action {
	if i := h.actionIndex(r); i > 0 {
		return h.actions[i]
	}
	return nil
}

// actionIndex is the index of a run's joint action; -1 if no comparable or
// failed run had it. Keys that those do not vary are told by the run's file.
func (h *history) actionIndex(r *features.Run) int {
	set := h.sets[r]
	text := set.text(h.varied)
	w, _ := h.written(r.RecommendationID)
	return slices.IndexFunc(h.actions, func(a *action) bool {
		return a.text == text && !slices.ContainsFunc(sortedKeys(w.Settings), func(k string) bool {
			return r.ConfEffective[k].Source != features.FromUnknown && set[k] != a.set[k]
		})
	})
}

// trialOf is the trial whose comparable nights hold n; nil for the baseline and
// beyond its sizes.
func (s *study) trialOf(n *night) *trial {
	if n.action == 0 || !n.compared {
		return nil
	}
	return s.trials[n.action-1]
}

// A promise is what adopted runs are held against: what people's runs under the
// same settings reached. Without any, what its own first adopted runs did, once
// a change is held no more; before that, no change at all.
type promise struct {
	people  []float64 // log speed-ups
	switchV float64   // variance that the switches leave open
}

func (s *study) promised(t *trial) promise {
	p := promise{switchV: s.switchVariance(t)}
	for i, n := range t.nights {
		if n.behaviour != recommended && n.behaviour != explored {
			p.people = append(p.people, t.gains[i])
		}
	}
	return p
}

// of is the promised log speed-up, and its standard deviation, after some
// adopted runs.
func (p promise) of(s *study, adopted []*night) (gain, sd float64) {
	switch {
	case len(p.people) > 0:
		return mean(p.people), math.Sqrt(p.switchV + s.noise.night/float64(len(p.people)))
	case len(adopted) >= holdRuns:
		for _, n := range adopted[:holdRuns] {
			gain += s.gain(n) / holdRuns
		}
		return gain, math.Sqrt(p.switchV + s.noise.night/holdRuns)
	}
	return 0, math.Sqrt(p.switchV)
}

func trues(v []bool) int {
	n := 0
	for _, b := range v {
		if b {
			n++
		}
	}
	return n
}

// rolledBackByPeople is why a file is taken back that people rolled back.
const rolledBackByPeople = "rolled back by people"
