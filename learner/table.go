package learner

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// A cell is one parameter th of a Q-table: an agent (or a pair of agents, "a*b")
// that leaves the baseline, in a state. The baseline's own cell is 0 by
// definition, so that only differences within a pipeline are fitted.
type cell struct {
	agent, bucket, changes string
}

// owner is the agent, the first of a pair.
func (c cell) owner() string {
	name, _, _ := strings.Cut(c.agent, "*")
	return name
}

func compareCells(a, b cell) int {
	return cmp.Or(cmp.Compare(a.agent, b.agent), cmp.Compare(a.bucket, b.bucket), cmp.Compare(a.changes, b.changes))
}

// A sample is one run under other settings, cut into steps.
type sample struct {
	cells  [][]cell  // per step: the cells whose sum is expected of its target
	target []float64 // d, per step
	weight []float64 // c0_u/T0, per step; they add up to 1
	step   float64   // variance of a step's own noise xi, divided by its weight
	night  float64   // variance of eta, the night's noise, common to its steps
}

// A ridge is the joint fit of one pipeline's cells. The night's noise eta is
// integrated out: the covariance of a run's targets is
// diag(step/w) + night·11ᵀ, whose inverse is
// (diag(w) − night/(step+night)·wwᵀ)/step for weights that add up to 1.
type ridge struct {
	cells []cell // sorted
	a     *mat.SymDense
	b     []float64
	prior []float64 // variances tau² of the cells
	chol  mat.Cholesky
}

// newRidge adds up the samples' normal equations. tau2 is the prior variance of
// a cell around its parent.
func newRidge(samples []sample, tau2 func(cell) float64) (*ridge, error) {
	r := &ridge{}
	for _, s := range samples {
		for _, step := range s.cells {
			r.cells = append(r.cells, step...)
		}
	}
	slices.SortFunc(r.cells, compareCells)
	r.cells = slices.Compact(r.cells)
	n := len(r.cells)
	if n == 0 {
		return r, nil
	}
	r.a, r.b = mat.NewSymDense(n, nil), make([]float64, n)
	for _, s := range samples {
		r.add(s)
	}
	r.prior = make([]float64, n)
	sum := mat.NewSymDense(n, nil)
	sum.CopySym(r.a)
	for i, c := range r.cells {
		r.prior[i] = tau2(c)
		sum.SetSym(i, i, sum.At(i, i)+1/r.prior[i])
	}
	if !r.chol.Factorize(sum) {
		return nil, errors.New("learner: the normal equations are not positive definite: a charge or a size is not a finite number")
	}
	return r, nil
}

func (r *ridge) add(s sample) {
	mix := s.night / (s.step + s.night)
	pooled := make([]float64, len(r.cells)) // Xᵀw
	var y float64                           // wᵀd
	index := make([][]int, len(s.cells))
	for u, cells := range s.cells {
		for _, c := range cells {
			i, _ := slices.BinarySearchFunc(r.cells, c, compareCells)
			index[u] = append(index[u], i)
			pooled[i] += s.weight[u]
		}
		y += s.weight[u] * s.target[u]
		for _, i := range index[u] {
			r.b[i] += s.weight[u] * s.target[u] / s.step
			for _, j := range index[u] {
				if i <= j {
					r.a.SetSym(i, j, r.a.At(i, j)+s.weight[u]/s.step)
				}
			}
		}
	}
	for i, p := range pooled {
		if p == 0 {
			continue
		}
		r.b[i] -= mix * p * y / s.step
		for j := i; j < len(pooled); j++ {
			r.a.SetSym(i, j, r.a.At(i, j)-mix*p*pooled[j]/s.step)
		}
	}
}

// solve is the posterior mean of the cells around their parents' means.
func (r *ridge) solve(parents []float64) ([]float64, error) {
	if len(r.cells) == 0 {
		return nil, nil
	}
	rhs := make([]float64, len(r.b))
	for i := range rhs {
		rhs[i] = r.b[i] + parents[i]/r.prior[i]
	}
	var x mat.VecDense
	if err := r.chol.SolveVecTo(&x, mat.NewVecDense(len(rhs), rhs)); err != nil {
		return nil, err
	}
	return slices.Clone(x.RawVector().Data), nil
}

// variance of gᵀth after the data.
func (r *ridge) variance(g []float64) float64 {
	if len(r.cells) == 0 {
		return 0
	}
	var x mat.VecDense
	v := mat.NewVecDense(len(g), g)
	if err := r.chol.SolveVecTo(&x, v); err != nil {
		return 0
	}
	return max(mat.Dot(v, &x), 0)
}

// at is a cell's index in the fit.
func (r *ridge) at(c cell) (int, bool) { return slices.BinarySearchFunc(r.cells, c, compareCells) }

// updated moves a table's value q, that w nights' weight have shaped, by one
// more observation y of weight dw: q + dw·(y−q)/(w+dw+k) with k = sigma²/tau².
// Started at the prior mean with w = 0 it gives, in any order, the ridge's
// posterior mean of a cell that moves alone.
func updated(q, w, y, dw, k float64) (float64, float64) {
	w += dw
	return q + dw*(y-q)/(w+k), w
}
