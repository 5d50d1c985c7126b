package learner

import (
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/spark-apprentice/apprentice/features"
)

// All pipelines of a cluster together stay within its quota: what saves most
// goes first, the next waits.
func TestFleetQuota(t *testing.T) {
	var f Fleet
	for p, seconds := range map[string]float64{"fast": 40, "faster": 20} {
		nights := pattern(proven, rand.New(rand.NewPCG(40, 40)), 0.04, map[byte]map[string]string{'a': {coresMaxKey: "2"}, 'b': {coresMaxKey: "8"}}, map[byte]float64{'a': 100, 'b': seconds})
		for i := range nights {
			if nights[i].conf[coresMaxKey] == "8" {
				nights[i].tweak = func(r *features.Run) { r.ExecutorsMax, r.CoresMax = 4, 8 }
			}
		}
		simulate(&f, p, rand.New(rand.NewPCG(1, 1)), nights)
	}
	for _, test := range []struct {
		quota        Limit
		fast, faster int
	}{
		{Limit{Cluster: "*"}, 1, 1},
		{Limit{Cluster: "*", FleetCores: 16}, 1, 1},
		{Limit{Cluster: "*", FleetCores: 15}, 0, 1}, // 2 + 8
		{Limit{Cluster: "*", FleetCores: 9}, 0, 0},
		{Limit{Cluster: "*", FleetMemory: 10 << 30}, 0, 1}, // 2g an executor: 2 + 8 GiB
		{Limit{Cluster: "other", FleetCores: 9}, 1, 1},
	} {
		res := learn(t, f, func(c *Config) { c.Reward, c.Limits = "time", []Limit{test.quota} })
		fast, faster := rec(t, res, "fast"), rec(t, res, "faster")
		if len(fast.Settings) != test.fast || len(faster.Settings) != test.faster {
			t.Errorf("%+v: fast %v (%s), faster %v (%s)", test.quota, values(fast.Settings), fast.Reason, values(faster.Settings), faster.Reason)
		}
		if test.fast == 0 && !strings.Contains(fast.Rejected[0].Why, "the fleet would ask for") {
			t.Errorf("%+v: %s", test.quota, fast.Rejected[0].Why)
		}
	}
	// In mode advise an earlier proposal is nobody's acceptance: it waits too.
	f.Previous = learn(t, f, func(c *Config) { c.Reward = "time" }).Recommendations
	res := learn(t, f, func(c *Config) { c.Reward, c.Limits = "time", []Limit{{Cluster: "*", FleetCores: 9}} })
	for _, r := range res.Recommendations {
		if r.Status != StatusUnchanged || len(r.File) > 0 {
			t.Errorf("%s over the quota: %s, file %v", r.Pipeline, r.Status, r.File)
		}
	}
}

// What stands has its share already: new proposals get what is left, and a quota
// touches no file that people froze or whose change is held.
func TestFleetQuotaCountsWhatStands(t *testing.T) {
	eight := map[string]string{coresMaxKey: "8"}
	quota := func(mode string, cores int64) func(*Config) {
		return func(c *Config) {
			c.Mode, c.Reward, c.Now, c.Limits = mode, "time", at(16), []Limit{{Cluster: "*", FleetCores: cores}}
		}
	}
	for _, test := range []struct {
		name, mode string
		cores      int64
		standing   []string
		adopted    bool
		frozen     bool
		fast       bool // its file holds 8 cores
		faster     bool
	}{
		{"both new", ModeAuto, 15, nil, false, false, false, true},
		{"the lesser gain stands", ModeAuto, 15, []string{"fast"}, false, false, true, false},
		{"both fit", ModeAuto, 16, []string{"fast"}, false, false, true, true},
		{"both stand, quota lowered", ModeAuto, 9, []string{"fast", "faster"}, false, false, true, true},
		{"held in advise", ModeAdvise, 15, []string{"fast"}, true, false, true, false},
		{"nobody's in advise", ModeAdvise, 15, []string{"fast"}, false, false, false, true},
		{"frozen", ModeAuto, 9, []string{"fast"}, false, true, true, false},
		{"frozen in advise", ModeAdvise, 9, []string{"fast"}, false, true, true, false},
	} {
		var f Fleet
		for p, seconds := range map[string]float64{"fast": 40, "faster": 20} {
			id := RecommendationID(p, eight)
			nights := pattern(proven, rand.New(rand.NewPCG(40, 40)), 0.04, map[byte]map[string]string{'a': {coresMaxKey: "2"}, 'b': {coresMaxKey: "8"}}, map[byte]float64{'a': 100, 'b': seconds})
			if test.adopted && p == "fast" {
				nights = append(nights, simNight{conf: eight, seconds: seconds, bytes: 5e8})
			}
			for i := range nights {
				if nights[i].conf[coresMaxKey] == "8" {
					nights[i].tweak = func(r *features.Run) {
						r.ExecutorsMax, r.CoresMax = 4, 8
						if i >= len(proven) {
							r.RecommendationID = id
						}
					}
				}
			}
			simulate(&f, p, rand.New(rand.NewPCG(1, 1)), nights)
		}
		all := learn(t, f, func(c *Config) { c.Mode, c.Reward, c.Now = test.mode, "time", at(15) })
		for _, p := range test.standing {
			r := rec(t, all, p)
			if test.mode == ModeAuto { // its turn came on some night
				r.Status, r.Settings = StatusAccepted, map[string]Proposed{coresMaxKey: {Value: "8", Current: "2", Evidence: observed}}
				r.File, r.ID, r.FileID = eight, RecommendationID(p, eight), RecommendationID(p, eight)
			}
			f.Previous = append(f.Previous, r)
			if test.frozen {
				f.Directives = append(f.Directives, Directive{Pipeline: p, Verb: VerbFreeze, At: at(16)})
			}
		}
		res := learn(t, f, quota(test.mode, test.cores))
		for p, want := range map[string]bool{"fast": test.fast, "faster": test.faster} {
			if r := rec(t, res, p); (r.File[coresMaxKey] == "8") != want || test.frozen && p == "fast" && r.Status != StatusFrozen {
				t.Errorf("%s: %s is %s with %v, want 8 cores %v: %s", test.name, p, r.Status, r.File, want, r.Reason)
			}
		}
	}
}

// What is taken back tonight does not come back where the next proposal waits for
// the quota, and its cores are free.
func TestFleetQuotaKeepsWhatIsTakenBackOut(t *testing.T) {
	sized := func(r *features.Run) {
		r.CoresMax = map[string]int64{"2": 2, "6": 6, "8": 8}[r.ConfEffective[coresMaxKey].Value]
		r.ExecutorsMax = r.CoresMax / 2
	}
	for _, test := range []struct {
		stood, next string
		cores       int64
		fits        bool
	}{
		{"8", "6", 5, false},
		{"8", "6", 7, true},
		{"6", "8", 7, false},
	} {
		stood, next := map[string]string{coresMaxKey: test.stood}, map[string]string{coresMaxKey: test.next}
		nights := pattern("aaaaabbbbaaaaabbcccaaacccaaacccaaaccc", nil, 0, map[byte]map[string]string{'a': {coresMaxKey: "2"}, 'b': stood, 'c': next}, map[byte]float64{'a': 100, 'b': 20, 'c': 25})
		for i := range nights {
			nights[i].tweak = sized
		}
		slow := marked(RecommendationID("p", stood), stood, 120, sized)
		r := live(t, nights, []simNight{slow, slow}, func(c *Config) {
			c.Mode, c.Reward = ModeAdvise, "time"
			if c.Now.After(at(len(nights))) { // the night that takes it back
				c.Limits = []Limit{{Cluster: "*", FleetCores: test.cores}}
			}
		})
		file, status, back := map[string]string{}, StatusRejected, r.Adoption
		if test.fits {
			file, status, back = next, StatusProposed, r.TakenBack
		}
		if !maps.Equal(r.File, file) || r.Status != status || back.State != AdoptionRolledBack || back.ID != RecommendationID("p", stood) {
			t.Errorf("%+v: %s, file %v, taken back %+v", test, r.Status, r.File, back)
		}
		if !test.fits && !(strings.HasPrefix(r.Reason, back.Why) && strings.Contains(r.Reason, "the fleet would ask for "+test.next+" cores")) {
			t.Errorf("%+v: %s", test, r.Reason)
		}
	}
}
