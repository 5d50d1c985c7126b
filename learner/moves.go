package learner

import (
	"slices"

	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// A move is what one agent alone may do: keys that change together. why is what
// forbids it; empty: it may be proposed.
type move struct {
	changes settings
	why     string
}

// Steps of Core's actions, times the baseline's.
var (
	slotSteps    = []float64{0.25, 0.5, 2, 4}
	perSlotSteps = []float64{0.5, 2}
)

// moves lists what an agent may do from base without anybody having run it: the
// values of each of its keys alone, and for the agent of the executors' cores the
// shapes around the baseline's, in the keys of the cluster manager. Limits, the
// version, the platform and guard 2 are asked; those forbidden say why. The order
// is fixed.
func (p *site) moves(agent Agent, base settings, values func(k OwnedKey, now string) []string) []move {
	var list []move
	known := map[string]bool{}
	add := func(changes settings, why string) {
		text := changes.text(sortedKeys(changes))
		if len(changes) == 0 && why == "" || len(changes) > 0 && known[text] {
			return
		}
		known[text] = true
		for _, k := range sortedKeys(changes) {
			if why == "" && !agent.owns(k) {
				why = "needs " + k + " beside, which is no key of this agent's"
			}
		}
		if why == "" {
			why = p.forbids(base, merged(base, changes), sortedKeys(changes))
		}
		list = append(list, move{changes, why})
	}
	if agent.owns(executorCoresKey) {
		p.shapeMoves(base, add)
	}
	for _, k := range agent.Keys {
		if slices.Contains(shapeKeys, k.Name) || p.idle(k.Name, base) {
			continue
		}
		ok, why := k.allowed(p.version, p.cluster)
		if !ok {
			if len(k.Candidates) > 0 {
				list = append(list, move{settings{k.Name: ""}, why})
			}
			continue
		}
		for _, v := range values(k, base[k.Name]) {
			if v != base[k.Name] {
				add(settings{k.Name: v}, "")
			}
		}
		if k.Name == heapKey {
			add(p.fill(base), "")
		}
	}
	return list
}

// shapeKeys say how many executors of how many cores there are; which of them
// counts is the cluster manager's, so that they are set together.
var shapeKeys = []string{executorCoresKey, instancesKey, coresMaxKey, maxExecutorsKey, podRequestKey, podLimitKey}

func (a *Agent) owns(key string) bool {
	return slices.ContainsFunc(a.Keys, func(k OwnedKey) bool { return k.Name == key })
}

// shapeMoves are Core's: more or fewer slots of the same memory, the same slots
// with more or less memory each, and both; and the same slots and memory in
// other executors: fewer larger ones warm up fewer JVMs and share what they
// broadcast and cache, more smaller ones collect smaller heaps.
func (p *site) shapeMoves(base settings, add func(settings, string)) {
	from, why := p.allocationOf(base)
	switch silent := p.silent(); {
	case silent != "":
		why = silent
	case p.cluster.Manager == "local":
		why = "local mode has no executors besides the driver"
	}
	if why != "" {
		add(nil, why)
		return
	}
	at := from.shape()
	cuts, _ := p.cuts(base, from, at)
	for _, c := range cuts {
		add(c.changes, "")
	}
	for _, s := range append([]float64{1}, slotSteps...) {
		for _, m := range append([]float64{1}, perSlotSteps...) {
			want := shape{int64(s * float64(at.slots)), int64(m * float64(at.perSlot))}
			if want == at || want.slots < 1 || float64(want.slots) != s*float64(at.slots) {
				continue
			}
			changes, why := p.compile(base, want)
			if why != "" {
				changes = nil
			}
			add(changes, why)
		}
	}
}

// idle reports a key that says nothing while another does: the factor beside an
// overhead that is set, and a limit of Python workers where none is.
func (p *site) idle(key string, base settings) bool {
	switch key {
	case overheadFactorKey:
		return base[overheadKey] != ""
	case overheadKey:
		return base[overheadKey] == "" && base[overheadFactorKey] != ""
	case pythonKey:
		return base[pythonKey] == ""
	}
	return false
}

// What filling a container is worth.
const (
	fillStep  = 64 * sparkconf.MiB
	leastFill = 128 * sparkconf.MiB
)

// fill is the heap that makes use of all of the container that YARN gives
// anyway; empty where nothing is left.
func (p *site) fill(base settings) settings {
	from, why := p.allocationOf(base)
	if why != "" || p.cluster.Manager != "yarn" {
		return nil
	}
	best := from
	for step := from.container - from.heap; step >= fillStep; step /= 2 {
		for {
			to := best
			to.heap = (best.heap + step) / fillStep * fillStep
			changes, why := p.spell(base, from, to)
			if why != "" || to.heap <= best.heap {
				break
			}
			if to, why = p.allocationOf(merged(base, changes)); why != "" || to.container > from.container || to.overhead < from.overhead {
				break
			}
			best = to
		}
	}
	if best.heap < from.heap+leastFill {
		return nil
	}
	changes, _ := p.spell(base, from, best)
	return changes
}

// forbids asks the limits and guard 2 for a setting that nobody ran.
func (p *site) forbids(base, set settings, changed []string) string {
	touches := func(keys ...string) bool {
		return slices.ContainsFunc(keys, func(k string) bool { return slices.Contains(changed, k) })
	}
	if touches(fractionKey) || touches(sizeKeys...) {
		if why := p.lessMemory(base, set, false); why != "" {
			return why
		}
		from, _ := p.allocationOf(base)
		to, _ := p.allocationOf(set)
		if why := p.exceeds(from, to); why != "" {
			return why
		}
	}
	return broadcastExceeds(set, func(k string) bool { return slices.Contains(changed, k) })
}

// moves of an agent from the pipeline's baseline; what people or the code fixed
// is forbidden too.
func (j *judgement) moves(agent Agent) []move {
	list := j.site.moves(agent, j.ground, j.values)
	for i := range list {
		for _, k := range sortedKeys(list[i].changes) {
			if list[i].why == "" && !j.free(k) {
				list[i].why = k + " is people's or the code's to set"
			}
		}
	}
	return list
}
