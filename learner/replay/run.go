package replay

import (
	"cmp"
	"slices"

	"github.com/spark-apprentice/apprentice/features"
)

// run is a logged run, ready to be replayed.
type run struct {
	row    *features.Run
	had    setup
	stages []stage
	makes  float64 // makespan of its tasks as logged
	events []event // submissions and completions, in time
}

// event orders stages in time: a stage waits for all that had ended when it
// was submitted.
type event struct {
	stage int
	ended bool
}

// newRun reads a run's rows. Stages that ran to their end count.
func newRun(row *features.Run, rows []features.Stage) *run {
	r := &run{row: row, had: newSetup(row, nil)}
	var kept []*features.Stage
	for i := range rows {
		s := &rows[i]
		if s.RunKey == row.RunKey && s.Outcome == features.StageComplete && len(s.TaskBins) > 0 && s.SubmittedAt.OK && s.CompletedAt.OK {
			kept = append(kept, s)
		}
	}
	slices.SortStableFunc(kept, func(a, b *features.Stage) int {
		return cmp.Or(a.SubmittedAt.V.Compare(b.SubmittedAt.V), cmp.Compare(a.StageID, b.StageID))
	})
	r.stages = make([]stage, len(kept))
	for i, s := range kept {
		r.stages[i] = newStage(s)
	}
	r.link(kept)
	r.order(kept)
	r.scans()
	for i := range r.stages {
		r.stages[i].count(&r.had)
	}
	return r
}

// order sorts submissions and completions; what ends when another starts came first.
func (r *run) order(rows []*features.Stage) {
	type timed struct {
		event
		at int64
	}
	var all []timed
	for i, s := range rows {
		all = append(all, timed{event{i, false}, s.SubmittedAt.V.UnixMilli()}, timed{event{i, true}, s.CompletedAt.V.UnixMilli()})
	}
	slices.SortStableFunc(all, func(a, b timed) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(btoi(b.ended), btoi(a.ended)))
	})
	for _, e := range all {
		r.events = append(r.events, e.event)
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
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
			continue
		}
		s.files = filesFor(s.in, s.n, r.had.scan)
	}
}
