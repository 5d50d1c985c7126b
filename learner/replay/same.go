package replay

import (
	"slices"

	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// SamePlan reports whether Spark would run this run's data in the same way
// under both settings: the same tasks of the same sizes, joins, shuffle
// writers, spills and executors, by Spark's rules. Settings that differ in
// something these rules do not know are never the same.
func (r *Replay) SamePlan(a, b map[string]string) bool { return r.SamePlanAt(a, b, 1) }

// SamePlanAt is SamePlan on scale times the run's input.
func (r *Replay) SamePlanAt(a, b map[string]string, scale float64) bool {
	if !r.sameElsewhere(a, b) || !r.sameElsewhere(b, a) {
		return false
	}
	p, q := r.planAt(a, scale), r.planAt(b, scale)
	if p.at.heap != q.at.heap || p.at.offHeap != q.at.offHeap || p.at.squeeze != q.at.squeeze || p.at.columnar != q.at.columnar || !p.at.layout.equal(&q.at.layout) || len(p.stages) != len(q.stages) || p.jobs != q.jobs || p.driver != q.driver {
		return false
	}
	for i := range p.stages {
		s, t := &p.stages[i], &q.stages[i]
		if s.dead != t.dead || s.tasks != t.tasks || s.full != t.full || s.demand != t.demand || !slices.Equal(s.shares, t.shares) {
			return false
		}
	}
	return true
}

func (r *Replay) planAt(settings map[string]string, scale float64) *plan {
	return newPlan(r.r, &r.m.c, newSetup(r.r.row, settings), scale)
}

// sameElsewhere reports whether b agrees with what a says of keys that are not modelled.
func (r *Replay) sameElsewhere(a, b map[string]string) bool {
	other := values{r.r.row, b}
	for k, v := range a {
		if !modelled[k] && sparkconf.Canonical(k, v) != sparkconf.Canonical(k, other.text(k)) {
			return false
		}
	}
	return true
}

func (l *layout) equal(o *layout) bool {
	a, b := *l, *o
	a.ramp, b.ramp = nil, nil
	if a != b || (l.ramp == nil) != (o.ramp == nil) {
		return false
	}
	return l.ramp == nil || *l.ramp == *o.ramp
}
