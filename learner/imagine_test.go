package learner

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
	"github.com/spark-apprentice/apprentice/learner/replay"
)

// judgements readies a fleet's pipelines for decisions with a model.
func judgements(t *testing.T, f Fleet, tweaks ...func(*Config)) (list []*judgement) {
	t.Helper()
	cfg, agents := DefaultConfig(), DefaultAgents()
	for _, tweak := range tweaks {
		tweak(&cfg)
	}
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
	if err := foreseeAll(t.Context(), studies, replay.Fit(f.Runs, f.Stages)); err != nil {
		t.Fatal(err)
	}
	table, err := train(t.Context(), studies, agents)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range studies {
		list = append(list, newJudgement(s, agents, cfg, reward, table, clusterLimits(f.Runs, cfg.Limits), indexFacts(f)))
	}
	return list
}

// plain is what brings a pipeline to the defaults of its Spark: each key of the
// agents that has another value, but for the executors' shape and for less memory.
func plain(j *judgement) map[string]string {
	want := map[string]string{}
	for _, a := range j.agents {
		for _, k := range a.Keys {
			def, known := sparkconf.Lookup(k.Name, j.version)
			now := j.base().set[k.Name]
			if !known || def.Unset || now == "" || slices.Contains(shapeKeys, k.Name) || !replay.Modelled(k.Name) {
				continue
			}
			v := sparkconf.Canonical(k.Name, def.Default)
			before, _ := sparkconf.ParseSize(now, sparkconf.MiB)
			after, _ := sparkconf.ParseSize(v, sparkconf.MiB)
			if v != now && (k.Name != heapKey || before < after) {
				want[k.Name] = v
			}
		}
	}
	return want
}

// An agent's places go to settings that Spark runs differently, and the joint
// choice always compares with the defaults of Spark, AQE among them: nothing is
// proposed whose bound is below theirs.
func TestChoicesDifferAndIncludeTheDefaults(t *testing.T) {
	compared := 0
	for _, j := range judgements(t, lab(t)) {
		var candidates []*candidate
		for _, tr := range j.trials {
			candidates = append(candidates, j.judge(tr))
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
		taken, all := j.choose(candidates)
		want := plain(j)
		if v := want[aqeKey]; v != "" && v != "true" || v == "" && j.base().set[aqeKey] != "true" {
			t.Errorf("%s: AQE is not on with the defaults of Spark 3.5: %v", j.name, want)
		}
		if len(want) == 0 {
			continue
		}
		found := false
		for _, c := range all {
			proposal := c.proposal()
			if !maps.Equal(merged(want, proposal), want) || !j.whatIf.same(proposal, want) {
				continue
			}
			found = true
			if c.reason == "" && c.value >= j.cfg.MinGain && (taken == nil || taken.value < c.value) {
				t.Errorf("%s: the defaults have %.3f, %v was taken", j.name, c.value, taken)
			}
		}
		if compared++; !found {
			t.Errorf("%s: the defaults, %v, are not among the candidates", j.name, want)
		}
	}
	if compared < 6 {
		t.Errorf("only %d pipelines leave the defaults", compared)
	}
}

// Each key goes to its default by itself: one that may not holds back no other,
// and one that would change nothing is no change.
func TestDefaultsKeyByKey(t *testing.T) {
	const threshold = adaptive + "skewJoin.skewedPartitionThresholdInBytes"
	f := lab(t)
	f.Runs = slices.DeleteFunc(slices.Clone(f.Runs), func(r features.Run) bool { return r.Pipeline != "trips_by_city" && r.Pipeline != "DocTopics" })
	for i := range f.Runs {
		conf := maps.Clone(f.Runs[i].ConfEffective)
		for k, v := range map[string]string{
			heapKey: "8g", fractionKey: "0.4", "spark.sql.files.maxPartitionBytes": "1m", "spark.sql.files.openCostInBytes": "0b",
			threshold: "1g",
		} {
			conf[k] = features.Setting{Value: sparkconf.Canonical(k, v), Source: features.FromLog}
		}
		f.Runs[i].ConfEffective = conf
	}
	list := judgements(t, f)
	if len(list) != 2 {
		t.Fatalf("%d pipelines", len(list))
	}
	for _, j := range list {
		all := map[string]string{}
		for i := range j.agents {
			changes := j.plainSpark(i)
			for k := range changes {
				less := maps.Clone(changes)
				if delete(less, k); j.whatIf.same(changes, less) {
					t.Errorf("%s: %s changes nothing of %v", j.name, k, changes)
				}
			}
			maps.Copy(all, changes)
		}
		if all[fractionKey] != "0.6" || all[heapKey] != "" {
			t.Errorf("%s: less memory is offered, or its fraction held back with it: %v", j.name, all)
		}
		if all["spark.sql.files.maxPartitionBytes"] != "128m" || all[threshold] != "" {
			t.Errorf("%s: files are cut small, and no join is skewed: %v", j.name, all)
		}
		far := map[string]string{}
		for i, k := range slices.Concat(j.agents[0].Keys, j.agents[1].Keys) {
			far[k.Name] = strconv.Itoa(3 + 1000*i)
		}
		cost := j.moveCost(far)
		for range 100 {
			if again := j.moveCost(far); again != cost {
				t.Fatalf("%s: a change costs %v, and then %v", j.name, cost, again)
			}
		}
	}
}

// Executors of other cores need other memory too: no agent can make that move
// alone, and the coordinator makes it of the parts of two.
func TestMovesOfTwoAgents(t *testing.T) {
	f := lab(t)
	f.Runs = slices.DeleteFunc(slices.Clone(f.Runs), func(r features.Run) bool {
		return r.Pipeline == "device-events" && r.ConfEffective[executorCoresKey].Value != "1"
	})
	limit := []Limit{{Cluster: "*", Container: 2 * sparkconf.GiB, Cores: 2}}
	for _, j := range judgements(t, f) {
		j.site.limits = clusterLimits(f.Runs, limit)[j.site.id]
		list := j.together()
		if j.name != "device-events" {
			if len(list) > mostTogether {
				t.Errorf("%s: %v", j.name, list)
			}
			continue
		}
		want := map[string]string{executorCoresKey: "2", heapKey: "2g"}
		if !slices.ContainsFunc(list, func(m map[string]string) bool { return maps.Equal(m, want) }) {
			t.Fatalf("two executors of a core and 1g: %v, want %v among them", list, want)
		}
		_, all := j.choose(nil)
		found := false
		for _, c := range all {
			alone := len(c.proposal()) == 1
			switch {
			case maps.Equal(c.proposal(), want):
				found = true
				if ratio, _, _ := c.est.interval(z90); ratio >= 1 || c.cost.V > 1 || strings.Contains(c.reason, "memory") {
					t.Errorf("one executor in place of two: %.2f of the time, %.2f of the cost, %s", ratio, c.cost.V, c.reason)
				}
			case alone && c.proposal()[executorCoresKey] == "2" && c.reason == "":
				t.Error("two cores on the heap of one need no memory")
			}
		}
		if !found {
			t.Error("the coordinator never saw them together")
		}
		return
	}
	t.Error("no pipeline of executors of one core")
}
