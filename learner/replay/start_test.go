package replay

import (
	"strings"
	"testing"
)

// Each of Spark's checks before the first task, at its bound.
func TestNoStart(t *testing.T) {
	r := open(t, New(Priors()), night(t, "DocTopics"))
	for _, test := range []struct {
		settings map[string]string
		says     string // empty: it starts
	}{
		{nil, ""},
		{map[string]string{heapKey: "1m"}, "at least 450 MiB"},
		{map[string]string{heapKey: "449m"}, "at least 450 MiB"},
		{map[string]string{heapKey: "450m"}, ""},
		{map[string]string{"spark.executor.cores": "2", "spark.task.cpus": "3"}, "spark.executor.cores=2"},
		{map[string]string{"spark.executor.cores": "2", "spark.task.cpus": "2"}, ""},
		{map[string]string{"spark.memory.offHeap.enabled": "true"}, "spark.memory.offHeap.size"},
		{map[string]string{"spark.memory.offHeap.enabled": "true", "spark.memory.offHeap.size": "64m"}, ""},
		{map[string]string{"spark.dynamicAllocation.enabled": "true", "spark.dynamicAllocation.minExecutors": "3", "spark.dynamicAllocation.maxExecutors": "2"}, "maxExecutors=2"},
		{map[string]string{"spark.dynamicAllocation.minExecutors": "3", "spark.dynamicAllocation.maxExecutors": "2"}, ""},
	} {
		if got := r.NoStart(test.settings); (got == "") != (test.says == "") || !strings.Contains(got, test.says) {
			t.Errorf("%v: %q, want %q", test.settings, got, test.says)
		}
	}
	// In a local master the driver's heap rules.
	a := *night(t, "DocTopics")
	a.Run.ClusterManager = "local"
	if got := open(t, New(Priors()), &a).NoStart(map[string]string{heapKey: "1m"}); got != "" {
		t.Errorf("local: %q", got)
	}
}
