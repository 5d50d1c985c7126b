package learner

import (
	"slices"
	"strings"
	"time"
)

// How often a pipeline runs, as far as the gaps between its runs tell.
const (
	rhythmSpan = 35 * 24 * time.Hour // of so long: every weekend and the end of a month are in it
	rhythmGaps = 5                   // and of so many runs: a monthly job has one in that time
	// A history of less than two weeks does not show whether a job rests on
	// weekends, which are three days from a run to the next.
	fortnight = 14 * 24 * time.Hour
	weekend   = 3 * 24 * time.Hour
)

const silentReason = "rolled back: no log since the change; this stands until a log says otherwise"

// gaps are the longest and the second longest time that recently passed from a
// run to the next: a single long one may be a lost log or a holiday. Where few
// are known both are doubled, since the next may well be longer; 0: none is known.
func (h *history) gaps() (longest, usual time.Duration) {
	var list []time.Duration
	var later, newest time.Time
	for _, r := range slices.Backward(h.all) {
		if !r.StartedAt.OK {
			continue
		}
		if at := r.StartedAt.V; newest.IsZero() {
			newest, later = at, at
		} else {
			if newest.Sub(at) > rhythmSpan && len(list) >= rhythmGaps {
				break
			}
			list, later = append(list, later.Sub(at)), at
		}
	}
	if len(list) == 0 {
		return 0, 0
	}
	slices.Sort(list)
	longest = list[len(list)-1]
	if usual = longest; len(list) >= rhythmGaps {
		usual = list[len(list)-2]
	} else {
		longest, usual = 2*longest, 2*usual
	}
	if newest.Sub(later) < fortnight && longest <= weekend && longest > 0 {
		longest, usual = weekend, weekend
	}
	return longest, usual
}

// overdue reports whether half again a gap has passed between two times: a run
// was due, and its log has not come.
func overdue(from, to time.Time, gap time.Duration) bool {
	return gap > 0 && to.Sub(from) > gap*3/2
}

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
	last := newest.StartedAt.V
	if end := since.Add(36 * time.Hour); end.After(last) { // of the night in which it was decided
		last = end
	}
	longest, _ := h.gaps()
	return overdue(last, h.clock, longest)
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
