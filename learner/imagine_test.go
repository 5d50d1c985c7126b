package learner

import (
	"maps"
	"slices"
	"testing"

	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// judgements readies the real history's pipelines for decisions with a model.
func judgements(t *testing.T) (list []*judgement) {
	t.Helper()
	f, cfg, agents := lab(t), DefaultConfig(), DefaultAgents()
	reward, err := CompileReward(cfg.Reward)
	if err != nil {
		t.Fatal(err)
	}
	var studies []*study
	var spreads []spread
	for i, h := range histories(f, agents, cfg) {
		s, sp := newStudy(h, agents)
		s.index = i
		studies, spreads = append(studies, s), append(spreads, sp)
	}
	for i, n := range fleetNoise(spreads) {
		studies[i].noise = n
	}
	if err := foreseeAll(t.Context(), studies, f); err != nil {
		t.Fatal(err)
	}
	table, err := train(t.Context(), studies, agents)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range studies {
		list = append(list, newJudgement(s, agents, cfg, reward, table, clusterLimits(f.Runs, nil), indexFacts(f)))
	}
	return list
}

// An agent's places go to settings that Spark runs differently, and the joint
// choice always compares with the defaults of Spark, AQE among them: nothing is
// proposed whose bound is below theirs.
func TestChoicesDifferAndIncludeTheDefaults(t *testing.T) {
	compared := 0
	for _, j := range judgements(t) {
		var candidates []*candidate
		for _, tr := range j.trials {
			c, err := j.judge(tr)
			if err != nil {
				t.Fatal(err)
			}
			candidates = append(candidates, c)
		}
		for i := range j.agents {
			list := j.imagine(i)
			for k, a := range list {
				for _, b := range list[:k] {
					if j.whatIf.sources[0].run.SamePlan(a, b) {
						t.Errorf("%s: %v and %v are one plan", j.name, a, b)
					}
				}
			}
		}
		taken, all, err := j.choose(candidates)
		if err != nil {
			t.Fatal(err)
		}
		want := settings{}
		for i := range j.agents {
			maps.Copy(want, j.plainSpark(i))
		}
		if v := want[aqeKey]; v != "" && v != "true" || v == "" && j.base().set[aqeKey] != "true" {
			t.Errorf("%s: AQE is not on with the defaults of Spark 3.5: %v", j.name, want)
		}
		for k, v := range want {
			def, _ := sparkconf.Lookup(k, j.version)
			if v != sparkconf.Canonical(k, def.Default) {
				t.Errorf("%s: %s=%s, the default is %s", j.name, k, v, def.Default)
			}
		}
		if len(want) == 0 {
			continue
		}
		at := slices.IndexFunc(all, func(c *candidate) bool { return maps.Equal(settings(c.proposal()), want) })
		if at < 0 {
			t.Errorf("%s: the defaults, %v, are not among the candidates", j.name, want)
			continue
		}
		compared++
		if c := all[at]; c.reason == "" && c.value >= j.cfg.MinGain && (taken == nil || taken.value < c.value) {
			t.Errorf("%s: the defaults have %.3f, %v was taken", j.name, c.value, taken)
		}
	}
	if compared < 6 {
		t.Errorf("only %d pipelines leave the defaults", compared)
	}
}
