package learner

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What mode advise proposed is nobody's acceptance: in the modes in which a file
// binds, the pipeline is decided as if there were no file, and again the same.
func TestAProposalIsNoAcceptance(t *testing.T) {
	id := RecommendationID("p", aqeSettings)
	few := fleetOf(provenNights(5, "")[:7]) // one block: not enough to decide by itself
	seen := fleetOf(provenNights(5, ""))
	adopted := fleetOf(append(provenNights(5, "")[:7], adopt(simNight{}, id, 1)))
	accept := Directive{Pipeline: "p", Verb: VerbAccept, ID: id, At: at(16)}
	proposed := learn(t, seen, func(c *Config) { c.Now = at(15) }).Recommendations
	if r := proposed[0]; r.Status != StatusProposed || r.FileID != id || !r.Advised {
		t.Fatalf("advise: %s, file %v", r.Status, r.File)
	}
	old := []Recommendation{proposed[0]} // of a version without the column
	old[0].Advised = false
	frozen := func() []Recommendation {
		f := few
		f.Previous, f.Directives = proposed, []Directive{{Pipeline: "p", Verb: VerbFreeze, At: at(15)}}
		return learn(t, f, func(c *Config) { c.Mode = ModeAuto; c.Now = at(16) }).Recommendations
	}()
	if r := frozen[0]; r.Status != StatusFrozen || r.FileID != id {
		t.Fatalf("frozen: %s, file %v", r.Status, r.File)
	}
	none := map[string]string{}
	for _, test := range []struct {
		name     string
		fleet    Fleet
		previous []Recommendation
		say      []Directive
		mode     string
		status   string
		file     map[string]string
	}{
		{"auto, too little seen", few, proposed, nil, ModeAuto, StatusUnchanged, none},
		{"auto, an old state", few, old, nil, ModeAuto, StatusUnchanged, none},
		{"auto, frozen on the way", few, frozen, nil, ModeAuto, StatusUnchanged, none},
		{"auto, enough seen", seen, proposed, nil, ModeAuto, StatusAccepted, aqeSettings},
		{"auto, in force", adopted, proposed, nil, ModeAuto, StatusAccepted, aqeSettings},
		{"auto, accepted", few, proposed, []Directive{accept}, ModeAuto, StatusAccepted, aqeSettings},
		{"approve, too little seen", few, proposed, nil, ModeApprove, StatusUnchanged, none},
		{"approve, in force", adopted, proposed, nil, ModeApprove, StatusUnchanged, none},
		{"approve, enough seen", seen, proposed, nil, ModeApprove, StatusProposed, none},
		{"approve, accepted", few, proposed, []Directive{accept}, ModeApprove, StatusAccepted, aqeSettings},
	} {
		test.fleet.Previous, test.fleet.Directives = test.previous, test.say
		for night := 17; night < 19; night++ {
			r := rec(t, learn(t, test.fleet, func(c *Config) { c.Mode = test.mode; c.Now = at(night); c.MinSeconds = float64(night - 17) }), "p")
			if r.Status == StatusRejected && strings.HasPrefix(r.Reason, silentReason) {
				break // no log since: another rule
			}
			if r.Status != test.status || !cmp.Equal(r.File, test.file) || r.Advised {
				t.Errorf("%s, night %d: %s, file %v: %s", test.name, night, r.Status, r.File, r.Reason)
			}
			test.fleet.Previous = []Recommendation{r}
		}
	}
}
