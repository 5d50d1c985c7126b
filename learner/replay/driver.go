package replay

import (
	"maps"
	"math"
	"slices"
)

// A slope is what a straight line within groups is fitted from: sums of
// squares and products around the groups' means.
type slope struct{ xx, xy, yy, n float64 }

func (s slope) plus(o slope) slope { return slope{s.xx + o.xx, s.xy + o.xy, s.yy + o.yy, s.n + o.n} }

// slopeOf centres points of some weight.
func slopeOf(x, y, w []float64) (s slope) {
	var sw, sx, sy float64
	for i := range x {
		sw, sx, sy = sw+w[i], sx+w[i]*x[i], sy+w[i]*y[i]
	}
	for i := range x {
		dx, dy := x[i]-sx/sw, y[i]-sy/sw
		s.xx, s.xy, s.yy, s.n = s.xx+w[i]*dx*dx, s.xy+w[i]*dx*dy, s.yy+w[i]*dy*dy, s.n+1
	}
	return s
}

// sumOf adds the slopes of all pipelines, one of them replaced.
func sumOf(by map[string]slope, pipeline string, instead slope) slope {
	for _, p := range slices.Sorted(maps.Keys(by)) {
		if p != pipeline {
			instead = instead.plus(by[p])
		}
	}
	return instead
}

// fitted is a constant that a slope tells, with a normal prior around the
// prior's value that is as wide as its logarithm says.
func (c Constant) fitted(s slope) Constant {
	prior, sd := c.Seconds, c.Seconds*c.PriorSD
	explained := 0.0
	if s.xx > 0 {
		explained = s.xy * s.xy / s.xx
	}
	noise := max((s.yy-explained)/max(s.n, 1), 1e-4)
	weight := s.xx/noise + 1/(sd*sd)
	c.Seconds = max((s.xy/noise+prior/(sd*sd))/weight, prior/10)
	c.SD = min(math.Sqrt(1/weight)/c.Seconds, c.PriorSD)
	return c
}

// jobSlope is how a pipeline's time with no busy slot grows with its jobs.
func jobSlope(nights []*run) slope {
	var jobs, driver, w []float64
	for _, n := range nights {
		if n.row.DriverOnlyS.OK {
			jobs, driver, w = append(jobs, float64(n.row.Jobs)), append(driver, n.row.DriverOnlyS.V), append(w, 1)
		}
	}
	return slopeOf(jobs, driver, w)
}

// fitDriver learns what a job costs the driver: within a pipeline, runs with
// more jobs have more time with no busy slot.
func (c *Constants) fitDriver(nights []*run) {
	var s slope
	for _, n := range byPipeline(nights) {
		s = s.plus(jobSlope(n))
	}
	c.Job = c.Job.fitted(s)
}
