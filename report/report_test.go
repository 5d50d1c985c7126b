package report

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
	"github.com/spark-apprentice/apprentice/learner"
)

func render(t *testing.T, f func(*bytes.Buffer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// unchangedRecs are n pipelines that stay as they are.
func unchangedRecs(n int) []learner.Recommendation {
	var recs []learner.Recommendation
	for i := range n {
		recs = append(recs, learner.Recommendation{Pipeline: fmt.Sprintf("load-%03d", i), Runs: int64(i), Status: "unchanged", Reason: "no setting differed in two blocks of nights"})
	}
	return recs
}

func TestMadeReports(t *testing.T) {
	rec := madeRecommendation()
	q := []learner.QValue{
		{Level: "pipeline", Pipeline: rec.Pipeline, Agent: "partition", Bucket: "b3 r7", Action: "spark.sql.adaptive.enabled=true", Q: 1.1, SD: 0.05, Runs: 6, Blocks: 2, Evidence: "observed"},
		{Level: "pipeline", Pipeline: rec.Pipeline, Agent: "partition", Bucket: "b3 r7", Action: "spark.sql.adaptive.enabled=false", Baseline: true},
		{Level: "global", Agent: "partition", Bucket: "b3 r7", Action: "spark.sql.adaptive.enabled=true", Q: 0.5},
		{Level: "pipeline", Pipeline: "other", Agent: "partition", Action: "spark.sql.adaptive.enabled=true", Q: 0.5},
	}
	night := Night{
		Logs: 104, Events: 61771, Runs: 104, InProgress: 3, Skipped: 5, Excluded: map[string]int{"failed": 2, "incomplete": 3},
		Unreadable: []features.Unreadable{{Log: "/logs/app-1", Reason: "not a Spark event log"}, {Log: "/logs/app-2\x1b]0;x\a", Reason: "log is empty"}},
		Recs:       append(unchangedRecs(3), rec), Changed: []string{"a", "b"}, Output: "out/demo",
	}
	crowd := night
	crowd.Recs = unchangedRecs(300)
	for i := range 100 {
		r := madeRecommendation()
		r.Pipeline = fmt.Sprintf("orders-%03d", i)
		r.Expected.BaselineS = null.Of(float64(i))
		crowd.Recs = append(crowd.Recs, r)
	}
	for name, f := range map[string]func(*bytes.Buffer) error{
		"made_inspect":         func(b *bytes.Buffer) error { return Inspect(b, madeRun()) },
		"made_diff":            func(b *bytes.Buffer) error { return Diff(b, madeRun(), laterRun()) },
		"made_diff_json":       func(b *bytes.Buffer) error { return DiffJSON(b, madeRun(), laterRun()) },
		"made_explain":         func(b *bytes.Buffer) error { return Explain(b, rec, q) },
		"made_recommendations": func(b *bytes.Buffer) error { return Recommendations(b, []learner.Recommendation{rec, {}}) },
		"made_summary":         func(b *bytes.Buffer) error { return Summary(b, night) },
		"made_summary_crowd":   func(b *bytes.Buffer) error { return Summary(b, crowd) },
	} {
		t.Run(name, func(t *testing.T) { golden(t, name, render(t, f)) })
	}
}
