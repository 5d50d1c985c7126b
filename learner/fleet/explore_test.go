package fleet

import (
	"strings"
	"testing"
)

// Over a thousand nights exploration loses no more than its budget, in truth
// and on every night, and finds gains that nobody's history shows: without it
// pipelines whose settings never vary, and no model, gain nothing. The short
// form lives for 150 nights.
func TestThousandNights(t *testing.T) {
	spec := Spec{Pipelines: 3, Nights: 150, Seed: 5, Calm: true, Budget: 2}
	if *full {
		spec.Nights = 1000
	}
	s, table := lived(t, spec)
	t.Logf("\n%s%s", table, strings.Join(s.Story, "\n"))
	if len(s.Over) > 0 {
		t.Errorf("lost more than the budget: %v", s.Over)
	}
	if s.Explored < 5*spec.Pipelines || s.Explored > spec.Nights*spec.Pipelines/4 {
		t.Errorf("%d explored runs", s.Explored)
	}
	if used, _, _ := s.At(spec.Nights); *full && used < 0.1 {
		t.Errorf("%.3f of the oracle's gain", used)
	}
	if s.Wrong > 0 || s.Deaths+s.ExploredDeaths > 0 {
		t.Errorf("%d of %d deployments are wrong, %d runs died", s.Wrong, s.Deployments, s.Deaths+s.ExploredDeaths)
	}
}

// Budgets hold for pipelines that run often between two decisions, and for
// those that do not run every night, and something is tried on each.
func TestBudgetsByRhythm(t *testing.T) {
	for name, rhythm := range map[string]Rhythm{
		"eight runs a day":         {More: 7},
		"weekdays":                 {Weekdays: true},
		"two runs on each weekday": {More: 1, Weekdays: true},
	} {
		s, table := lived(t, Spec{Pipelines: 5, Nights: 45, Seed: 11, Calm: true, Budget: 2, Rhythm: rhythm})
		t.Logf("%s\n%s", name, table)
		if len(s.Over) > 0 {
			t.Errorf("%s: lost more than the budget: %v\n%s", name, s.Over, strings.Join(s.Story, "\n"))
		}
		if s.Explored < 10 {
			t.Errorf("%s: %d explored runs", name, s.Explored)
		}
		if s.Wrong+s.Kept+s.Deaths+s.ExploredDeaths > 0 {
			t.Errorf("%s: %d wrong deployments, %d regressions kept, %d runs died", name, s.Wrong, s.Kept, s.Deaths+s.ExploredDeaths)
		}
	}
}
