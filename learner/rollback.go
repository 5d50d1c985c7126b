package learner

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// When a change is taken back (guard 6).
const (
	rollbackWindow = 3     // adopted runs in a row
	rollbackSlow   = 2     // so many of them above the prediction's bound
	rollbackZ      = 1.645 // the bound: one night in twenty lies above it by chance
	holdRuns       = 5     // a change is held for so many adopted runs
)

// quarantine names what was adopted and turned out wrong, with why: by the
// marker that the runs carried and by the text of their action. It follows from the runs alone, so that it holds as long as they
// are kept. predicted is the log speed-up that was promised, from runs that
// nobody made on our advice.
func (s *study) quarantine() map[string]string {
	bad := map[string]string{}
	usual := map[string]bool{}
	for _, n := range s.base().runs {
		for _, f := range memoryFailures(n.run) {
			usual[f] = true
		}
	}
	adopted := map[string][]*night{}
	for _, n := range s.nights {
		if n.behaviour != recommended && n.behaviour != explored {
			continue
		}
		id := n.run.RecommendationID
		adopted[id] = append(adopted[id], n)
		for _, f := range memoryFailures(n.run) {
			if !usual[f] && bad[id] == "" {
				bad[id] = fmt.Sprintf("rolled back: %s on %s, which the baseline never had", f, n.run.Night)
			}
		}
	}
	for _, r := range s.all {
		if id := r.RecommendationID; id != "" && !s.peoples(r) && failedRun(r, s.clock) {
			bad[id] = "rolled back: a run with it failed on " + r.Night
		}
	}
	for id, nights := range adopted { // each id is judged by itself: order is of no matter
		gain, sd := s.promised(nights)
		slow := make([]bool, len(nights))
		for i, n := range nights {
			slow[i] = s.gain(n) < gain-rollbackZ*math.Sqrt(sd*sd+s.noise.night)
			window := slow[max(0, i+1-rollbackWindow) : i+1]
			if k := trues(window); k >= rollbackSlow && bad[id] == "" {
				bad[id] = fmt.Sprintf("rolled back: %d of %d adopted runs up to %s took longer than predicted", k, len(window), n.run.Night)
			}
		}
	}
	for id, nights := range adopted {
		if why := bad[id]; why != "" {
			bad[s.actions[nights[0].action].text] = why
		}
	}
	return bad
}

// promised is the mean log speed-up of the runs under the same settings that
// did not follow a recommendation, and its standard deviation; without any, no
// change at all is promised.
func (s *study) promised(adopted []*night) (gain, sd float64) {
	for _, t := range s.trials {
		if !slices.Contains(t.runs, adopted[0]) {
			continue
		}
		var before []float64
		for i, n := range t.nights {
			if n.behaviour != recommended && n.behaviour != explored {
				before = append(before, t.gains[i])
			}
		}
		if len(before) > 0 {
			return mean(before), math.Sqrt(s.switchVariance(t) + s.noise.night/float64(len(before)))
		}
		return 0, math.Sqrt(s.switchVariance(t))
	}
	return 0, 0
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

// silentReason says why a change was taken back without any log of it.
const silentReason = "rolled back: no log since the change; this stands until a log says otherwise"

// silent reports whether a night that was expected after a change left no log:
// since the change and since the newest run half again of the longest recent
// gap has passed. It counts as a failure until a log says otherwise (guard 1).
func (h *history) silent() bool {
	if h.previous == nil || len(h.previous.File) == 0 || h.previous.Status != StatusAccepted || len(h.all) < 2 || h.clock.IsZero() {
		return false
	}
	newest := h.all[len(h.all)-1]
	since, err := time.Parse(time.DateOnly, h.previous.Since)
	if err != nil || !newest.StartedAt.OK || newest.RecommendationID == h.previous.FileID || newest.Night > h.previous.Since {
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
// has come since.
func (h *history) stillSilent() bool {
	p := h.previous
	return p != nil && p.Status == StatusRejected && strings.HasPrefix(p.Reason, silentReason) &&
		len(h.all) > 0 && h.all[len(h.all)-1].Night <= p.Since
}
