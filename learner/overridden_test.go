package learner

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spark-apprentice/apprentice/features"
)

// both is a file of two keys; a run under it may have one of them from the
// command line.
var both = map[string]string{aqeKey: "true", partsKey: "64"}

func provenBoth() []simNight {
	return pattern(proven, nil, 0, map[byte]map[string]string{'b': both}, map[byte]float64{'a': 100, 'b': 60})
}

// marked is a run under a file of ours with what the command line made of it.
func marked(id string, conf map[string]string, seconds float64, tweaks ...func(*features.Run)) simNight {
	return simNight{conf: conf, seconds: seconds, bytes: 5e8, tweak: func(r *features.Run) {
		r.RecommendationID = id
		for _, tweak := range tweaks {
			tweak(r)
		}
	}}
}

func outOfHeap(r *features.Run) { r.Outcome, r.Comparable, r.HeapOOMCount = features.Failed, false, 4 }

// What is left of a file when something beats the rest of it is judged too:
// nobody chose the half alone, and it is the file that brings it.
func TestOverriddenRunsAreJudged(t *testing.T) {
	id := RecommendationID("p", both)
	half := map[string]string{aqeKey: "true", partsKey: "200"}
	for _, test := range []struct {
		name string
		more []simNight
		why  string // empty: the file stays
	}{
		{"no worse", []simNight{marked(id, half, 62), marked(id, half, 61)}, ""},
		{"died of memory", []simNight{marked(id, half, 60, outOfHeap)}, "heap oom"},
		{"twice the time", []simNight{marked(id, half, 200), marked(id, half, 205)}, "2 of 2 adopted runs"},
		{"nothing of the file was left", []simNight{marked(id, nil, 60, outOfHeap)}, ""},
	} {
		r := live(t, provenBoth(), test.more, nil)
		if back := len(r.File) == 0; back != (test.why != "") || !strings.Contains(r.Adoption.Why, test.why) {
			t.Errorf("%s: %s, %s, file %v: %s", test.name, r.Status, r.Adoption.State, r.File, r.Reason)
		}
	}
}

// A hold ends, too, when as many runs as it lasts have not used the file.
func TestHoldEndsWhereNobodyUsesTheFile(t *testing.T) {
	better := map[byte]map[string]string{'a': nil, 'c': {partsKey: "64"}}
	theirs := pattern("cccaacccaa", nil, 0, better, map[byte]float64{'a': 100, 'c': 30})
	if r := live(t, provenNights(4, ""), theirs[:4], nil); !cmp.Equal(r.File, aqeSettings) {
		t.Errorf("at first: file %v: %s", r.File, r.Reason)
	}
	if r := live(t, provenNights(4, ""), theirs, nil); !cmp.Equal(r.File, map[string]string{partsKey: "64"}) {
		t.Errorf("file %v: %s", r.File, r.Reason)
	}
}

// What beats the file beats the next one, until a run shows otherwise.
func TestBeatenKeysAreNotProposed(t *testing.T) {
	id := RecommendationID("p", aqeSettings)
	beaten := marked(id, map[string]string{aqeKey: "false"}, 100)
	advise := func(c *Config) { c.Mode = ModeAdvise }
	theirs := simNight{seconds: 100, bytes: 5e8}
	unset := simNight{seconds: 100, bytes: 5e8, tweak: func(r *features.Run) {
		r.ConfEffective[aqeKey] = features.Setting{Value: "false", Source: features.FromDefault}
	}}
	used := slices.Repeat([]simNight{adopt(simNight{}, id, 1)}, holdRuns)
	onceBeaten := append(used, beaten)
	for _, test := range []struct {
		name   string
		more   []simNight
		beaten bool
	}{
		{"beaten once, after others used it", onceBeaten, true},
		{"four runs later", append(onceBeaten[:6:6], slices.Repeat([]simNight{theirs}, 4)...), true},
		{"five runs later", append(onceBeaten[:6:6], slices.Repeat([]simNight{theirs}, 5)...), false},
		{"never used, five runs later", append([]simNight{beaten}, slices.Repeat([]simNight{theirs}, 5)...), true},
		{"beaten", []simNight{beaten}, true},
		{"and no word since", []simNight{beaten, theirs}, true},
		{"nobody sets it any more", []simNight{beaten, unset}, false},
		{"used since", []simNight{beaten, adopt(simNight{}, id, 1)}, false},
	} {
		r := live(t, provenNights(4, ""), test.more, advise)
		if test.beaten != (len(r.File) == 0) {
			t.Errorf("%s: file %v: %s", test.name, r.File, r.Reason)
		}
		if why := rejectedFor(r, aqeKey); test.beaten != strings.Contains(why, "beats a file") || test.beaten != strings.Contains(strings.Join(r.Advice, ""), "proposed of it until a run shows otherwise") {
			t.Errorf("%s: %q, %q", test.name, why, r.Advice)
		}
	}
}

// rejectedFor says why what changes a key was not taken.
func rejectedFor(r Recommendation, key string) string {
	for _, x := range r.Rejected {
		if _, ok := x.Settings[key]; ok {
			return x.Why
		}
	}
	return ""
}

// Keys that no agent knows can be fixed, too: what a run had of them its log
// states among Spark's properties.
func TestFixedKeysThatAreNotTunable(t *testing.T) {
	const wait = "spark.locality.wait"
	enforce := func(c *Config) {
		c.Constraints = []Constraint{{Pipeline: "p", Enforce: map[string]string{wait: "1s"}}}
	}
	fixed := map[string]string{wait: "1s"}
	file := map[string]string{aqeKey: "true", wait: "1s"}
	id := RecommendationID("p", file)
	run := func(logged string, factor float64) simNight {
		return marked(id, aqeSettings, 60*factor, func(r *features.Run) {
			if logged != "" {
				r.ConfLogged = maps.Clone(r.ConfLogged)
				r.ConfLogged[wait] = logged
			}
		})
	}
	for _, test := range []struct {
		name       string
		more       []simNight
		state, key string
		file       map[string]string
	}{
		{"used", []simNight{run("1000ms", 1)}, AdoptionInForce, "", file},
		{"hidden by its log", []simNight{run("*********(redacted)", 1)}, AdoptionInForce, "", file},
		{"beaten", []simNight{run("3s", 1)}, AdoptionOverridden, wait, file},
		{"slow", []simNight{run("1s", 3), run("1s", 3)}, AdoptionRolledBack, "", fixed},
	} {
		r := live(t, provenNights(4, ""), test.more, enforce)
		if a := r.Adoption; a.State != test.state || a.ID != id || a.Key != test.key || !maps.Equal(r.File, test.file) {
			t.Errorf("%s: %s of %s by %s=%s, file %v: %s", test.name, a.State, a.ID, a.Key, a.Value, r.File, r.Reason)
		}
	}
}

// A prediction that failed stays away whatever people fix beside it, and after
// a failure of memory so does what is nearly the same.
func TestQuarantineIsOfWhatWasLearned(t *testing.T) {
	file := map[string]string{partsKey: "8", aqeKey: "false"} // a pin to what the baseline has
	id := RecommendationID("p", file)
	previous := Recommendation{
		Pipeline: "p", Mode: ModeAdvise, Status: StatusProposed, Since: "2026-01-15",
		Settings: map[string]Proposed{partsKey: {Value: "8", Evidence: simulated}, aqeKey: {Value: "false", Evidence: enforced}},
		File:     file, FileID: id, ID: RecommendationID("p", map[string]string{partsKey: "8"}),
		Files: []Written{{ID: id, Since: "2026-01-15", Settings: file, Fixed: []string{aqeKey}}},
	}
	theirs := pattern("aaaaaaaaaaaaaaaa", nil, 0, nil, map[byte]float64{'a': 100})
	for _, test := range []struct {
		name string
		more []simNight
		near bool
	}{
		{"out of memory", []simNight{marked(id, map[string]string{partsKey: "8"}, 50, outOfHeap)}, true},
		{"slow", []simNight{marked(id, map[string]string{partsKey: "8"}, 300), marked(id, map[string]string{partsKey: "8"}, 310)}, false},
	} {
		f := fleetOf(append(theirs[:16:16], test.more...))
		f.Previous = []Recommendation{previous}
		f.Directives = []Directive{{Pipeline: "p", Verb: VerbPin, Key: aqeKey, Value: "false", At: at(10)}}
		j := judgements(t, f, func(c *Config) { c.Now = at(18) })[0]
		ask := func(parts string) string {
			return guardQuarantine(j, j.imagined(map[string]string{partsKey: parts}))
		}
		if why := ask("8"); !strings.Contains(why, "rolled back") {
			t.Errorf("%s: the same again: %q", test.name, why)
		}
		if why := ask("16"); (why != "") != test.near {
			t.Errorf("%s: twice as many: %q", test.name, why)
		}
		if why := ask("64"); why != "" {
			t.Errorf("%s: far from it: %q", test.name, why)
		}
	}
}

// In mode advise the next proposal stands the same night, and what was taken
// back stays in sight beside it, from the night on which that was.
func TestTakenBackBesideTheNextProposal(t *testing.T) {
	two := map[byte]map[string]string{'b': {aqeKey: "true"}, 'c': {partsKey: "64"}}
	nights := pattern("aaaaabbbbaaaaabbcccaaaccc", nil, 0, two, map[byte]float64{'a': 100, 'b': 60, 'c': 80})
	id, next := RecommendationID("p", aqeSettings), map[string]string{partsKey: "64"}
	dead := marked(id, aqeSettings, 60, outOfHeap)
	for _, test := range []struct {
		more  []simNight
		state string
	}{
		{[]simNight{dead}, AdoptionRolledBack},
		{[]simNight{dead, {seconds: 100, bytes: 5e8}}, AdoptionQuarantined},
	} {
		r := live(t, nights, test.more, func(c *Config) { c.Mode = ModeAdvise })
		if b := r.TakenBack; b.State != test.state || b.ID != id || !strings.Contains(b.Why, "heap oom") || b.Since != "2026-01-25" {
			t.Errorf("taken back: %+v", b)
		}
		if r.Status != StatusProposed || !cmp.Equal(r.File, next) || r.Adoption.ID != RecommendationID("p", next) {
			t.Errorf("%s, file %v, adoption of %s: %s", r.Status, r.File, r.Adoption.ID, r.Reason)
		}
	}
}

// What a run never had is not what killed it: where something beats all that was
// learned of a file, the pins beside it are people's.
func TestPinsAloneAreNothingOfTheFile(t *testing.T) {
	pin := enforcing(partsKey, "400")
	id := RecommendationID("p", map[string]string{aqeKey: "true", partsKey: "400"})
	for _, test := range []struct {
		name string
		conf map[string]string
		back bool
	}{
		{"the pin alone", map[string]string{aqeKey: "false", partsKey: "400"}, false},
		{"both", map[string]string{aqeKey: "true", partsKey: "400"}, true},
		{"the pin beaten", map[string]string{aqeKey: "true"}, true},
	} {
		f := fleetOf(append(provenNights(4, ""), marked(id, test.conf, 60, outOfHeap)))
		f.Previous = learn(t, fleetOf(provenNights(4, "")), pin, func(c *Config) { c.Mode, c.Now = ModeAuto, at(15) }).Recommendations
		if f.Previous[0].FileID != id {
			t.Fatalf("file %v: %s", f.Previous[0].File, f.Previous[0].Reason)
		}
		j := judgements(t, f, pin, func(c *Config) { c.Now = at(16) })[0]
		if why := j.bad.of("p", aqeSettings); (why != "") != test.back {
			t.Errorf("%s: %q", test.name, why)
		}
	}
}
