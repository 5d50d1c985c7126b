package learner

import (
	"maps"
	"math"
	"reflect"
	"slices"
	"testing"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

func predicting(c *Config) { c.WhatIf = true }

// baselineOnly is the real history without the nights that ran with other
// settings: nothing was ever tried.
func baselineOnly(t *testing.T) Fleet {
	all := lab(t)
	count := map[string]map[string]int{}
	text := func(r *features.Run) string {
		return inForce(r).text(sparkconf.Tunable())
	}
	for i := range all.Runs {
		r := &all.Runs[i]
		if count[r.Pipeline] == nil {
			count[r.Pipeline] = map[string]int{}
		}
		count[r.Pipeline][text(r)]++
	}
	f := Fleet{Stages: all.Stages, Executions: all.Executions}
	for _, r := range all.Runs {
		n := count[r.Pipeline]
		if r.Outcome == features.Succeeded && n[text(&r)] == slices.Max(slices.Collect(maps.Values(n))) {
			f.Runs = append(f.Runs, r)
		}
	}
	return f
}

// A pipeline whose settings never varied teaches nothing by itself; physics does.
func TestUntriedSettingsArePredicted(t *testing.T) {
	f := baselineOnly(t)
	for _, r := range learn(t, f, nil).Recommendations {
		if len(r.Settings) > 0 {
			t.Errorf("%s: %v without a model and without a single switch", r.Pipeline, values(r.Settings))
		}
	}
	changed := 0
	for _, r := range learn(t, f, predicting).Recommendations {
		if len(r.Settings) > 0 {
			changed++
		}
		for k, p := range r.Settings {
			if p.Evidence != simulated {
				t.Errorf("%s: %s by %s evidence; nothing was tried", r.Pipeline, k, p.Evidence)
			}
		}
	}
	if changed < 4 {
		t.Errorf("only %d of 8 careless pipelines get a proposal", changed)
	}
}

// In mode auto a prediction decides only where its back-test has earned it: a
// fleet that never changed anything has no back-test.
func TestPredictionsDoNotDecideInAuto(t *testing.T) {
	res := learn(t, baselineOnly(t), func(c *Config) { c.WhatIf, c.Mode = true, ModeAuto })
	for _, r := range res.Recommendations {
		if len(r.File) > 0 {
			t.Errorf("%s: the file holds %v", r.Pipeline, r.File)
		}
	}
}

// What people fixed stays, memory goes down on observed runs alone, and no more
// is asked for than the cluster ever gave.
func TestPredictionsKeepToTheLimits(t *testing.T) {
	res := learn(t, lab(t), func(c *Config) {
		c.WhatIf = true
		c.Constraints = []Constraint{
			{Pipeline: "orders_enrich", Enforce: map[string]string{aqeKey: "false"}},
			{Pipeline: "*", Preserve: []string{"spark.sql.autoBroadcastJoinThreshold"}},
		}
	})
	for _, r := range res.Recommendations {
		for k, p := range r.Settings {
			switch k {
			case "spark.sql.autoBroadcastJoinThreshold":
				t.Errorf("%s: %s=%s, which people preserve", r.Pipeline, k, p.Value)
			case memoryKey:
				before, _ := sparkconf.ParseSize(p.Current, sparkconf.MiB)
				after, _ := sparkconf.ParseSize(p.Value, sparkconf.MiB)
				if p.Evidence != observed && after < before {
					t.Errorf("%s: memory from %s to %s by %s evidence", r.Pipeline, p.Current, p.Value, p.Evidence)
				}
			case coresKey, "spark.cores.max", "spark.executor.instances":
				if p.Value > "2" || len(p.Value) > 1 {
					t.Errorf("%s: %s=%s on a cluster of 2 cores", r.Pipeline, k, p.Value)
				}
			}
		}
		if v := r.File[aqeKey]; r.Pipeline == "orders_enrich" && v != "false" {
			t.Errorf("enforced AQE is %q", v)
		}
	}
}

// What Spark's rules show to change nothing is no candidate, whatever it is.
func TestNoEffectNoAdvice(t *testing.T) {
	f := lab(t)
	for _, r := range learn(t, f, predicting).Recommendations {
		aqe := r.Baseline[aqeKey]
		if p, ok := r.Settings[aqeKey]; ok {
			aqe = p.Value
		}
		for k := range r.Settings {
			if aqe == "false" && len(k) > len(adaptive) && k[:len(adaptive)] == adaptive && k != aqeKey {
				t.Errorf("%s: %s without AQE", r.Pipeline, k)
			}
		}
	}
}

// Rows of the fleet in another order give the same decisions, to the bit.
func TestPredictionsDoNotDependOnOrder(t *testing.T) {
	f := lab(t)
	turned := Fleet{Runs: backwards(f.Runs), Stages: backwards(f.Stages), Executions: backwards(f.Executions), Executors: backwards(f.Executors), Caches: backwards(f.Caches), Signals: backwards(f.Signals)}
	a, b := learn(t, f, predicting), learn(t, turned, predicting)
	if !reflect.DeepEqual(a, b) {
		t.Error("decisions depend on the order of rows")
	}
}

func backwards[T any](list []T) []T {
	list = slices.Clone(list)
	slices.Reverse(list)
	return list
}

// Settings are chosen for the input of the next night: of a pipeline whose
// Mondays are four times the other days, the forecast knows Monday.
func TestForecastKnowsTheWeekday(t *testing.T) {
	h := &history{}
	for d := range 35 {
		at := firstNight.AddDate(0, 0, d)
		size := 20.0
		if at.Weekday() == 1 {
			size += math.Log(4)
		}
		h.nights = append(h.nights, &night{run: &features.Run{StartedAt: null.Of(at), SourceBytes: null.Of(int64(1))}, logSize: size})
	}
	for len(h.nights) > 21 {
		next := firstNight.AddDate(0, 0, len(h.nights)).Weekday()
		got, ok := h.forecastSize()
		want := 20.0
		if next == 1 {
			want += math.Log(4)
		}
		if !ok || math.Abs(got-want) > 0.15 {
			t.Errorf("%v: forecast %.2f, want %.2f", next, got, want)
		}
		h.nights = h.nights[:len(h.nights)-1]
	}
}
