package html

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
	"github.com/spark-apprentice/apprentice/learner"
)

// A fleet is what the page opens with. Pipelines are in the order of the table:
// those that need attention first, then the largest expected saving.
type fleet struct {
	Kind      string    `json:"kind"`
	Night     string    `json:"night"` // the newest
	First     string    `json:"first"`
	Mode      string    `json:"mode"`
	Totals    totals    `json:"totals"`
	Pipelines []row     `json:"pipelines"`
	Health    health    `json:"health"`
	Excluded  []tallied `json:"excluded"` // runs that do not train, by reason
}

// totals add up the fleet. Seconds are those of one night at the median size,
// except what was verified, which is all runs together.
type totals struct {
	Pipelines int     `json:"pipelines"`
	Runs      int     `json:"runs"`
	Changes   int     `json:"changes"`    // pipelines with a proposal
	BaseS     float64 `json:"baseline_s"` // of pipelines whose time is known
	SaveS     float64 `json:"expected_saving_s"`
	Adopted   int64   `json:"adopted_runs"`
	Failed    int64   `json:"adopted_failed"` // of these
	Following int     `json:"following"`      // pipelines with adopted runs
	VerifiedS float64 `json:"verified_saving_s"`
	Expected  float64 `json:"adopted_baseline_s"` // what the adopted runs would have taken
	Attention int     `json:"attention"`
}

// A row is one pipeline in the table.
type row struct {
	Name      string             `json:"name"`
	Status    string             `json:"status"`   // of the decision
	Adoption  string             `json:"adoption"` // of the settings file; empty: nothing of ours
	Reason    string             `json:"reason"`
	Keys      []string           `json:"keys"`   // that the proposal changes
	Alerts    []alert            `json:"alerts"` // most urgent first
	Runs      int64              `json:"runs"`
	LastNight string             `json:"last_night"`
	BaseS     null.Null[float64] `json:"baseline_s"`
	Bytes     null.Null[float64] `json:"bytes"` // median of sources
	Ratio     null.Null[float64] `json:"ratio"` // expected of the proposal
	Low       null.Null[float64] `json:"low"`
	High      null.Null[float64] `json:"high"`
	SaveS     null.Null[float64] `json:"expected_saving_s"`
	Verified  *verified          `json:"verified"` // null: no run followed
	Recent    []int              `json:"recent"`   // run time over the baseline's in percent, -1: failed; oldest first
	history   *history
	urgency   int
}

// verified is what became of a recommendation: its runs against the baseline.
type verified struct {
	Runs int `json:"runs"`
	effect
	// All recommendations that runs followed, whatever became of their baseline.
	AllRuns int64   `json:"all_runs"`
	Failed  int64   `json:"all_failed"`
	AllS    float64 `json:"all_saved_s"`
}

// An alert is a reason to look at a pipeline now.
type alert struct {
	Kind string `json:"kind"` // slower, failing, rolled_back, drift
	Text string `json:"text"`
}

type tallied struct {
	Text string `json:"text"`
	N    int    `json:"n"`
}

func newFleet(histories []*history) fleet {
	f := fleet{Kind: "fleet", Pipelines: make([]row, 0, len(histories))}
	for _, h := range histories {
		h.measure()
		r := newRow(h)
		f.Pipelines = append(f.Pipelines, r)
		f.Mode = h.rec.Mode
		t := &f.Totals
		t.Pipelines++
		t.Runs += len(h.runs)
		t.BaseS += r.BaseS.Or(0)
		if r.SaveS.OK {
			t.Changes++
			t.SaveS += r.SaveS.V
		}
		if r.Verified != nil {
			t.Following++
		}
		all := h.rec.Savings.All
		t.Adopted, t.Failed = t.Adopted+all.Runs, t.Failed+all.Failed
		t.VerifiedS, t.Expected = t.VerifiedS+all.SavedS, t.Expected+all.BaselineS
		if len(r.Alerts) > 0 {
			t.Attention++
		}
		for _, r := range h.runs {
			f.Night = max(f.Night, r.Night)
			if f.First == "" || r.Night < f.First {
				f.First = r.Night
			}
		}
	}
	t := &f.Totals
	t.BaseS, t.SaveS, t.VerifiedS, t.Expected = short(t.BaseS), short(t.SaveS), short(t.VerifiedS), short(t.Expected)
	slices.SortStableFunc(f.Pipelines, func(a, b row) int {
		return cmp.Or(cmp.Compare(b.urgency, a.urgency), cmp.Compare(b.SaveS.Or(0), a.SaveS.Or(0)), strings.Compare(a.Name, b.Name))
	})
	f.Health = newHealth(histories)
	return f
}

// recentRuns is how many runs a row draws.
const recentRuns = 40

func newRow(h *history) row {
	rec := h.rec
	r := row{
		Name: show(rec.Pipeline), Status: show(rec.Status), Adoption: adoptionOf(rec.Adoption), Reason: show(rec.Reason), Keys: []string{}, Runs: int64(len(h.runs)),
		LastNight: rec.LastNight, BaseS: shortNull(rec.Expected.BaselineS), history: h, Recent: []int{},
	}
	for _, k := range slices.Sorted(maps.Keys(rec.Settings)) {
		r.Keys = append(r.Keys, show(k))
	}
	if e := rec.Expected; len(rec.Settings) > 0 && e.RuntimeRatio.OK {
		r.Ratio, r.Low, r.High = shortNull(e.RuntimeRatio), shortNull(e.Low), shortNull(e.High)
		r.SaveS = null.If(short(e.BaselineS.V*(1-e.RuntimeRatio.V)), e.BaselineS.OK)
	}
	var sizes []float64
	for _, run := range h.runs {
		if run.SourceBytes.OK {
			sizes = append(sizes, float64(run.SourceBytes.V))
		}
	}
	if len(sizes) > 0 {
		slices.Sort(sizes)
		r.Bytes = null.Of(short(sizes[len(sizes)/2]))
	}
	for _, run := range h.runs[max(0, len(h.runs)-recentRuns):] {
		switch j := h.train(run); {
		case h.failed(run):
			r.Recent = append(r.Recent, -1)
		case j != nil && j.expected > 0:
			r.Recent = append(r.Recent, int(math.Round(100*j.seconds/j.expected)))
		}
	}
	deployed := h.deployments()
	if all := rec.Savings.All; all.Runs > 0 || len(deployed) > 0 {
		r.Verified = &verified{AllRuns: all.Runs, Failed: all.Failed, AllS: short(all.SavedS)}
		if n := len(deployed); n > 0 {
			r.Verified.Runs, r.Verified.effect = deployed[n-1].Runs, deployed[n-1].effect
		}
	}
	r.Alerts, r.urgency = alertsOf(h, deployed)
	return r
}

// adoptionOf is the state of an adoption; what was overridden names the key.
func adoptionOf(a learner.Adoption) string {
	if a.State == learner.AdoptionOverridden && a.Key != "" {
		return show(a.State + "(" + a.Key + ")")
	}
	return show(a.State)
}

// alertsOf tells why someone should look at a pipeline, and how much so.
func alertsOf(h *history, deployed []deployment) ([]alert, int) {
	list := []alert{}
	urgency := 0
	say := func(level int, kind, words string) {
		list, urgency = append(list, alert{kind, words}), max(urgency, level)
	}
	if len(deployed) > 0 {
		d := deployed[len(deployed)-1]
		if d.Low.OK && d.Low.V > 1 {
			say(4, "slower", countWords(d.Runs, "run")+" with recommendation "+d.ID+" took "+times(d.Ratio.V)+" of the baseline's time at equal input, at least "+times(d.Low.V))
		}
	}
	if n := len(h.runs); n > 0 && h.failed(h.runs[n-1]) && h.rec.Status != learner.StatusNotTunable {
		r := h.runs[n-1]
		words := "the newest run failed on " + r.Night
		if r.Outcome != features.Failed {
			words = "the newest run left no end on " + r.Night + ": it was killed"
		} else if r.ExclusionReason != "" {
			words += ": " + show(strings.TrimPrefix(r.ExclusionReason, "failed: "))
		}
		say(3, "failing", words)
	}
	for _, a := range []learner.Adoption{h.rec.Adoption, h.rec.TakenBack} {
		if a.State == learner.AdoptionRolledBack {
			say(3, "rolled_back", show(cmp.Or(a.Why, h.rec.Reason)))
		}
	}
	if words := h.drift(); words != "" {
		say(2, "drift", words)
	}
	return list, urgency
}

// Two of the last three nights beyond what 1 in 40 exceeds: the learner's own
// rule for taking a change back (learner/rollback.go), here for the baseline.
const (
	driftWindow = 3
	driftNights = 2
	driftShare  = 0.975
)

// drift tells where the newest nights under the baseline take longer than the
// nights before let expect.
func (h *history) drift() string {
	n := h.noise
	if len(n.residuals) < leastNights+driftWindow {
		return ""
	}
	at := len(n.residuals) - driftWindow
	before := n.residuals[:at]
	var ss float64
	for _, e := range before {
		ss += e * e
	}
	sd := max(math.Sqrt(ss/float64(len(before))), leastSD)
	limit := noise{residuals: before}.quantile(driftShare) * sd
	late, worst := 0, 0.0
	for _, e := range n.residuals[at:] {
		if e > limit {
			late, worst = late+1, max(worst, e)
		}
	}
	if late < driftNights {
		return ""
	}
	return countWords(late, "night") + " of the last " + countWords(driftWindow, "night") + " under the baseline took longer than the nights before let expect, up to " + times(math.Exp(worst)) + " of it"
}

// exclusions counts the runs that do not train, by reason, most frequent first.
func exclusions(runs []features.Run) []tallied {
	n := map[string]int{}
	for i := range runs {
		if r := &runs[i]; !r.Comparable {
			n[show(r.ExclusionReason)]++
		}
	}
	return tally(n)
}

func tally(n map[string]int) []tallied {
	list := make([]tallied, 0, len(n))
	for _, k := range slices.Sorted(maps.Keys(n)) {
		list = append(list, tallied{k, n[k]})
	}
	slices.SortStableFunc(list, func(a, b tallied) int { return cmp.Compare(b.N, a.N) })
	return list
}
