package learner

import (
	"math"
	"slices"
	"testing"

	"github.com/spark-apprentice/apprentice/features"
)

// grown is a run of a file whose input is three times the baseline's, and whose
// time is factor times what that explains.
func grown(id string, conf map[string]string, factor float64) simNight {
	n := marked(id, conf, 100*factor*math.Pow(3, 0.7))
	n.bytes = 15e8
	return n
}

// A file that was predicted, and whose every run is beyond the baseline's sizes,
// is held against the baseline: no comparable run has shown its keys yet.
func TestPredictedFileBeyondTheBaselinesSizes(t *testing.T) {
	file := map[string]string{partsKey: "64"}
	id := RecommendationID("p", file)
	previous := Recommendation{
		Pipeline: "p", Mode: ModeAuto, Status: StatusAccepted, Since: "2026-01-15", ID: id, FileID: id, File: file,
		Settings: map[string]Proposed{partsKey: {Value: "64", Evidence: simulated}},
		Files:    []Written{{ID: id, Since: "2026-01-15", Settings: file}},
	}
	fixed := map[string]string{partsKey: "200"} // as the baseline has it: nothing of the file
	for _, test := range []struct {
		name   string
		more   []simNight
		rolled bool
	}{
		{"as fast", []simNight{grown(id, file, 1), grown(id, file, 1.05)}, false},
		{"a little slower", []simNight{grown(id, file, 1.3), grown(id, file, 1.3)}, false}, // the line may bend
		{"four times slower", []simNight{grown(id, file, 4), grown(id, file, 4.1)}, true},
		{"overridden by what the baseline has", []simNight{grown(id, fixed, 4), grown(id, fixed, 4.1)}, false},
		{"with a key that others vary", []simNight{
			grown(id, map[string]string{partsKey: "64", aqeKey: "true"}, 4), grown(id, map[string]string{partsKey: "64", aqeKey: "true"}, 4.1),
		}, true},
	} {
		f := judged(append(provenNights(4, ""), test.more...))
		if runs := f.Runs[len(f.Runs)-2:]; slices.ContainsFunc(runs, func(r features.Run) bool { return r.Comparable }) {
			t.Fatalf("%s: %+v", test.name, runs)
		}
		f.Previous = []Recommendation{previous}
		j := judgements(t, f, func(c *Config) { c.Mode, c.Now = ModeAuto, at(len(f.Runs)-1) })[0]
		if why := j.bad.of("p", file); (why != "") != test.rolled {
			t.Errorf("%s: %q", test.name, why)
		}
		// What the file adds to is not to blame.
		if why := j.bad.actions[j.actions[1].text]; why != "" {
			t.Errorf("%s: %q of what people ran", test.name, why)
		}
	}
}

// Beyond the baseline's sizes, too, a run in which something beat a part of the
// file has no promise but the baseline's time.
func TestOverriddenBeyondTheBaselinesSizes(t *testing.T) {
	id := RecommendationID("p", both)
	half := map[string]string{aqeKey: "true", partsKey: "200"}
	// People reached 0.3 of the time with all of it, and 0.3 with half of it.
	nights := pattern(proven+"ccbb", nil, 0, map[byte]map[string]string{'b': both, 'c': half}, map[byte]float64{'a': 100, 'b': 30, 'c': 30})
	previous := learn(t, judged(nights), func(c *Config) { c.Mode, c.Now = ModeAuto, at(len(nights)-1) }).Recommendations
	previous[0].File, previous[0].FileID = both, id
	previous[0].Files = []Written{{ID: id, Since: tonight(at(len(nights) - 1)), Settings: both}}
	for _, test := range []struct {
		name   string
		conf   map[string]string
		rolled bool
	}{
		{"all of the file", both, true},
		{"half of the file", half, false},
	} {
		// Twice the baseline's time is within what a line that bends explains,
		// against a promise of 0.3 it is not.
		f := judged(append(nights[:len(nights):len(nights)], grown(id, test.conf, 1.6), grown(id, test.conf, 1.65)))
		f.Previous = previous
		j := judgements(t, f, func(c *Config) { c.Mode, c.Now = ModeAuto, at(len(f.Runs)-1) })[0]
		if why := j.bad.of("p", both); (why != "") != test.rolled {
			t.Errorf("%s: %q", test.name, why)
		}
	}
}
