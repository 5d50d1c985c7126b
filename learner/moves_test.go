package learner

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// A note counts the steps that the search tried, and no others.
func TestNotesCountWhatIsTried(t *testing.T) {
	noted := 0
	for _, j := range judgements(t, lab(t)) {
		for i, a := range j.agents {
			got, n := j.whySilent(a), len(j.singles(i))
			if n == 0 || !strings.HasPrefix(got, "none of ") {
				continue
			}
			noted++
			if want := fmt.Sprintf("none of %s is proven", count(n, "possible step")); !strings.HasPrefix(got, want) {
				t.Errorf("%s, %s: %q, want %q", j.name, a.Name, got, want)
			}
		}
	}
	if noted < 8 {
		t.Errorf("only %d notes", noted)
	}
}

// Moves that need another agent's keys, and keys that people keep, say so.
func TestMovesOfOthersKeys(t *testing.T) {
	p, base := siteOfProps("3.5.7", yarnProps, 6, 4)
	core := DefaultAgents()[2]
	others := 0
	for _, m := range p.moves(core, base, candidates) {
		if _, heap := m.changes[heapKey]; heap {
			others++
			if !strings.Contains(m.why, "no key of this agent's") {
				t.Errorf("%v: %q", m.changes, m.why)
			}
		}
	}
	if others == 0 {
		t.Error("no shape needs another heap")
	}
	j := judgements(t, lab(t))[0]
	memory := slices.IndexFunc(j.agents, func(a Agent) bool { return a.owns(fractionKey) })
	j.rules.preserve = []string{fractionKey}
	for _, one := range j.singles(memory) {
		if _, ok := one[fractionKey]; ok {
			t.Errorf("tries %v, which people keep", one)
		}
	}
}

// What YARN rounds up to is there for the heap, where it is known.
func TestFill(t *testing.T) {
	bare := maps.Clone(yarnProps)
	delete(bare, incrementKey)
	for _, test := range []struct {
		name  string
		props map[string]string
		want  string // heap; empty: nothing is left
	}{
		{"4096 + 409 of 5120 MiB", yarnProps, "4608m"}, // and 460; a step more would be 5139
		{"an overhead that is asked for", plus(yarnProps, overheadKey, "384m"), "4736m"},
		{"off-heap takes it", plus(yarnProps, "spark.memory.offHeap.enabled", "true", "spark.memory.offHeap.size", "600m"), ""},
		{"small increments leave nothing", plus(yarnProps, incrementKey, "64"), ""},
		{"nothing known of the increment", bare, ""},
		{"Kubernetes does not round", k8sProps, ""},
	} {
		p, base := siteOfProps("3.5.7", test.props, 6, 4)
		got := p.fill(base)
		if got[heapKey] != test.want || len(got) > 1 {
			t.Errorf("%s: %v, want a heap of %s", test.name, got, test.want)
		}
		proposed := slices.ContainsFunc(p.moves(DefaultAgents()[1], base, candidates), func(m move) bool {
			return m.why == "" && m.changes[heapKey] == test.want
		})
		if test.want != "" && !proposed {
			t.Errorf("%s: not among the memory agent's moves", test.name)
		}
		if from, _ := p.allocationOf(base); test.want != "" {
			if to, _ := p.allocationOf(merged(base, got)); to.container != from.container {
				t.Errorf("%s: a container of %s", test.name, sparkconf.FormatSize(to.container))
			}
		}
	}
}
