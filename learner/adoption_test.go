package learner

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
)

// live decides on the morning after each further night, each decision knowing
// the one before, and returns the last one.
func live(t *testing.T, history []simNight, more []simNight, tweak func(*Config)) (r Recommendation) {
	t.Helper()
	var previous []Recommendation
	for i := range len(more) + 1 {
		f := fleetOf(append(append([]simNight{}, history...), more[:i]...))
		f.Previous = previous
		res := learn(t, f, func(c *Config) {
			c.Mode, c.Now = ModeAuto, at(len(history)+i-1)
			if tweak != nil {
				tweak(c)
			}
		})
		previous, r = res.Recommendations, rec(t, res, "p")
	}
	return r
}

func TestAdoptionStates(t *testing.T) {
	id := RecommendationID("p", aqeSettings)
	ours := func(factor float64) simNight { return adopt(simNight{}, id, factor) }
	theirs := simNight{seconds: 100, bytes: 5e8}
	beaten := ours(1)
	beaten.conf = map[string]string{aqeKey: "false"}
	dead := ours(1)
	carries := dead.tweak
	dead.tweak = func(r *features.Run) {
		carries(r)
		r.Outcome, r.Comparable, r.HeapOOMCount = features.Failed, false, 4
	}
	for _, test := range []struct {
		name  string
		more  []simNight
		want  Adoption // what is compared: all but the ratios and the reason
		ratio bool
	}{
		{"no run yet", nil, Adoption{State: AdoptionProposed, Since: "2026-01-15"}, false},
		{"used once", []simNight{ours(1)}, Adoption{State: AdoptionInForce, Since: "2026-01-16", Runs: 1, Adopted: 1}, true},
		{"not used", []simNight{theirs, theirs}, Adoption{State: AdoptionNotAdopted, Since: "2026-01-16", Runs: 2}, false},
		{"beaten by the command line", []simNight{ours(1), beaten}, Adoption{State: AdoptionOverridden, Since: "2026-01-17", Key: aqeKey, Value: "false", Runs: 2, Adopted: 1, Overridden: 1}, true},
		{"used again", []simNight{ours(1), beaten, theirs, ours(1)}, Adoption{State: AdoptionInForce, Since: "2026-01-19", Runs: 4, Adopted: 2, Overridden: 1}, true},
		{"five times", []simNight{ours(1), ours(1.02), ours(0.99), ours(1), ours(1.01)}, Adoption{State: AdoptionConfirmed, Since: "2026-01-20", Runs: 5, Adopted: 5}, true},
		{"no faster", []simNight{ours(1.6), ours(1.65)}, Adoption{State: AdoptionRolledBack, Since: "2026-01-17", Runs: 2, Adopted: 2}, true},
		{"no faster, the night after", []simNight{ours(1.6), ours(1.65), theirs}, Adoption{State: AdoptionQuarantined, Since: "2026-01-17", Runs: 3, Adopted: 2}, true},
		{"died", []simNight{ours(1), dead}, Adoption{State: AdoptionRolledBack, Since: "2026-01-17", Runs: 2, Adopted: 2, Failed: 1}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := live(t, provenNights(4, ""), test.more, nil)
			got := r.Adoption
			if got.ID != id || got.Ratio.OK != test.ratio || (got.Why != "") != (got.State == AdoptionRolledBack || got.State == AdoptionQuarantined) {
				t.Errorf("id %s, ratio %v, why %q", got.ID, got.Ratio, got.Why)
			}
			if test.ratio && !(got.Low.V < got.Ratio.V && got.Ratio.V < got.High.V && got.Ratio.V > 0.5 && got.Ratio.V < 1.1) {
				t.Errorf("ratio %v, %v to %v", got.Ratio, got.Low, got.High)
			}
			got.ID, got.Why, got.Ratio, got.Low, got.High = "", "", test.want.Ratio, test.want.Low, test.want.High
			if d := cmp.Diff(test.want, got); d != "" {
				t.Errorf("-want +got:\n%s\n%s: %s", d, r.Status, r.Reason)
			}
			gone := got.State == AdoptionRolledBack || got.State == AdoptionQuarantined
			if gone != (len(r.File) == 0) {
				t.Errorf("%s, and the file holds %v", got.State, r.File)
			}
		})
	}
}

// A quarantine lasts: nights on which the reference moves do not bring the file
// back, to be taken back again.
func TestQuarantineDoesNotFlicker(t *testing.T) {
	id := RecommendationID("p", aqeSettings)
	more := []simNight{adopt(simNight{}, id, 1.25), adopt(simNight{}, id, 1.3)}
	for i := range 12 { // the baseline gets slower and the input larger
		more = append(more, simNight{seconds: 100 * (1 + 0.02*float64(i)), bytes: int64(5e8 * (1 + 0.03*float64(i)))})
	}
	for i := 2; i < len(more); i++ {
		if r := live(t, provenNights(4, ""), more[:i], nil); len(r.File) > 0 {
			t.Fatalf("after %d nights: %s, file %v: %s", i, r.Status, r.File, r.Reason)
		}
	}
}

// What a marker stands for is remembered as long as some run carries it, so
// that a run under last week's file is not taken for one that somebody beat.
func TestFilesAreRemembered(t *testing.T) {
	id := RecommendationID("p", aqeSettings)
	pinned := map[string]string{aqeKey: "true", partsKey: "200"} // a pin to what the baseline has
	pin := Directive{Pipeline: "p", Verb: VerbPin, Key: partsKey, Value: "200", At: at(15)}
	f := fleetOf(provenNights(4, ""))
	f.Directives = []Directive{pin}
	first := learn(t, f, func(c *Config) { c.Mode, c.Now = ModeAuto, at(15) })
	if r := rec(t, first, "p"); !maps.Equal(r.File, pinned) || len(r.Files) != 1 {
		t.Fatalf("file %v, %+v", r.File, r.Files)
	}
	marker := rec(t, first, "p").FileID
	run := adopt(simNight{}, marker, 1)
	f = fleetOf(append(provenNights(4, ""), run))
	f.Previous = first.Recommendations // and the pin is gone
	second := learn(t, f, func(c *Config) { c.Mode, c.Now = ModeAuto, at(16) })
	if r := rec(t, second, "p"); r.FileID != id || len(r.Files) != 2 {
		t.Fatalf("file %v, %+v", r.File, r.Files)
	}
	f.Previous = second.Recommendations
	third := learn(t, f, func(c *Config) { c.Mode, c.Now = ModeAuto, at(16).Add(time.Hour) })
	for _, e := range third.Episodes {
		if e.RunKey == "p-016" && e.Behaviour != recommended {
			t.Fatalf("a run under the file of a night before is %s", e.Behaviour)
		}
	}
	if d := cmp.Diff(rec(t, second, "p").Files, rec(t, third, "p").Files); d != "" {
		t.Errorf("deciding again changes what was written:\n%s", d)
	}
}

// A pin changes the marker of the file, and no run that used what stands is
// forgotten for it.
func TestAdviceKnowsTheFileByWhatStands(t *testing.T) {
	id := RecommendationID("p", aqeSettings)
	for _, used := range []bool{true, false} {
		f := fleetOf(provenNights(4, ""))
		first := learn(t, f, func(c *Config) { c.Mode, c.Now = ModeAuto, at(15) })
		nights := provenNights(4, "")
		for range 3 {
			n := adopt(simNight{}, id, 1)
			if !used {
				n = simNight{seconds: 100, bytes: 5e8}
			}
			nights = append(nights, n)
		}
		f = fleetOf(nights)
		f.Previous = first.Recommendations
		f.Directives = []Directive{{Pipeline: "p", Verb: VerbPin, Key: partsKey, Value: "400", At: at(18)}}
		for night := 18; night < 20; night++ {
			f.Previous = learn(t, f, func(c *Config) { c.Mode, c.Now = ModeAuto, at(night) }).Recommendations
		}
		want := "None of 3 runs since 2026-01-15 used the settings file"
		if got := strings.Join(f.Previous[0].Advice, "\n"); strings.Contains(got, want) == used || f.Previous[0].FileID == id {
			t.Errorf("used %v: %q", used, got)
		}
	}
}

// What was taken back for its time alone is drawn again when the bad nights are
// long past, and comes back if these runs are fast; what people did not allow to
// be tried stays back.
func TestSlowFilesMayBeClearedByChance(t *testing.T) {
	id := RecommendationID("p", aqeSettings)
	drawn := func(factor float64) simNight {
		n := adopt(simNight{}, id, factor)
		old := n.tweak
		n.tweak = func(r *features.Run) { old(r); r.Propensity = null.Of(0.05) }
		return n
	}
	rest := func(n int) (list []simNight) {
		for range n {
			list = append(list, simNight{seconds: 100, bytes: 5e8})
		}
		return list
	}
	slow := []simNight{adopt(simNight{}, id, 1.8), adopt(simNight{}, id, 1.8)}
	for _, test := range []struct {
		name string
		more []simNight
		back bool
	}{
		{"never again", rest(40), false},
		{"drawn twice", slices.Concat(rest(21), []simNight{drawn(1), drawn(1)}), false},
		{"fast", slices.Concat(rest(21), []simNight{drawn(1), drawn(1), drawn(1)}), true},
		{"slow", slices.Concat(rest(21), []simNight{drawn(1.8), drawn(1.8), drawn(1.8)}), false},
		{"a death among them", slices.Concat(rest(21), []simNight{drawn(1), drawn(1), drawn(1), {conf: drawn(1).conf, seconds: 60, bytes: 5e8, tweak: func(r *features.Run) {
			r.RecommendationID, r.Propensity, r.HeapOOMCount = id, null.Of(0.05), 1
		}}}), false},
	} {
		r := live(t, provenNights(4, ""), slices.Concat(slow, test.more), nil)
		if back := r.FileID == id && len(r.File) > 0; back != test.back {
			t.Errorf("%s: %s, file %v: %s", test.name, r.Status, r.File, r.Reason)
		}
	}
	// Exploration may draw it then, and not before.
	may := func(runs int) bool {
		f := fleetOf(slices.Concat(provenNights(4, ""), slow, rest(runs)))
		j := judgements(t, f)[0]
		for i, a := range j.agents {
			for _, k := range a.Keys {
				if k.Name == aqeKey {
					set := merged(j.base().set, aqeSettings)
					return !j.barred(k, tryout{key: aqeKey, from: "false", to: "true", agent: i, set: set, file: map[string]string{aqeKey: "true"}})
				}
			}
		}
		return false
	}
	if may(retrial-1) || !may(retrial) {
		t.Errorf("may be drawn after %d runs: %v, after %d: %v", retrial-1, may(retrial-1), retrial, may(retrial))
	}
}

// A pin of what a file holds already changes no marker: runs that followed the
// file count for what is left of it, and it is taken back as ever.
func TestPinsOfWhatStands(t *testing.T) {
	id := RecommendationID("p", both)
	used := slices.Repeat([]simNight{marked(id, both, 60)}, 10)
	f := fleetOf(append(provenBoth(), used...))
	f.Previous = learn(t, fleetOf(provenBoth()), func(c *Config) { c.Mode, c.Now = ModeAuto, at(15) }).Recommendations
	if f.Previous[0].FileID != id {
		t.Fatalf("file %v: %s", f.Previous[0].File, f.Previous[0].Reason)
	}
	pinned := []Directive{{Pipeline: "p", Verb: VerbPin, Key: partsKey, Value: "64", At: at(20)}}
	decide := func(f Fleet, night int) []Recommendation {
		return learn(t, f, func(c *Config) { c.Mode, c.Now, c.Explore = ModeAuto, at(night), []Allowance{{"p", 1000}} }).Recommendations
	}
	f.Previous = decide(f, 25)
	f.Directives = pinned
	first := decide(f, 25)
	first[0].Files = slices.Clone(first[0].Files)
	old := slices.Clone(first)
	old[0].Files = slices.Clone(first[0].Files)
	old[0].Files[0].Fixed = nil // of a version that did not write it
	for _, f.Previous = range [][]Recommendation{first, old} {
		f.Runs = fleetOf(append(provenBoth(), used...)).Runs
		r := decide(f, 25)[0]
		if r.FileID != id || strings.HasPrefix(r.Reason, "Held") || strings.Contains(r.Exploration.Why, "held") || !slices.Equal(r.Files[0].Fixed, []string{partsKey}) {
			t.Errorf("%s, %s, exploration: %s, %+v", r.Status, r.Reason, r.Exploration.Why, r.Files)
		}
		slow := marked(id, both, 200)
		f.Runs = fleetOf(slices.Concat(provenBoth(), used, []simNight{slow, slow, slow})).Runs
		if r := decide(f, 28)[0]; r.Status != StatusRejected || !maps.Equal(r.File, map[string]string{partsKey: "64"}) {
			t.Errorf("slow: %s, file %v: %s", r.Status, r.File, r.Reason)
		}
	}
}

// What exploration drew and the learner proposes later, with the same marker, is a
// proposal from then on: it has a promise, and runs that follow it are no draws.
func TestADrawThatIsProposedIsADrawNoMore(t *testing.T) {
	id := RecommendationID("p", aqeSettings)
	drawn := adopt(simNight{}, id, 1)
	carries := drawn.tweak
	drawn.tweak = func(r *features.Run) { carries(r); r.Propensity = null.Of(0.1) }
	history := append(pattern("aaaaaaaaaaaa", nil, 0, nil, map[byte]float64{'a': 100}), drawn, drawn, drawn)
	f := fleetOf(history)
	f.Previous = []Recommendation{{
		Pipeline: "p", Mode: ModeAuto, Status: StatusUnchanged, Since: "2026-01-11", File: aqeSettings, FileID: id, ID: RecommendationID("p", nil),
		Exploration: Exploration{Key: aqeKey, Value: "true", Current: "false", From: map[string]string{}, Night: "2026-01-14"},
		Files:       []Written{{ID: id, Since: "2026-01-12", Settings: aqeSettings, Fixed: []string{}, Explored: true}},
	}}
	r := rec(t, learn(t, f, func(c *Config) { c.Mode, c.Now = ModeAuto, at(14) }), "p")
	if r.FileID != id || r.Exploration.Key != "" || len(r.Files) != 1 {
		t.Fatalf("%s, file %v, %+v: %s", r.Status, r.File, r.Files, r.Reason)
	}
	if w := r.Files[0]; w.Explored || w.Promised != r.Expected.RuntimeRatio || !w.Promised.OK || !w.PromisedHigh.OK || w.Since != "2026-01-14" {
		t.Errorf("%+v, expected %+v", w, r.Expected)
	}
}

// A promise is made before runs tell: a pin beside a file that runs followed takes
// over what was promised of the rest, or leaves it unknown.
func TestPromisesAreMadeBeforehand(t *testing.T) {
	id := RecommendationID("p", aqeSettings)
	first := learn(t, fleetOf(provenNights(4, "")), func(c *Config) { c.Mode, c.Now = ModeAuto, at(15) }).Recommendations
	promised := first[0].Files[0].Promised
	forgotten := slices.Clone(first)
	forgotten[0].Files = slices.Clone(first[0].Files)
	forgotten[0].Files[0].Promised = null.Null[float64]{} // of a version that did not write it
	followed := fleetOf(append(provenNights(4, ""), slices.Repeat([]simNight{adopt(simNight{}, id, 1.2)}, 10)...))
	for _, test := range []struct {
		name     string
		fleet    Fleet
		previous []Recommendation
		want     func(r Recommendation) null.Null[float64]
	}{
		{"taken over", followed, first, func(Recommendation) null.Null[float64] { return promised }},
		{"too late", followed, forgotten, func(Recommendation) null.Null[float64] { return null.Null[float64]{} }},
		{"no run yet", fleetOf(provenNights(4, "")), forgotten, func(r Recommendation) null.Null[float64] { return r.Expected.RuntimeRatio }},
	} {
		f := test.fleet
		f.Previous, f.Directives = test.previous, []Directive{{Pipeline: "p", Verb: VerbPin, Key: partsKey, Value: "400", At: at(20)}}
		night := 25
		if test.name == "no run yet" {
			night = 15
		}
		r := rec(t, learn(t, f, func(c *Config) { c.Mode, c.Now = ModeAuto, at(night) }), "p")
		w := r.Files[len(r.Files)-1]
		if w.ID != r.FileID || w.ID == id || len(w.Settings) != 2 {
			t.Fatalf("%s: %+v, file %v: %s", test.name, w, r.File, r.Reason)
		}
		if want := test.want(r); w.Promised != want || w.PromisedHigh.OK != want.OK || !r.Expected.RuntimeRatio.OK || r.Expected.RuntimeRatio == promised && test.name != "no run yet" {
			t.Errorf("%s: promised %v, want %v, expected %v", test.name, w.Promised, want, r.Expected.RuntimeRatio)
		}
	}
}
