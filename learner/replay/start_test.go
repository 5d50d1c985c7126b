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
	// Who gives an executor how many cores where none are asked for.
	for _, test := range []struct {
		manager   string
		executors int64 // of two cores each as logged, 0: none was seen
		settings  map[string]string
		says      string
	}{
		{"standalone", 1, map[string]string{"spark.task.cpus": "4"}, "here 2"},
		{"standalone", 3, map[string]string{"spark.task.cpus": "4"}, "here 2"},
		{"standalone", 3, map[string]string{"spark.task.cpus": "2"}, ""},
		{"standalone", 3, map[string]string{"spark.task.cpus": "2", "spark.cores.max": "1"}, "here 1"},
		{"standalone", 3, map[string]string{"spark.executor.cores": "4", "spark.cores.max": "2"}, "spark.cores.max=2"},
		{"standalone", 3, map[string]string{"spark.executor.cores": "4", "spark.task.cpus": "4"}, ""},
		{"standalone", 0, map[string]string{"spark.task.cpus": "4"}, ""},
		{"yarn", 1, map[string]string{"spark.task.cpus": "2"}, "1 where spark.executor.cores is not set"},
		{"kubernetes", 1, map[string]string{"spark.executor.cores": "4", "spark.task.cpus": "2"}, ""},
		{"local", 1, map[string]string{"spark.task.cpus": "4"}, ""},
	} {
		a := *night(t, "DocTopics")
		a.Run.ClusterManager, a.Run.ExecutorsMax, a.Run.CoresMax = test.manager, test.executors, 2*test.executors
		a.Run.ConfEffective, a.Run.ConfLogged = nil, nil
		if got := open(t, New(Priors()), &a).NoStart(test.settings); (got == "") != (test.says == "") || !strings.Contains(got, test.says) {
			t.Errorf("%s, %v: %q, want %q", test.manager, test.settings, got, test.says)
		}
	}
	// In a local master the driver's heap rules.
	a := *night(t, "DocTopics")
	a.Run.ClusterManager = "local"
	if got := open(t, New(Priors()), &a).NoStart(map[string]string{heapKey: "1m"}); got != "" {
		t.Errorf("local: %q", got)
	}
}
