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
	holdRuns      = 5 // a change is held for so many adopted runs
)

// quarantine names what was adopted and turned out wrong, with why: by the
// marker that the runs carried and by the text of their action. It follows from
// the runs, and stays while some run carries the marker: the reference moves a
// little every night, and a file must not come and go with it. It ends where the
// baseline turns out to have changed its level before: then it was not the file.
//
//   - A class of failure that people's runs never had takes a file back at once:
//     for good if it is one of memory, or more than chance gives (see
//     accidental), and for some runs if it may have been an accident.
//   - A failure of a class that they have, or a time above the upper bound of
//     the prediction at the run's size, does so on two of three adopted runs.
//
// passing are the markers among them that come back by themselves.
func (s *study) quarantine() (bad map[string]string, passing map[string]bool) {
	bad, passing = map[string]string{}, map[string]bool{}
	adopted := map[string][]*features.Run{}
	for _, r := range s.all {
		if id := r.RecommendationID; id != "" && !s.peoples(r) && s.counts(r) {
			if ok, _ := s.follows(r); ok {
				adopted[id] = append(adopted[id], r)
			}
		}
	}
	nights := map[*features.Run]*night{}
	for _, n := range s.nights {
		nights[n.run] = n
	}
	for id, runs := range adopted { // each id is judged by itself: order is of no matter
		why, action, passes := s.wrong(runs, nights)
		passing[id] = passes
		if w, ok := s.written(id); ok && why == "" && w.Bad != "" && (s.level == nil || w.BadSince <= s.levelAfter) {
			why, action = w.Bad, s.actionOf(runs[len(runs)-1])
		}
		if why != "" {
			bad[id] = why
			if action != nil {
				bad[action.text] = why
			}
		}
	}
	if p := s.previous; p != nil {
		for _, w := range p.Files { // of a variant: what another plan's runs showed
			if w.Bad != "" && adopted[w.ID] == nil && s.carried[w.ID] {
				bad[w.ID] = w.Bad
			}
		}
	}
	return bad, passing
}

// wrong says why settings are taken back, if they are, which action they are, and
// whether that passes by itself.
func (s *study) wrong(runs []*features.Run, nights map[*features.Run]*night) (why string, act *action, passes bool) {
	usual := s.usualFailures()
	var slow []bool
	failures, unusual := 0, 0
	var before, beyond []*night // adopted so far: comparable, and of other sizes
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
		if n == nil {
			n = s.outsized(r)
		}
		switch {
		case failedRun(r, s.clock):
			slow = append(slow, true)
			failures++
		case n == nil || n.action == 0: // not comparable, or what the pipeline always runs with
			continue
		case s.trialOf(n) == nil:
			slow = append(slow, s.tooLong(n, before, beyond))
			beyond = append(beyond, n)
		default:
			gain, sd := s.promised(s.trialOf(n), before)
			z := rollbackBound(len(before))
			took := s.gain(n)
			slow = append(slow, took < gain-z*math.Sqrt(sd*sd+s.noise.night) && (took < 0 || took < gain-brokenPromise))
			before = append(before, n)
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

// rollbackBound is the bound after so many adopted runs.
func rollbackBound(adopted int) float64 {
	if adopted >= rollbackEarly {
		return rollbackLateZ
	}
	return rollbackZ
}

// actionOf is the joint action of a run; nil if no comparable or failed run had it.
func (h *history) actionOf(r *features.Run) *action {
	text := h.sets[r].text(h.varied)
	if i := slices.IndexFunc(h.actions[1:], func(a *action) bool { return a.text == text }); i >= 0 {
		return h.actions[i+1]
	}
	return nil
}

// trialOf is the trial whose comparable nights hold n; nil for the baseline and
// beyond its sizes.
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
