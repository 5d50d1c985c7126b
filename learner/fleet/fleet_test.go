package fleet

import (
	"flag"
	"strings"
	"testing"

	"github.com/spark-apprentice/apprentice/learner"
)

var whatIf = flag.Bool("whatif", false, "predictions take part in all decisions, which takes twice as long")

var full = flag.Bool("full", false, "200 pipelines over 120 nights, with exploration and without")

// delta is the share of deployments that may be wrong.
const delta = 0.05

// lived is the score of a fleet that lived through its nights, and its table.
func lived(t *testing.T, spec Spec) (*Score, string) {
	t.Helper()
	s, err := Run(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := s.Table(&b); err != nil {
		t.Fatal(err)
	}
	return s, b.String()
}

// A fleet whose people confound its history, whose data and clusters drift,
// whose logs get lost and whose code overrides files: what is deployed is
// faster, what turns out slow does not stay, nothing dies of it, and
// exploration keeps within its budgets and pays.
func TestFleet(t *testing.T) {
	spec := Spec{Pipelines: 30, Nights: 50, Seed: 1, WhatIf: *whatIf}
	if *full {
		spec.Pipelines, spec.Nights = 200, 120
	}
	var opted [2]float64
	for i, budget := range []float64{0, 2} {
		spec.Budget = budget
		s, table := lived(t, spec)
		t.Logf("%d pipelines, %d nights, budget of %g nights each: %s\n%s", spec.Pipelines, spec.Nights, budget, s.Habits(), table)
		if *full {
			t.Log(strings.Join(s.Story, "\n"))
		}
		if wrong := float64(s.Wrong) / max(float64(s.Deployments), 1); wrong > delta {
			t.Errorf("%.3f of the deployments are slower than what the team has\n%s", wrong, strings.Join(s.Story, "\n"))
		}
		if s.Kept > 0 {
			t.Errorf("%d regressions of 30 %% were kept for more than two adopted nights", s.Kept)
		}
		if s.Deaths > 0 || s.ExploredDeaths > 0 {
			t.Errorf("%d runs died of a recommendation, %d of exploration", s.Deaths, s.ExploredDeaths)
		}
		if len(s.Over) > 0 || budget == 0 && s.Explored > 0 || budget > 0 && s.Explored == 0 {
			t.Errorf("%d explored runs, budgets passed: %v\n%s", s.Explored, s.Over, strings.Join(s.Story, "\n"))
		}
		_, _, opted[i] = s.At(spec.Nights)
	}
	if *full && opted[1] <= opted[0] {
		t.Errorf("where people opted in, the share of the oracle's gain is %.3f without exploration and %.3f with it", opted[0], opted[1])
	}
}

// With predictions in the loop nothing worse is deployed, kept or tried: the
// made-up surface is not the model's, so that what it predicts is often off. In
// mode advise, where predictions may be proposed from the first night on and
// each pipeline that uses files uses them, they reach more of the oracle's gain
// than evidence alone.
func TestPredictedFleet(t *testing.T) {
	var used [2]float64
	for i, mode := range []string{learner.ModeAuto, learner.ModeAdvise} {
		spec := Spec{Pipelines: 10, Nights: 26, Seed: 11, Budget: 2, WhatIf: true, Decide: func(c *learner.Config) { c.Mode = mode }}
		if *full {
			spec.Pipelines, spec.Nights = 40, 60
		}
		s, table := lived(t, spec)
		t.Logf("mode %s\n%s%s", mode, table, strings.Join(s.Story, "\n"))
		if mode == learner.ModeAdvise && s.Deployments == 0 || float64(s.Wrong) > delta*float64(s.Deployments) {
			t.Errorf("mode %s: %d of %d deployments are wrong", mode, s.Wrong, s.Deployments)
		}
		if s.Kept > 0 || s.Deaths+s.ExploredDeaths > 0 || len(s.Over) > 0 {
			t.Errorf("mode %s: %d regressions kept, %d runs died of a recommendation, %d of exploration, budgets passed: %v", mode, s.Kept, s.Deaths, s.ExploredDeaths, s.Over)
		}
		used[i], _, _ = s.At(spec.Nights)
	}
	if used[1] <= used[0] {
		t.Errorf("%.3f of the oracle's gain in mode auto, %.3f in mode advise", used[0], used[1])
	}
}

// The same seed lives the same nights.
func TestSameSeedSameScore(t *testing.T) {
	table := func() string {
		s, text := lived(t, Spec{Pipelines: 12, Nights: 25, Seed: 7, Budget: 2})
		return text + strings.Join(s.Story, "\n")
	}
	if a, b := table(), table(); a != b {
		t.Errorf("two lives of one fleet:\n%s\n%s", a, b)
	}
}
