package learner

import (
	"maps"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
)

// proven is a history in which AQE takes 0.6 of the time, in two blocks.
const proven = "aaaaabbbbaaaaabb"

var aqeSettings = map[string]string{aqeKey: "true"}

// provenNights makes up proven nights; more letters may follow.
func provenNights(seed uint64, more string) []simNight {
	rng := rand.New(rand.NewPCG(seed, 21))
	return pattern(proven+more, rng, 0.04, aqeOn, map[byte]float64{'a': 100, 'b': 60})
}

// adopt marks a night as run with our file.
func adopt(n simNight, id string, factor float64) simNight {
	conf := maps.Clone(n.conf)
	if conf == nil {
		conf = map[string]string{}
	}
	maps.Copy(conf, aqeSettings)
	return simNight{conf: conf, seconds: 60 * factor, bytes: 5e8, tweak: func(r *features.Run) { r.RecommendationID = id }}
}

func fleetOf(nights []simNight) Fleet {
	var f Fleet
	simulate(&f, "p", rand.New(rand.NewPCG(1, 1)), nights)
	return f
}

// at is the clock on the morning after night i.
func at(i int) time.Time { return firstNight.AddDate(0, 0, i).Add(6 * time.Hour) }

func TestModes(t *testing.T) {
	f := fleetOf(provenNights(1, ""))
	id := RecommendationID("p", aqeSettings)
	for _, test := range []struct {
		mode     string
		accepted bool
		status   string
		file     map[string]string
	}{
		{ModeAdvise, false, StatusProposed, aqeSettings},
		{ModeApprove, false, StatusProposed, map[string]string{}},
		{ModeApprove, true, StatusAccepted, aqeSettings},
		{ModeAuto, false, StatusAccepted, aqeSettings},
	} {
		f.Directives = nil
		if test.accepted {
			f.Directives = []Directive{{Pipeline: "p", Verb: VerbAccept, ID: id, At: at(16)}}
		}
		r := rec(t, learn(t, f, func(c *Config) { c.Mode = test.mode }), "p")
		if r.ID != id || r.Status != test.status || !cmp.Equal(r.File, test.file) || r.FileID != RecommendationID("p", test.file) {
			t.Errorf("%s, accepted %v: %s %s, file %v (%s)", test.mode, test.accepted, r.ID, r.Status, r.File, r.FileID)
		}
		if d := cmp.Diff(values(r.Settings), aqeSettings); d != "" {
			t.Errorf("%s: settings:\n%s", test.mode, d)
		}
	}
}

func TestPeoplesSay(t *testing.T) {
	f := fleetOf(provenNights(2, ""))
	id := RecommendationID("p", aqeSettings)
	say := func(ds ...Directive) Recommendation {
		for i := range ds {
			ds[i].Pipeline, ds[i].At = "p", at(20+i)
		}
		f.Directives = ds
		return rec(t, learn(t, f, func(c *Config) { c.Mode = ModeAuto; c.Now = at(30) }), "p")
	}
	before := rec(t, learn(t, f, func(c *Config) { c.Mode = ModeAuto }), "p")

	if r := say(Directive{Verb: VerbReject, ID: id}); len(r.File)+len(r.Settings) > 0 || !strings.Contains(r.Rejected[0].Why, "people rejected") {
		t.Errorf("rejected: file %v, %+v", r.File, r.Rejected)
	}
	if r := say(Directive{Verb: VerbReject, ID: id}, Directive{Verb: VerbAccept, ID: id}); !cmp.Equal(r.File, aqeSettings) {
		t.Errorf("rejected and then accepted: file %v", r.File)
	}
	if r := say(Directive{Verb: VerbPin, Key: partsKey, Value: " 0064 "}); !cmp.Equal(r.File, map[string]string{aqeKey: "true", partsKey: "64"}) || r.Settings[partsKey].Evidence != enforced || r.ID != id {
		t.Errorf("pinned: file %v, id %s", r.File, r.ID)
	}
	if r := say(Directive{Verb: VerbPin, Key: aqeKey, Value: "false"}); !cmp.Equal(r.File, map[string]string{aqeKey: "false"}) {
		t.Errorf("pinned against the proposal: file %v", r.File)
	}
	if r := say(Directive{Verb: VerbPin, Key: partsKey, Value: "64"}, Directive{Verb: VerbUnpin}); !cmp.Equal(r.File, aqeSettings) {
		t.Errorf("unpinned: file %v", r.File)
	}
	if r := say(Directive{Verb: VerbFreeze}); r.Status != StatusFrozen || len(r.File) > 0 {
		t.Errorf("frozen without a file: %s, file %v", r.Status, r.File)
	}
	f.Previous = []Recommendation{before}
	if r := say(Directive{Verb: VerbFreeze}); r.Status != StatusFrozen || !cmp.Equal(r.File, aqeSettings) {
		t.Errorf("frozen: %s, file %v", r.Status, r.File)
	}
	if r := say(Directive{Verb: VerbRollback, ID: id}); r.Status != StatusRejected || len(r.File) > 0 || !strings.Contains(r.Reason, "by people") {
		t.Errorf("rolled back: %s, file %v: %s", r.Status, r.File, r.Reason)
	} else {
		f.Previous = []Recommendation{r}
		if r = say(Directive{Verb: VerbRollback, ID: id}); r.Status != StatusUnchanged || len(r.File) > 0 {
			t.Errorf("the night after: %s, file %v", r.Status, r.File)
		}
	}
}

func TestConstraints(t *testing.T) {
	f := fleetOf(provenNights(3, ""))
	none := map[string]string{}
	for _, test := range []struct {
		name   string
		c      Constraint
		file   map[string]string
		status string
	}{
		{"other pipeline", Constraint{Pipeline: "q*", Exclude: true}, aqeSettings, StatusProposed},
		{"exclude", Constraint{Pipeline: "*", Exclude: true}, none, StatusNotTunable},
		{"preserve", Constraint{Pipeline: "p", Preserve: []string{aqeKey}}, none, StatusUnchanged},
		{"enforce what is proposed", Constraint{Pipeline: "p", Enforce: map[string]string{aqeKey: "TRUE"}}, aqeSettings, StatusProposed},
		{"enforce the contrary", Constraint{Pipeline: "p", Enforce: map[string]string{aqeKey: "false"}}, map[string]string{aqeKey: "false"}, StatusUnchanged},
		{"ignore the second block", Constraint{Pipeline: "p", Ignore: []string{"2026-01-13..2026-01-31"}}, none, StatusUnchanged},
	} {
		f := judged(provenNights(3, ""), test.c)
		r := rec(t, learn(t, f, func(c *Config) { c.Constraints = []Constraint{test.c} }), "p")
		if !cmp.Equal(r.File, test.file) || r.Status != test.status {
			t.Errorf("%s: %s, file %v: %s", test.name, r.Status, r.File, r.Reason)
		}
	}
	for _, bad := range []Constraint{{Pipeline: "[", Exclude: true}, {Pipeline: "p", Ignore: []string{"yesterday"}}} {
		cfg := DefaultConfig()
		cfg.Constraints = []Constraint{bad}
		if _, err := Learn(t.Context(), f, DefaultAgents(), cfg); err == nil {
			t.Errorf("constraint %+v is accepted", bad)
		}
	}
}

// At most one pipeline in twenty changes per night, the one that saves most.
func TestRolloutIsGradual(t *testing.T) {
	for _, mode := range []string{ModeApprove, ModeAuto} {
		var f Fleet
		names := "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN" // 40
		for i, n := range names {
			nights := provenNights(uint64(i), "")
			for j := range nights {
				nights[j].seconds *= math.Pow(1.3, float64(i)) // later ones save more
			}
			simulate(&f, string(n), rand.New(rand.NewPCG(1, uint64(i))), nights)
		}
		tonight := func(now time.Time) (changed string) {
			res := learn(t, f, func(c *Config) { c.Mode = mode; c.Now = now })
			for _, r := range res.Recommendations {
				if r.Status == StatusProposed || r.Status == StatusAccepted {
					changed += r.Pipeline
				} else if !strings.HasPrefix(r.Reason, "Waits") {
					t.Errorf("%s: %s", r.Pipeline, r.Reason)
				}
			}
			f.Previous = res.Recommendations
			return changed
		}
		for _, step := range []struct {
			now  time.Time
			want string
		}{{at(16), "MN"}, {at(16).Add(time.Hour), "MN"}, {at(17), "KLMN"}} {
			if got := tonight(step.now); got != step.want {
				t.Errorf("%s, %s: %q changed, want %q", mode, step.now, got, step.want)
			}
		}
	}
}

// A regression of 30 % is rolled back within three adopted runs; twice the
// input is not a regression.
func TestRollback(t *testing.T) {
	id := RecommendationID("p", aqeSettings)
	grown := func(n simNight) simNight { n.bytes, n.seconds = 2*n.bytes, n.seconds*1.624; return n } // 2^0.7
	failed := func(n simNight) simNight {
		old := n.tweak
		n.tweak = func(r *features.Run) { old(r); r.Outcome, r.Comparable = features.Failed, false }
		return n
	}
	for _, test := range []struct {
		name   string
		nights func() []simNight
		rolled bool
	}{
		{"as promised", func() []simNight {
			return []simNight{adopt(simNight{}, id, 1), adopt(simNight{}, id, 1.02), adopt(simNight{}, id, 0.97)}
		}, false},
		{"one slow night", func() []simNight {
			return []simNight{adopt(simNight{}, id, 1), adopt(simNight{}, id, 1.4), adopt(simNight{}, id, 1)}
		}, false},
		{"30 % slower than promised", func() []simNight {
			return []simNight{adopt(simNight{}, id, 1.3), adopt(simNight{}, id, 1.3), adopt(simNight{}, id, 1.3)}
		}, true},
		{"twice the input", func() []simNight {
			return []simNight{grown(adopt(simNight{}, id, 1)), grown(adopt(simNight{}, id, 1)), grown(adopt(simNight{}, id, 1))}
		}, false},
		{"a failure", func() []simNight { return []simNight{adopt(simNight{}, id, 1), failed(adopt(simNight{}, id, 1))} }, true},
		{"a new class of failure", func() []simNight {
			n := adopt(simNight{}, id, 1)
			old := n.tweak
			n.tweak = func(r *features.Run) { old(r); r.HeapOOMCount = 1 }
			return []simNight{n}
		}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := fleetOf(provenNights(4, ""))
			first := learn(t, f, func(c *Config) { c.Mode = ModeAuto; c.Now = at(16) })
			if r := rec(t, first, "p"); r.FileID != id {
				t.Fatalf("not adopted at first: %+v", r)
			}
			f = fleetOf(append(provenNights(4, ""), test.nights()...))
			f.Previous = first.Recommendations
			r := rec(t, learn(t, f, func(c *Config) { c.Mode = ModeAuto; c.Now = at(19) }), "p")
			if rolled := r.Status == StatusRejected && len(r.File) == 0; rolled != test.rolled {
				t.Errorf("rolled back %v: %s, file %v: %s", rolled, r.Status, r.File, r.Reason)
			}
			// Quarantine follows from the runs: it outlasts the night.
			f.Previous = []Recommendation{r}
			again := rec(t, learn(t, f, func(c *Config) { c.Mode = ModeAuto; c.Now = at(20) }), "p")
			if test.rolled && len(again.File) > 0 {
				t.Errorf("proposed again: %v: %s", again.File, again.Reason)
			}
			if !test.rolled && again.FileID != id {
				t.Errorf("dropped without a reason: %v: %s", again.File, again.Reason)
			}
		})
	}
}

// A change is held until five runs adopted it, even where nothing speaks for it
// any more.
func TestChangesAreHeld(t *testing.T) {
	id := RecommendationID("p", aqeSettings)
	first := learn(t, fleetOf(provenNights(5, "")), func(c *Config) { c.Mode = ModeAuto; c.Now = at(16) })
	nights := provenNights(5, "")[:7] // the second block is gone: not enough evidence
	nights = append(nights, adopt(simNight{}, id, 1))
	f := fleetOf(nights)
	f.Previous = first.Recommendations
	r := rec(t, learn(t, f, func(c *Config) { c.Mode = ModeAuto; c.Now = at(17) }), "p")
	if r.Status != StatusAccepted || !cmp.Equal(r.File, aqeSettings) || !strings.HasPrefix(r.Reason, "Held: 1 of 5") {
		t.Errorf("%s, file %v: %s", r.Status, r.File, r.Reason)
	}
}

// An expected night without a log after a change counts as a failure, until a
// log says otherwise.
func TestSilenceAfterAChange(t *testing.T) {
	id := RecommendationID("p", aqeSettings)
	f := fleetOf(provenNights(6, ""))
	f.Previous = learn(t, f, func(c *Config) { c.Mode = ModeAuto; c.Now = at(15) }).Recommendations
	status := func(now time.Time) Recommendation {
		return rec(t, learn(t, f, func(c *Config) { c.Mode = ModeAuto; c.Now = now }), "p")
	}
	if r := status(at(16).Add(-time.Hour)); !cmp.Equal(r.File, aqeSettings) {
		t.Errorf("on time: %s: %s", r.Status, r.Reason)
	}
	if r := status(at(18)); r.Status != StatusRejected || !strings.Contains(r.Reason, "no log since the change") {
		t.Errorf("overdue: %s: %s", r.Status, r.Reason)
	}
	late := append(provenNights(6, ""), adopt(simNight{}, id, 1))
	previous := f.Previous
	f = fleetOf(late)
	f.Previous = previous
	if r := status(at(18)); !cmp.Equal(r.File, aqeSettings) {
		t.Errorf("after its log: %s: %s", r.Status, r.Reason)
	}
}

// A run counts as ours only if every key is what we recommended.
func TestBehaviour(t *testing.T) {
	id := RecommendationID("p", aqeSettings)
	nights := provenNights(7, "")
	nights = append(nights, adopt(simNight{}, id, 1))
	over := adopt(simNight{}, id, 1)
	over.conf[aqeKey] = "false"
	drawn := adopt(simNight{}, id, 1)
	old := drawn.tweak
	drawn.tweak = func(r *features.Run) { old(r); r.Propensity = null.Of(0.3) }
	foreign := adopt(simNight{}, "0123456789ab", 1)
	unset := simNight{seconds: 100, bytes: 5e8, tweak: func(r *features.Run) {
		for k, v := range r.ConfEffective {
			v.Source = features.FromDefault
			r.ConfEffective[k] = v
		}
	}}
	nights = append(nights, over, drawn, foreign, unset)
	got := map[string]string{}
	for _, e := range learn(t, fleetOf(nights), nil).Episodes {
		got[e.RunKey] = e.Behaviour
	}
	want := map[string]string{"p-000": human, "p-016": recommended, "p-017": overridden, "p-018": explored, "p-019": overridden, "p-020": defaults}
	for run, behaviour := range want {
		if got[run] != behaviour {
			t.Errorf("%s: %s, want %s", run, got[run], behaviour)
		}
	}
}

// Runs with our file do not become the baseline, however many they are: the
// file would otherwise vanish as soon as it was used.
func TestOurRunsAreNoBaseline(t *testing.T) {
	id := RecommendationID("p", aqeSettings)
	nights := provenNights(8, "")
	for range 60 {
		nights = append(nights, adopt(simNight{}, id, 1))
	}
	r := rec(t, learn(t, fleetOf(nights), nil), "p")
	if r.Baseline[aqeKey] != "false" || !cmp.Equal(r.File, aqeSettings) {
		t.Errorf("baseline %s, file %v: %s", r.Baseline[aqeKey], r.File, r.Reason)
	}
	// And where nothing else is left, last night's baseline stands.
	f := fleetOf(nights[16:])
	f.Previous = []Recommendation{r}
	if r = rec(t, learn(t, f, func(c *Config) { c.Mode = ModeAuto }), "p"); !cmp.Equal(r.File, aqeSettings) {
		t.Errorf("only our own runs: file %v: %s", r.File, r.Reason)
	}
}
