package replay

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"github.com/spark-apprentice/apprentice/features"
)

// mostRuns bounds the runs of one pipeline that Fit looks at: the newest, and
// of each settings some.
const (
	mostRuns     = 64
	mostAlike    = 16
	fitRounds    = 40
	stageTotalSD = 0.12 // night to night, a stage's slot time
	outlier      = 2.0  // standard deviations from which a residual counts linearly
)

// Fit learns the costs of terms from a fleet's runs: one set of costs for all,
// and for each step of each pipeline how far it is off, small by the priors'
// spread. Runs of a step with other numbers of tasks, blocks or bytes tell its
// terms apart; so do tasks of different sizes within one run. The posterior
// mode is found by Gauss–Newton steps, steps eliminated one by one, so that time
// grows with the number of runs. Same rows: same constants.
func Fit(runs []features.Run, stages []features.Stage) Constants {
	c := Priors()
	nights := openAll(runs, stages)
	groups := map[string][]observation{}
	for _, n := range nights {
		for i := range n.stages {
			s := &n.stages[i]
			key := n.row.Pipeline + "\x00" + s.step
			groups[key] = append(groups[key], s.observe(n.had.layout.slots, stageTotalSD)...)
		}
	}
	f := newFitter(&c)
	for _, k := range slices.Sorted(maps.Keys(groups)) {
		f.groups = append(f.groups, group{obs: groups[k]})
	}
	f.run()
	for i := range c.Terms {
		c.Terms[i].Seconds = math.Exp(f.log[i])
		c.Terms[i].SD = min(f.sd[i], c.Terms[i].PriorSD)
	}
	c.Runs = len(nights)
	c.fitDriver(nights)
	c.fitErrors(nights)
	return c
}

// openAll readies the runs that can teach: batch, ended well, the newest of
// each pipeline and settings.
func openAll(runs []features.Run, stages []features.Stage) (out []*run) {
	byRun := map[string][]features.Stage{}
	for _, s := range stages {
		byRun[s.RunKey] = append(byRun[s.RunKey], s)
	}
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
	key := ""
	for _, k := range slices.Sorted(maps.Keys(modelled)) {
		key += v.text(k) + "\x00"
	}
	return key
}

// group is one step of one pipeline.
type group struct {
	obs []observation
	off vec // of the logarithm of its costs from the fleet's
}

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
	fleet := f.costs(vec{})
	for i := range f.groups {
		g := &f.groups[i]
		least := math.Inf(1)
		for _, start := range starts(g.obs, fleet) {
			if e, l := climb(g.obs, fleet, start); l < least {
				g.off, least = e, l
			}
		}
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

// step is one Gauss–Newton step. A group's own costs touch the fleet's alone,
// so each group is eliminated into the fleet's equations (Schur complement).
func (f *fitter) step(damp float64) (log vec, offs []vec, sd vec, ok bool) {
	type eliminated struct {
		chol  matrix
		cross matrix // fleet × group
		g     vec
	}
	var a matrix
	var g vec
	for i := range f.log {
		v := f.spread[i] * f.spread[i]
		a[i][i] += (1 + damp) / v
		g[i] -= (f.log[i] - f.prior[i]) / v
	}
	done := make([]eliminated, len(f.groups))
	for i := range f.groups {
		gr := &f.groups[i]
		h, gg := normal(gr.obs, f.costs(gr.off), outlier)
		own, ownG := h, gg
		for k := range own {
			v := priors[k].within * priors[k].within
			own[k][k] = own[k][k]*(1+damp) + (1+damp)/v
			ownG[k] -= gr.off[k] / v
		}
		l, good := cholesky(own)
		if !good {
			return log, nil, sd, false
		}
		done[i] = eliminated{l, h, ownG}
		x := l.solve(ownG)
		for p := range a {
			column := l.solve(h[p])
			for q := range a {
				a[p][q] += h[p][q]
				var s float64
				for k := range column {
					s += h[q][k] * column[k]
				}
				a[p][q] -= s
			}
			var s float64
			for k := range x {
				s += h[p][k] * x[k]
			}
			g[p] += gg[p] - s
		}
	}
	l, good := cholesky(a)
	if !good {
		return log, nil, sd, false
	}
	d := l.solve(g)
	offs = make([]vec, len(f.groups))
	for i := range f.log {
		log[i] = f.log[i] + d[i]
		var unit vec
		unit[i] = 1
		sd[i] = math.Sqrt(max(l.solve(unit)[i], 0))
	}
	for i, e := range done {
		r := e.g
		for k := range r {
			for p := range d {
				r[k] -= e.cross[p][k] * d[p]
			}
		}
		x := e.chol.solve(r)
		for k := range x {
			offs[i][k] = f.groups[i].off[k] + x[k]
		}
	}
	return log, offs, sd, true
}
