package learner

import (
	"maps"
	"math"
	"strings"
	"testing"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
)

// A job died of its result: 3 of 16 tasks had sent 1465.0 KiB, so that all
// would have sent 1465.0 × 16 / 3 = 7813 KiB.
func TestAdviceOnResults(t *testing.T) {
	r := learn(t, caseFleet(t, "i_max_result_size"), nil).Recommendations[0]
	want := "the job died because 1.4 MiB of results was more than spark.driver.maxResultSize=1m: 3 of 16 tasks had answered, all would have sent about 7.6 MiB."
	if got := strings.Join(r.Advice, "\n"); !strings.Contains(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	// Results that come near the bound, and those that do not.
	for size, speaks := range map[int64]bool{900 << 10: true, 100 << 10: false} {
		f := caseFleet(t, "i_broadcast_join_aqe_on")
		f.Stages[1].ResultSizeBytes = size
		got := strings.Join(learn(t, f, nil).Recommendations[0].Advice, "\n")
		if strings.Contains(got, "88 % of spark.driver.maxResultSize (1m)") != speaks {
			t.Errorf("%d bytes: %q", size, got)
		}
	}
}

// A death by results is no news once a run came through, or has another limit.
func TestOldDeathsByResults(t *testing.T) {
	const says, key = "the job died because", "spark.driver.maxResultSize"
	for _, test := range []struct {
		name  string
		later func(*features.Run)
		speak bool
	}{
		{"failed again, otherwise", func(r *features.Run) {}, true},
		{"came through", func(r *features.Run) { r.Outcome = features.Succeeded }, false},
		{"raised", func(r *features.Run) {
			r.ConfEffective = maps.Clone(r.ConfEffective)
			r.ConfEffective[key] = features.Setting{Value: "4g", Source: features.FromLog}
		}, false},
	} {
		f := caseFleet(t, "i_max_result_size")
		later := f.Runs[0]
		later.RunKey, later.ResultTooLargeCount = "later", 0
		later.StartedAt = null.Of(later.StartedAt.V.AddDate(0, 0, 1))
		test.later(&later)
		f.Runs = append(f.Runs, later)
		if got := strings.Join(learn(t, f, nil).Recommendations[0].Advice, "\n"); strings.Contains(got, says) != test.speak {
			t.Errorf("%s: %q", test.name, got)
		}
	}
}

func TestAdviceOnBroadcasts(t *testing.T) {
	f := caseFleet(t, "i_broadcast_join_aqe_on")
	if b := f.Executions[0].BroadcastBytes; !b.OK || b.V == 0 {
		t.Fatal("the log tells no broadcast")
	}
	if got := strings.Join(learn(t, f, nil).Recommendations[0].Advice, "\n"); strings.Contains(got, "A query broadcasts") {
		t.Errorf("a small broadcast: %q", got)
	}
	f.Executions[0].BroadcastBytes = null.Of[int64](200 << 20)
	if got := strings.Join(learn(t, f, nil).Recommendations[0].Advice, "\n"); !strings.Contains(got, "A query broadcasts 200 MiB through a driver of 1g") {
		t.Errorf("200 MiB: %q", got)
	}
}

// The parts of the time without a stage add up to it, on every real log.
func TestDriverTimeAddsUp(t *testing.T) {
	for _, name := range []string{"g_cached_many", "i_broadcast_join_aqe_on", "i_sort_merge_join", "j_rdd_only", "g_not_cached_reused"} {
		f := caseFleet(t, name)
		h := histories(f, DefaultAgents(), DefaultConfig())[0]
		if len(h.nights) == 0 {
			t.Fatalf("%s does not train: %s", name, f.Runs[0].ExclusionReason)
		}
		var ex []*features.Execution
		for i := range f.Executions {
			ex = append(ex, &f.Executions[i])
		}
		d, ok := splitDriver(h.nights[0], ex)
		if !ok {
			t.Fatal(name)
		}
		// Stages in milliseconds, cut at the first executor.
		busy, at := 0.0, f.Runs[0].StartedAt.V.UnixMilli()+int64(1000*f.Runs[0].ExecutorWaitS.Or(0))
		for _, s := range h.nights[0].stages { // by id; none of these logs overlaps stages out of order
			from, to := max(s.SubmittedAt.V.UnixMilli(), at), s.CompletedAt.V.UnixMilli()
			if to > from {
				busy += float64(to-from) / 1000
				at = to
			}
		}
		sum := d.planning + d.between + d.commit + d.outside
		if want := h.nights[0].seconds - busy; math.Abs(sum-want) > 0.002 {
			t.Errorf("%s: %.3f s, want %.3f (%+v)", name, sum, want, d)
		}
		t.Logf("%s: %+v of %.1f s", name, d, h.nights[0].seconds)
		if len(ex) > 0 && d.planning == 0 || len(ex) == 0 && d.planning+d.between+d.commit > 0 {
			t.Errorf("%s: %+v", name, d)
		}
	}
}
