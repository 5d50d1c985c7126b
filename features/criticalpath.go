package features

import (
	"cmp"
	"maps"
	"slices"

	"github.com/spark-apprentice/apprentice/eventlog"
)

// criticalStages is the time that the run's stages would take on slots without
// number, in seconds: jobs that overlap form a group; a group takes its longest
// chain of stages, a stage its longest successful task; groups follow one
// another, since the driver waits for one before it starts the next.
func (b *builder) criticalStages() float64 {
	jobs := slices.SortedFunc(maps.Values(b.jobs), func(x, y *jobState) int {
		return cmp.Or(cmp.Compare(x.start, y.start), cmp.Compare(x.id, y.id))
	})
	weight := map[int]int64{} // by stage id: attempts of a stage follow each other
	parents := map[int][]int{}
	for _, s := range b.stages {
		weight[s.key.id] += s.frozen.maxMS
		parents[s.key.id] = s.info.ParentIDs
	}
	var total int64
	chains := map[int]int64{}
	group := map[int]bool{}
	var until eventlog.Millis
	flush := func() {
		var longest int64
		clear(chains)
		for id := range group {
			longest = max(longest, chain(id, weight, parents, group, chains))
		}
		total += longest
		clear(group)
	}
	for _, j := range jobs {
		if j.start >= until {
			flush()
		}
		for _, id := range j.stages {
			if _, ran := weight[id]; ran {
				group[id] = true
			}
		}
		if j.end == 0 {
			until = 1 << 62 // it never ended
		}
		until = max(until, j.end)
	}
	flush()
	return seconds(total)
}

// chain is the longest chain of a group's stages that ends with stage id. A
// stage counts once: a later group that skips it finds it gone.
func chain(id int, weight map[int]int64, parents map[int][]int, group map[int]bool, done map[int]int64) int64 {
	if c, ok := done[id]; ok {
		return c
	}
	done[id] = 0 // a stage that is its own ancestor, in a damaged log
	var before int64
	for _, p := range parents[id] {
		if group[p] {
			before = max(before, chain(p, weight, parents, group, done))
		}
	}
	done[id] = before + weight[id]
	return done[id]
}
