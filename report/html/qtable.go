package html

import (
	"cmp"
	"slices"

	"github.com/spark-apprentice/apprentice/learner"
)

// A qtable is what one agent, or a pair of them, knows of a pipeline: a column
// for each action, a row for each state. q is the expected log speed-up when
// the agent alone leaves the baseline.
type qtable struct {
	Agent   string   `json:"agent"`
	Actions []string `json:"actions"`
	States  []string `json:"states"`
	Cells   []qcell  `json:"cells"`
}

type qcell struct {
	State    int     `json:"state"`
	Action   int     `json:"action"`
	Q        float64 `json:"q"`
	SD       float64 `json:"sd"`
	Runs     int64   `json:"runs"`
	Blocks   int64   `json:"blocks"`
	Evidence string  `json:"evidence"`
}

// qtables arranges cells; the baseline's, which are 0 by definition, are left out.
func qtables(cells []learner.QValue) []qtable {
	list := []qtable{}
	at := map[string]int{}
	for _, v := range cells {
		if v.Baseline {
			continue
		}
		i, ok := at[v.Agent]
		if !ok {
			i = len(list)
			at[v.Agent] = i
			list = append(list, qtable{Agent: show(v.Agent), Actions: []string{}, States: []string{}, Cells: []qcell{}})
		}
		t := &list[i]
		t.Cells = append(t.Cells, qcell{indexOf(&t.States, show(v.Bucket)), indexOf(&t.Actions, show(v.Action)), short(v.Q), short(v.SD), v.Runs, v.Blocks, v.Evidence})
	}
	slices.SortStableFunc(list, func(a, b qtable) int { return cmp.Compare(a.Agent, b.Agent) })
	return list
}

// indexOf finds s in a list, or adds it.
func indexOf(list *[]string, s string) int {
	i := slices.Index(*list, s)
	if i < 0 {
		i = len(*list)
		*list = append(*list, s)
	}
	return i
}
