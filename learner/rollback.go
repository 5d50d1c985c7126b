package learner

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

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
)

// wrong says why settings are taken back, if they are, which action they are, and
// whether that passes by itself. A run in which something beat a part of the file
// had no promise but the baseline's time.
func (s *study) wrong(runs []*features.Run, nights map[*features.Run]*night) (why string, act *action, passes bool) {
	usual := s.usualFailures()
	var slow []bool
	failures, unusual := 0, 0
	var before []*night // adopted and comparable, so far
	for _, r := range runs {
		for _, f := range failuresOf(r, s.clock) {
			if usual[f] {
				continue
			}
			unusual++
			why := fmt.Sprintf("rolled back: %s on %s, which the baseline never had", strings.ReplaceAll(f, "_", " "), r.Night)
			switch accident := len(memoryFailures(r)) == 0 && s.accidental(unusual, len(runs)); {
			case !accident:
				return why, s.actionOf(r), false
			case s.since(r) < probation:
				return fmt.Sprintf("%s; it may have been an accident, and is looked at again after %s", why, count(probation, "run")), s.actionOf(r), true
			}
			break
		}
		n := nights[r]
		switch {
		case failedRun(r, s.clock):
			slow = append(slow, true)
			failures++
		case n == nil || s.trialOf(n) == nil: // not comparable, or what the pipeline always runs with
			continue
		default:
			gain, sd := 0.0, math.Sqrt(s.switchVariance(s.trialOf(n)))
			if n.behaviour != overridden {
				gain, sd = s.promised(s.trialOf(n), before)
			}
			z := rollbackZ
			if len(before) >= rollbackEarly {
				z = rollbackLateZ
			}
			took := s.gain(n)
			slow = append(slow, took < gain-z*math.Sqrt(sd*sd+s.noise.night) && (took < 0 || took < gain-brokenPromise))
			if n.behaviour != overridden {
				before = append(before, n)
			}
		}
		window := slow[max(0, len(slow)-rollbackWindow):]
		if k := trues(window); k >= rollbackSlow {
			how := "took longer than predicted"
			if failures > 0 {
				how = "failed or " + how
			}
			return fmt.Sprintf("rolled back: %d of %d adopted runs up to %s %s", k, len(window), r.Night, how), s.actionOf(r), false
		}
	}
	return "", nil, false
}

// actionOf is the joint action of a run; nil if no comparable or failed run had it.
func (h *history) actionOf(r *features.Run) *action {
	text := h.sets[r].text(h.varied)
	if i := slices.IndexFunc(h.actions[1:], func(a *action) bool { return a.text == text }); i >= 0 {
		return h.actions[i+1]
	}
	return nil
}

// trialOf is the trial whose comparable nights hold n; nil for the baseline.
func (s *study) trialOf(n *night) *trial {
	if n.action == 0 {
		return nil
	}
	if t := s.trials[n.action-1]; slices.Contains(t.nights, n) {
		return t
	}
	return nil
}

// promised is the log speed-up that an adopted run is held against, and its
// standard deviation: what people's runs under the same settings reached.
// Without any, what its own first adopted runs did, once a change is held no
// more; before that, no change at all.
func (s *study) promised(t *trial, adopted []*night) (gain, sd float64) {
	var people []float64
	for i, n := range t.nights {
		if n.behaviour != recommended && n.behaviour != explored {
			people = append(people, t.gains[i])
		}
	}
	switch {
	case len(people) > 0:
		return mean(people), math.Sqrt(s.switchVariance(t) + s.noise.night/float64(len(people)))
	case len(adopted) >= holdRuns:
		for _, n := range adopted[:holdRuns] {
			gain += s.gain(n) / holdRuns
		}
		return gain, math.Sqrt(s.switchVariance(t) + s.noise.night/holdRuns)
	}
	return 0, math.Sqrt(s.switchVariance(t))
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

// Why a file is taken back without any run that says so.
const (
	silentReason       = "rolled back: no log since the change; this stands until a log says otherwise"
	rolledBackByPeople = "rolled back by people"
)

// silent reports whether a night that was expected after a change left no log:
// since the change and since the newest run half again of the longest recent
// gap has passed. It counts as a failure until a log says otherwise (guard 1).
// In mode advise nobody is bound to use the file, and none is missed.
func (h *history) silent() bool {
	p := h.previous
	if p == nil || len(p.File) == 0 || p.Exploration.Key != "" || p.Status != StatusAccepted || len(h.all) < 2 || h.clock.IsZero() {
		return false
	}
	newest := h.all[len(h.all)-1]
	since, err := time.Parse(time.DateOnly, p.Since)
	if err != nil || !newest.StartedAt.OK || newest.RecommendationID == p.FileID || newest.Night > p.Since {
		return false
	}
	var longest time.Duration
	recent := h.all[max(0, len(h.all)-10):]
	for i := 1; i < len(recent); i++ {
		if recent[i-1].StartedAt.OK && recent[i].StartedAt.OK {
			longest = max(longest, recent[i].StartedAt.V.Sub(recent[i-1].StartedAt.V))
		}
	}
	last := newest.StartedAt.V
	if end := since.Add(36 * time.Hour); end.After(last) { // of the night in which it was decided
		last = end
	}
	return longest > 0 && h.clock.Sub(last) > longest*3/2
}

// stillSilent reports whether the change was taken back for silence and no log
// has come since, neither a later night's nor the one that was missed.
func (h *history) stillSilent() bool {
	p := h.previous
	if p == nil || p.Status != StatusRejected || !strings.HasPrefix(p.Reason, silentReason) || len(h.all) == 0 {
		return false
	}
	newest := h.all[len(h.all)-1]
	return newest.Night <= p.Since && newest.RecommendationID != p.Adoption.ID
}
