package learner

import (
	"fmt"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// Bounds on taking memory away (guard 2).
const (
	memoryStep   = 0.75 // of the value before, at least
	memoryMargin = 1.3  // times the largest unified-memory peak
)

// guardMemory: where nothing is known of the cluster's containers, Memory and
// Core stay silent; memory goes down on observed runs only, by small steps,
// above what was used, and never where a run failed.
func guardMemory(j *judgement, t *trial) string {
	if !changes(t, append([]string{fractionKey}, sizeKeys...)...) {
		return ""
	}
	return j.site.lessMemory(j.ground, j.withFixed(t.set), j.class(t, j.agents) == observed)
}

// lessMemory says why settings may not take memory away; "": none is taken, or
// it may be. seen: enough runs ran under them.
func (p *site) lessMemory(base, set settings, seen bool) string {
	if why := p.silent(); why != "" {
		return why
	}
	from, why := p.allocationOf(base)
	if why != "" {
		return why
	}
	to, why := p.allocationOf(set)
	if why != "" {
		return why
	}
	less := p.shrinks(from, to)
	switch {
	case less == "":
		return ""
	case !seen:
		return less + " would go down, and goes down only on observed runs"
	case p.failed != "":
		return less + " would go down, and a run failed on " + p.failed
	}
	if less == slotMemory {
		return "" // more cores on the same heap: the runs that were observed are the evidence
	}
	for _, x := range []struct {
		key           string
		before, after float64
	}{
		{heapKey, float64(from.heap), float64(to.heap)},
		{overheadKey, asked(from), asked(to)},
		{overheadFactorKey, from.factor, to.factor},
		{pythonKey, float64(from.python), float64(to.python)},
		{fractionKey, from.fraction, to.fraction},
	} {
		if x.before > 0 && x.after > 0 && x.after < memoryStep*x.before {
			return fmt.Sprintf("%s would go down by more than a quarter, to %.0f %%", x.key, 100*x.after/x.before)
		}
	}
	if p.peak == 0 {
		return less + " would go down, and no log tells how much memory was used"
	}
	floor := memoryMargin*float64(p.peak) + float64(sparkconf.ReservedMemory)
	if (to.heap < from.heap || to.fraction < from.fraction) && (float64(to.heap) < floor || to.unified() < p.peak) {
		return fmt.Sprintf("%s would go below 1.3 times the largest peak + 300m (%s), or leave less unified memory than the peak", less, sparkconf.FormatSize(int64(floor)/sparkconf.MiB*sparkconf.MiB))
	}
	return ""
}

// asked is the overhead that is asked for in bytes; 0 where a factor derives it.
func asked(a allocation) float64 {
	if a.factor > 0 {
		return 0
	}
	return float64(a.overhead)
}

// slotMemory is what shrinks when more tasks share a heap.
const slotMemory = "memory per task slot"

// shrinks names what memory goes down; "" if none does. A Python limit where
// there was none counts: what was free to grow is held.
func (p *site) shrinks(from, to allocation) string {
	switch {
	case to.heap < from.heap:
		return heapKey
	case to.overhead < from.overhead:
		return overheadKey
	case to.factor > 0 && to.factor < from.factor:
		return overheadFactorKey // though a larger heap or the floor hides it
	case to.python < from.python, from.python == 0 && to.python > 0:
		return pythonKey
	case to.fraction < from.fraction:
		return fractionKey
	case to.perSlot() < from.perSlot():
		return slotMemory
	}
	return ""
}

// silent is why Memory and Core propose nothing at all here; "": they may. In
// local mode the driver's heap is the container and stays.
func (p *site) silent() string {
	switch {
	case p.cluster.Platform == "databricks":
		return "Databricks: a job sets only spark.sql.* keys, the cluster's configuration the others"
	case p.profiles:
		return "the code asks for resource profiles of its own: they are read, not tuned"
	case p.limits.container == 0 && p.cluster.Manager != "local":
		return unknownContainer
	}
	return ""
}

// memoryFailures names what went wrong with memory or disk in a run, whatever
// its outcome: tasks that are tried again hide it.
func memoryFailures(r *features.Run) []string {
	var list []string
	for _, kind := range features.MemorySignals {
		if *r.SignalCount(kind) > 0 {
			list = append(list, kind)
		}
	}
	return list
}
