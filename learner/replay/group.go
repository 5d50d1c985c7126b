package replay

// group is one step of one pipeline.
type group struct {
	key, pipeline string
	obs           []observation
	night         []int // the run that each observation is of
	off           vec   // of the logarithm of its costs from the fleet's
}

// belief is what the group says of its step.
func (g *group) belief(fleet vec) *belief {
	b := unseen()
	h, _ := normal(g.obs, shifted(fleet, g.off), outlier)
	for i := range h {
		for k := range h {
			b.precision[i][k] += h[i][k]
		}
	}
	b.off = g.off
	return b
}

// eliminated is a group's part of the fleet's equations, its own costs being
// free (Schur complement), and what recovers them.
type eliminated struct {
	chol  matrix
	cross matrix // fleet × group
	own   vec    // gradient in its own costs
	a     matrix
	g     vec
}

// eliminate works a group's own costs out of the equations; false where they
// are not positive definite.
func (g *group) eliminate(fleet vec, damp float64) (e eliminated, ok bool) {
	h, gg := normal(g.obs, shifted(fleet, g.off), outlier)
	own := h
	e.cross, e.own = h, gg
	for k := range own {
		v := priors[k].within * priors[k].within
		own[k][k] = own[k][k]*(1+damp) + (1+damp)/v
		e.own[k] -= g.off[k] / v
	}
	if e.chol, ok = cholesky(own); !ok {
		return e, false
	}
	x := e.chol.solve(e.own)
	for p := range h {
		e.g[p] = gg[p]
		if h[p][p] == 0 {
			continue // a term that the group has nothing of
		}
		for k := range x {
			e.g[p] -= h[p][k] * x[k]
		}
		column := e.chol.solve(h[p])
		for q := range h {
			e.a[p][q] = h[p][q]
			for k := range column {
				e.a[p][q] -= h[q][k] * column[k]
			}
		}
	}
	return e, true
}
