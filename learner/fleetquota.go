package learner

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// withinFleet keeps all pipelines of a cluster together within its quota: what
// their files hold has its share, new proposals that save most seconds go first,
// and one that asks for more than is left waits. A file that stands is nobody's
// new proposal, even where it lies above a quota that was set later. Pipelines
// are taken to run at the same time.
func withinFleet(js []*judgement) {
	type use struct{ cores, memory int64 }
	used := map[string]*use{}
	ask := func(j *judgement, set settings) (use, bool) {
		a, why := j.site.allocationOf(set)
		return use{a.executors * a.cores, a.executors * a.container}, why == ""
	}
	var asking []*judgement
	for _, j := range js {
		if len(j.nights) == 0 || j.site.limits.quota.FleetCores+j.site.limits.quota.FleetMemory == 0 {
			continue
		}
		asks := len(j.rec.Settings) > 0 && (j.rec.Status == StatusProposed || j.rec.Status == StatusAccepted)
		before := j.rec.File
		if asks {
			before = j.withFixed(j.bound())
		}
		now, ok := ask(j, merged(j.base().set, before))
		if !ok {
			continue
		}
		if used[j.site.id] == nil {
			used[j.site.id] = &use{}
		}
		used[j.site.id].cores += now.cores
		used[j.site.id].memory += now.memory
		if asks {
			asking = append(asking, j)
		}
	}
	slices.SortFunc(asking, func(a, b *judgement) int { return cmp.Or(cmp.Compare(b.gain, a.gain), cmp.Compare(a.name, b.name)) })
	for _, j := range asking {
		u, q := used[j.site.id], j.site.limits.quota
		now, _ := ask(j, merged(j.base().set, j.withFixed(j.bound())))
		then, ok := ask(j, merged(j.base().set, values(j.rec.Settings)))
		if !ok {
			continue
		}
		cores, memory := u.cores+then.cores-now.cores, u.memory+then.memory-now.memory
		why := ""
		switch {
		case q.FleetCores > 0 && then.cores > now.cores && cores > q.FleetCores:
			why = fmt.Sprintf("the fleet would ask for %d cores at once; it may have %d", cores, q.FleetCores)
		case q.FleetMemory > 0 && then.memory > now.memory && memory > q.FleetMemory:
			why = fmt.Sprintf("the fleet would ask for %s at once; it may have %s", sparkconf.FormatSize(memory), sparkconf.FormatSize(q.FleetMemory))
		}
		if why == "" {
			u.cores, u.memory = cores, memory
			continue
		}
		j.wait(why, "Waits: "+why+".")
	}
}
