package learner

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
)

// Each case is a history in which setting b takes 0.6 of the time, in two
// blocks of nights, and one thing forbids it.
func TestGuards(t *testing.T) {
	onB := func(f func(*features.Run)) func([]simNight) {
		return func(nights []simNight) {
			for i := range nights {
				if nights[i].conf != nil {
					nights[i].tweak = f
				}
			}
		}
	}
	everywhere := func(f func(*features.Run)) func([]simNight) {
		return func(nights []simNight) {
			for i := range nights {
				nights[i].tweak = f
			}
		}
	}
	peak := func(bytes int64) func(*features.Run) {
		return func(r *features.Run) { r.UnifiedPeakBytes = null.Of(bytes) }
	}
	const quarter = "1536m" // of 2g
	for _, test := range []struct {
		name    string
		key     string
		value   string
		letters string
		change  func([]simNight)
		why     string // "": it is proposed
	}{
		{"proven", aqeKey, "true", proven, nil, ""},
		{"one block", aqeKey, "true", "aaaaaaabbbbbbaaaaa", nil, "6 comparable runs in 1 block seen"},
		{"four runs", aqeKey, "true", "aaaaabbaaaaabb", nil, "4 comparable runs in 2 blocks seen"},
		{"one block, but drawn at random", aqeKey, "true", "aaaaaaabbbbbbaaaaa", everywhere(func(r *features.Run) { r.Propensity = null.Of(0.5) }), ""},
		{"one failure at another size", aqeKey, "true", proven + "b", func(n []simNight) {
			last := &n[len(n)-1]
			last.bytes *= 10
			last.tweak = func(r *features.Run) {
				r.Outcome, r.Comparable, r.ExclusionReason = features.Failed, false, "failed: heap_oom 1"
			}
		}, "failed on 1 run of 7 runs"},
		{"killed long ago", aqeKey, "true", proven + "b", func(n []simNight) {
			n[len(n)-1].tweak = func(r *features.Run) { r.Outcome, r.Comparable, r.Complete = features.Incomplete, false, false }
		}, "failed on 1 run of 7 runs"},
		{"out of memory, but tried again", aqeKey, "true", proven, onB(func(r *features.Run) { r.ContainerOOMCount = 1 }), "container_oom on"},
		{"out of memory at the baseline too", aqeKey, "true", proven, everywhere(func(r *features.Run) { r.ContainerOOMCount = 1 }), ""},
		{"another release", aqeKey, "true", proven, onB(func(r *features.Run) { r.SparkVersion = "4.0.1" }), "another plan, Spark version or cluster"},
		{"another cluster", aqeKey, "true", proven, onB(func(r *features.Run) { r.ClusterID = "b" }), "another plan, Spark version or cluster"},
		{"sizes that the baseline never saw", aqeKey, "true", proven, onB(func(r *features.Run) { r.SourceBytes.V *= 2 }), "input size the baseline never saw"},
		{"set by the program", aqeKey, "true", proven, everywhere(func(r *features.Run) {
			s := r.ConfEffective[aqeKey]
			s.Source = features.FromRuntimeSet
			r.ConfEffective[aqeKey] = s
		}), "set by the program itself"},
		{"a key that nobody owns", "spark.serializer", "kryo", proven, nil, "which no agent owns"},
		{"not settable here", coresKey, "1", proven, everywhere(func(r *features.Run) { r.ConfLogged = map[string]string{"spark.master": "local[2]"} }), "local mode"},
		{"unset", partsKey, "", proven, nil, "was unset"},

		{"no effect without AQE", "spark.sql.adaptive.skewJoin.enabled", "false", proven, nil, "has no effect here"},
		{"the same with AQE", "spark.sql.adaptive.skewJoin.enabled", "false", proven, everywhere(func(r *features.Run) {
			r.ConfEffective[aqeKey] = features.Setting{Value: "true", Source: features.FromLog}
		}), ""},

		{"more memory", memoryKey, "3g", proven, nil, ""},
		{"a little less memory", memoryKey, quarter, proven, everywhere(peak(500 << 20)), ""},
		{"less memory by half", memoryKey, "1g", proven, everywhere(peak(1 << 20)), "by more than a quarter"},
		{"less memory than was used", memoryKey, quarter, proven, everywhere(peak(1000 << 20)), "1.3 times the largest peak"},
		{"less memory, use unknown", memoryKey, quarter, proven, nil, "no log tells how much"},
		{"less memory after a failure", memoryKey, quarter, "c" + proven, func(n []simNight) {
			everywhere(peak(500 << 20))(n)
			n[0].tweak = func(r *features.Run) { r.Outcome, r.Comparable = features.Failed, false }
		}, "a run failed on"},
		{"broadcast beyond the driver", "spark.sql.autoBroadcastJoinThreshold", "256m", proven, nil, "a tenth of the driver's memory"},
		{"broadcast within the driver", "spark.sql.autoBroadcastJoinThreshold", "64m", proven, nil, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(30, 30))
			nights := pattern(test.letters, rng, 0.04, map[byte]map[string]string{'b': {test.key: test.value}}, map[byte]float64{'a': 100, 'b': 60, 'c': 100})
			if test.change != nil {
				test.change(nights)
			}
			r := rec(t, learn(t, fleetOf(nights), func(c *Config) { c.Now = at(40) }), "p")
			if test.why == "" {
				if got := r.Settings[test.key].Value; got != test.value {
					t.Errorf("not proposed: %s %+v", r.Reason, r.Rejected)
				}
				return
			}
			if len(r.Settings) > 0 {
				t.Fatalf("proposed: %v", r.Settings)
			}
			var why []string
			for _, x := range r.Rejected {
				why = append(why, x.Why)
			}
			if got := strings.Join(why, "; "); !strings.Contains(got, test.why) {
				t.Errorf("rejected: %q, want %q", got, test.why)
			}
		})
	}
}

// Which keys have an effect, by Spark's rules.
func TestEffective(t *testing.T) {
	sql := facts{stages: true, sql: true, joins: true, reads: true, sources: map[string]bool{"sql_conf": true, "input_split": true}}
	rdd := facts{stages: true, reads: true, sources: map[string]bool{"default_parallelism": true}}
	const (
		initial  = "spark.sql.adaptive.coalescePartitions.initialPartitionNum"
		coalesce = "spark.sql.adaptive.coalescePartitions.enabled"
		advisory = "spark.sql.adaptive.advisoryPartitionSizeInBytes"
		factor   = "spark.sql.adaptive.skewJoin.skewedPartitionFactor"
		skew     = "spark.sql.adaptive.skewJoin.enabled"
		adaptBC  = "spark.sql.adaptive.autoBroadcastJoinThreshold"
		staticBC = "spark.sql.autoBroadcastJoinThreshold"
		splits   = "spark.sql.files.maxPartitionBytes"
		parallel = "spark.default.parallelism"
	)
	with := func(f facts, change func(*facts)) facts { change(&f); return f }
	for _, test := range []struct {
		name string
		f    facts
		key  string
		set  settings
		want bool
	}{
		{"AQE itself", sql, aqeKey, settings{aqeKey: "false"}, true},
		{"AQE without SQL", rdd, aqeKey, settings{aqeKey: "false"}, false},
		{"advisory size without AQE", sql, advisory, settings{aqeKey: "false"}, false},
		{"advisory size", sql, advisory, settings{aqeKey: "true"}, true},
		{"initial number without coalescing", sql, initial, settings{aqeKey: "true", coalesce: "false"}, false},
		{"initial number", sql, initial, settings{aqeKey: "true", coalesce: "true"}, true},
		{"skew factor, skew off", sql, factor, settings{aqeKey: "true", skew: "false"}, false},
		{"skew factor", sql, factor, settings{aqeKey: "true", skew: "true"}, true},
		{"skew without joins", with(sql, func(f *facts) { f.joins = false }), skew, settings{aqeKey: "true"}, false},
		{"adaptive broadcast without AQE", sql, adaptBC, settings{aqeKey: "false"}, false},
		{"broadcast without joins", with(sql, func(f *facts) { f.joins = false }), staticBC, nil, false},
		{"broadcast", sql, staticBC, nil, true},
		{"shuffle partitions beside the initial number", sql, partsKey, settings{aqeKey: "true", initial: "64"}, false},
		{"shuffle partitions beside an initial number without AQE", sql, partsKey, settings{aqeKey: "false", initial: "64"}, true},
		{"shuffle partitions beside an initial number without coalescing", sql, partsKey, settings{aqeKey: "true", coalesce: "false", initial: "64"}, true},
		{"shuffle partitions without a shuffle by it", with(sql, func(f *facts) { f.sources = map[string]bool{"input_split": true} }), partsKey, nil, false},
		{"shuffle partitions, source unknown", with(sql, func(f *facts) { f.sources = map[string]bool{"unknown": true} }), partsKey, nil, true},
		{"splits without files", with(sql, func(f *facts) { f.reads = false }), splits, nil, false},
		{"splits", sql, splits, nil, true},
		{"splits of RDD files", rdd, splits, nil, false},
		{"parallelism of RDDs", rdd, parallel, nil, true},
		{"parallelism of RDDs set by code", with(rdd, func(f *facts) { f.sources = map[string]bool{"code": true} }), parallel, nil, false},
		{"parallelism of SQL, which reads it for scans", sql, parallel, nil, true},
		{"memory", sql, memoryKey, nil, true},
		{"room of caches, nothing is cached", sql, "spark.memory.storageFraction", nil, false},
		{"room of caches", with(sql, func(f *facts) { f.caches = true }), "spark.memory.storageFraction", nil, true},
		{"batches of cached tables, nothing is cached", sql, "spark.sql.inMemoryColumnarStorage.batchSize", nil, false},
		{"compressed partitions", with(rdd, func(f *facts) { f.caches = true }), "spark.rdd.compress", nil, true},
		{"nothing known of stages", facts{}, splits, nil, true},
	} {
		if got := len(test.f.effective(test.set, []string{test.key})) == 1; got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// The margin, the seconds and the version bound a proposal that is proven.
func TestMarginAndVersion(t *testing.T) {
	f := fleetOf(provenNights(11, ""))
	for name, test := range map[string]struct {
		agents string
		tweak  func(*Config)
		why    string
	}{
		"margin":  {"", func(c *Config) { c.MinGain = 0.6 }, "too close to call"},
		"version": {"agents:\n- name: a\n  keys: [{name: spark.sql.adaptive.enabled, since: \"4.0\"}]\n", nil, "Spark 3.5 does not know"},
		"manager": {"agents:\n- name: a\n  keys: [{name: spark.sql.adaptive.enabled, managers: [yarn]}]\n", nil, "is not set on standalone"},
	} {
		agents, cfg := DefaultAgents(), DefaultConfig()
		if test.agents != "" {
			var err error
			if agents, err = LoadAgents(strings.NewReader(test.agents)); err != nil {
				t.Fatal(err)
			}
		}
		if test.tweak != nil {
			test.tweak(&cfg)
		}
		res, err := Learn(t.Context(), f, agents, cfg)
		if err != nil {
			t.Fatal(err)
		}
		if r := rec(t, res, "p"); len(r.Settings) > 0 || !strings.Contains(r.Rejected[0].Why, test.why) {
			t.Errorf("%s: settings %v, rejected %+v, want %q", name, r.Settings, r.Rejected, test.why)
		}
	}
}

// One night under another setting is advice if it was much faster, else nothing.
func TestAdviceFromOneNight(t *testing.T) {
	for seconds, want := range map[float64]int{30: 1, 95: 0, 130: 0} {
		r := rec(t, learn(t, fleetOf(pattern("aaaaaaaabaaaaaa", rand.New(rand.NewPCG(1, 2)), 0.04, aqeOn, map[byte]float64{'a': 100, 'b': seconds})), nil), "p")
		if len(r.Settings) > 0 || strings.Count(strings.Join(r.Advice, "\n"), aqeKey) != want {
			t.Errorf("one night of %g s: settings %v, advice %q", seconds, r.Settings, r.Advice)
		}
	}
}

// The baseline is what most nights ran with; of equals, the newest.
func TestBaselineIsModal(t *testing.T) {
	for letters, want := range map[string]string{"aaab": "false", "abbb": "true", "aabb": "true", "bbaa": "false", "abab": "true"} {
		r := rec(t, learn(t, fleetOf(pattern(letters, nil, 0, aqeOn, map[byte]float64{'a': 100, 'b': 60})), nil), "p")
		if r.Baseline[aqeKey] != want {
			t.Errorf("%s: baseline %s, want %s", letters, r.Baseline[aqeKey], want)
		}
	}
}
