package replay

import (
	"fmt"
	"slices"
)

// kept is how many of so many cached bytes the executors' memory holds while a
// stage's tasks need execution memory: execution evicts storage down to its
// region, storage borrows only what execution leaves (UnifiedMemoryManager).
func kept(at *setup, stored, execution float64) float64 {
	unified := float64(at.heap.unified())
	region := unified * at.heap.StorageFraction
	if at.offHeap > 0 {
		execution = 0
	}
	return min(stored, float64(at.layout.executors)*max(region, unified-execution))
}

// findMissing finds the share of a run's cached bytes that do not fit under the
// plan, and how much that is more than did not fit in the log (below 0: less).
func (p *plan) findMissing() {
	r := p.run
	if r.stored == 0 {
		return
	}
	share := func(at *setup, stored float64) float64 {
		if r.columnar {
			stored *= at.columnar / r.had.columnar
		}
		least := stored
		for i := range r.stages {
			if s := &r.stages[i]; s.cached {
				active := max(min(float64(at.heap.Cores), s.n), 1)
				demand := active * min(s.peak*p.scale, float64(at.heap.unified())/active)
				least = min(least, kept(at, stored, demand))
			}
		}
		return 1 - least/stored
	}
	p.unfit = share(&p.at, r.stored*p.scale)
	p.missing = p.unfit - share(&r.had, r.stored)
	if p.missing < 0 && r.row.CacheEvictedCount == 0 {
		p.missing = 0 // it did fit, whatever the formula says
	}
}

// leastLost is the share of a cache from which missing blocks were seen to be
// computed again: below it partitions may just be uneven.
const leastLost = 0.1

// evicted adds what a stage's missing cached blocks cost. Blocks of a dataset
// go to disk and come back (MEMORY_AND_DISK, its default level), unless the log
// shows that they were not read; those, and an RDD's, are computed again, as the
// stage did that filled the cache.
func (p *plan) evicted(i int) {
	s := &p.stages[i]
	if !s.cached || p.run.stored == 0 {
		return
	}
	more := p.missing
	if s.lost > leastLost && (p.at.heap != p.run.had.heap || p.scale != 1 || p.missing != 0) {
		more = p.unfit - s.lost
	}
	if more == 0 {
		return
	}
	perMB, how := p.fleet[readInput], "read again"
	if f := p.filler(s); s.columnar && s.lost <= leastLost {
		perMB, how = p.fleet[spillDisk], "read from disk"
	} else if f >= 0 {
		perMB, how = p.run.stages[f].slotTime/(p.run.stored/mb), "computed again"
	}
	s.refill = max(more*s.stored*p.scale/mb*perMB, -0.8*s.slotTime)
	text := fmt.Sprintf("%.0f %% of the cache does not fit: %s", 100*more, how)
	if more < 0 {
		text = fmt.Sprintf("%.0f %% more of the cache fits, and is not %s", -100*more, how)
	}
	p.notes = append(p.notes, note{step: s.step, text: text})
}

// filler is the stage that filled the cache which s reads: one before it with
// as many tasks that reads from elsewhere, −1 where there is none.
func (p *plan) filler(s *planned) int {
	return slices.IndexFunc(p.run.stages, func(o stage) bool {
		return o.id < s.id && !o.cached && o.n == s.n
	})
}
