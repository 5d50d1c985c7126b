package report

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/spark-apprentice/apprentice/internal/null"
	"github.com/spark-apprentice/apprentice/learner"
)

// livedRecommendations is a fleet in which every state of adoption, a drift and
// a draw occur, with a name that a terminal would obey.
func livedRecommendations() []learner.Recommendation {
	ratio := func(a learner.Adoption) learner.Adoption {
		a.Ratio, a.Low, a.High = null.Of(0.61), null.Of(0.55), null.Of(0.68)
		return a
	}
	var list []learner.Recommendation
	for i, a := range []learner.Adoption{
		{State: learner.AdoptionProposed, Since: "2026-10-12"},
		ratio(learner.Adoption{State: learner.AdoptionInForce, Since: "2026-10-13", Runs: 2, Adopted: 2}),
		{State: learner.AdoptionNotAdopted, Since: "2026-10-13", Runs: 4},
		ratio(learner.Adoption{State: learner.AdoptionOverridden, Since: "2026-10-15", Key: "spark.sql.shuffle.partitions", Value: "200\x1b[31m", Runs: 4, Adopted: 1, Overridden: 3}),
		ratio(learner.Adoption{State: learner.AdoptionConfirmed, Since: "2026-10-18", Runs: 6, Adopted: 6}),
		ratio(learner.Adoption{State: learner.AdoptionRolledBack, Since: "2026-10-18", Runs: 3, Adopted: 3, Why: "rolled back: 2 of 3 adopted runs up to 2026-10-18 failed or took longer than predicted"}),
		{State: learner.AdoptionQuarantined, Since: "2026-10-15", Runs: 1, Adopted: 1, Failed: 1, Why: "rolled back: heap oom on 2026-10-15, which the baseline never had"},
	} {
		r := madeRecommendation()
		r.Pipeline, r.Adoption = fmt.Sprintf("orders-%d-%s", i, a.State), a
		if a.State == learner.AdoptionRolledBack || a.State == learner.AdoptionQuarantined {
			r.Settings, r.File, r.Status = nil, nil, "rejected"
		}
		if i == 0 {
			r.Drift = []learner.Drift{{Kind: learner.DriftPlan, Since: "2026-10-11", What: "plan-a → plan-b", Handled: "reset: 9 runs before it train no more"}}
			r.Said = []string{"pinned spark.executor.memory=8g", "accepted r-0f3a9c"}
			r.Exploration = learner.Exploration{Allowed: true, Key: "spark.sql.files.maxPartitionBytes", Value: "64m", Current: "128m", From: r.File,
				Propensity: null.Of(0.0213), Epsilon: 0.26, Runs: 2, BudgetS: 600, SpentS: 31, RiskS: 44}
		}
		list = append(list, r)
	}
	return list
}

func TestAdoptionIsToldWhole(t *testing.T) {
	recs := livedRecommendations()
	n := Night{Runs: 90, Recs: recs, Output: "out"}
	golden(t, "lived_summary", render(t, func(w *bytes.Buffer) error { return Summary(w, n) }))
	for _, i := range []int{0, 3, 5} {
		golden(t, fmt.Sprint("lived_explain_", i), render(t, func(w *bytes.Buffer) error { return Explain(w, recs[i], nil) }))
	}
}

// What was taken back is told beside the proposal that stands in its place, in
// the night on which that was; explain tells it later, too.
func TestTakenBackBesideAProposal(t *testing.T) {
	r := madeRecommendation()
	r.Adoption = learner.Adoption{State: learner.AdoptionProposed, ID: r.FileID, Since: "2026-10-16"}
	r.Files = []learner.Written{{ID: "r-old", Settings: map[string]string{"spark.sql.shuffle.partitions": "8"}}}
	r.TakenBack = learner.Adoption{State: learner.AdoptionRolledBack, ID: "r-old", Since: "2026-10-16", Runs: 1, Adopted: 1, Failed: 1, Why: "rolled back: heap oom on 2026-10-16, which the baseline never had"}
	const line = "sql.shuffle.partitions=8: rolled back since 2026-10-16: heap oom on 2026-10-16, which the baseline never had. 1 run used it"
	for state, told := range map[string]bool{learner.AdoptionRolledBack: true, learner.AdoptionQuarantined: false} {
		r.TakenBack.State = state
		night := string(render(t, func(w *bytes.Buffer) error {
			return Summary(w, Night{Runs: 90, Recs: []learner.Recommendation{r}, Output: "out"})
		}))
		if strings.Contains(strings.Join(strings.Fields(night), " "), "TAKEN BACK orders-enrich "+line) != told || strings.Contains(night, "1 change, 1 taken back, 0 unchanged") != told || !strings.Contains(night, "CHANGES") {
			t.Errorf("%s:\n%s", state, night)
		}
		why := strings.Join(strings.Fields(string(render(t, func(w *bytes.Buffer) error { return Explain(w, r, nil) }))), " ")
		if !strings.Contains(why, "taken back sql.shuffle.partitions=8: "+strings.ReplaceAll(state, "_", " ")+" since 2026-10-16") {
			t.Errorf("%s:\n%s", state, why)
		}
	}
}

// The file of a night that tries something says so, and carries both markers.
func TestExploredFile(t *testing.T) {
	r := livedRecommendations()[0]
	r.SparkVersion = "3.5.7"
	r.File = map[string]string{"spark.sql.shuffle.partitions": "64", r.Exploration.Key: "64m"}
	d, err := decide(r)
	if err != nil {
		t.Fatal(err)
	}
	text := string(d.overrides())
	for _, want := range []string{
		"\nspark.apprentice.recommendation=r-77aa01\nspark.apprentice.propensity=0.0213\n",
		"# spark.sql.files.maxPartitionBytes: 128m -> 64m (explored)\n", "\nspark.sql.files.maxPartitionBytes=64m\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("want %q in\n%s", want, text)
		}
	}
	delete(r.File, r.Exploration.Key)
	if d, err = decide(r); err != nil || !strings.Contains(string(d.overrides()), "Tried tonight: spark.sql.files.maxPartitionBytes is left out, so that it is 64m again and not 128m.") {
		t.Errorf("a step back to what the pipeline has: %v\n%s", err, d.overrides())
	}
}
