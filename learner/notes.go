package learner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// An AgentNote is what an agent of memory, cores or caches looked at, and why
// it proposes nothing where it does not.
type AgentNote struct {
	Agent  string `json:"agent"`
	Saw    string `json:"saw"`
	Silent string `json:"silent"` // empty: it has something to propose
}

// notes says what the agents saw that own executors' memory, cores or caches.
func (j *judgement) notes() []AgentNote {
	var list []AgentNote
	for _, a := range j.agents {
		var saw string
		switch {
		case a.owns(heapKey):
			saw = j.sawMemory()
		case a.owns(executorCoresKey):
			saw = j.sawCores()
		case a.owns("spark.memory.storageFraction"):
			saw = j.sawCaches()
		default:
			continue
		}
		note := AgentNote{Agent: a.Name, Saw: saw}
		if !slices.ContainsFunc(a.Keys, func(k OwnedKey) bool { p, ok := j.rec.Settings[k.Name]; return ok && p.Evidence != enforced }) {
			note.Silent = j.whySilent(a)
		}
		list = append(list, note)
	}
	return list
}

func (j *judgement) sawMemory() string {
	a, why := j.site.allocationOf(j.base().set)
	if why != "" {
		return why
	}
	parts := []string{fmt.Sprintf("heap %s", sparkconf.FormatSize(a.heap))}
	if a.container != a.heap {
		parts = append(parts, fmt.Sprintf("container %s", about(a.container)))
	}
	if l := j.site.limits.container; l > 0 {
		parts = append(parts, fmt.Sprintf("largest allowed or seen here %s", about(l)))
	}
	parts = append(parts, fmt.Sprintf("%s of execution memory per task", about(a.perTask())))
	if j.site.peak > 0 {
		parts = append(parts, fmt.Sprintf("peak %s of %s unified memory", about(j.site.peak), about(a.unified())))
	} else {
		parts = append(parts, "no log tells the peak of unified memory")
	}
	if s := medianSpill(j.base().runs); s > 0 {
		parts = append(parts, fmt.Sprintf("%s spilled to disk a night", about(s)))
	}
	if j.site.failed != "" {
		parts = append(parts, "a failure on "+j.site.failed)
	}
	return strings.Join(parts, ", ")
}

func medianSpill(nights []*night) int64 {
	return int64(medianBy(nights, func(n *night) float64 { return float64(n.run.DiskSpilledBytes) }))
}

func (j *judgement) sawCores() string {
	a, why := j.site.allocationOf(j.base().set)
	if why != "" {
		return why
	}
	s := fmt.Sprintf("%s of %s, %s", count(int(a.executors), "executor"), count(int(a.cores), "core"), count(int(a.slots()), "task slot"))
	if j.site.cluster.Dynamic {
		s = "dynamic allocation, at most " + s
	}
	if l := j.site.limits.total; l > 0 {
		s += fmt.Sprintf("; at most %s at once are allowed or were seen here", count(int(l), "core"))
	}
	var idle []float64
	for _, n := range j.base().runs {
		if u := n.run.SlotUtilization; u.OK {
			idle = append(idle, 1-u.V)
		}
	}
	if len(idle) > 0 {
		s += fmt.Sprintf("; %.0f %% of the slot time idle", 100*median(idle))
	}
	return s
}

func (j *judgement) sawCaches() string {
	var parts []string
	newest := j.nights[len(j.nights)-1]
	for _, c := range cachesOf(newest, j.known.caches[newest.run.RunKey]) {
		s := fmt.Sprintf("%s (%s) read by %s", c.name, c.level, count(int(c.jobs), "other job"))
		if c.size > 0 {
			s += ", " + about(c.size)
		}
		if c.again > 0 {
			s += fmt.Sprintf(", computed again in %s", count(c.again, "stage"))
		}
		parts = append(parts, s)
	}
	if len(parts) == 0 {
		return "nothing is cached"
	}
	const most = 5
	if len(parts) > most {
		parts = append(parts[:most], fmt.Sprintf("and %d more", len(parts)-most))
	}
	return strings.Join(parts, "; ")
}

// whySilent is the reason why an agent proposes nothing: the place forbids it,
// or each move is forbidden, or none is expected to pay.
func (j *judgement) whySilent(a Agent) string {
	if why := j.site.silent(); why != "" && (a.owns(heapKey) || a.owns(executorCoresKey)) {
		return why
	}
	free, refused := 0, map[string]int{}
	for _, m := range j.moves(a) {
		if m.why == "" {
			free++
		} else {
			refused[m.why]++
		}
	}
	common := ""
	for _, why := range sortedKeys(refused) {
		if common == "" || refused[why] > refused[common] {
			common = why
		}
	}
	switch {
	case free == 0 && common != "":
		return "every step is forbidden, most: " + common
	case free == 0:
		return "it knows no other value here"
	}
	s := fmt.Sprintf("none of %s is proven or predicted to pay", count(free, "possible step"))
	if common != "" {
		n := 0
		for _, k := range refused {
			n += k
		}
		s += fmt.Sprintf("; %d more are forbidden, most: %s", n, common)
	}
	return s
}
