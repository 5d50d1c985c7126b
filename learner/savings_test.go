package learner

import (
	"math"
	"testing"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
)

// A promise is what was expected before any run had used the file. What is
// expected later follows from those runs, and would always be kept.
func TestPromiseIsOfTheFirstNight(t *testing.T) {
	id := RecommendationID("p", aqeSettings)
	first := live(t, provenNights(4, ""), nil, nil)
	slower := adopt(simNight{}, id, 1.12)
	more := []simNight{slower, slower, slower, slower, slower, slower}
	last := live(t, provenNights(4, ""), more, nil)
	if len(last.Files) != 1 || last.FileID != id {
		t.Fatalf("%s %v, files %+v", last.Status, last.File, last.Files)
	}
	w, e := last.Files[0], first.Expected
	if !w.Promised.OK || w.Promised != e.RuntimeRatio || w.PromisedLow != e.Low || w.PromisedHigh != e.High {
		t.Errorf("promised %v (%v to %v), want what the first night expected, %v (%v to %v)", w.Promised, w.PromisedLow, w.PromisedHigh, e.RuntimeRatio, e.Low, e.High)
	}
	if last.Expected.RuntimeRatio.V < w.Promised.V+0.02 {
		t.Errorf("expected %v after six slower runs, promised %v: the runs are not in it, or nothing is tested", last.Expected.RuntimeRatio, w.Promised)
	}

	// What an older version wrote has no promise, and gets none afterwards.
	f := fleetOf(append(provenNights(4, ""), more...))
	w.Promised, w.PromisedLow, w.PromisedHigh = null.Null[float64]{}, null.Null[float64]{}, null.Null[float64]{}
	last.Files = []Written{w}
	f.Previous = []Recommendation{last}
	if w := rec(t, learn(t, f, func(c *Config) { c.Mode, c.Now = ModeAuto, at(21) }), "p").Files[0]; w.Promised.OK {
		t.Errorf("a promise of %v is made up afterwards", w.Promised)
	}
}

// Verified savings stand when their baseline goes: after a new plan, runs before
// it train no more.
func TestSavingsStand(t *testing.T) {
	id := RecommendationID("p", aqeSettings)
	ours := adopt(simNight{}, id, 1)
	nights := append(provenNights(4, ""), ours, ours, ours, ours)
	before := live(t, provenNights(4, ""), nights[len(proven):], nil)
	s := before.Savings.All
	// 5e8 bytes take the baseline about 100 s, and these runs 60.
	if s.Runs != 4 || s.Failed != 0 || math.Abs(s.SavedS-160) > 20 || math.Abs(s.BaselineS-400) > 20 {
		t.Fatalf("%+v, want 4 runs that saved 40 s each", s)
	}
	plan := func(n simNight) simNight { // of another plan
		tweak := n.tweak
		n.tweak = func(r *features.Run) {
			if r.PlanSignature = "other"; tweak != nil {
				tweak(r)
			}
		}
		return n
	}
	previous := []Recommendation{before}
	theirs := plan(simNight{seconds: 200, bytes: 5e8})
	twice := adopt(simNight{}, id, 2)
	for i, n := range []simNight{theirs, theirs, theirs, theirs, theirs, plan(twice)} {
		nights = append(nights, n)
		f := fleetOf(nights)
		for k := range f.Runs {
			f.Runs[k].Comparable = f.Runs[k].PlanSignature == "other"
		}
		f.Previous = previous
		previous = learn(t, f, func(c *Config) { c.Mode, c.Now = ModeAuto, at(len(nights)-1) }).Recommendations
		got := previous[0].Savings.All
		want := s
		if i == 5 { // the new plan takes 200 s, and 120 with ours
			want.Runs, want.SavedS = 5, s.SavedS+80
		}
		if got.Runs != want.Runs || math.Abs(got.SavedS-want.SavedS) > 1 {
			t.Errorf("%d nights after the new plan: %+v, want %+v", i+1, got, want)
		}
	}
}

// Runs of ours that failed, or were killed and left no end, are no savings.
func TestFailedRunsAreCharged(t *testing.T) {
	id := RecommendationID("p", aqeSettings)
	dead := func(outcome string) simNight {
		n := adopt(simNight{}, id, 0.5)
		carries := n.tweak
		n.tweak = func(r *features.Run) {
			carries(r)
			r.Outcome, r.Comparable, r.Complete = outcome, false, outcome == features.Failed
		}
		return n
	}
	f := fleetOf(append(provenNights(4, ""), adopt(simNight{}, id, 1), dead(features.Failed), dead(features.Incomplete), dead(features.Failed)))
	s := rec(t, learn(t, f, func(c *Config) { c.Now = at(len(f.Runs) + 1) }), "p").Savings.All
	// 40 s saved once; three times 30 s lost, and 100 s for another run of it.
	if s.Runs != 4 || s.Failed != 3 || math.Abs(s.SavedS-(40-3*130)) > 30 {
		t.Errorf("%+v, want a loss of 350 s in 4 runs, 3 of them failed", s)
	}
}
