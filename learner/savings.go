package learner

import (
	"math"
	"time"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
)

// Savings are what runs with our settings, proposed or drawn, saved in all. What
// the baseline of another plan, level or Spark verified stands, whatever came
// after it.
type Savings struct {
	All   Saving `json:"all"`
	Stand Saving `json:"stand"` // of these, up to Since: what some of them were compared with is gone
	// Since parts them by the start of runs: null, while all can be compared.
	Since  null.Null[time.Time] `json:"since"`
	Newest null.Null[time.Time] `json:"newest"` // start of the newest run among All
}

// A Saving is what some runs saved against the baseline at their size.
type Saving struct {
	Runs   int64   `json:"runs"`
	Failed int64   `json:"failed"` // of these
	SavedS float64 `json:"saved_s"`
	// BaselineS is what the baseline would have taken for the same.
	BaselineS float64 `json:"baseline_s"`
}

func (s Saving) plus(o Saving) Saving {
	return Saving{s.Runs + o.Runs, s.Failed + o.Failed, s.SavedS + o.SavedS, s.BaselineS + o.BaselineS}
}

// savings adds up the runs that followed a file of ours. Those that can be
// compared are compared anew every night, as what is known of the baseline
// grows; once fewer of them can be than last night, last night's sum stands.
func (j *judgement) savings() Savings {
	var before Savings
	if j.previous != nil {
		before = j.previous.Savings
	}
	if len(j.nights) == 0 || len(j.kept) == 0 {
		return before
	}
	ours := j.saved()
	last := before.Newest.V
	known := int64(0) // of those that last night compared
	for _, r := range ours {
		if at := r.run.StartedAt.V; !at.After(last) && at.After(before.Since.V) {
			known += r.Runs
		}
	}
	s := Savings{Stand: before.Stand, Since: before.Since, Newest: before.Newest}
	if known < before.All.Runs-before.Stand.Runs {
		s.Stand, s.Since = before.All, before.Newest
	}
	s.All = s.Stand
	for _, r := range ours {
		at := r.run.StartedAt
		if s.Since.OK && !at.V.After(s.Since.V) {
			continue
		}
		s.All = s.All.plus(r.Saving)
		if !s.Newest.OK || at.V.After(s.Newest.V) {
			s.Newest = at
		}
	}
	return s
}

// savedRun is what one run saved.
type savedRun struct {
	run *features.Run
	Saving
}

// saved are the runs that had what a file of ours held, and can be compared
// tonight. One that failed lost its own time and a night's, since somebody runs
// it again, as in [judgement.spent].
func (j *judgement) saved() []savedRun {
	nights := map[*features.Run]*night{}
	for _, t := range j.trials {
		for _, n := range t.nights {
			nights[n.run] = n
		}
	}
	usual := math.Exp(j.line.at(j.nextSize()))
	var list []savedRun
	for _, r := range j.all {
		if ok, _ := j.follows(r); !ok || j.peoples(r) || !r.StartedAt.OK || j.others[r] {
			continue
		}
		n := nights[r]
		switch {
		case failedRun(r, j.clock):
			took := r.DurationS.Or(0) - r.ExecutorWaitS.Or(0)
			list = append(list, savedRun{r, Saving{Runs: 1, Failed: 1, SavedS: -took - usual, BaselineS: usual}})
		case n != nil:
			expected := math.Exp(j.line.at(n.logSize))
			list = append(list, savedRun{r, Saving{Runs: 1, SavedS: expected - n.seconds, BaselineS: expected}})
		}
	}
	return list
}
