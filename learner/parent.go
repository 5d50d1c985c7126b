package learner

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// A table is the Q-tables of the fleet: th ~ N(parent, tau²) from pipeline to
// group of pipelines to global, whose parent is 0.
type table struct {
	fits   []*ridge    // by pipeline
	groups []string    // by pipeline
	theta  [][]float64 // by pipeline and cell of its fit
	group  map[groupCell]*parent
	global map[cell]*parent
}

type groupCell struct {
	group string
	cell  cell
}

// A parent is the posterior mean of what its children have in common.
type parent struct{ q, children float64 }

func (p *parent) reset(prior float64)   { p.q, p.children = prior, 0 }
func (p *parent) observe(child float64) { p.q, p.children = updated(p.q, p.children, child, 1, 1) }

// Bounds of the alternation between children and parents. It converges by the
// share that a pipeline's prior has in its posterior, below 0.9 for noise less
// than three times the spread between pipelines.
const (
	maxRounds   = 500
	roundsMoved = 1e-12
)

// newTable fits all levels together by alternating between them: given parents
// the pipelines are ridges, given children a parent is a shrunken mean. The
// fixed point is the joint posterior mean.
func newTable(fits []*ridge, groups []string) (*table, error) {
	t := &table{fits: fits, groups: groups, theta: make([][]float64, len(fits)), group: map[groupCell]*parent{}, global: map[cell]*parent{}}
	for i, f := range fits {
		for _, c := range f.cells {
			t.group[groupCell{groups[i], c}] = &parent{}
			t.global[c] = &parent{}
		}
	}
	order := t.groupCells()
	for range maxRounds {
		for i, f := range fits {
			parents := make([]float64, len(f.cells))
			for j, c := range f.cells {
				parents[j] = t.group[groupCell{groups[i], c}].q
			}
			var err error
			if t.theta[i], err = f.solve(parents); err != nil {
				return nil, err
			}
		}
		if t.lift(order) < roundsMoved {
			break
		}
	}
	return t, nil
}

// of is the sum of th over the cells of one step of a pipeline: what its own
// fit says of a cell, else what it says of the largest part of the same change
// that was tried here, else what its group and the fleet say. A part tells
// something of the whole because it is the model's errors that tables hold, and
// those go with the pipeline's costs.
func (t *table) of(s *study, cells []cell) (sum float64) {
	for _, c := range cells {
		if i, ok := s.fit.at(c); ok {
			sum += t.theta[s.index][i]
		} else if i, ok := s.fit.within(c); ok {
			sum += t.theta[s.index][i]
		} else if p := t.group[groupCell{s.group, c}]; p != nil {
			sum += p.q
		} else if p := t.global[c]; p != nil {
			sum += p.q
		}
	}
	return sum
}

// within is the cell of the same agent and state whose changes are the largest
// part of c's.
func (r *ridge) within(c cell) (at int, ok bool) {
	all := strings.Split(c.changes, ";")
	most := 0
	for i, have := range r.cells {
		if have.agent != c.agent || have.bucket != c.bucket {
			continue
		}
		some := strings.Split(have.changes, ";")
		if len(some) <= most || slices.ContainsFunc(some, func(s string) bool { return !slices.Contains(all, s) }) {
			continue
		}
		at, most = i, len(some)
	}
	return at, most > 0
}

// groupCells lists the cells of all groups, sorted.
func (t *table) groupCells() []groupCell {
	keys := make([]groupCell, 0, len(t.group))
	for k := range t.group {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b groupCell) int {
		return cmp.Or(compareCells(a.cell, b.cell), cmp.Compare(a.group, b.group))
	})
	return keys
}

// lift moves the parents to their children's shrunken means and reports the
// largest move. All levels have the same spread tau, so that a parent's own
// prior weighs as much as one child (k = 1).
func (t *table) lift(order []groupCell) float64 {
	old := make([]float64, len(order))
	for i, k := range order {
		old[i] = t.group[k].q
		t.group[k].reset(t.global[k.cell].q)
	}
	for i, f := range t.fits {
		for j, c := range f.cells {
			t.group[groupCell{t.groups[i], c}].observe(t.theta[i][j])
		}
	}
	for _, k := range order {
		t.global[k.cell].reset(0)
	}
	moved := 0.0
	for i, k := range order {
		t.global[k.cell].observe(t.group[k].q)
		moved = max(moved, math.Abs(t.group[k].q-old[i]))
	}
	return moved
}
