package learner

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/spark-apprentice/apprentice/internal/null"
)

// folds is how many parts cross-validation has; a night is in one of them.
const folds = 5

// ran is the trial that a night ran with, nil at the baseline, and the steps
// that its rows are about: where no night of the trial is comparable they are
// the baseline's.
func (s *study) ran(n *night) (*trial, *stepping) {
	if n.action == 0 {
		return nil, s.steps
	}
	if t := s.trials[n.action-1]; len(t.nights) > 0 {
		return t, t.steps
	}
	return s.trials[n.action-1], s.steps
}

// countEpisodes is how many rows fillEpisodes writes.
func (s *study) countEpisodes(agents []Agent) (rows int) {
	for _, n := range s.nights {
		_, st := s.ran(n)
		rows += len(st.names) * len(agents)
	}
	return rows
}

// fillEpisodes writes the rows of the pipeline's comparable runs: one for each
// step and agent. A fleet's are a gigabyte for a million steps, so that they
// are written once, in their place.
func (j *judgement) fillEpisodes(rows []Episode) {
	if len(j.nights) == 0 {
		return
	}
	varied := make([][]string, len(j.agents))
	for i, a := range j.agents {
		for _, k := range a.Keys {
			if slices.Contains(j.varied, k.Name) {
				varied[i] = append(varied[i], k.Name)
			}
		}
		slices.Sort(varied[i])
	}
	baseline := make([]string, len(j.agents))
	for i := range j.agents {
		baseline[i] = j.base().set.text(varied[i])
	}
	at := 0
	for _, n := range j.nights {
		t, st := j.ran(n)
		lines, xs := j.lines, j.states
		if t != nil && len(t.nights) > 0 {
			lines, xs = t.lines, t.states
		}
		left, kept := j.keptAt[n]
		logC0 := make([]float64, len(lines))
		var total float64
		for u, l := range lines {
			if logC0[u] = l.at(n.logSize); kept {
				logC0[u] = l.without(left)
			}
			total += l.expected(logC0[u])
		}
		charges := st.charges(n)
		targets := j.targets(n, t, charges, logC0)
		var dm []float64
		if t != nil && t.steps != nil {
			dm = j.study.whatIf.dm(t)
		}
		actions := make([]string, len(j.agents))
		for i := range j.agents {
			actions[i] = j.actions[n.action].set.text(varied[i])
		}
		part := fold(n.run.Night)
		for u, c := range charges {
			c0 := lines[u].expected(logC0[u])
			for i, a := range j.agents {
				row := &rows[at]
				at++
				*row = Episode{
					RunKey: n.run.RunKey, Pipeline: j.name, Night: n.run.Night, Step: st.names[u], Agent: a.Name,
					Action: actions[i], Baseline: baseline[i],
					State: xs[u][i].raw, Bucket: xs[u][i].bucket,
					ChargedS: c, BaselineS: c0, Target: targets[u], Weight: c0 / total, Reward: (c0 - c) / total,
					Behaviour: n.behaviour, Propensity: n.run.Propensity, Block: int64(n.block), Fold: part,
				}
				switch {
				case j.whatIf == nil:
				case t == nil: // the baseline against itself
					row.WhatIfRatio = null.Of(1.0)
				case u < len(dm):
					row.WhatIfRatio = null.Of(math.Exp(dm[u]))
				}
			}
		}
	}
}

// targets are what the tables were fitted to; for nights that trained no table,
// the residuals of their steps.
func (j *judgement) targets(n *night, t *trial, charges, logC0 []float64) []float64 {
	if t != nil {
		if i := slices.Index(t.nights, n); i >= 0 && len(t.unowned) == 0 {
			return t.samples[i].target
		}
	}
	d := make([]float64, len(logC0))
	for u, c := range charges {
		d[u] = logCharge(c) - logC0[u]
	}
	return d
}

// fold deals nights out in turn.
func fold(night string) int64 {
	day, err := time.Parse(time.DateOnly, night)
	if err != nil {
		return 0
	}
	return day.Unix() / 86400 % folds
}

// q is Q_i of a part: the log speed-up when its agent alone leaves the
// baseline, composed over the steps.
func (j *judgement) q(t *trial, p part) float64 {
	return j.composed(t, []part{p}, j.dmOf(t, p), j.nextSize(), j.table, j.agents)
}

// dmOf is dm of each step when one part of a trial alone leaves the baseline.
func (j *judgement) dmOf(t *trial, p part) []float64 {
	if j.whatIf == nil {
		return make([]float64, len(t.steps.names))
	}
	alone := map[string]string{}
	for _, k := range p.keys {
		alone[k] = t.set[k]
	}
	return j.whatIf.steps(t.steps, alone)
}

// qvalues are the pipeline's cells, each agent's baseline with Q = 0 among them.
func (j *judgement) qvalues() []QValue {
	if len(j.nights) == 0 {
		return nil
	}
	byCell := map[cell]*QValue{}
	runs := map[cell]map[*night]bool{}
	for _, t := range j.trials {
		if len(t.unowned) > 0 || len(t.nights) == 0 {
			continue
		}
		for _, cells := range j.cells(t.states, t.parts, j.agents) {
			for _, c := range cells {
				if runs[c] == nil {
					runs[c] = map[*night]bool{}
				}
				for _, n := range t.nights {
					runs[c][n] = true
				}
				byCell[c] = &QValue{Level: "pipeline", Pipeline: j.name, Agent: c.agent, Bucket: c.bucket, Action: toText(c.changes)}
			}
		}
	}
	var rows []QValue
	for i, c := range j.fit.cells {
		v := byCell[c]
		g := make([]float64, len(j.fit.cells))
		g[i] = 1
		v.Q, v.SD = -j.table.theta[j.index][i], math.Sqrt(j.fit.variance(g))
		blocks := map[int]bool{}
		for n := range runs[c] {
			blocks[n.block] = true
		}
		v.Runs, v.Blocks, v.Evidence = int64(len(runs[c])), int64(len(blocks)), priorOnly
		switch {
		case len(runs[c]) >= leastRuns && len(blocks) >= leastBlocks:
			v.Evidence = observed
		case len(runs[c]) > 0:
			v.Evidence = neighbour
		}
		rows = append(rows, *v)
	}
	return append(rows, j.baselineCells(rows)...)
}

// baselineCells are the cells that are 0 by definition, for each agent and
// state that has others.
func (j *judgement) baselineCells(rows []QValue) []QValue {
	type key struct{ agent, bucket string }
	seen := map[key]bool{}
	var out []QValue
	for _, r := range rows {
		k := key{r.Agent, r.Bucket}
		if seen[k] {
			continue
		}
		seen[k] = true
		out = append(out, QValue{
			Level: "pipeline", Pipeline: j.name, Agent: r.Agent, Bucket: r.Bucket, Action: "baseline", Baseline: true,
			Runs: int64(len(j.kept)), Blocks: int64(j.base().blocks), Evidence: observed,
		})
	}
	return out
}

// parents are the rows of groups and of the whole fleet, sorted.
func (t *table) parentRows() []QValue {
	var rows []QValue
	for _, k := range t.groupCells() {
		rows = append(rows, QValue{Level: "group", Pipeline: k.group, Agent: k.cell.agent, Bucket: k.cell.bucket,
			Action: toText(k.cell.changes), Q: -t.group[k].q, Runs: 0, Evidence: priorOnly})
	}
	var global []QValue
	for c, p := range t.global {
		global = append(global, QValue{Level: "global", Agent: c.agent, Bucket: c.bucket, Action: toText(c.changes), Q: -p.q, Evidence: priorOnly})
	}
	slices.SortFunc(global, func(a, b QValue) int {
		return cmp.Or(cmp.Compare(a.Agent, b.Agent), cmp.Compare(a.Bucket, b.Bucket), cmp.Compare(a.Action, b.Action))
	})
	return append(rows, global...)
}
