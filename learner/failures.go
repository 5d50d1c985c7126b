package learner

import (
	"time"

	"github.com/spark-apprentice/apprentice/features"
	"gonum.org/v1/gonum/stat/distuv"
)

// When failures of settings may be accidents. One night in two hundred fails for
// no reason of its settings, before a pipeline's own nights are looked at; that
// is worth failurePriorN of them.
const (
	failurePrior  = 0.005
	failurePriorN = 100
	// accident is the probability down to which as many failures as were seen
	// may be chance: below it they are the settings' own.
	accident = 0.1
	// probation is how many runs pass before settings that had an accident are
	// looked at again.
	probation = 5
)

// accidental reports whether so many failures in so many runs may have been
// accidents: no fewer come with a probability of at least accident where
// settings fail as often as people's own do. One failure in fewer than some
// twenty runs is none (guard 1).
func (h *history) accidental(failed, runs int) bool {
	p := h.failureRate()
	return 1-distuv.Binomial{N: float64(runs), P: p}.CDF(float64(failed-1)) >= accident
}

// failureRate is the share of people's runs that failed, shrunk to the prior's.
func (h *history) failureRate() float64 {
	failed, runs := failurePrior*failurePriorN, float64(failurePriorN)
	for _, r := range h.all {
		if h.peoples(r) && h.counts(r) {
			failed += float64(b2i(failedRun(r, h.clock)))
			runs++
		}
	}
	return failed / runs
}

// shareOfFailures is the share of an action's runs that failed, shrunk to what is
// expected of it before any ran: of the baseline the prior, of another setting
// the baseline's share.
func shareOfFailures(a *action, before float64) float64 {
	failed, runs := float64(len(a.failed)), float64(len(a.failed)+len(a.runs))
	return (failed + before*failurePriorN) / (runs + failurePriorN)
}

// since is how many runs came after one.
func (h *history) since(r *features.Run) int {
	n := 0
	for _, x := range h.all {
		n += b2i(byTime(x, r) > 0 && h.counts(x))
	}
	return n
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
