package learner

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// A shape is an action of Core: task slots at once, and heap bytes for each.
type shape struct{ slots, perSlot int64 }

func (a allocation) shape() shape { return shape{a.slots(), a.perSlot()} }

// A cut is one way to make executors of a shape.
type cut struct {
	changes settings
	to      allocation
}

// compile turns a shape into the keys of the site's cluster manager that differ
// from base's and belong together. Of the ways to cut the slots into executors
// within the limits it takes one whose heap does not shrink, then the fewest
// keys, then executors most like the baseline's. why tells what forbids all.
func (p *site) compile(base settings, want shape) (changes settings, why string) {
	from, why := p.allocationOf(base)
	if why != "" {
		return nil, why
	}
	cuts, why := p.cuts(base, from, want)
	if len(cuts) == 0 {
		return nil, why
	}
	best := slices.MinFunc(cuts, func(a, b cut) int {
		return cmp.Or(cmp.Compare(b2i(a.to.heap < from.heap), b2i(b.to.heap < from.heap)), cmp.Compare(len(a.changes), len(b.changes)),
			cmp.Compare(from.apart(a.to.cores), from.apart(b.to.cores)), cmp.Compare(a.to.cores, b.to.cores))
	})
	return best.changes, ""
}

// apart is how many cores another executor has more or less.
func (a allocation) apart(cores int64) int64 { return max(cores-a.cores, a.cores-cores) }

// cuts are the ways to cut a shape's slots into executors within the limits, by
// cores; why is what forbids the one that is most like the baseline's of those
// that are not.
func (p *site) cuts(base settings, from allocation, want shape) (list []cut, why string) {
	why, nearest := "no executor of whole slots gives "+count(int(want.slots), "slot"), int64(math.MaxInt64)
	for each := int64(1); each <= max(p.limits.cores, from.cores)/from.cpus; each++ {
		if want.slots%each != 0 {
			continue
		}
		to := from
		to.cores, to.executors = each*from.cpus, want.slots/each
		if each == from.slotsEach() {
			to.cores = from.cores
		}
		if each != from.slotsEach() || want.perSlot != from.perSlot() {
			to.heap = roundUp(want.perSlot*each, sparkconf.MiB)
		}
		changes, no := p.spell(base, from, to)
		if no == "" {
			to, no = p.allocationOf(merged(base, changes))
		}
		if no == "" {
			no = p.exceeds(from, to)
		}
		switch {
		case no == "" && to.slots() == want.slots:
			list = append(list, cut{changes, to})
		case no != "" && from.apart(to.cores) < nearest:
			why, nearest = no, from.apart(to.cores)
		}
	}
	return list, why
}

func merged(base, changes settings) settings {
	s := make(settings, len(base)+len(changes))
	for k, v := range base {
		s[k] = v
	}
	for k, v := range changes {
		s[k] = v
	}
	return s
}

// spell writes an allocation in the keys of the cluster manager: those whose
// value differs from base's, whose allocation from is.
func (p *site) spell(base settings, from, to allocation) (settings, string) {
	out := settings{}
	set := func(key, value string) {
		if value = sparkconf.Canonical(key, value); value != base[key] {
			out[key] = value
		}
	}
	if to.heap != from.heap {
		set(heapKey, sparkconf.FormatSize(to.heap))
	}
	if to.cores != from.cores {
		set(executorCoresKey, strconv.FormatInt(to.cores, 10))
		if p.cluster.Manager == "kubernetes" {
			// A pod that is not scheduled by its cores: its requests keep their share.
			for _, key := range []string{podRequestKey, podLimitKey} {
				if v := cmp.Or(base[key], p.props[key]); v != "" {
					moved, ok := scaleCPU(v, float64(to.cores)/float64(from.cores))
					if !ok {
						return nil, key + "=" + v + " is no amount of CPU"
					}
					set(key, moved)
				}
			}
		}
	}
	if to.executors != from.executors || p.cluster.Manager == "standalone" && to.executors*to.cores != from.executors*from.cores {
		if why := p.spellExecutors(base, to, set); why != "" {
			return nil, why
		}
	}
	for _, key := range sortedKeys(out) {
		if ok, why := p.cluster.Settable(key); !ok {
			return nil, why
		}
	}
	return out, ""
}

// spellExecutors sets the lever that bounds how many executors there are.
func (p *site) spellExecutors(base settings, to allocation, set func(key, value string)) string {
	n := strconv.FormatInt(to.executors, 10)
	switch {
	case p.cluster.Dynamic:
		for _, key := range []string{"spark.dynamicAllocation.minExecutors", "spark.dynamicAllocation.initialExecutors", instancesKey} {
			if v, ok := whole(base[key]); ok && v > to.executors {
				return key + "=" + base[key] + " asks for more executors than " + n
			}
		}
		set(maxExecutorsKey, n)
		if m, ok := whole(base[coresMaxKey]); ok && p.cluster.Manager == "standalone" && m < to.executors*to.cores {
			set(coresMaxKey, strconv.FormatInt(to.executors*to.cores, 10))
		}
	case p.cluster.Manager == "standalone":
		// Executors are spark.cores.max / spark.executor.cores.
		set(coresMaxKey, strconv.FormatInt(to.executors*to.cores, 10))
	case p.cluster.Manager == "yarn" || p.cluster.Manager == "kubernetes":
		set(instancesKey, n)
	default:
		return "no key is known that sets the number of executors on " + p.cluster.Manager
	}
	return ""
}

// scaleCPU multiplies a Kubernetes quantity of CPU, "2", "0.5" or "500m".
func scaleCPU(s string, by float64) (string, bool) {
	number, milli := strings.CutSuffix(strings.TrimSpace(s), "m")
	f, ok := number64(number)
	if !ok || f <= 0 {
		return "", false
	}
	if !milli {
		f *= 1000
	}
	m := int64(math.Round(f * by))
	if m%1000 == 0 {
		return strconv.FormatInt(m/1000, 10), true
	}
	return strconv.FormatInt(m, 10) + "m", true
}
