package replay

import (
	"cmp"
	"slices"
	"time"

	"github.com/spark-apprentice/apprentice/features"
)

// run is a logged run, ready to be replayed.
type run struct {
	row    *features.Run
	had    setup
	stages []stage
	before []int   // of each stage, how many had ended when it was submitted
	ended  []int   // stages in the order in which they ended
	makes  float64 // makespan of its tasks as logged
	wanted int     // executors that they would have, if a cluster gave all that are asked for
	stored float64 // bytes that its caches hold, as one stage read them
	source float64 // bytes that it read from sources, once

	columnar bool // a dataset is cached, in columns
}

// newRun reads a run and its stages. Those that ran to their end count.
func newRun(row *features.Run, rows []*features.Stage) *run {
	r := &run{row: row, had: newSetup(row, nil), source: sourceOf(row, rows)}
	var kept []*features.Stage
	for _, s := range rows {
		if s.Outcome == features.StageComplete && len(s.TaskBins) > 0 && s.SubmittedAt.OK && s.CompletedAt.OK {
			kept = append(kept, s)
		}
	}
	slices.SortStableFunc(kept, func(a, b *features.Stage) int {
		return cmp.Or(a.SubmittedAt.V.Compare(b.SubmittedAt.V), cmp.Compare(a.StageID, b.StageID))
	})
	r.stages = make([]stage, len(kept))
	for i, s := range kept {
		r.stages[i] = newStage(s)
		if c := &r.stages[i]; c.cached {
			if row.CacheEvictedCount > 0 { // what was missing was not read
				c.stored = max(c.in, c.maxBytes*c.n)
				c.lost = 1 - c.in/max(c.stored, 1)
			}
			r.stored = max(r.stored, c.stored)
			r.columnar = r.columnar || r.stages[i].columnar
		}
	}
	r.link(kept)
	r.order(kept)
	r.scans()
	steps := r.steps()
	var room room
	for i := range r.stages {
		s := &r.stages[i]
		maps := 0.0
		for _, p := range s.parents {
			maps = max(maps, r.stages[p].n)
		}
		if s.cut == cutSQL {
			s.ruled, _, _ = s.partitions(&r.had, &r.had, s.read, maps, &room)
		}
		s.count(&r.had)
		s.unlap(r.had.layout.most(row), kept[i].DurationS.Or(0))
		s.load = s.logged()
		steps[i].Work = listed(s.load, 0, r.had.layout.slots)
	}
	r.fetched()
	r.wanted = r.had.layout.wanted(steps)
	r.had.layout.raise(r)
	r.makes = r.had.layout.makespan(steps)
	return r
}

// order notes which stages had ended when each was submitted: it waits for them.
func (r *run) order(rows []*features.Stage) {
	r.before = make([]int, len(rows))
	r.ended = make([]int, len(rows))
	for i := range rows {
		r.ended[i] = i
	}
	slices.SortStableFunc(r.ended, func(a, b int) int { return rows[a].CompletedAt.V.Compare(rows[b].CompletedAt.V) })
	for i, s := range rows {
		n, _ := slices.BinarySearchFunc(r.ended, s.SubmittedAt.V, func(e int, at time.Time) int {
			if rows[e].CompletedAt.V.After(at) {
				return 1
			}
			return -1
		})
		r.before[i] = min(n, slices.Index(r.ended, i)) // a stage of no duration does not wait for itself
	}
}

// endsBefore reports whether stage a had ended when b was submitted.
func (r *run) endsBefore(a, b int) bool { return slices.Contains(r.ended[:r.before[b]], a) }

// steps are the run's stages for the scheduler, without their work: stage i is
// step i. After them comes a step for each stage that ended, in that order,
// which waits for it and for the one before, so that a stage that waits for
// all that had ended needs to wait for one.
func (r *run) steps() []step {
	n := len(r.stages)
	out := make([]step, 2*n)
	for k, e := range r.ended {
		out[n+k].After = []int{e}
		if k > 0 {
			out[n+k].After = append(out[n+k].After, n+k-1)
		}
	}
	for i := range n {
		if b := r.before[i]; b > 0 {
			out[i].After = []int{n + b - 1}
		}
	}
	return out
}

// link finds each stage's parents among the stages that ran. Parents that were
// skipped (each job of AQE repeats the stages before it) are known by their
// bytes: what a stage reads is what its parents wrote.
func (r *run) link(rows []*features.Stage) {
	index := map[int64]int{}
	for i, s := range rows {
		st := &r.stages[i]
		for _, id := range s.ParentStageIDs {
			if p, ok := index[id]; ok && r.stages[p].written > 0 {
				st.parents = append(st.parents, p)
			}
		}
		if len(st.parents) < len(s.ParentStageIDs) {
			st.parents = r.writersOf(i, len(s.ParentStageIDs))
		}
		for _, p := range st.parents {
			if r.stages[p].follows < 0 {
				r.stages[p].follows = i
			}
		}
		index[s.StageID] = i
	}
	for i := range r.stages {
		s := &r.stages[i]
		if s.written == 0 {
			continue
		}
		s.reducers = float64(r.had.partitions)
		if s.follows >= 0 {
			s.reducers = r.stages[s.follows].asked
		}
	}
}

// most are how many stages back the search for a stage's parents goes.
const most = 32

// writersOf finds the k earlier stages whose shuffles add up to what stage i
// read; none where no k of the last ones do.
func (r *run) writersOf(i, k int) []int {
	var writers []int
	for j := i - 1; j >= 0 && len(writers) < most; j-- {
		if r.stages[j].written > 0 {
			writers = append(writers, j)
		}
	}
	var pick func(from, k int, rest float64) []int
	pick = func(from, k int, rest float64) []int {
		if k == 0 {
			if rest == 0 {
				return []int{}
			}
			return nil
		}
		for j := from; j < len(writers); j++ {
			if w := r.stages[writers[j]].written; w <= rest {
				if found := pick(j+1, k-1, rest-w); found != nil {
					return append(found, writers[j])
				}
			}
		}
		return nil
	}
	if k > 3 {
		return nil
	}
	found := pick(0, k, r.stages[i].read)
	slices.Sort(found)
	return found
}

// scans shares the run's source files out among the stages that read them, by
// bytes; where their number is unknown it is the least that gives as many tasks.
func (r *run) scans() {
	var total float64
	for i := range r.stages {
		if s := &r.stages[i]; s.cut == cutFiles {
			total += s.in
		}
	}
	for i := range r.stages {
		s := &r.stages[i]
		if s.cut != cutFiles {
			continue
		}
		s.fileBytes = s.in
		if n := r.row.SourceFiles.Or(0); n > 0 && s.sql >= 0 {
			s.files = max(float64(n)*s.in/total, 1)
		} else {
			s.files = filesFor(s.in, s.n, r.had.scan)
		}
		s.chunks = s.chunked()
	}
}
