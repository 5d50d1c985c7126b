package replay

import "testing"

// plan is what Spark makes of a run's data under settings.
func (r *Replay) plan(settings map[string]string) *plan { return r.planAt(settings, 1) }

// Settings that do the same to tonight's input need not do so to tomorrow's.
func TestSamePlanAt(t *testing.T) {
	r := open(t, New(Priors()), night(t, "orders_enrich")) // 60 MB on two slots
	splits := map[string]string{"spark.sql.files.maxPartitionBytes": "256m"}
	if !r.SamePlanAt(nil, splits, 1) || !r.SamePlan(nil, splits) {
		t.Error("splits larger than an even share of the logged input change it")
	}
	if r.SamePlanAt(nil, splits, 100) || r.SamePlanAt(splits, nil, 100) {
		t.Error("splits of 128m and of 256m cut 6 GB alike")
	}
}
