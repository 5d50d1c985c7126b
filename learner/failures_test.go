package learner

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
)

// ranThenDied are runs under a file of ours, the last of which fails.
func ranThenDied(id string, runs int, how func(*features.Run)) []simNight {
	var nights []simNight
	for range runs {
		nights = append(nights, adopt(simNight{}, id, 1))
	}
	return append(nights, marked(id, aqeSettings, 60, how))
}

func lostExecutor(r *features.Run) {
	r.Outcome, r.Comparable, r.ExecutorLostCount = features.Failed, false, 1
}

// One failure in few runs is the settings' own until shown otherwise, one in
// many may be chance; where people's runs fail as well, it takes fewer.
func TestAccidents(t *testing.T) {
	h := histories(fleetOf(provenNights(4, "")), DefaultAgents(), DefaultConfig())[0]
	failing := provenNights(4, "")
	for i := range 4 {
		failing[4*i].tweak = lostExecutor
	}
	often := histories(fleetOf(failing), DefaultAgents(), DefaultConfig())[0]
	for _, test := range []struct {
		h            *history
		failed, runs int
		accident     bool
	}{
		{h, 1, 5, false}, {h, 1, 20, false}, {h, 1, 60, true}, {h, 2, 60, false},
		{often, 1, 5, true}, {often, 2, 5, false},
	} {
		if got := test.h.accidental(test.failed, test.runs); got != test.accident {
			t.Errorf("%d of %d runs, %.4f of people's fail: accident %v", test.failed, test.runs, test.h.failureRate(), got)
		}
	}
}

// A file with an accident comes back after five runs and not before; one with a
// failure of memory does not, nor one that failed soon.
func TestAccidentsPass(t *testing.T) {
	id := RecommendationID("p", aqeSettings)
	theirs := simNight{seconds: 100, bytes: 5e8}
	for _, test := range []struct {
		name   string
		runs   int
		how    func(*features.Run)
		passes bool
	}{
		{"executor lost after 40 runs", 40, lostExecutor, true},
		{"executor lost after 2 runs", 2, lostExecutor, false},
		{"out of memory after 40 runs", 40, outOfHeap, false},
	} {
		for after := range probation + 2 {
			nights := append(ranThenDied(id, test.runs, test.how), slices.Repeat([]simNight{theirs}, after)...)
			r := live(t, provenNights(4, ""), nights, nil)
			if back := len(r.File) > 0; back != (test.passes && after >= probation) {
				t.Errorf("%s, %d runs later: %s, %s, file %v: %s", test.name, after, r.Status, r.Adoption.State, r.File, r.Reason)
			}
			if says := strings.Contains(r.Adoption.Why, "it may have been an accident"); says != (test.passes && after < probation) {
				t.Errorf("%s, %d runs later: %q", test.name, after, r.Adoption.Why)
			}
		}
	}
}

// Of a file that promised 40 % a tenth more than its bound is no regression, as
// long as it is faster than nothing; a fifth more than it promised is.
func TestPromisesMayBend(t *testing.T) {
	id := RecommendationID("p", aqeSettings)
	for _, test := range []struct {
		factor float64 // times the promise
		stays  bool
	}{{1, true}, {1.17, true}, {1.3, false}} {
		nights := slices.Repeat([]simNight{adopt(simNight{}, id, test.factor)}, 3)
		if r := live(t, provenNights(4, ""), nights, nil); (len(r.File) > 0) != test.stays {
			t.Errorf("%.2f of what was promised: %s, file %v: %s", test.factor, r.Status, r.File, r.Reason)
		}
	}
}

// How often a setting fails is its own, so that a reward can weigh it: AQE is no
// faster here, and people's own runs fail where those with it do not.
func TestFailuresDecide(t *testing.T) {
	nights := pattern(strings.Repeat("aaaaaaabbb", 8), nil, 0, aqeOn, map[byte]float64{'a': 100, 'b': 99})
	for i := range nights {
		if nights[i].conf == nil && i%3 == 0 {
			nights[i].tweak = lostExecutor
		}
	}
	f := fleetOf(nights)
	for reward, want := range map[string]map[string]string{
		"time": {},
		"log(baseline_duration/duration) - 5*(failures - baseline_failures)": aqeSettings,
	} {
		r := rec(t, learn(t, f, func(c *Config) { c.Reward = reward }), "p")
		if d := cmp.Diff(want, r.File); d != "" {
			t.Errorf("%s: %s\n%s", reward, r.Reason, d)
		}
	}
	// By hand: 20 of 60 failed, 0.005 is worth 100; what none ran fails as those do.
	base := &action{runs: make([]*night, 40), failed: make([]*features.Run, 20)}
	usual := shareOfFailures(base, failurePrior)
	if got := fmt.Sprintf("%.6f %.6f", usual, shareOfFailures(&action{}, usual)); got != "0.128125 0.128125" {
		t.Error(got)
	}
}

// Sizes in reasons are as people write them.
func TestSizesInReasons(t *testing.T) {
	for bytes, want := range map[int64]string{500_000: " with 488 KiB of input", 3<<40 + 200<<30: " with 3272 GiB of input"} {
		r := &features.Run{}
		r.SourceBytes.V, r.SourceBytes.OK = bytes, true
		if got := sizeText(r); got != want {
			t.Errorf("%d: %q", bytes, got)
		}
	}
}

// What an older version quarantined its runs say again: an accident passes, and
// what they show by themselves stays.
func TestOldQuarantinesAreJudgedAgain(t *testing.T) {
	id := RecommendationID("p", aqeSettings)
	lost := marked(id, aqeSettings, 60, func(r *features.Run) {
		r.Outcome, r.Comparable, r.ExecutorLostCount = features.Failed, false, 1
	})
	dead := marked(id, aqeSettings, 60, outOfHeap)
	known := func(memory bool) null.Null[bool] { return null.Of(memory) }
	theirs := simNight{seconds: 100, bytes: 5e8}
	for _, test := range []struct {
		name   string
		run    simNight
		later  int
		before null.Null[bool]
		bad    bool // in quarantine
		after  null.Null[bool]
	}{
		{"an old accident", lost, probation, null.Null[bool]{}, false, null.Null[bool]{}},
		{"an old accident, on probation", lost, 1, null.Null[bool]{}, true, null.Null[bool]{}},
		{"judged by this version", lost, probation, known(false), true, known(false)},
		{"out of memory", dead, probation, null.Null[bool]{}, true, known(true)},
	} {
		const used = 30 // runs, so that one failure may be an accident
		f := fleetOf(slices.Concat(provenNights(4, ""), slices.Repeat([]simNight{adopt(simNight{}, id, 1)}, used), []simNight{test.run}, slices.Repeat([]simNight{theirs}, test.later)))
		f.Previous = []Recommendation{{
			Pipeline: "p", Mode: ModeAuto, Status: StatusRejected, Since: "2026-02-15", File: map[string]string{}, ID: RecommendationID("p", nil), FileID: RecommendationID("p", nil),
			Files: []Written{{ID: id, Since: "2026-01-14", Settings: aqeSettings, Fixed: []string{}, Bad: "rolled back: long ago", BadSince: "2026-02-15", BadMemory: test.before}},
		}}
		now := func(c *Config) { c.Mode, c.Now = ModeAuto, at(16+used+test.later) }
		if why := judgements(t, f, now)[0].bad.of("p", aqeSettings); (why != "") != test.bad {
			t.Errorf("%s: %q", test.name, why)
		}
		w := rec(t, learn(t, f, now), "p").Files[0]
		if w.ID != id || w.BadMemory != test.after || (w.Bad != "") != test.after.OK || (w.BadSince == "2026-02-15") != test.after.OK {
			t.Errorf("%s: %+v", test.name, w)
		}
	}
}
