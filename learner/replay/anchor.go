package replay

import "math"

// An observation is something a log measured: Σ work × cost, with the standard
// deviation of its logarithm.
type observation struct {
	work    vec
	seconds float64
	sd      float64
}

// floorS keeps logarithms finite.
const floorS = 1e-4

// A belief is what is known of a step's costs before one of its stages is
// looked at: the logarithm of how far they are off the fleet's, and how sure.
type belief struct {
	off       vec
	precision matrix
}

// unseen is the belief about a step that the fleet has no runs of.
func unseen() *belief {
	var b belief
	for i, p := range priors {
		b.precision[i][i] = 1 / (p.within * p.within)
	}
	return &b
}

// pull is the belief's gradient at e, and its loss.
func (b *belief) pull(e vec) (g vec, loss float64) {
	for i := range e {
		for k := range e {
			g[i] -= b.precision[i][k] * (e[k] - b.off[k])
		}
		loss -= g[i] * (e[i] - b.off[i]) / 2
	}
	return g, loss
}

// anchor finds the costs that hold for one stage: those of the fleet times
// exp(e), e as close as possible to what is believed of its step, such that
// what was measured comes out.
func anchor(obs []observation, fleet vec, known *belief) vec {
	from := []vec{{}}
	if known == nil {
		known, from = unseen(), starts(obs, fleet)
	} else {
		from[0] = known.off
	}
	return shifted(fleet, known.climbBest(obs, fleet, from))
}

// climbBest climbs from each start and returns the best end.
func (b *belief) climbBest(obs []observation, fleet vec, from []vec) (best vec) {
	least := math.Inf(1)
	for _, start := range from {
		if e, l := b.climb(obs, fleet, start); l < least {
			best, least = e, l
		}
	}
	return best
}

// shifted are the fleet's costs times exp(e).
func shifted(fleet, e vec) (c vec) {
	for i := range c {
		c[i] = fleet[i] * math.Exp(e[i])
	}
	return c
}

// climb takes Gauss–Newton steps with Levenberg's damping from a start.
func (b *belief) climb(obs []observation, fleet, e vec) (vec, float64) {
	best := b.lossOf(obs, shifted(fleet, e), e)
	damp := 1e-3
	for range 30 {
		a, g := normal(obs, shifted(fleet, e), math.Inf(1))
		pull, _ := b.pull(e)
		for i := range e {
			g[i] += pull[i]
			for k := range e {
				a[i][k] += b.precision[i][k]
			}
		}
		before := best
		for damp < 1e8 {
			next := e
			if d, ok := solve(a, g, damp); ok {
				for i := range next {
					next[i] += d[i]
				}
			}
			if l := b.lossOf(obs, shifted(fleet, next), next); l < best {
				e, best = next, l
				damp /= 5
				break
			}
			damp *= 5
		}
		if before-best < 1e-7*before+1e-12 {
			break
		}
	}
	return e, best
}

// starts are where the climb begins: with nothing unexplained and, where most
// of the time is, with that in the stage or in its tasks. The posterior has a
// mode near each: a stage of a kind the model does not know keeps its time
// instead of bending the costs of tasks and bytes.
func starts(obs []observation, fleet vec) []vec {
	out := []vec{{}}
	for _, k := range []term{other, otherTask} {
		if e, ok := startUnexplained(obs, fleet, k); ok {
			out = append(out, e)
		}
	}
	if len(out) == 3 { // and half in each: runs with other numbers of tasks may need both
		var both vec
		both[other], both[otherTask] = out[1][other]-math.Ln2, out[2][otherTask]-math.Ln2
		out = append(out, both)
	}
	return out
}

// startUnexplained puts the time that the fleet's costs leave of the whole
// stage, where it is most of it, into one term.
func startUnexplained(obs []observation, fleet vec, k term) (e vec, ok bool) {
	for _, o := range obs {
		rest := o.seconds - o.work.times(fleet).sum()
		if w := o.work[k] * fleet[k]; o.work[other] == 1 && w > 0 && rest > o.seconds/2 {
			e[k], ok = math.Log(rest/w), true
		}
	}
	return e, ok
}

func (b *belief) lossOf(obs []observation, costs, e vec) float64 {
	_, l := b.pull(e)
	for i := range obs {
		r := residual(&obs[i], costs)
		l += r * r / 2
	}
	return l
}

// residual is how far a measurement is off, in standard deviations of its logarithm.
func residual(o *observation, costs vec) float64 {
	return (math.Log(o.seconds+floorS) - math.Log(o.work.times(costs).sum()+floorS)) / o.sd
}

// matrix is a symmetric matrix over the terms.
type matrix [terms]vec

// normal adds up the normal equations of the observations in log costs.
// Residuals beyond outlier standard deviations count linearly.
func normal(obs []observation, costs vec, outlier float64) (a matrix, g vec) {
	for i := range obs {
		o := &obs[i]
		j, r := gradient(o, costs), residual(o, costs)
		w := min(1, outlier/max(math.Abs(r), 1e-12))
		for p := range j {
			if j[p] == 0 {
				continue
			}
			g[p] += w * j[p] * r
			for q := range j {
				a[p][q] += w * j[p] * j[q]
			}
		}
	}
	return a, g
}

// gradient is the derivative of the modelled logarithm in the log costs, in
// standard deviations: each term's share.
func gradient(o *observation, costs vec) vec {
	j := o.work.times(costs)
	total := (j.sum() + floorS) * o.sd
	for p := range j {
		j[p] /= total
	}
	return j
}

// solve solves (a + damp·diag(a)) x = g by Cholesky; false where a is not
// positive definite.
func solve(a matrix, g vec, damp float64) (x vec, ok bool) {
	for i := range a {
		a[i][i] *= 1 + damp
	}
	l, ok := cholesky(a)
	if !ok {
		return x, false
	}
	return l.solve(g), true
}

// cholesky is the lower triangle L with L·Lᵀ = a.
func cholesky(a matrix) (l matrix, ok bool) {
	for i := range a {
		for j := 0; j <= i; j++ {
			s := a[i][j]
			for k := range j {
				s -= l[i][k] * l[j][k]
			}
			if i != j {
				l[i][j] = s / l[j][j]
				continue
			}
			if !(s > 0) {
				return l, false
			}
			l[i][i] = math.Sqrt(s)
		}
	}
	return l, true
}

// solve solves L·Lᵀ x = g.
func (l *matrix) solve(g vec) (x vec) {
	for i := range g {
		x[i] = g[i]
		for k := range i {
			x[i] -= l[i][k] * x[k]
		}
		x[i] /= l[i][i]
	}
	for i := len(x) - 1; i >= 0; i-- {
		for k := i + 1; k < len(x); k++ {
			x[i] -= l[k][i] * x[k]
		}
		x[i] /= l[i][i]
	}
	return x
}

// deviations are the standard deviations that L·Lᵀ, a precision, leaves.
func (l *matrix) deviations() (sd vec) {
	for i := range sd {
		var unit vec
		unit[i] = 1
		sd[i] = math.Sqrt(max(l.solve(unit)[i], 0))
	}
	return sd
}

func sumOfMatrices(a matrix, b *matrix, by float64) matrix {
	for i := range a {
		a[i] = a[i].plus(b[i], by)
	}
	return a
}
