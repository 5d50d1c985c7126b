package html

import (
	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
)

// nights are the runs of a pipeline by time, in columns.
type nights struct {
	At       []int64              `json:"at"` // start, seconds since 1970
	Night    []string             `json:"night"`
	App      []string             `json:"app"`
	Seconds  []null.Null[float64] `json:"seconds"`  // without the wait for executors
	Expected []null.Null[float64] `json:"expected"` // of the baseline at this size; null: does not train
	Bytes    []null.Null[float64] `json:"bytes"`
	Trial    []int                `json:"trial"` // index into trials, -1: does not train
	Ours     []int                `json:"ours"`  // 1: followed a recommendation, 2: explored
	Failed   []int                `json:"failed"`
	Why      []string             `json:"why"` // it does not train
}

// newNights has room for n runs, and lists that are empty and not unknown for none.
func newNights(n int) nights {
	return nights{
		At: make([]int64, 0, n), Night: make([]string, 0, n), App: make([]string, 0, n), Seconds: make([]null.Null[float64], 0, n),
		Expected: make([]null.Null[float64], 0, n), Bytes: make([]null.Null[float64], 0, n), Trial: make([]int, 0, n),
		Ours: make([]int, 0, n), Failed: make([]int, 0, n), Why: make([]string, 0, n),
	}
}

func (n *nights) add(h *history, r *features.Run) {
	j := h.train(r)
	n.At = append(n.At, startOf(r))
	n.Night = append(n.Night, r.Night)
	n.App = append(n.App, show(r.AppID))
	seconds, expected, trial, ours := null.If(short(r.DurationS.V-r.ExecutorWaitS.Or(0)), r.DurationS.OK), null.Null[float64]{}, -1, 0
	if j != nil {
		seconds, expected, trial = null.Of(short(j.seconds)), null.If(short(j.expected), j.expected > 0), j.trial
		if j.ours() {
			ours = 1
		}
		if j.behaviour == "explored" {
			ours = 2
		}
	}
	failed := 0
	if h.failed(r) {
		failed = 1
	}
	n.Seconds, n.Expected = append(n.Seconds, seconds), append(n.Expected, expected)
	n.Bytes = append(n.Bytes, null.If(short(float64(r.SourceBytes.V)), r.SourceBytes.OK))
	n.Trial, n.Ours, n.Failed, n.Why = append(n.Trial, trial), append(n.Ours, ours), append(n.Failed, failed), append(n.Why, show(r.ExclusionReason))
}
