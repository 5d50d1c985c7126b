package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/spark-apprentice/apprentice/features"
)

// A stageChange is the stages of one signature in both runs.
type stageChange struct {
	Signature string    `json:"stage_signature"`
	Work      string    `json:"work"`
	A         *stageSum `json:"a"` // nil: b alone has it
	B         *stageSum `json:"b"`
	Charged   change    `json:"charged_s"`
}

// A stageSum adds up the stage attempts of one signature in one run.
type stageSum struct {
	StageIDs          []int64 `json:"stage_ids"`
	ChargedS          float64 `json:"charged_s"`
	Tasks             int64   `json:"ended_tasks"`
	InputBytes        int64   `json:"input_bytes"`
	ShuffleReadBytes  int64   `json:"shuffle_read_bytes"`
	ShuffleWriteBytes int64   `json:"shuffle_write_bytes"`
	OutputBytes       int64   `json:"output_bytes"`
	DiskSpilledBytes  int64   `json:"disk_spilled_bytes"`
	GCTimeS           float64 `json:"jvm_gc_time_s"`
}

// stageChanges matches stages by signature, largest change first. A signature
// that occurs several times in a run (a loop, a retry) is added up.
func stageChanges(a, b []features.Stage) []stageChange {
	bySignature := map[string]*stageChange{}
	var order []string
	at := func(s *features.Stage) *stageChange {
		c := bySignature[s.StageSignature]
		if c == nil {
			c = &stageChange{Signature: s.StageSignature, Work: work(s.Operators, s.Name)}
			bySignature[s.StageSignature] = c
			order = append(order, s.StageSignature)
		}
		return c
	}
	for i := range a {
		c := at(&a[i])
		c.A = c.A.plus(&a[i])
	}
	for i := range b {
		c := at(&b[i])
		c.B = c.B.plus(&b[i])
	}
	var list []stageChange
	for _, signature := range order {
		c := bySignature[signature]
		c.Charged = newChange(c.A.charged(), c.B.charged())
		list = append(list, *c)
	}
	slices.SortStableFunc(list, func(x, y stageChange) int {
		return cmp.Or(cmp.Compare(math.Abs(y.Charged.Delta), math.Abs(x.Charged.Delta)), strings.Compare(x.Signature, y.Signature))
	})
	return list
}

func (s *stageSum) plus(stage *features.Stage) *stageSum {
	if s == nil {
		s = &stageSum{}
	}
	s.StageIDs = append(s.StageIDs, stage.StageID)
	s.ChargedS += stage.ChargedS.Or(0)
	s.Tasks += stage.EndedTasks
	s.InputBytes += stage.InputBytes
	s.ShuffleReadBytes += stage.ShuffleReadBytes
	s.ShuffleWriteBytes += stage.ShuffleWriteBytes
	s.OutputBytes += stage.OutputBytes
	s.DiskSpilledBytes += stage.DiskSpilledBytes
	s.GCTimeS += stage.JVMGCTimeS
	return s
}

func (s *stageSum) charged() float64 {
	if s == nil {
		return 0
	}
	return s.ChargedS
}

// stageLabel names the stages of a change by their ids, or counts them: 3,
// 4 → 6, 12 stages → 7, only b: 5.
func stageLabel(s *stageChange) string {
	name := func(s *stageSum) string {
		if len(s.StageIDs) > 1 {
			return fmt.Sprintf("%d stages", len(s.StageIDs))
		}
		return fmt.Sprint(s.StageIDs[0])
	}
	switch {
	case s.A == nil:
		return "only b: " + name(s.B)
	case s.B == nil:
		return "only a: " + name(s.A)
	case name(s.A) == name(s.B):
		return name(s.A)
	case len(s.A.StageIDs) > 1 && len(s.B.StageIDs) > 1:
		return fmt.Sprintf("%d → %s", len(s.A.StageIDs), name(s.B))
	}
	return name(s.A) + " → " + name(s.B)
}
