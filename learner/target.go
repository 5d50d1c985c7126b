package learner

import "math"

// measure sets a trial's samples: the targets d = log c − log c0 − dm of a trial's nights, step by
// step, winsorised at three MADs around each step's median.
func (s *study) measure(t *trial, agents []Agent) {
	if len(t.nights) == 0 || len(t.unowned) > 0 {
		return
	}
	cells := s.cells(t.states, t.parts, agents)
	list := make([]sample, len(t.nights))
	steps := len(t.lines)
	share := s.stepShare(t)
	for i, n := range t.nights {
		list[i] = sample{
			cells: cells, target: make([]float64, steps), weight: make([]float64, steps),
			step: share * s.noise.night, night: (1 - share) * s.noise.night,
		}
		var total float64
		charges := t.steps.charges(n)
		for u, l := range t.lines {
			list[i].target[u] = logCharge(charges[u]) - l.at(n.logSize)
			list[i].weight[u] = math.Exp(l.at(n.logSize))
			total += list[i].weight[u]
		}
		for u := range list[i].weight {
			list[i].weight[u] /= total
		}
	}
	for u, dm := range s.whatIf.dm(t) {
		d := make([]float64, len(list))
		for i := range list {
			d[i] = list[i].target[u] - dm
		}
		for i, v := range winsorise(d) {
			list[i].target[u] = v
		}
	}
	t.samples = list
}

// cells lists, per step, the cells that a joint action's parts move, and those
// of their pairs.
func (s *study) cells(states [][]state, parts []part, agents []Agent) [][]cell {
	out := make([][]cell, len(states))
	for u := range states {
		for i, p := range parts {
			a := agents[p.agent]
			out[u] = append(out[u], cell{a.Name, states[u][p.agent].bucket, p.changes})
			for _, q := range parts[i+1:] {
				if paired(a, agents[q.agent]) {
					out[u] = append(out[u], cell{a.Name + "*" + agents[q.agent].Name, states[u][p.agent].bucket, p.changes + ";" + q.changes})
				}
			}
		}
	}
	return out
}

func paired(a, b Agent) bool {
	for _, p := range a.Pairs {
		if p == b.Name {
			return true
		}
	}
	for _, p := range b.Pairs {
		if p == a.Name {
			return true
		}
	}
	return false
}

// stepShare is the share of a night's variance that its steps have each for
// themselves, from the baseline's nights: with targets of weight w around their
// night's mean, the weighted squares add up to (steps − 1) times it.
func (s *study) stepShare(t *trial) float64 {
	steps := len(t.lines)
	if steps == 1 {
		return 1
	}
	var ss, df float64
	for i, n := range s.kept {
		charges := t.steps.charges(n)
		var w, e, total, mean float64
		res := make([]float64, steps)
		for u, l := range t.lines {
			w = math.Exp(l.at(n.logSize))
			res[u] = logCharge(charges[u]) - l.without(i)
			total += w
			mean += w * res[u]
		}
		mean /= total
		for u, l := range t.lines {
			e = res[u] - mean
			ss += math.Exp(l.at(n.logSize)) / total * e * e
		}
		df += float64(steps - 1)
	}
	return min(max(ss/df/s.noise.night, 0.05), 0.95)
}

// Prior of tau, the spread of effects between a cell and its parent, worth
// tauPriorN effects.
const (
	tauPrior  = 0.2
	tauPriorN = 2
	tauFloor  = 0.05
)

// spreadOfEffects estimates tau² of each agent by moments: the square of a
// setting's mean effect, less the predicted one, is the sum of tau² over its
// cells and of its noise. With a what-if model the prior is what its own
// back-test says.
func spreadOfEffects(studies []*study, agents []Agent) []float64 {
	sum, n := make([]float64, len(agents)), make([]float64, len(agents))
	for i := range agents {
		sum[i], n[i] = tauPriorN*priorTau(studies), tauPriorN
	}
	for _, s := range studies {
		for _, t := range s.trials {
			if len(t.gains) == 0 || len(t.parts) == 0 || len(t.unowned) > 0 {
				continue
			}
			m := mean(t.gains)
			if s.whatIf != nil {
				m += s.whatIf.foresee(t.proposal()).change
			}
			v := (m*m - s.measureVariance(t)) / float64(len(t.parts))
			for _, p := range t.parts {
				sum[p.agent] += v
				n[p.agent]++
			}
		}
	}
	for i := range sum {
		sum[i] = max(sum[i]/n[i], tauFloor*tauFloor)
	}
	return sum
}

// priorTau is tau² before the fleet's own trials are looked at.
func priorTau(studies []*study) float64 {
	for _, s := range studies {
		if s.whatIf != nil {
			return s.whatIf.tau * s.whatIf.tau
		}
	}
	return tauPrior * tauPrior
}

// measureVariance is the variance of a trial's mean log speed-up as measured.
func (s *study) measureVariance(t *trial) float64 {
	return s.noise.night/float64(len(t.gains)) + s.switchVariance(t)
}

// switchVariance is what the evidence leaves open beside the tables' own
// variance: sigma_b²/blocks + sigma²/n0, the latter with the size correction's
// share where the trial's nights had other sizes than the baseline's.
func (s *study) switchVariance(t *trial) float64 {
	var x, n2 float64
	perBlock := map[int]int{}
	for _, n := range t.nights {
		x += n.logSize / float64(len(t.nights))
		perBlock[n.block]++
	}
	for _, n := range perBlock {
		n2 += float64(n * n)
	}
	// Blocks of unequal length weigh like n²/Σn_b² equal ones.
	blocks := float64(len(t.nights)*len(t.nights)) / n2
	return s.noise.placebo/blocks + s.line.variance(x, s.noise.night)
}
