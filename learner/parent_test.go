package learner

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// Alternating between children and parents ends at the joint posterior mean of
// all levels: the solution of one large system.
func TestParentsAreTheJointPosterior(t *testing.T) {
	rng := rand.New(rand.NewPCG(40, 40))
	const tau2, sigma2 = 0.04, 0.09
	cells := []cell{{"core", "x", "c"}, {"partition", "x", "p"}, {"partition", "y", "p"}}
	groups := []string{"g", "g", "g", "h", "h"}
	var fits []*ridge
	var all [][]sample
	for range groups {
		var samples []sample
		for r := range 1 + rng.IntN(6) {
			s := sample{step: sigma2}
			cs := []cell{cells[(r+rng.IntN(3))%3]}
			if other := cells[rng.IntN(3)]; other != cs[0] {
				cs = append(cs, other)
			}
			s.cells, s.weight, s.target = [][]cell{cs}, []float64{1}, []float64{0.5 + rng.NormFloat64()}
			samples = append(samples, s)
		}
		fit, err := newRidge(samples, func(cell) float64 { return tau2 })
		if err != nil {
			t.Fatal(err)
		}
		fits, all = append(fits, fit), append(all, samples)
	}
	tab, err := newTable(fits, groups)
	if err != nil {
		t.Fatal(err)
	}

	// One unknown for each cell of each pipeline, of each group, and of the fleet.
	type unknown struct {
		pipeline int // -1: a parent
		groupCell
	}
	index := map[unknown]int{}
	at := func(u unknown) int {
		if _, ok := index[u]; !ok {
			index[u] = len(index)
		}
		return index[u]
	}
	a, b := mat.NewDense(100, 100, nil), mat.NewVecDense(100, nil)
	link := func(i, j int) { // N(0, tau²) on the difference; j < 0: on i itself
		a.Set(i, i, a.At(i, i)+1/tau2)
		if j >= 0 {
			a.Set(j, j, a.At(j, j)+1/tau2)
			a.Set(i, j, a.At(i, j)-1/tau2)
			a.Set(j, i, a.At(j, i)-1/tau2)
		}
	}
	for p, f := range fits {
		for _, c := range f.cells {
			group, global := unknown{-1, groupCell{groups[p], c}}, unknown{-1, groupCell{"", c}}
			if _, ok := index[global]; !ok {
				link(at(global), -1)
			}
			if _, ok := index[group]; !ok {
				link(at(group), at(global))
			}
			link(at(unknown{p, groupCell{"", c}}), at(group))
		}
		for _, s := range all[p] {
			for _, c := range s.cells[0] {
				i := at(unknown{p, groupCell{"", c}})
				b.SetVec(i, b.AtVec(i)+s.target[0]/sigma2)
				for _, d := range s.cells[0] {
					j := at(unknown{p, groupCell{"", d}})
					a.Set(i, j, a.At(i, j)+1/sigma2)
				}
			}
		}
	}
	n := len(index)
	var x mat.VecDense
	if err := x.SolveVec(a.Slice(0, n, 0, n), b.SliceVec(0, n)); err != nil {
		t.Fatal(err)
	}
	check := func(what string, got float64, u unknown) {
		if want := x.AtVec(index[u]); math.Abs(got-want) > 1e-9 {
			t.Errorf("%s %v: %v, jointly %v", what, u, got, want)
		}
	}
	for p, f := range fits {
		for i, c := range f.cells {
			check("pipeline", tab.theta[p][i], unknown{p, groupCell{"", c}})
		}
	}
	for k, g := range tab.group {
		check("group", g.q, unknown{-1, k})
	}
	for c, g := range tab.global {
		check("fleet", g.q, unknown{-1, groupCell{"", c}})
	}
}
