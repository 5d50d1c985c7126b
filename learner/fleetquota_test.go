package learner

import (
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
