package replay

import (
	"cmp"
	"math"
	"slices"
)

// Bounds of a back-test: the newest pairs of settings of a pipeline and of a
// fleet, the newest nights of a pair, and how many usual nights predict one.
const (
	mostPairsEach = 8
	mostPairs     = 300
	mostHeld      = 4
	mostSources   = 3
)

// A candidate is one pipeline under one other group of settings.
type heldPair struct {
	pipeline string
	usual    []*run
	nights   []*run // those that are left out
	all      []*run // of the pipeline
}

// pairs are the fleet's changed groups of nights, the newest where there are
// more than the bounds.
func (st *study) pairs() (out []heldPair) {
	for _, nights := range byPipeline(st.nights) {
		usual, changed := apart(nights)
		for _, group := range changed[:min(len(changed), mostPairsEach)] {
			out = append(out, heldPair{nights[0].row.Pipeline, usual, group, nights})
		}
	}
	if len(out) > mostPairs {
		slices.SortStableFunc(out, func(a, b heldPair) int {
			return b.nights[0].row.StartedAt.V.Compare(a.nights[0].row.StartedAt.V)
		})
		out = out[:mostPairs]
		slices.SortStableFunc(out, func(a, b heldPair) int { return cmp.Compare(a.pipeline, b.pipeline) })
	}
	return out
}

// backTest predicts each pair with its nights, and with its whole pipeline,
// left out of the fit, and sets Tau to what the former shows.
func (st *study) backTest() {
	eq, ok := st.equations()
	if !ok {
		return
	}
	test := &st.c.Tested
	var foreign *Model
	last := ""
	for _, p := range st.pairs() {
		if foreign == nil || p.pipeline != last {
			foreign, last = eq.without(p.pipeline, p.all), p.pipeline
		}
		if pair, ok := st.hold(eq.without(p.pipeline, p.nights), p); ok {
			test.Settings.Pairs = append(test.Settings.Pairs, pair)
		}
		if pair, ok := st.hold(foreign, p); ok {
			test.Pipelines.Pairs = append(test.Pipelines.Pairs, pair)
		}
	}
	test.Settings.finish(st.c.Noise)
	test.Pipelines.finish(st.c.Noise)
	st.c.Tau, st.c.Pairs = test.Settings.All.Tau, test.Settings.All.Pairs
}

// hold predicts a pair's newest nights with a model that does not know them.
func (st *study) hold(m *Model, p heldPair) (pair Pair, ok bool) {
	from := m.sources(p.usual)
	pair.Pipeline = p.pipeline
	var effect, observed, costSD, sources float64
	for _, n := range p.nights {
		g, ok := from.guess(n, nil, mostSources)
		if !ok {
			continue
		}
		pair.guesses = append(pair.guesses, g)
		pair.Keys, _ = differing(p.usual[0].row, settingsOf(n))
		if len(pair.guesses) == mostHeld {
			break
		}
	}
	n := float64(len(pair.guesses))
	if n == 0 || len(pair.Keys) == 0 {
		return pair, false
	}
	for _, g := range pair.guesses {
		effect, observed = effect+g.effect/n, observed+g.observed/n
		pair.err += g.err / n
		costSD += g.costSD / n
		sources += float64(g.from) / n
	}
	pair.Nights = len(pair.guesses)
	pair.Predicted, pair.Observed = math.Exp(effect), math.Exp(observed)
	pair.costVar, pair.noiseVar = costSD*costSD, st.c.Noise*st.c.Noise*(1/n+1/sources)
	pair.Differs = math.Abs(observed) > z90*math.Sqrt(pair.noiseVar)
	pair.RightSign = effect*observed > 0
	return pair, true
}

// equations are the fleet's normal equations at the mode, by group, so that
// some of them can be taken out.
type equations struct {
	st    *study
	fleet vec
	done  []eliminated
	a     matrix
	g     vec
	job   map[string]slope // of each pipeline
	gc    map[string]slope
}

func (st *study) equations() (eq *equations, ok bool) {
	eq = &equations{st: st, fleet: st.fitter.costs(vec{}), job: map[string]slope{}, gc: map[string]slope{}}
	eq.a, eq.g = st.fitter.own(0)
	eq.done = make([]eliminated, len(st.fitter.groups))
	for i := range eq.done {
		if eq.done[i], ok = st.fitter.groups[i].eliminate(eq.fleet, 0); !ok {
			return nil, false
		}
		eq.a, eq.g = sumOfMatrices(eq.a, &eq.done[i].a, 1), eq.g.plus(eq.done[i].g, 1)
	}
	for _, nights := range byPipeline(st.nights) {
		p := nights[0].row.Pipeline
		eq.job[p], eq.gc[p] = jobSlope(nights), collectorSlope(nights)
	}
	return eq, true
}

// without is the model that the fleet gives without some nights of a pipeline:
// one Gauss–Newton step from the mode of all, with that pipeline's equations
// made anew. It knows the steps of this pipeline only.
func (eq *equations) without(pipeline string, nights []*run) *Model {
	out := map[*run]bool{}
	for _, n := range nights {
		out[n] = true
	}
	a, g := eq.a, eq.g
	type remade struct {
		group
		e eliminated
	}
	var rest []remade
	for _, i := range eq.st.pool[pipeline] {
		old := &eq.done[i]
		a, g = sumOfMatrices(a, &old.a, -1), g.plus(old.g, -1)
		r := remade{group: eq.st.fitter.groups[i].without(eq.st.nights, out)}
		if len(r.obs) == 0 {
			continue
		}
		e, ok := r.eliminate(eq.fleet, 0)
		if !ok {
			continue
		}
		r.off = r.off.plus(e.chol.solve(e.own), 1)
		if r.e, ok = r.eliminate(eq.fleet, 0); ok {
			a, g = sumOfMatrices(a, &r.e.a, 1), g.plus(r.e.g, 1)
			rest = append(rest, r)
		}
	}
	c := eq.st.c
	c.steps = map[string]*belief{}
	if l, ok := cholesky(a); ok {
		d := l.solve(g)
		c.take(eq.st.fitter.log.plus(d, 1), l.deviations())
		for _, r := range rest {
			own := r.e.own
			for k := range own {
				for p := range d {
					own[k] -= r.e.cross[p][k] * d[p]
				}
			}
			r.off = r.off.plus(r.e.chol.solve(own), 1)
			c.steps[r.key] = r.belief(c.values())
		}
	}
	var left []*run
	for _, n := range eq.st.nights {
		if n.row.Pipeline == pipeline && !out[n] {
			left = append(left, n)
		}
	}
	c.Job = Priors().Job.fitted(sumOf(eq.job, pipeline, jobSlope(left)))
	c.Collector = Priors().Collector.fitted(sumOf(eq.gc, pipeline, collectorSlope(left)))
	return New(c)
}

// without is the group without the observations of some nights.
func (g *group) without(nights []*run, out map[*run]bool) group {
	r := group{key: g.key, pipeline: g.pipeline, off: g.off}
	for i, o := range g.obs {
		if !out[nights[g.night[i]]] {
			r.obs = append(r.obs, o)
		}
	}
	return r
}
