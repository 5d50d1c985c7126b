package learner

import (
	"math"
	"math/rand/v2"
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

// judged is fleetOf as the dataset's rules judge it.
func judged(nights []simNight) Fleet {
	f := fleetOf(nights)
	for i := range f.Runs {
		f.Runs[i].Jobs = 1
	}
	features.Judge(f.Runs, nil)
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

// Twice the input within what is comparable: named and kept.
func TestVolumeIsKept(t *testing.T) {
	id := RecommendationID("p", aqeSettings)
	var more []simNight
	for range 4 {
		n := adopt(simNight{}, id, math.Pow(1.6, 0.7))
		n.bytes = 8e8
		more = append(more, n)
	}
	r := live(t, provenNights(4, ""), more, nil)
	d, ok := driftOf(r, DriftVolume)
	if !ok || d.Since != "2026-01-16" || !strings.HasPrefix(d.What, "input 4") || d.Handled != "kept: settings are compared at equal input" {
		t.Errorf("%+v", r.Drift)
	}
	if len(r.File) == 0 || len(r.Drift) != 1 {
		t.Errorf("file %v, %+v: %s", r.File, r.Drift, r.Reason)
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
