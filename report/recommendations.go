package report

import (
	"io"

	"github.com/spark-apprentice/apprentice/learner"
)

// Recommendations writes recommendations.json: a list of {pipeline, id, mode,
// baseline, settings: {key: {value, current, evidence, why}}, expected:
// {runtime_ratio, low, high, cost_ratio}, rejected, advice} with what else the
// table recommendations holds. Ratios are of the baseline's run time: below 1
// is faster; unknown is null.
func Recommendations(w io.Writer, recs []learner.Recommendation) error { return writeJSON(w, recs) }
