package learner

import (
	"strings"
	"testing"
)

// What Memory, Core and Cache saw on real logs, and why they are silent.
func TestAgentNotes(t *testing.T) {
	for _, test := range []struct{ name, agent, saw, silent string }{
		{"g_cached_many", "cache", "Project [id, (id % 9) AS k] (MEMORY_AND_DISK) read by 5 other jobs, 40.6 KiB", "possible steps"},
		{"g_cached_many", "memory", "heap 1g", "possible step"},
		{"g_cached_many", "core", "1 executor of 2 cores, 2 task slots", "local mode"},
		{"j_resource_profile", "memory", "heap 512m", "resource profiles of its own: they are read, not tuned"},
		{"j_resource_profile", "core", "executors of", "resource profiles of its own"},
		{"j_dynamic_allocation", "core", "dynamic allocation, at most 3 executors of 1 core, 3 task slots", "forbidden, most: needs"},
	} {
		r := learn(t, caseFleet(t, test.name), nil).Recommendations[0]
		found := false
		for _, a := range r.Agents {
			if a.Agent != test.agent {
				continue
			}
			found = true
			if !strings.Contains(a.Saw, test.saw) || !strings.Contains(a.Silent, test.silent) {
				t.Errorf("%s, %s: saw %q, silent %q; want %q, %q", test.name, test.agent, a.Saw, a.Silent, test.saw, test.silent)
			}
		}
		if !found {
			t.Errorf("%s: no note of %s: %s", test.name, test.agent, r.Reason)
		}
	}
}
