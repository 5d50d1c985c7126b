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
	holdRuns       = 5     // a change is held for so many adopted runs
)

// quarantine names what was adopted and turned out wrong, with why: by the
// marker that the runs carried and by the text of their action. It follows from
// the runs, and stays while some run carries the marker: the reference moves a
// little every night, and a file must not come and go with it. It ends where the
// baseline turns out to have changed its level before: then it was not the file.
//
//   - A class of failure that people's runs never had rules a marker out at once.
//   - A failure of a class that they have, or a time above the upper bound of
//     the prediction at the run's size, does so on two of three adopted runs.
func (s *study) quarantine() map[string]string {
	bad := map[string]string{}
	usual := s.usualFailures()
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
		why, action := s.wrong(runs, nights, usual)
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
	return bad
}

// wrong says why settings are taken back, if they are, and which action they are.
func (s *study) wrong(runs []*features.Run, nights map[*features.Run]*night, usual map[string]bool) (why string, act *action) {
	var slow []bool
	failures := 0
	var before []*night // adopted and comparable, so far
	for _, r := range runs {
		for _, f := range failuresOf(r, s.clock) {
			if !usual[f] {
				return fmt.Sprintf("rolled back: %s on %s, which the baseline never had", strings.ReplaceAll(f, "_", " "), r.Night), s.actionOf(r)
			}
		}
		n := nights[r]
		switch {
		case failedRun(r, s.clock):
			slow = append(slow, true)
			failures++
		case n == nil || s.trialOf(n) == nil: // not comparable, or what the pipeline always runs with
			continue
		default:
			gain, sd := s.promised(s.trialOf(n), before)
			z := rollbackZ
			if len(before) >= rollbackEarly {
				z = rollbackLateZ
			}
			slow = append(slow, s.gain(n) < gain-z*math.Sqrt(sd*sd+s.noise.night))
			before = append(before, n)
		}
		window := slow[max(0, len(slow)-rollbackWindow):]
		if k := trues(window); k >= rollbackSlow {
			how := "took longer than predicted"
			if failures > 0 {
				how = "failed or " + how
			}
			return fmt.Sprintf("rolled back: %d of %d adopted runs up to %s %s", k, len(window), r.Night, how), s.actionOf(r)
		}
	}
	return "", nil
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

// usualFailures are the classes of failure that people's own runs had.
func (h *history) usualFailures() map[string]bool {
	usual := map[string]bool{}
	for _, r := range h.all {
		if h.peoples(r) {
			for _, f := range failuresOf(r, h.clock) {
				usual[f] = true
			}
		}
	}
	return usual
}

// failuresOf names the classes of what went wrong in a run: what memory and
// disk did, whatever its outcome, and what a run that failed met beside.
func failuresOf(r *features.Run, now time.Time) []string {
	list := memoryFailures(r)
	if !failedRun(r, now) {
		return list
	}
	if r.ExecutorLostCount > 0 {
		list = append(list, features.SignalExecutorLost)
	}
	if r.FetchFailedCount > 0 {
		list = append(list, features.SignalFetchFailed)
	}
	if len(list) == 0 {
		list = append(list, "a failure")
	}
	return list
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
