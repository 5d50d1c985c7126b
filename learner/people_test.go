package learner

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What Spark would refuse, from whatever is stored or configured, is left out by
// name; what else people fixed, and what is proposed, stays.
func TestImpossibleSettingsAreLeftOut(t *testing.T) {
	f := fleetOf(provenNights(2, ""))
	f.Directives = []Directive{
		{Pipeline: "p", Verb: VerbPin, Key: partsKey, Value: "-3", At: at(20)},
		{Pipeline: "p", Verb: VerbPin, Key: "spark.sql.foo", Value: "1", At: at(21)},
		{Pipeline: "p", Verb: VerbPin, Key: "spark.locality.wait", Value: "1s", At: at(22)},
	}
	with := func(c *Config) {
		c.Mode, c.Now = ModeAuto, at(30)
		c.Constraints = []Constraint{{Pipeline: "*", Enforce: map[string]string{partsKey: "48", "spark.serializer": "kryo"}}}
	}
	want := map[string]string{aqeKey: "true", partsKey: "48", "spark.locality.wait": "1s"}
	r := rec(t, learn(t, f, with), "p")
	if d := cmp.Diff(want, r.File); d != "" {
		t.Errorf("file:\n%s", d)
	}
	wantOut := []string{
		"A pin is left out, `apprentice unpin p spark.sql.foo` ends it: Spark 3.5.7 has no key \"spark.sql.foo\".",
		"A pin is left out, `apprentice unpin p spark.sql.shuffle.partitions` ends it: spark.sql.shuffle.partitions: \"-3\" is out of range: want at least 1 and at most 2147483647.",
		"What a constraint enforces is left out, correct `enforce: spark.serializer` in the configuration: spark.serializer: \"kryo\" is not allowed: want a class.",
	}
	if d := cmp.Diff(wantOut, r.LeftOut); d != "" {
		t.Errorf("left out:\n%s", d)
	}

	// A frozen file that an earlier release wrote holds what nothing fixes any more.
	r.File = map[string]string{aqeKey: "true", partsKey: "-3"}
	r.FileID = RecommendationID("p", r.File)
	f.Previous = []Recommendation{r}
	f.Directives = []Directive{{Pipeline: "p", Verb: VerbFreeze, At: at(23)}}
	r = rec(t, learn(t, f, func(c *Config) { c.Mode, c.Now = ModeAuto, at(30) }), "p")
	if d := cmp.Diff(aqeSettings, r.File); d != "" || r.Status != StatusFrozen || r.FileID != RecommendationID("p", aqeSettings) {
		t.Errorf("frozen: %s, marker %s, file:\n%s", r.Status, r.FileID, d)
	}
	if len(r.LeftOut) != 1 || len(f.Previous[0].File) != 2 {
		t.Errorf("frozen: left out %q, the file before is now %v", r.LeftOut, f.Previous[0].File)
	}
}
