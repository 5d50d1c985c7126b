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
