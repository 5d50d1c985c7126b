package replay

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// costSpread is the part of a prediction's error, as a standard deviation of
// its logarithm, that comes from costs which are not known exactly.
func (m *Model) costSpread(p *plan, seconds, stretch float64) float64 {
	var v float64 // of slot time
	for i := range p.stages {
		s := &p.stages[i]
		if s.dead {
			continue
		}
		v += m.stageVariance(s)
		moved := s.moved * p.scale
		gc, codec := s.gcMore*m.c.Collector.SD, s.codec*squeezeSpread
		v += (moved*moved+s.refill*s.refill)/4 + gc*gc + codec*codec
	}
	sd := math.Sqrt(v) / float64(p.at.layout.slots) * stretch
	driver := math.Hypot(p.jobs*m.c.Job.Seconds*m.c.Job.SD, p.driver/2)
	return math.Hypot(sd, driver) / max(seconds, floorS)
}

// stageVariance is the variance of a stage's predicted slot time, given that
// its logged slot time is known: what a term would add is taken from the others.
func (m *Model) stageVariance(s *planned) float64 {
	was, now := s.work.times(s.cost), s.demand.times(s.cost)
	var aa, ab, bb float64
	for i := range was {
		v := priors[i].within*priors[i].within + m.c.Terms[i].SD*m.c.Terms[i].SD
		if k := term(i); k == other || k == otherTask {
			v = 0.25 // once it is known to be there
		}
		aa += now[i] * now[i] * v
		ab += now[i] * was[i] * v
		bb += was[i] * was[i] * v
	}
	if bb == 0 {
		return aa
	}
	return max(aa-ab*ab/bb, 0)
}

// leastEffect is the share of the run below which an effect is not told.
const leastEffect = 0.005

// effects tells what the settings change: Spark's rules by step, and what the
// work that they change costs, by term.
func (m *Model) effects(p *plan, stretch float64) (out []Effect) {
	for _, n := range p.notes {
		out = append(out, Effect{What: n.text, Step: n.step, Kind: cmp.Or(n.kind, Formula)})
	}
	if had, at := p.run.had.layout, p.at.layout; had.slots != at.slots || had.executors != at.executors {
		out = append(out, Effect{What: fmt.Sprintf("%d executors with %d slots instead of %d with %d", at.executors, at.slots, had.executors, had.slots), Kind: Formula})
	}
	var was, now, work vec
	var moved, gc, codec, refill float64
	for i := range p.stages {
		s := &p.stages[i]
		a, b := s.work.times(s.cost), s.demand.times(s.cost)
		if i >= len(p.run.stages) || s.start < 0 {
			a = vec{}
		}
		for k := range a {
			was[k] += a[k]
			if !s.dead {
				now[k] += b[k]
				work[k] += s.demand[k]
			}
			work[k] -= s.work[k]
		}
		moved += s.moved * p.scale
		if !s.dead {
			gc, codec, refill = gc+s.gcMore, codec+s.codec, refill+s.refill
		}
	}
	least := leastEffect * m.total(p)
	slots := float64(p.at.layout.slots)
	for k := range was {
		c := m.c.Terms[k]
		if d := (now[k] - was[k]) / slots * stretch; math.Abs(d) >= least {
			out = append(out, Effect{What: fmt.Sprintf("%s: %+.0f %s", c.Name, work[k], plural(c.Unit)), Seconds: d, Kind: c.Kind()})
		}
	}
	if d := moved / slots * stretch; d >= least {
		out = append(out, Effect{What: "work of joins that moves to other stages", Seconds: d, Kind: Prior})
	}
	for _, e := range []Effect{
		{What: "garbage collection: the heap is " + fuller(gc), Seconds: gc, Kind: m.c.Collector.Kind()},
		{What: "packing and unpacking of shuffles by another codec", Seconds: codec, Kind: Prior},
		{What: "cached blocks: " + refilled(refill), Seconds: refill, Kind: Prior},
	} {
		if e.Seconds *= stretch / slots; math.Abs(e.Seconds) >= least {
			out = append(out, e)
		}
	}
	if d := p.jobs * m.c.Job.Seconds; math.Abs(d) >= least {
		out = append(out, Effect{What: fmt.Sprintf("driver: %+.0f jobs", p.jobs), Seconds: d, Kind: m.c.Job.Kind()})
	}
	if math.Abs(p.driver) >= least {
		out = append(out, Effect{What: "driver: broadcasts", Seconds: p.driver, Kind: Prior})
	}
	slices.SortStableFunc(out, func(a, b Effect) int {
		return cmp.Or(cmp.Compare(math.Abs(b.Seconds), math.Abs(a.Seconds)), cmp.Compare(a.What, b.What), cmp.Compare(a.Step, b.Step))
	})
	return out
}

func fuller(gc float64) string {
	if gc > 0 {
		return "fuller"
	}
	return "less full"
}

func refilled(s float64) string {
	if s > 0 {
		return "those that do not fit are read or computed again"
	}
	return "more of them fit"
}

func (m *Model) total(p *plan) float64 {
	return p.run.row.DurationS.Or(p.run.makes)
}

func plural(unit string) string {
	if unit == "MB" {
		return unit
	}
	return unit + "s"
}
