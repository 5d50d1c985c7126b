package learner

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
)

const (
	aqeKey    = "spark.sql.adaptive.enabled"
	partsKey  = "spark.sql.shuffle.partitions"
	memoryKey = "spark.executor.memory"
	coresKey  = "spark.executor.cores"
)

// plainConf is what simulated pipelines run with.
var plainConf = map[string]string{aqeKey: "false", partsKey: "200", memoryKey: "2g", coresKey: "2"}

// A simNight is one run to be made up.
type simNight struct {
	conf    map[string]string // differences from plainConf
	seconds float64
	bytes   int64
	tweak   func(*features.Run)
}

// firstNight is the start of every simulated history.
var firstNight = time.Date(2026, 1, 1, 2, 10, 0, 0, time.UTC)

// simulate appends a pipeline's nights to the fleet: three stages of a SQL
// execution, one outside of it, and the driver, in shares that jitter.
func simulate(f *Fleet, pipeline string, rng *rand.Rand, nights []simNight) {
	for i, n := range nights {
		start := firstNight.AddDate(0, 0, i)
		key := fmt.Sprintf("%s-%03d", pipeline, i)
		conf := maps.Clone(plainConf)
		maps.Copy(conf, n.conf)
		effective := map[string]features.Setting{}
		for k, v := range conf {
			effective[k] = features.Setting{Value: v, Source: features.FromLog}
		}
		const wait = 1.5
		r := features.Run{
			RunKey: key, Pipeline: pipeline, AppID: key, AppName: pipeline, SparkVersion: "3.5.7", Platform: "apache",
			ClusterManager: "standalone", ClusterID: "spark://a:7077", Kind: features.Batch, PlanSignature: "plan", Night: tonight(start),
			Complete: true, Comparable: true, Outcome: features.Succeeded,
			StartedAt: null.Of(start), EndedAt: null.Of(start.Add(time.Duration((n.seconds + wait) * float64(time.Second)))),
			DurationS: null.Of(n.seconds + wait), ExecutorWaitS: null.Of(wait), SourceBytes: null.If(n.bytes, n.bytes > 0),
			CoreS: null.Of(2 * n.seconds), MemoryByteS: null.Of(2 * float64(1<<30) * n.seconds), ExecutorsMax: 1, CoresMax: 2,
			ConfLogged:    map[string]string{"spark.master": "spark://a:7077", "spark.eventLog.enabled": "true"},
			ConfEffective: effective,
		}
		if n.tweak != nil {
			n.tweak(&r)
		}
		f.Runs = append(f.Runs, r)
		shares := []float64{0.3, 0.35, 0.15, 0.1}
		for s, share := range shares {
			if rng != nil {
				share *= math.Exp(0.05 * rng.NormFloat64())
			}
			st := features.Stage{
				RunKey: key, StageID: int64(s), StageSignature: fmt.Sprintf("stage%d", s), Outcome: "complete",
				ChargedS: null.Of(share * n.seconds), PartitionsSource: "sql_conf",
				TaskSums: features.TaskSums{InputBytes: n.bytes, ShuffleReadBytes: n.bytes / 2},
			}
			if s < 3 {
				st.SQLExecutionID = null.Of[int64](0)
			}
			f.Stages = append(f.Stages, st)
		}
		f.Executions = append(f.Executions, features.Execution{RunKey: key, SQLExecutionID: 0, PlanSignature: "p", JoinKinds: []string{"SortMergeJoin"}})
	}
}

// learn decides with the defaults, changed by tweak.
func learn(t testing.TB, f Fleet, tweaks ...func(*Config)) *Result {
	t.Helper()
	cfg := DefaultConfig()
	cfg.WhatIf = false // only what was seen; what is predicted has tests of its own
	for _, tweak := range tweaks {
		if tweak != nil {
			tweak(&cfg)
		}
	}
	res, err := Learn(t.Context(), f, DefaultAgents(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func rec(t testing.TB, res *Result, pipeline string) Recommendation {
	t.Helper()
	for _, r := range res.Recommendations {
		if r.Pipeline == pipeline {
			return r
		}
	}
	t.Fatalf("no recommendation for %s", pipeline)
	return Recommendation{}
}

// pattern is a history of letters: each names settings and a run time; noise is
// the sd of a night's log time, sizes swing by the week.
func pattern(letters string, rng *rand.Rand, noise float64, settings map[byte]map[string]string, seconds map[byte]float64) []simNight {
	var nights []simNight
	for i := range len(letters) {
		scale := 1 + 0.15*math.Sin(2*math.Pi*float64(i)/7)
		s := seconds[letters[i]] * math.Pow(scale, 0.7)
		if rng != nil {
			s *= math.Exp(noise * rng.NormFloat64())
		}
		nights = append(nights, simNight{conf: settings[letters[i]], seconds: s, bytes: int64(5e8 * scale)})
	}
	return nights
}

// a is the baseline, b switches AQE on.
var aqeOn = map[byte]map[string]string{'b': {aqeKey: "true"}}

func fourTimesTheCores(r *features.Run) { r.CoreS.V *= 4; r.MemoryByteS.V *= 4 }

func quarterOfTheCores(r *features.Run) { r.CoreS.V /= 4; r.MemoryByteS.V /= 4 }
