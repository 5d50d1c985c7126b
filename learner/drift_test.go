package learner

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spark-apprentice/apprentice/features"
)

func driftOf(r Recommendation, kind string) (Drift, bool) {
	for _, d := range r.Drift {
		if d.Kind == kind {
			return d, true
		}
	}
	return Drift{}, false
}

// judged is fleetOf as the dataset's rules and people's judge it.
func judged(nights []simNight, people ...Constraint) Fleet {
	f := fleetOf(nights)
	for i := range f.Runs {
		f.Runs[i].Jobs = 1
	}
	features.Judge(f.Runs, func(pipeline, night string) bool {
		return slices.ContainsFunc(people, func(c Constraint) bool { return c.Ignores(pipeline, night) })
	})
	return f
}

// Another plan, Spark or cluster: named, and once two runs in a row have it,
// earlier runs train no more, and a file that was proven before is taken back,
// unless people accepted it. One run may be a canary, somebody's trial or an
// aberration: nothing is lost for it, but a failure is one.
func TestNewContextResets(t *testing.T) {
	id := RecommendationID("p", aqeSettings)
	for _, test := range []struct {
		kind   string
		change func(*features.Run)
		what   string
	}{
		{DriftPlan, func(r *features.Run) { r.PlanSignature = "plan two" }, "plan → plan two"},
		{DriftRelease, func(r *features.Run) { r.SparkVersion = "4.0.1" }, "Spark 3.5 → Spark 4.0"},
		{DriftCluster, func(r *features.Run) { r.ClusterID = "spark://b:7077" }, "spark://a:7077 → spark://b:7077"},
	} {
		t.Run(test.kind, func(t *testing.T) {
			changed := adopt(simNight{}, id, 1)
			carries := changed.tweak
			changed.tweak = func(r *features.Run) { carries(r); test.change(r) }
			nights := append(provenNights(4, ""), adopt(simNight{}, id, 1), changed, changed)
			f := judged(nights[:17])
			f.Previous = learn(t, judged(nights[:16]), func(c *Config) { c.Mode, c.Now = ModeAuto, at(15) }).Recommendations
			f.Previous = learn(t, f, func(c *Config) { c.Mode, c.Now = ModeAuto, at(16) }).Recommendations
			if len(f.Previous[0].File) == 0 || len(f.Previous[0].Drift) > 0 {
				t.Fatalf("before: file %v, %+v", f.Previous[0].File, f.Previous[0].Drift)
			}
			previous := f.Previous
			night := func(nights []simNight) (Recommendation, Fleet) {
				f := judged(nights)
				f.Previous = previous
				return rec(t, learn(t, f, func(c *Config) { c.Mode, c.Now = ModeAuto, at(len(nights)-1) }), "p"), f
			}
			r, _ := night(nights[:18])
			d, ok := driftOf(r, test.kind)
			if !ok || len(r.Drift) != 1 || d.Since != "2026-01-17" || d.What != test.what || !strings.HasPrefix(d.Handled, "waits: 1 run does not train") {
				t.Errorf("one run: %+v", r.Drift)
			}
			if !cmp.Equal(r.File, aqeSettings) || r.Adoption.State == AdoptionRolledBack || r.Runs != 17 {
				t.Errorf("one run: file %v, %s, %d runs train: %s", r.File, r.Adoption.State, r.Runs, r.Reason)
			}
			if r, _ := night(append(nights[:18:18], adopt(simNight{}, id, 1))); !cmp.Equal(r.File, aqeSettings) || len(r.Drift) > 0 || r.Runs != 18 {
				t.Errorf("one run and back: file %v, %d runs train, %+v", r.File, r.Runs, r.Drift)
			}
			died := changed
			died.tweak = func(r *features.Run) { changed.tweak(r); r.HeapOOMCount, r.Outcome = 2, features.Failed }
			if r, _ := night(append(nights[:17:17], died)); len(r.File) > 0 || r.Adoption.State != AdoptionRolledBack {
				t.Errorf("one run that died: file %v, %s", r.File, r.Adoption.State)
			}

			r, f = night(nights)
			d, ok = driftOf(r, test.kind)
			if !ok || len(r.Drift) != 1 || d.Since != "2026-01-17" || d.What != test.what || d.Handled != "reset: 17 runs before it train no more" {
				t.Errorf("%+v", r.Drift)
			}
			if len(r.File) > 0 || r.Adoption.State != AdoptionRolledBack || !strings.Contains(r.Reason, "taken back: the ") {
				t.Errorf("file %v, %s: %s", r.File, r.Adoption.State, r.Reason)
			}
			f.Directives = []Directive{{Pipeline: "p", Verb: VerbAccept, ID: id, At: at(10)}}
			if r = rec(t, learn(t, f, func(c *Config) { c.Mode, c.Now = ModeAuto, at(18) }), "p"); len(r.File) == 0 {
				t.Errorf("accepted by people, and taken back: %s", r.Reason)
			}
		})
	}
}

// What was proven is proven of the plan, Spark and cluster that stood when the
// file was written, whatever ran that night.
func TestFileStandsOnItsContext(t *testing.T) {
	id := RecommendationID("p", aqeSettings)
	second := func(n simNight) simNight {
		old := n.tweak
		n.tweak = func(r *features.Run) {
			if r.PlanSignature = "plan two"; old != nil {
				old(r)
			}
		}
		return n
	}
	lived := func(nights []simNight, from int) (r Recommendation) {
		var previous []Recommendation
		for to := from; to <= len(nights); to++ {
			f := judged(nights[:to])
			f.Previous = previous
			previous = learn(t, f, func(c *Config) { c.Mode, c.Now = ModeAuto, at(to-1) }).Recommendations
			if r = previous[0]; to == from && !cmp.Equal(r.File, aqeSettings) {
				t.Fatalf("nothing is written: %s", r.Reason)
			}
		}
		return r
	}
	theirs, ours := simNight{seconds: 100, bytes: 5e8}, adopt(simNight{}, id, 1)

	// Written on the night on which the next plan's first run waits.
	first := append(provenNights(4, ""), second(theirs))
	for _, next := range []simNight{theirs, ours} {
		r := lived(append(first[:17:17], second(next)), 17)
		if len(r.File) > 0 || !strings.Contains(r.Reason, "taken back: the plan changed") {
			t.Errorf("the next plan has shown nothing: file %v: %s", r.File, r.Reason)
		}
	}
	// A stray run that night is no context, when a change of level cuts off the rest.
	stray := first
	for i := range 20 {
		n := theirs
		if n.seconds *= 1 + 0.01*float64(i%3); i >= 5 {
			n.seconds *= 1.5
		}
		stray = append(stray, n)
	}
	r := lived(stray, 17)
	if _, ok := driftOf(r, DriftLevel); !ok || len(r.File) == 0 {
		t.Errorf("no plan changed: file %v, %+v: %s", r.File, r.Drift, r.Reason)
	}
	// Older versions did not keep it.
	f := judged(append(provenNights(4, ""), ours, second(ours), second(ours)))
	f.Previous = []Recommendation{lived(provenNights(4, ""), 16)}
	f.Previous[0].Files[0].Run = ""
	if r := rec(t, learn(t, f, func(c *Config) { c.Mode, c.Now = ModeAuto, at(18) }), "p"); len(r.File) > 0 {
		t.Errorf("the next plan after a file of an older version: %s", r.Reason)
	}
}

// More input is named and no reason to take a file back; a run that takes longer
// than even that explains is one, beyond the sizes that the baseline ran with too.
func TestVolumeIsKept(t *testing.T) {
	id := RecommendationID("p", aqeSettings)
	for _, test := range []struct {
		name    string
		grown   float64   // input of the runs over the baseline's
		factors []float64 // their times over what their input explains
		rolled  bool
	}{
		{"as much", 1.2, []float64{1, 1, 1, 1}, false},
		{"more", 1.6, []float64{1, 1, 1, 1}, false},
		{"more and three times slower", 1.6, []float64{3, 3, 3, 3}, true},
		{"more, and slower later", 1.6, []float64{1, 1.02, 0.98, 1, 1.01, 1, 1.45, 1.45}, true},
		{"more, and one slow night", 1.6, []float64{1, 1.02, 0.98, 1, 1.01, 1, 3, 1, 1}, false},
		{"twice, and more than in proportion", 2, []float64{1.5, 1.5, 1.5, 1.5}, false}, // 2^0.7 x 1.5 = 2.4
		{"three times", 3, []float64{1, 1, 1, 1}, false},
		{"three times and four times slower", 3, []float64{4, 4, 4, 4}, true},
		{"a tenth, at half the time", 0.1, []float64{2.5, 2.5, 2.5}, false}, // start-up dominates
		{"a tenth, at three times the time", 0.1, []float64{15, 15, 15}, true},
	} {
		nights := provenNights(4, "")
		f := judged(nights)
		for i, factor := range test.factors {
			f.Previous = learn(t, f, func(c *Config) { c.Mode, c.Now = ModeAuto, at(15+i) }).Recommendations
			n := adopt(simNight{}, id, factor*math.Pow(test.grown, 0.7))
			n.bytes = int64(test.grown * 5e8)
			previous := f.Previous
			nights = append(nights, n)
			f = judged(nights)
			f.Previous = previous
		}
		r := rec(t, learn(t, f, func(c *Config) { c.Mode, c.Now = ModeAuto, at(len(nights)-1) }), "p")
		if rolled := len(r.File) == 0; rolled != test.rolled {
			t.Errorf("%s: file %v, %s: %s", test.name, r.File, r.Adoption.State, r.Reason)
		}
		d, ok := driftOf(r, DriftVolume)
		handled := "kept: settings are compared at equal input"
		switch {
		case test.grown == 1.2: // within a week's swing
			handled = ""
		case test.grown == 3 || test.grown == 0.1:
			handled = fmt.Sprintf("%d runs since then train not: input beyond what the baseline has seen", len(test.factors))
		case test.grown > 1.4:
			handled = fmt.Sprintf("kept: %d runs since then are beyond the baseline's sizes; they are held against its line drawn on, and no setting is learned from them", len(test.factors))
		}
		if ok != (handled != "") || ok && (d.Since != "2026-01-16" || !strings.HasPrefix(d.What, "input 4") || d.Handled != handled) {
			t.Errorf("%s: %+v", test.name, r.Drift)
		}
	}
}

// A level that changes for all settings resets, and a week's swing, noise that
// lasts or a single bad night does not.
func TestLevel(t *testing.T) {
	alarms := 0
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 5))
		nights := pattern(repeat("a", 60), rng, 0.05, nil, map[byte]float64{'a': 100})
		mood := 0.0
		for i := range nights {
			mood = 0.7*mood + 0.03*rng.NormFloat64()
			nights[i].seconds *= math.Exp(mood)
		}
		nights[30].seconds *= 2
		if r := rec(t, learn(t, fleetOf(nights), nil), "p"); len(r.Drift) > 0 {
			alarms++
		}
		for i := 40; i < 60; i++ {
			nights[i].seconds *= 1.3
		}
		r := rec(t, learn(t, fleetOf(nights), nil), "p")
		d, ok := driftOf(r, DriftLevel)
		// Within a week: noise that lasts moves the onset.
		if !ok || d.Since < "2026-02-02" || d.Since > "2026-02-16" || r.Runs > 28 {
			t.Errorf("seed %d: 30 %% slower from 2026-02-09 on: %+v, %d runs train", seed, r.Drift, r.Runs)
		}
	}
	if alarms > 3 {
		t.Errorf("%d of 60 calm pipelines are said to have changed their level", alarms)
	}
}

// A file that was blamed for what happened to all settings is free again once
// the baseline's nights show it.
func TestLevelLiftsTheBlame(t *testing.T) {
	id := RecommendationID("p", aqeSettings)
	nights := provenNights(4, "aaaaaa")
	for range 4 {
		nights = append(nights, adopt(simNight{}, id, 1))
	}
	nights = append(nights, adopt(simNight{}, id, 1.5), adopt(simNight{}, id, 1.5))
	blamed := live(t, nights[:22], nights[22:], nil)
	if blamed.Adoption.State != AdoptionRolledBack {
		t.Fatalf("not blamed: %+v", blamed.Adoption)
	}
	for i := range 9 {
		nights = append(nights, simNight{seconds: 150 * (1 + 0.01*float64(i%3)), bytes: 5e8})
	}
	f := fleetOf(nights)
	f.Previous = []Recommendation{blamed}
	r := rec(t, learn(t, f, func(c *Config) { c.Mode, c.Now = ModeAuto, at(len(nights)-1) }), "p")
	if _, ok := driftOf(r, DriftLevel); !ok || r.Adoption.State == AdoptionQuarantined {
		t.Errorf("%+v, %+v", r.Drift, r.Adoption)
	}
}
