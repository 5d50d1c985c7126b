package learner

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spark-apprentice/apprentice/features"
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
