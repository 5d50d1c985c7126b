package learner

import (
	"maps"
	"math"
	"slices"
	"strconv"
)

// A study is one pipeline's history, measured.
type study struct {
	*history
	kept   []*night // baseline nights that make the baseline
	keptAt map[*night]int
	line   *line // log time of the whole run by size
	noise  noise
	trials []*trial
	next   float64 // log size that the next run is expected to have
	group  string  // pipelines of like demand
	steps  *stepping
	lines  []*line // by step
	states [][]state
	fit    *ridge
	whatIf *whatIf // nil: only what was seen is known
	index  int     // of the pipeline in the table
}

// A trial is one setting that the pipeline ran with, held against the baseline.
type trial struct {
	*action
	nights  []*night // comparable with the baseline
	why     string   // why others of its runs are not
	blocks  int
	gains   []float64 // log speed-up of each night over the baseline at its size
	steps   *stepping
	lines   []*line // the baseline's, by step
	states  [][]state
	samples []sample // by night, empty where an unowned key changed too
}

// newStudy measures a pipeline's time by size and what other settings did to it.
func newStudy(h *history, agents []Agent) (*study, spread) {
	s := &study{history: h}
	if len(h.nights) == 0 {
		return s, spread{}
	}
	s.kept, s.keptAt = h.baselineNights(), map[*night]int{}
	for i, n := range s.kept {
		s.keptAt[n] = i
	}
	s.next = s.expectSize()
	run := &stepping{names: []string{wholeRun}}
	s.line = linesOf(run, s.kept)[0]
	s.group = groupOf(h)
	s.steps = matchSteps(s.kept)
	s.lines, s.states = linesOf(s.steps, s.kept), states(s.steps, s.kept, agents)

	var sp spread
	var residuals []float64
	for _, n := range h.base().runs {
		residuals = append(residuals, s.line.at(n.logSize)-logCharge(n.seconds))
	}
	sp.add(residuals, s.line.parameters())
	for _, a := range h.actions[1:] {
		t := &trial{action: a}
		s.trials = append(s.trials, t)
		if t.nights, t.why = comparableTo(h.base().runs, a.runs); len(t.nights) == 0 {
			continue
		}
		var blocks []int
		for _, n := range t.nights {
			n.compared = true
			t.gains = append(t.gains, s.gain(n))
			blocks = append(blocks, n.block)
		}
		t.blocks = len(slices.Compact(blocks))
		t.steps = matchSteps(s.kept, t.nights)
		if t.lines, t.states = s.lines, s.states; !maps.Equal(t.steps.stage, s.steps.stage) { // most share the baseline's steps
			t.lines, t.states = linesOf(t.steps, s.kept), states(t.steps, s.kept, agents)
		}
		sp.add(t.gains, 1)
	}
	return s, sp
}

// gain is the log speed-up of a night over the baseline at its size; a night
// that made the baseline is left out of it.
func (s *study) gain(n *night) float64 {
	if i, ok := s.keptAt[n]; ok {
		return s.line.without(i) - logCharge(n.seconds)
	}
	return s.line.at(n.logSize) - logCharge(n.seconds)
}

// linesOf fits the baseline of each step.
func linesOf(st *stepping, base []*night) []*line {
	x := make([]float64, len(base))
	y := make([][]float64, len(st.names))
	for i, n := range base {
		x[i] = n.logSize
		for u, c := range st.charges(n) {
			y[u] = append(y[u], logCharge(c))
		}
	}
	lines := make([]*line, len(y))
	for u := range y {
		lines[u] = fitLine(x, y[u])
	}
	return lines
}

// groupOf tells pipelines of like demand: SQL or not, and the order of
// magnitude of what they read.
func groupOf(h *history) string {
	sql := "rdd"
	var sizes []float64
	for _, n := range h.nights {
		if len(n.plans) > 0 {
			sql = "sql"
		}
		if b := n.run.SourceBytes; b.OK && b.V > 0 {
			sizes = append(sizes, math.Log10(float64(b.V)))
		}
	}
	if len(sizes) == 0 {
		return sql + " ?"
	}
	return groupName(sql, median(sizes))
}

// groupName names a group by its kind and the log10 of what its pipelines read.
func groupName(kind string, log10 float64) string {
	return kind + " 1e" + strconv.Itoa(int(math.Floor(log10)))
}
