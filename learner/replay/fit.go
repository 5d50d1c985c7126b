package replay

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/spark-apprentice/apprentice/features"
)

// mostRuns bounds the runs of one pipeline that Fit looks at: the newest, and
// of each settings some.
const (
	mostRuns     = 64
	mostAlike    = 16
	fitRounds    = 40
	stageTotalSD = 0.10 // a stage's slot time, one night's
	sharedSD     = 0.06 // of that, what all nights under the same settings are off together
	outlier      = 2.0  // standard deviations from which a residual counts linearly
)

// Fit learns the costs of terms from a fleet's runs: one set of costs for all,
// and for each step of each pipeline how far it is off, small by the priors'
// spread. Runs of a step with other numbers of tasks, blocks or bytes tell its
// terms apart; so do tasks of different sizes within one run. The posterior
// mode is found by Gauss–Newton steps, steps eliminated one by one, so that time
// grows with the number of runs. What it then gets wrong is found by leaving
// runs out ([BackTest]). Same rows: same constants.
func Fit(runs []features.Run, stages []features.Stage) Constants {
	return newStudy(runs, stages).constants()
}

// A study is a fleet's runs and what was learned from them.
type study struct {
	nights []*run
	fitter *fitter
	pool   map[string][]int // groups of each pipeline
	heaps  map[string]heapSeen
	c      Constants
}

func newStudy(runs []features.Run, stages []features.Stage) *study {
	byRun := features.StagesByRun(stages)
	st := &study{nights: openAll(runs, byRun), pool: map[string][]int{}, heaps: heapsOf(runs, byRun), c: Priors()}
	groups := map[string]*group{}
	alike := map[string]float64{}
	for _, n := range st.nights {
		alike[n.row.Pipeline+"\x00"+settingsKey(n.row)]++
	}
	for i, n := range st.nights {
		like := alike[n.row.Pipeline+"\x00"+settingsKey(n.row)]
		for k := range n.stages {
			s := &n.stages[k]
			key := stepKey(n.row, s)
			g := groups[key]
			if g == nil {
				g = &group{key: key, pipeline: n.row.Pipeline}
				groups[key] = g
			}
			for _, o := range s.observe(n.had.layout.slots, stageTotalSD) {
				o.sd = tempered(&o, like)
				g.obs, g.night = append(g.obs, o), append(g.night, i)
			}
		}
	}
	st.fitter = newFitter(&st.c)
	for i, k := range slices.Sorted(maps.Keys(groups)) {
		st.fitter.groups = append(st.fitter.groups, *groups[k])
		p := groups[k].pipeline
		st.pool[p] = append(st.pool[p], i)
	}
	st.fitter.run()
	return st
}

// tempered is an observation's standard deviation where so many nights under
// the same settings repeat it. What the model gets wrong they get wrong together:
// the tasks of a stage by their bytes look the same on each.
func tempered(o *observation, nights float64) float64 {
	if o.work[other] == 1 { // the whole stage
		return math.Hypot(o.sd, sharedSD*math.Sqrt(nights-1))
	}
	return o.sd * math.Sqrt(nights)
}

// stepKey names a step of a pipeline.
func stepKey(r *features.Run, s *stage) string { return r.Pipeline + "\x00" + s.step }

func (st *study) constants() Constants {
	c := &st.c
	c.take(st.fitter.log, st.fitter.sd)
	c.steps = map[string]*belief{}
	fleet := c.values()
	for i := range st.fitter.groups {
		g := &st.fitter.groups[i]
		c.steps[g.key] = g.belief(fleet)
	}
	c.Runs = len(st.nights)
	c.fitDriver(st.nights)
	c.fitCollector(st.nights)
	c.fitNoise(st.nights)
	c.heaps = st.heaps
	st.backTest()
	return *c
}

// take takes over the fleet's costs.
func (c *Constants) take(log, sd vec) {
	for i := range c.Terms {
		c.Terms[i].Seconds = math.Exp(log[i])
		c.Terms[i].SD = min(sd[i], priors[i].spread)
	}
}

// openAll readies the runs that can teach: batch, ended well, the newest of
// each pipeline and settings.
func openAll(runs []features.Run, byRun map[string][]*features.Stage) (out []*run) {
	var kept []*features.Run
	for i := range runs {
		if r := &runs[i]; r.Outcome == features.Succeeded && r.Complete && r.Kind == features.Batch {
			kept = append(kept, r)
		}
	}
	slices.SortStableFunc(kept, func(a, b *features.Run) int {
		return cmp.Or(cmp.Compare(a.Pipeline, b.Pipeline), b.StartedAt.V.Compare(a.StartedAt.V), cmp.Compare(a.RunKey, b.RunKey))
	})
	alike, all := map[string]int{}, map[string]int{}
	for _, r := range kept {
		like := r.Pipeline + "\x00" + settingsKey(r)
		if alike[like] == mostAlike || all[r.Pipeline] == mostRuns {
			continue
		}
		if n := newRun(r, byRun[r.RunKey]); len(n.stages) > 0 {
			out = append(out, n)
			alike[like]++
			all[r.Pipeline]++
		}
	}
	return out
}

// settingsKey tells runs under different settings apart.
func settingsKey(r *features.Run) string {
	v := values{run: r}
	var key strings.Builder
	for _, k := range modelledKeys {
		key.WriteString(v.text(k) + "\x00")
	}
	return key.String()
}

var modelledKeys = slices.Sorted(maps.Keys(modelled))

// fitter finds the posterior mode over the fleet's costs and all groups'.
type fitter struct {
	log, prior, spread vec // of the fleet's log costs
	sd                 vec // posterior
	groups             []group
}

func newFitter(c *Constants) *fitter {
	f := &fitter{}
	for i, t := range c.Terms {
		f.prior[i], f.spread[i] = math.Log(t.Seconds), t.PriorSD
	}
	f.log = f.prior
	return f
}

func (f *fitter) run() {
	fleet, none := f.costs(vec{}), unseen()
	for i := range f.groups {
		g := &f.groups[i]
		g.off = none.climbBest(g.obs, fleet, starts(g.obs, fleet))
	}
	damp, best := 1e-3, f.loss(f.log, nil)
	for range fitRounds {
		before := best
		for damp < 1e8 {
			log, offs, sd, ok := f.step(damp)
			if ok {
				if l := f.loss(log, offs); l < best {
					best, f.log, f.sd = l, log, sd
					for i := range offs {
						f.groups[i].off = offs[i]
					}
					damp /= 5
					break
				}
			}
			damp *= 5
		}
		if before-best < 1e-6*before {
			break
		}
	}
	if _, _, sd, ok := f.step(0); ok {
		f.sd = sd
	}
}

func (f *fitter) costs(off vec) (c vec) {
	for i := range c {
		c[i] = math.Exp(f.log[i] + off[i])
	}
	return c
}

// loss is the negative log posterior at log and offs (nil: the groups' own).
func (f *fitter) loss(log vec, offs []vec) (l float64) {
	at := fitter{log: log}
	for i := range log {
		z := (log[i] - f.prior[i]) / f.spread[i]
		l += z * z / 2
	}
	for i := range f.groups {
		g := &f.groups[i]
		off := g.off
		if offs != nil {
			off = offs[i]
		}
		costs := at.costs(off)
		for k := range g.obs {
			l += huber(residual(&g.obs[k], costs))
		}
		for k := range off {
			z := off[k] / priors[k].within
			l += z * z / 2
		}
	}
	return l
}

// huber is half a square that turns into a line, so that one odd night does
// not bend a constant.
func huber(r float64) float64 {
	if a := math.Abs(r); a > outlier {
		return outlier * (a - outlier/2)
	}
	return r * r / 2
}

// own are the equations of the fleet's costs without any group.
func (f *fitter) own(damp float64) (a matrix, g vec) {
	for i := range f.log {
		v := f.spread[i] * f.spread[i]
		a[i][i] = (1 + damp) / v
		g[i] = -(f.log[i] - f.prior[i]) / v
	}
	return a, g
}

// step is one Gauss–Newton step. A group's own costs touch the fleet's alone,
// so each group is eliminated into the fleet's equations.
func (f *fitter) step(damp float64) (log vec, offs []vec, sd vec, ok bool) {
	a, g := f.own(damp)
	fleet := f.costs(vec{})
	done := make([]eliminated, len(f.groups))
	for i := range f.groups {
		if done[i], ok = f.groups[i].eliminate(fleet, damp); !ok {
			return log, nil, sd, false
		}
		a, g = sumOfMatrices(a, &done[i].a, 1), g.plus(done[i].g, 1)
	}
	l, ok := cholesky(a)
	if !ok {
		return log, nil, sd, false
	}
	d := l.solve(g)
	log, sd = f.log.plus(d, 1), l.deviations()
	offs = make([]vec, len(f.groups))
	for i := range done {
		e := &done[i]
		r := e.own
		for k := range r {
			for p := range d {
				r[k] -= e.cross[p][k] * d[p]
			}
		}
		offs[i] = f.groups[i].off.plus(e.chol.solve(r), 1)
	}
	return log, offs, sd, true
}
