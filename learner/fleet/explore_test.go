package fleet

import (
	"strings"
	"testing"
)

// Over a thousand nights exploration loses no more than its budget, in truth
// and on every night, and finds gains that nobody's history shows: without it
// pipelines whose settings never vary gain nothing.
func TestThousandNights(t *testing.T) {
	spec := Spec{Pipelines: 1, Nights: 1000, Seed: 3, Calm: true, Budget: 2}
	if *full {
		spec.Pipelines = 12
	}
	s, err := Run(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := s.Table(&b); err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s%s", b.String(), strings.Join(s.Story, "\n"))
	if len(s.Over) > 0 {
		t.Errorf("lost more than the budget: %v", s.Over)
	}
	if s.Explored < 40*spec.Pipelines/2 || s.Explored > spec.Nights*spec.Pipelines/10 {
		t.Errorf("%d explored runs", s.Explored)
	}
	if used, _, _ := s.At(spec.Nights); used < 0.1 {
		t.Errorf("%.3f of the oracle's gain", used)
	}
	if s.Wrong > 0 || s.Deaths+s.ExploredDeaths > 0 {
		t.Errorf("%d of %d deployments are wrong, %d runs died", s.Wrong, s.Deployments, s.Deaths+s.ExploredDeaths)
	}
}
