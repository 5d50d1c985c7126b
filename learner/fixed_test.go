package learner

import (
	"maps"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

const (
	initialKey = "spark.sql.adaptive.coalescePartitions.initialPartitionNum"
	splitKey   = "spark.sql.files.maxPartitionBytes"
)

func enforcing(kv ...string) func(*Config) {
	return func(c *Config) {
		c.Constraints = []Constraint{{Pipeline: "*", Enforce: plus(map[string]string{}, kv...)}}
	}
}

// What a file asks of the cluster is judged with what people fixed in it: 4 GiB
// of overhead fit beside the usual heap and not beside the one that is pinned.
func TestLimitsHoldWithWhatIsFixed(t *testing.T) {
	nights := pattern("aaaaaaaa", nil, 0, nil, map[byte]float64{'a': 100})
	for i := range nights {
		nights[i].conf = map[string]string{heapKey: "4g", "spark.executor.instances": "2"}
		nights[i].tweak = func(r *features.Run) { r.ConfLogged = map[string]string{"spark.master": "yarn"} }
	}
	change := map[string]string{overheadKey: "4g"}
	for heap, want := range map[string]string{"4g": "", "14g": "needs a container of 18g; 16g are allowed"} {
		j := judgements(t, fleetOf(nights), enforcing(heapKey, heap), func(c *Config) {
			c.Limits = []Limit{{Cluster: "*", Container: 16 * sparkconf.GiB, PipelineMemory: 100 * sparkconf.GiB}}
		})[0]
		if why := guardLimits(j, j.imagined(change)); why != want {
			t.Errorf("heap pinned to %s: %q, want %q", heap, why, want)
		}
		if why := j.site.forbids(j.ground, merged(j.ground, change), []string{overheadKey}); (why == "") != (want == "") {
			t.Errorf("heap pinned to %s: the search: %q, want %q", heap, why, want)
		}
	}
}

// AQE takes initialPartitionNum in place of shuffle.partitions: who fixes the one
// has fixed the other.
func TestBothNumbersOfPartitionsAreFixed(t *testing.T) {
	nights := pattern("aaaaabbbbaaaaabb", nil, 0, map[byte]map[string]string{'a': aqeSettings, 'b': {aqeKey: "true", initialKey: "64"}}, map[byte]float64{'a': 100, 'b': 60})
	for i := range nights {
		if nights[i].conf[initialKey] == "" {
			nights[i].conf = map[string]string{aqeKey: "true", initialKey: "200"}
		}
	}
	f := fleetOf(nights)
	free := rec(t, learn(t, f, nil), "p")
	if free.File[initialKey] != "64" {
		t.Fatalf("file %v: %s", free.File, free.Reason)
	}
	pinned := map[string]string{partsKey: "400"}
	for _, mode := range []string{ModeAdvise, ModeAuto} {
		f.Previous = []Recommendation{free} // and stands
		f.Previous[0].Status = StatusAccepted
		r := rec(t, learn(t, f, enforcing(partsKey, "400"), func(c *Config) { c.Mode = mode }), "p")
		if !maps.Equal(r.File, pinned) || len(r.Settings) != 1 {
			t.Errorf("%s: file %v, settings %v: %s", mode, r.File, r.Settings, r.Reason)
		}
	}
}

// A pin makes its key one that varies as soon as a run used it, and bars neither
// what is predicted nor what was proven before it.
func TestPinBarsNothingBesideIt(t *testing.T) {
	id := RecommendationID("p", map[string]string{partsKey: "400", aqeKey: "true"})
	r := live(t, provenNights(4, ""), []simNight{marked(id, map[string]string{partsKey: "400", aqeKey: "true"}, 61), marked(id, map[string]string{partsKey: "400", aqeKey: "true"}, 61)},
		func(c *Config) { c.Mode = ModeAdvise; enforcing(partsKey, "400")(c) })
	if want := (map[string]string{partsKey: "400", aqeKey: "true"}); !maps.Equal(r.File, want) {
		t.Errorf("file %v: %s", r.File, r.Reason)
	}
	for _, x := range r.Rejected {
		if strings.Contains(x.Why, "people enforce") {
			t.Errorf("%v: %s", x.Settings, x.Why)
		}
	}
	// Predictions, on the lab's real logs: a run under the pin changes no proposal.
	f := lab(t)
	pin := enforcing(splitKey, "256m")
	before := rec(t, learn(t, f, pin, func(c *Config) { c.WhatIf = true }), "daily-revenue-report")
	var last features.Run
	for _, run := range f.Runs {
		if run.Pipeline == "daily-revenue-report" && run.Comparable && startOf(&run) > startOf(&last) {
			last = run
		}
	}
	key := last.RunKey
	last.RunKey, last.RecommendationID = "pinned", RecommendationID(last.Pipeline, map[string]string{splitKey: "256m"})
	last.StartedAt = null.Of(last.StartedAt.V.AddDate(0, 0, 1))
	last.ConfEffective = maps.Clone(last.ConfEffective)
	last.ConfEffective[splitKey] = features.Setting{Value: "256m", Source: features.FromLog}
	f.Runs = append(f.Runs, last)
	for _, s := range f.Stages {
		if s.RunKey == key {
			s.RunKey = "pinned"
			f.Stages = append(f.Stages, s)
		}
	}
	f.Previous = []Recommendation{before}
	after := rec(t, learn(t, f, pin, func(c *Config) { c.WhatIf = true }), "daily-revenue-report")
	if d := cmp.Diff(before.File, after.File); d != "" || len(before.File) < 2 {
		t.Errorf("-before +after a run under the pin:\n%s%s", d, after.Reason)
	}
}

// What is predicted of a change is what it adds to what people fixed: neither
// what that does by itself, nor what the change would do without.
func TestPredictionsStandOnWhatIsFixed(t *testing.T) {
	compared := 0
	f := lab(t)
	bare := judgements(t, f)
	for i, j := range judgements(t, f, enforcing(aqeKey, "true")) {
		if j.whatIf == nil || j.base().set[aqeKey] != "false" {
			continue
		}
		fixed := map[string]string{aqeKey: "true"}
		for _, change := range []map[string]string{{partsKey: "8"}, {splitKey: "512m"}} {
			both := merged(change, fixed)
			var want float64
			for _, s := range bare[i].whatIf.sources {
				want += math.Log(s.run.Seconds(both, s.scale)/s.run.Seconds(fixed, s.scale)) / float64(len(bare[i].whatIf.sources))
			}
			if got := j.whatIf.foresee(j.imagined(change).proposal()).change; math.Abs(got-want) > 1e-9 {
				t.Errorf("%s, %v: %.4f, want %.4f", j.name, change, got, want)
			}
			compared++
		}
	}
	if compared < 8 {
		t.Errorf("only %d compared", compared)
	}
}

// Whom people exclude or what cannot be tuned still has what they fixed, and a
// frozen file stays what it is.
func TestUntunedPipelinesKeepWhatPeopleSaid(t *testing.T) {
	f := fleetOf(provenNights(3, ""))
	previous := rec(t, learn(t, f, nil), "p")
	pin := Directive{Pipeline: "p", Verb: VerbPin, Key: partsKey, Value: "64", At: at(15)}
	freeze := Directive{Pipeline: "p", Verb: VerbFreeze, At: at(15)}
	streams := fleetOf(provenNights(3, ""))
	for i := range streams.Runs {
		streams.Runs[i].Kind, streams.Runs[i].Comparable = features.Streaming, false
	}
	for _, test := range []struct {
		name    string
		fleet   Fleet
		exclude bool
		said    []Directive
		file    map[string]string
		status  string
	}{
		{"excluded", f, true, nil, map[string]string{}, StatusNotTunable},
		{"excluded, with a pin", f, true, []Directive{pin}, map[string]string{partsKey: "64"}, StatusNotTunable},
		{"excluded and frozen", f, true, []Directive{freeze}, aqeSettings, StatusFrozen},
		{"no batch, with a pin", streams, false, []Directive{pin}, map[string]string{partsKey: "64"}, StatusNotTunable},
		{"no batch and frozen", streams, false, []Directive{freeze}, aqeSettings, StatusFrozen},
	} {
		test.fleet.Directives, test.fleet.Previous = test.said, []Recommendation{previous}
		r := rec(t, learn(t, test.fleet, func(c *Config) { c.Constraints = []Constraint{{Pipeline: "p", Exclude: test.exclude}} }), "p")
		if !maps.Equal(r.File, test.file) || r.Status != test.status || r.FileID != RecommendationID("p", test.file) {
			t.Errorf("%s: %s, file %v: %s", test.name, r.Status, r.File, r.Reason)
		}
	}
}
