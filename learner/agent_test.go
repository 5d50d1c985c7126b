package learner

import (
	"slices"
	"strings"
	"testing"

	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

func TestDefaultAgents(t *testing.T) {
	var names []string
	for _, a := range DefaultAgents() {
		names = append(names, a.Name)
		for _, k := range a.Keys {
			for i, c := range k.Candidates {
				if c != sparkconf.Canonical(k.Name, c) || slices.Index(k.Candidates, c) != i {
					t.Errorf("%s: candidate %q is not canonical or not unique", k.Name, c)
				}
			}
			since := "3.0"
			if k.Since != "" {
				since = k.Since
			}
			for _, line := range []string{since + ".0", "3.5.7", "4.0.1"} {
				v, err := sparkconf.ParseVersion(line)
				if err != nil {
					t.Fatal(err)
				}
				if _, ok := sparkconf.Lookup(k.Name, v); !ok && sparkconf.CompareLines(v.Line(), "3.3") >= 0 {
					t.Errorf("%s is not known to Spark %s", k.Name, line)
				}
			}
		}
	}
	if want := []string{"partition", "memory", "core", "cache"}; !slices.Equal(names, want) {
		t.Errorf("agents %v, want %v", names, want)
	}
}

func TestLoadAgents(t *testing.T) {
	const one = "agents:\n- name: a\n  state: [{field: input_bytes, edges: [1, 2]}]\n  keys: [{name: spark.executor.memory, candidates: [1024m, 2g]}]\n"
	agents, err := LoadAgents(strings.NewReader(one))
	if err != nil {
		t.Fatal(err)
	}
	if got := agents[0].Keys[0].Candidates[0]; got != "1g" {
		t.Errorf("candidate %q, want 1g", got)
	}
	f := agents[0].State[0]
	for v, want := range map[float64]int{0.5: 0, 1: 1, 1.5: 1, 2: 2, 9: 2} {
		if got := f.bucket(v); got != want {
			t.Errorf("bucket(%g) = %d, want %d", v, got, want)
		}
	}
	for _, test := range []struct{ name, yaml, want string }{
		{"empty", "", "the file is empty"},
		{"no agents", "agents: []\n", "no agent is declared"},
		{"unknown field", "agents:\n- nam: a\n", "field nam not found"},
		{"no name", "agents:\n- keys: []\n", "agent 1 has no name"},
		{"two of a name", one + "- name: a\n", `two agents are named "a"`},
		{"two owners", one + "- name: b\n  keys: [{name: spark.executor.memory}]\n", "a and b both own spark.executor.memory"},
		{"misspelt key", strings.Replace(one, "executor.memory", "executor.memry", 1), `did you mean "spark.executor.memory"?`},
		{"key that changes results", strings.Replace(one, "spark.executor.memory", "spark.sql.ansi.enabled", 1), `no agent may own "spark.sql.ansi.enabled"`},
		{"outcome as state", strings.Replace(one, "input_bytes", "disk_spilled_bytes", 1), "not a demand of the data"},
		{"edges that fall", strings.Replace(one, "[1, 2]", "[2, 1]", 1), "edges must rise"},
		{"no edges", strings.Replace(one, "[1, 2]", "[]", 1), "has no edges"},
		{"bad version", strings.Replace(one, "candidates", "since: new, candidates", 1), "since"},
		{"empty candidate", strings.Replace(one, "2g", `" "`, 1), "candidate 2 is empty"},
		{"pair with nobody", one + "  pairs: [z]\n", `"z", which is no other agent`},
		{"pair with itself", one + "  pairs: [a]\n", "which is no other agent"},
	} {
		if _, err := LoadAgents(strings.NewReader(test.yaml)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}

// Agents of one's own decide: an agent that does not own AQE cannot switch it on.
func TestAgentsAreData(t *testing.T) {
	f := fleetOf(provenNights(9, ""))
	agents, err := LoadAgents(strings.NewReader("agents:\n- name: only\n  keys: [{name: spark.sql.shuffle.partitions}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	res, err := Learn(t.Context(), f, agents, DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	if r := rec(t, res, "p"); len(r.Settings) > 0 || !strings.Contains(r.Rejected[0].Why, "which no agent owns") {
		t.Errorf("settings %v, rejected %+v", r.Settings, r.Rejected)
	}
}
