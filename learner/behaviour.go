package learner

import (
	"slices"
	"time"

	"github.com/spark-apprentice/apprentice/features"
)

// Behaviours of a run.
const (
	human       = "human"       // no file of ours
	defaults    = "default"     // nor any setting of its own: Spark's defaults
	recommended = "recommended" // our file, and every key equals what we recommended
	explored    = "explored"    // the same, drawn at random with a known probability
	overridden  = "overridden"  // our marker, but other settings
)

func anyNight(nights []*night, f func(*night) bool) bool { return slices.ContainsFunc(nights, f) }

// peoples reports whether a run's settings are people's: it carries no id of
// ours, or that of a file that changes nothing.
func (h *history) peoples(r *features.Run) bool {
	return r.RecommendationID == "" || r.RecommendationID == h.unchanged
}

func (h *history) behave() {
	for _, n := range h.nights {
		n.behaviour = h.behaviourOf(n.run)
	}
}

// behaviourOf tells whose settings a run had. A marker counts only where every
// key is what we recommended: code, --conf and SET beat our file.
func (h *history) behaviourOf(r *features.Run) string {
	ours, _ := h.follows(r)
	switch {
	case h.peoples(r) && allDefaults(r):
		return defaults
	case h.peoples(r):
		return human
	case ours && drawnRun(r):
		return explored
	case ours:
		return recommended
	}
	return overridden
}

func allDefaults(r *features.Run) bool {
	for _, v := range r.ConfEffective {
		if v.Source == features.FromLog || v.Source == features.FromRuntimeSet {
			return false
		}
	}
	return len(r.ConfEffective) > 0
}

// quietAfter is when a log that does not grow belongs to a run that was killed.
const quietAfter = 24 * time.Hour

// failedRun reports whether a batch run did not succeed.
func failedRun(r *features.Run, now time.Time) bool {
	if r.Kind != features.Batch && r.Kind != "" {
		return false
	}
	switch r.Outcome {
	case features.Failed:
		return true
	case features.Incomplete:
		return r.EndedAt.OK && !now.IsZero() && now.Sub(r.EndedAt.V) > quietAfter
	}
	return false
}

// FailedRun reports whether a batch run did not succeed: it failed, or its log
// ends without an end and has not grown for a day before now.
func FailedRun(r *features.Run, now time.Time) bool { return failedRun(r, now) }
