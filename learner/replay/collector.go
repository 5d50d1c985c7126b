package replay

import (
	"maps"
	"slices"
)

// Garbage collection takes g0 + g1·u/(1−u) of a task's other time, where u is
// how much of the heap lives: each pass copies or marks what lives and frees
// the rest (the form is this project's own; the fleet's logs fit g1). g0 is
// part of what bytes and tasks cost. Pauses stop all tasks of an executor, so
// each task's GC time is its own loss.
const (
	collectorShare  = 0.05 // g1: measured .06 to .10 where one key's rows fill the heap, about 0 for pages
	collectorSpread = 0.8
	fullest         = 0.95 // beyond it a heap fails rather than slows down
	jvmLive         = 80 * mib
)

// load is u/(1−u) of an executor that runs a stage's tasks of so many bytes.
func (n need) load(at *setup, s *stage, stored, tasks, bytes float64) float64 {
	active := max(min(float64(at.heap.Cores), tasks), 1)
	live := float64(jvmLive) + min(stored/float64(at.layout.executors), float64(at.heap.unified()))
	if !at.offHeapFor(s) && s.peak > 0 {
		live += active * min(n.floor+n.perByte*bytes/max(tasks, 1), evenShare(at, s, stored, tasks))
	}
	u := min(live/max(float64(at.heap.Bytes), 1), fullest)
	return u / (1 - u)
}

// loaded is the logged stage's.
func (s *stage) loaded(had *setup, stored float64) float64 {
	return needOf(s, had, stored).load(had, s, stored, s.n, s.bytes)
}

// collected is the seconds that garbage collection adds to a stage's slot time
// under the plan.
func (p *plan) collected(s *planned, bytes float64) float64 {
	if s.load == nil || s.slotTime <= 0 {
		return 0 // a stage that the log did not have
	}
	had := &p.run.had
	was := s.loaded(had, p.run.stored)
	now := needOf(&s.stage, had, p.run.stored).load(&p.at, &s.stage, p.run.stored*p.scale*(1-p.missing), s.tasks, bytes)
	share := s.gc / max(s.slotTime-s.gc, floorS) // of the other time
	more := max(p.collector*(now-was), -share)
	return more / (1 + share) * s.demand.times(s.cost).sum()
}

// collectorSlope is how GC's share of a step's time grows with u/(1−u) between
// the nights of a pipeline.
func collectorSlope(nights []*run) (sum slope) {
	type points struct{ x, y, w []float64 }
	steps := map[string]*points{}
	for _, n := range nights {
		for i := range n.stages {
			s := &n.stages[i]
			if s.gc <= 0 || s.slotTime <= s.gc {
				continue
			}
			p := steps[s.step]
			if p == nil {
				p = &points{}
				steps[s.step] = p
			}
			p.x, p.y, p.w = append(p.x, s.loaded(&n.had, n.stored)), append(p.y, s.gc/(s.slotTime-s.gc)), append(p.w, s.slotTime)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(steps)) {
		p := steps[k]
		sum = sum.plus(slopeOf(p.x, p.y, p.w))
	}
	return sum
}

// fitCollector learns g1 from nights under other heaps or of other sizes.
func (c *Constants) fitCollector(nights []*run) {
	var s slope
	for _, n := range byPipeline(nights) {
		s = s.plus(collectorSlope(n))
	}
	c.Collector = c.Collector.fitted(s)
}
