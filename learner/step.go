package learner

import (
	"maps"
	"slices"

	"github.com/spark-apprentice/apprentice/features"
)

// Steps that every run has: the driver, step 0, and what no two settings share.
const (
	driverStep = "driver"
	wholeRun   = "run"
)

// smallStep is the share of the run below which a step is not kept apart: the
// log of a step of a few milliseconds is noise.
const smallStep = 0.02

// A stepping says how runs under two settings are cut into the same steps.
// A SQL execution is compared stage by stage where every run of both has the
// same stages in it, as a whole where every run has it, and otherwise within
// the rest of the run; stages outside SQL likewise. Whatever the level, the
// charges of a run add up to its time.
type stepping struct {
	names []string        // driver first, then sorted
	stage map[string]bool // steps within the run: stages and whole executions
}

// stageKey is what makes a stage the same step on every night.
func stageKey(s *features.Stage) string { return s.StageSignature }

func stageStep(plan, key string) string { return "stage:" + plan + "/" + key }

// planOf is the plan of the stage's execution; empty outside SQL and where the
// execution has no row.
func (n *night) planOf(s *features.Stage) string {
	if !s.SQLExecutionID.OK {
		return ""
	}
	return n.plans[s.SQLExecutionID.V]
}

// stepOf is the step of a stage.
func (st *stepping) stepOf(n *night, s *features.Stage) string {
	if name := stageStep(n.planOf(s), stageKey(s)); st.stage[name] {
		return name
	}
	if name := "sql:" + n.planOf(s); st.stage[name] {
		return name
	}
	return wholeRun
}

// charges cuts a run's time: one value for each step. The driver gets what no
// stage is charged with, so that the sum is the run's time.
func (st *stepping) charges(n *night) []float64 {
	c := make([]float64, len(st.names))
	rest := n.seconds
	for _, s := range n.stages {
		if len(st.names) == 1 || !s.ChargedS.OK {
			continue
		}
		i, _ := slices.BinarySearch(st.names[1:], st.stepOf(n, s))
		c[i+1] += s.ChargedS.V
		rest -= s.ChargedS.V
	}
	c[0] = rest
	return c
}

// matchSteps finds the steps that all the given runs share. Runs whose stages
// were not charged leave one step, the run.
func matchSteps(groups ...[]*night) *stepping {
	var nights []*night
	for _, g := range groups {
		nights = append(nights, g...)
	}
	for _, n := range nights {
		if !charged(n) {
			return &stepping{names: []string{wholeRun}}
		}
	}
	st := &stepping{stage: map[string]bool{}}
	for plan, whole := range sharedPlans(nights) {
		if whole {
			st.stage["sql:"+plan] = true
		}
		for _, key := range sharedStages(nights, plan) {
			st.stage[stageStep(plan, key)] = true
		}
	}
	st.index()
	// The driver gets what no stage is charged with: where that is next to
	// nothing in each run, its log says nothing.
	mean := make([]float64, len(st.names))
	for _, n := range nights {
		for i, c := range st.charges(n) {
			mean[i] += c / n.seconds / float64(len(nights))
		}
	}
	for i, name := range st.names {
		if i > 0 && mean[i] < smallStep && name != wholeRun {
			delete(st.stage, name)
		}
	}
	st.index()
	return st
}

func (st *stepping) index() {
	names := slices.AppendSeq([]string{wholeRun}, maps.Keys(st.stage))
	slices.Sort(names)
	st.names = append([]string{driverStep}, names...)
}

// charged reports whether the run's time was shared out among its stages.
func charged(n *night) bool {
	var sum float64
	for _, s := range n.stages {
		sum += s.ChargedS.Or(0)
	}
	// Not charged at all, or charged with more than the run's time: damaged.
	return sum > 0 && sum <= n.seconds*1.001
}

// sharedPlans maps the plans of SQL executions to whether every run has them.
// The plan "" stands for stages outside SQL: it never is a step of its own.
func sharedPlans(nights []*night) map[string]bool {
	count := map[string]int{}
	for _, n := range nights {
		seen := map[string]bool{}
		for _, s := range n.stages {
			if p := n.planOf(s); !seen[p] {
				seen[p] = true
				count[p]++
			}
		}
	}
	shared := map[string]bool{}
	for p, c := range count {
		shared[p] = p != "" && c == len(nights)
	}
	return shared
}

// sharedStages lists the stages of a plan if every run has exactly the same.
func sharedStages(nights []*night, plan string) []string {
	var common []string
	for i, n := range nights {
		seen := map[string]bool{}
		for _, s := range n.stages {
			if n.planOf(s) == plan {
				seen[stageKey(s)] = true
			}
		}
		keys := slices.Sorted(maps.Keys(seen))
		if i > 0 && !slices.Equal(keys, common) || len(keys) == 0 || seen[""] {
			return nil
		}
		common = keys
	}
	return common
}
