package fleet

import (
	"math"
	"math/rand/v2"
)

// What changes under a pipeline, once.
const (
	nothing   = "nothing"
	newPlan   = "new plan"    // other code: other data through other stages
	release   = "release"     // Spark is upgraded
	volume    = "volume"      // more input from one night to the next
	cluster   = "cluster"     // it moves to a larger one
	slower    = "slower"      // the cluster gets slower for all settings alike
	otherData = "other data"  // the same plan, and other settings are best
	bigData   = "outgrows it" // input grows until memory no longer does
	turns     = "turns"       // whatever differs from the team's settings gets much slower
)

// A drift is what changes, and from which night on.
type drift struct {
	kind  string
	at    int
	after func(*data)
	grows float64 // log size
}

func drawDrift(rng *rand.Rand, team knobs, nights int) drift {
	d := drift{kind: one(rng, nothing, nothing, nothing, nothing, newPlan, newPlan, release, volume, volume, cluster, slower, otherData, bigData, turns, turns)}
	d.at = nights/4 + rng.IntN(max(nights/2, 1))
	d.after = func(*data) {}
	switch d.kind {
	case newPlan:
		shuffle, small := across(rng, 0.3, 3), across(rng, 2e6, 2e8)
		d.after = func(x *data) { x.shuffle *= shuffle; x.small = small }
	case release:
		d.after = func(x *data) { x.taskS *= 0.8 }
	case volume:
		d.grows = math.Log(one(rng, 1.5, 1.8, 3))
	case cluster:
		d.after = func(x *data) { x.executors *= 2 }
	case slower:
		d.after = func(x *data) { x.level += 0.25 }
	case otherData:
		d.after = func(x *data) { x.shuffle *= 2.5; x.hot += 0.05 }
	case turns:
		d.after = func(x *data) { x.home, x.away = team, 0.8 }
	case bigData:
		d.grows = 0.02 // a night
	}
	return d
}

// logSize is what drift adds to the log of the input.
func (d drift) logSize(night int) float64 {
	switch {
	case night < d.at:
		return 0
	case d.kind == bigData:
		return min(d.grows*float64(night-d.at), math.Log(4))
	}
	return d.grows
}

// dataOn is the data as it is on a night.
func (p *pipeline) dataOn(night int) data {
	d := p.data
	if night >= p.drift.at {
		p.drift.after(&d)
	}
	return d
}

// planOn, sparkOn and clusterOn are what a log tells of the drift.
func (p *pipeline) planOn(night int) string {
	if p.drift.kind == newPlan && night >= p.drift.at {
		return p.name + " plan b"
	}
	return p.name + " plan a"
}

func (p *pipeline) sparkOn(night int) string {
	if p.drift.kind == release && night >= p.drift.at {
		return "4.0.1"
	}
	return "3.5.7"
}

func (p *pipeline) clusterOn(night int) string {
	if p.drift.kind == cluster && night >= p.drift.at {
		return "spark://large:7077"
	}
	return "spark://small:7077"
}
