package learner

import (
	"cmp"
	"slices"
)

// topChoices is how many of its actions an agent puts forward.
const topChoices = 5

// A choice is one of an agent's actions.
type choice struct {
	text    string  // the agent's settings
	q       float64 // expected log speed-up when the agent alone leaves the baseline
	changed int     // keys that differ from the baseline; 0: the baseline
	part    part
}

// best puts the baseline first, and after it the best choices by q. Ties go to
// fewer changes, then to the text.
func best(choices []choice) []choice {
	sorted := slices.Clone(choices)
	slices.SortFunc(sorted, func(a, b choice) int {
		return cmp.Or(
			-cmp.Compare(b2i(a.changed == 0), b2i(b.changed == 0)),
			cmp.Compare(b.q, a.q), cmp.Compare(a.changed, b.changed), cmp.Compare(a.text, b.text))
	})
	return sorted[:min(len(sorted), topChoices)]
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// sameBound is the difference below which two bounds are a tie.
const sameBound = 1e-12

// coordinate returns the element of the joint product of the agents' choices
// with the best bound that is at least least; nil if none is: the baseline
// stays. bound tells the lower confidence bound of a joint choice, and false
// where a limit or a guard forbids it. Ties go to the fewest changed keys, then
// to the first in the order of the choices. The baseline itself is never asked for.
func coordinate(agents [][]choice, least float64, bound func([]choice) (float64, bool)) []choice {
	joint := make([]choice, len(agents))
	var found []choice
	var foundBound float64
	foundChanged := 0
	var visit func(i, changed int)
	visit = func(i, changed int) {
		if i < len(agents) {
			for _, c := range agents[i] {
				joint[i] = c
				visit(i+1, changed+c.changed)
			}
			return
		}
		if changed == 0 {
			return
		}
		v, ok := bound(joint)
		if !ok || v < least {
			return
		}
		if found == nil || v > foundBound+sameBound || v > foundBound-sameBound && changed < foundChanged {
			found, foundBound, foundChanged = slices.Clone(joint), v, changed
		}
	}
	visit(0, 0)
	return found
}
