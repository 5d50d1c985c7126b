package learner

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
)

func TestNear(t *testing.T) {
	type m = map[string]string
	for _, test := range []struct {
		a, b m
		near bool
	}{
		{m{"a": "8"}, m{"a": "8"}, true},
		{m{"a": "8"}, m{"a": "6"}, true},
		{m{"a": "8"}, m{"a": "16"}, true},
		{m{"a": "8"}, m{"a": "3"}, false},
		{m{"a": "32m"}, m{"a": "65536k"}, true},
		{m{"a": "1g"}, m{"a": "256m"}, false},
		{m{"a": "-1"}, m{"a": "-2"}, false},
		{m{"a": "-1"}, m{"a": "1"}, false},
		{m{"a": "0"}, m{"a": "0.0"}, false},
		{m{"a": "true"}, m{"a": "false"}, false},
		{m{"a": "8", "b": "true"}, m{"a": "6", "b": "true"}, true},
		{m{"a": "8", "b": "true"}, m{"a": "6"}, false},
		{m{"a": "8"}, m{"a": "6", "b": "true"}, true},
		{m{"a": "6"}, m{"a": "8"}, true},
		{m{"a": "8"}, m{"b": "8"}, false},
	} {
		if near(test.a, test.b) != test.near {
			t.Errorf("%v and %v: want near %v", test.a, test.b, test.near)
		}
	}
}

// After a rollback nothing is proposed until a run that started after it, in any
// mode, and never again what was rolled back.
func TestRollbackRests(t *testing.T) {
	id := RecommendationID("p", aqeSettings)
	back := Directive{Pipeline: "p", Verb: VerbRollback, ID: id, Settings: aqeSettings, At: at(15)}
	third := map[byte]map[string]string{'a': aqeOn['a'], 'b': aqeOn['b'], 'c': {partsKey: "64"}}
	nights := pattern("aaaaabbbbaaaaabbcccaaaccc", nil, 0, third, map[byte]float64{'a': 100, 'b': 60, 'c': 80})
	for i := range nights {
		nights[i].tweak = func(r *features.Run) { r.StartedAt = null.Of(firstNight.AddDate(0, 0, i)) }
	}
	known := fleetOf(nights)
	for _, mode := range []string{ModeAdvise, ModeAuto} {
		f := known
		decide := func(now time.Time) Recommendation {
			return rec(t, learn(t, f, func(c *Config) { c.Mode, c.Now = mode, now }), "p")
		}
		// All runs are older than the rollback.
		late := back
		late.At = at(25)
		f.Previous = []Recommendation{decide(at(24))}
		if r := f.Previous[0]; r.FileID != id {
			t.Fatalf("%s: file %v", mode, r.File)
		}
		f.Directives = []Directive{late}
		r := decide(at(25))
		if r.Status != StatusRejected || len(r.File)+len(r.Settings) > 0 || !strings.Contains(r.Reason, "until a run that started after 2026-") {
			t.Errorf("%s: rolled back: %s, file %v: %s", mode, r.Status, r.File, r.Reason)
		}
		f.Previous = []Recommendation{r}
		if r = decide(at(26)); r.Status != StatusUnchanged || len(r.File)+len(r.Settings) > 0 || !strings.Contains(r.Reason, "until a run that started after") {
			t.Errorf("%s: the night after: %s, file %v: %s", mode, r.Status, r.File, r.Reason)
		}
		// Newer runs have come.
		f.Directives = []Directive{back}
		if r = decide(at(26)); !cmp.Equal(r.File, map[string]string{partsKey: "64"}) {
			t.Errorf("%s: newer runs: %s, file %v: %s", mode, r.Status, r.File, r.Reason)
		}
		// A rejection of what is near bars that too, and what people accept ends it all.
		no := Directive{Pipeline: "p", Verb: VerbReject, ID: "another", Settings: map[string]string{partsKey: "48"}, At: at(16)}
		f.Directives = []Directive{back, no}
		if r = decide(at(26)); len(r.File)+len(r.Settings) > 0 {
			t.Errorf("%s: near what was rejected: %s, file %v: %s", mode, r.Status, r.File, r.Reason)
		}
		f.Directives = []Directive{late, {Pipeline: "p", Verb: VerbAccept, ID: id, At: at(25).Add(time.Hour)}}
		if r = decide(at(26)); !cmp.Equal(r.File, aqeSettings) {
			t.Errorf("%s: accepted after all: %s, file %v: %s", mode, r.Status, r.File, r.Reason)
		}
	}
}

// A rollback of what took the place of a proven file takes it out, and does not
// bar what was proven, however near: that comes back with the next run, with whatever
// people fixed in the meantime.
func TestRollbackSparesWhatWasProven(t *testing.T) {
	proven, next := map[string]string{partsKey: "400"}, map[string]string{partsKey: "800"}
	under := func(set map[string]string, seconds float64) simNight {
		return simNight{conf: set, seconds: seconds, bytes: 5e8, tweak: func(r *features.Run) { r.RecommendationID = RecommendationID("p", set) }}
	}
	nights := pattern("aaaaabbbbaaaaabb", rand.New(rand.NewPCG(7, 7)), 0.03, map[byte]map[string]string{'b': proven}, map[byte]float64{'a': 100, 'b': 60})
	for range 6 {
		nights = append(nights, under(proven, 60))
	}
	f := fleetOf(append(nights, under(next, 58)))
	f.Previous = []Recommendation{{
		Pipeline: "p", Mode: ModeAuto, Status: StatusAccepted, ID: RecommendationID("p", next), FileID: RecommendationID("p", next), File: next, Since: "2026-01-20",
		Settings: map[string]Proposed{partsKey: {Value: "800", Evidence: observed}},
		Files:    []Written{{ID: RecommendationID("p", proven), Since: "2026-01-15", Settings: proven}, {ID: RecommendationID("p", next), Since: "2026-01-20", Settings: next}},
	}}
	f.Directives = []Directive{{Pipeline: "p", Verb: VerbRollback, ID: RecommendationID("p", next), Settings: next, At: at(22)}}
	decide := func(now time.Time) Recommendation {
		return rec(t, learn(t, f, func(c *Config) { c.Mode, c.Now = ModeAuto, now }), "p")
	}
	r := decide(at(22))
	if r.Status != StatusRejected || len(r.File) > 0 {
		t.Fatalf("not rolled back: %s, file %v", r.Status, r.File)
	}
	previous := r
	f = fleetOf(append(append(nights, under(next, 58)), simNight{seconds: 100, bytes: 5e8}))
	f.Previous = []Recommendation{previous}
	f.Directives = []Directive{{Pipeline: "p", Verb: VerbRollback, ID: RecommendationID("p", next), Settings: next, At: at(22)}}
	if r = decide(at(23)); !cmp.Equal(r.File, proven) {
		t.Errorf("file %v, not what was proven before: %s %+v", r.File, r.Reason, r.Rejected)
	}
	f.Directives = append(f.Directives, Directive{Pipeline: "p", Verb: VerbPin, Key: "spark.locality.wait", Value: "1s", At: at(23)})
	if r = decide(at(23)); !cmp.Equal(r.File, map[string]string{partsKey: "400", "spark.locality.wait": "1s"}) {
		t.Errorf("beside a pin: file %v, not what was proven before: %s %+v", r.File, r.Reason, r.Rejected)
	}
}

// A draw that people take back leaves what it stood beside, and is not drawn again.
func TestRollbackOfADraw(t *testing.T) {
	proven := map[string]string{partsKey: "400"}
	nights := pattern("aaaaabbbbaaaaabb", rand.New(rand.NewPCG(7, 7)), 0.03, map[byte]map[string]string{'b': proven}, map[byte]float64{'a': 100, 'b': 60})
	previous := learn(t, fleetOf(nights), func(c *Config) { c.Mode, c.Now = ModeAuto, at(15) }).Recommendations
	for range 7 {
		nights = append(nights, simNight{conf: proven, seconds: 60, bytes: 5e8, tweak: func(r *features.Run) { r.RecommendationID = RecommendationID("p", proven) }})
	}
	f := fleetOf(nights)
	for i := range f.Runs {
		f.Runs[i].UnifiedPeakBytes = null.Of[int64](100 << 20)
	}
	f.Previous = previous
	decide := func(seed int64, now time.Time) Recommendation {
		return rec(t, learn(t, f, func(c *Config) {
			c.Mode, c.Now, c.Seed, c.Explore, c.WhatIf = ModeAuto, now, seed, []Allowance{{"p", 1000}}, true
		}), "p")
	}
	for seed := range int64(50) {
		drawn := decide(seed, at(22))
		set, ok := drawn.Drawn()
		if !ok {
			continue
		}
		f.Previous = []Recommendation{drawn}
		f.Directives = []Directive{{Pipeline: "p", Verb: VerbRollback, ID: RecommendationID("p", set), Settings: set, At: at(22).Add(time.Hour)}}
		if r := decide(seed, at(22).Add(time.Hour)); !cmp.Equal(r.File, proven) || r.Exploration.Key != "" || r.Status != StatusAccepted {
			t.Fatalf("withdrawn: %s, file %v, %+v", r.Status, r.File, r.Exploration)
		}
		for again := range int64(100) {
			if r := decide(again, at(22).Add(24*time.Hour)); r.Exploration.Key == drawn.Exploration.Key && r.Exploration.Value == drawn.Exploration.Value {
				t.Fatalf("drawn again: %+v", r.Exploration)
			}
		}
		return
	}
	t.Error("no seed draws")
}
