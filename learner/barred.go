package learner

import (
	"fmt"
	"math"
	"slices"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// barred reports whether a step is none to be tried: by people, by guards, by
// what beats a file, and because it takes memory away from tasks or asks the
// cluster for more.
func (j *judgement) barred(k OwnedKey, t tryout) bool {
	newest := j.nights[len(j.nights)-1].run
	allowed, _ := k.allowed(j.version, j.cluster)
	switch {
	case t.from == "" || !allowed || newest.ConfEffective[k.Name].Source == features.FromRuntimeSet:
		return true
	case j.fixedBy(k.Name) != "" || slices.Contains(j.rules.preserve, k.Name):
		return true
	case len(j.facts.effective(t.set, []string{k.Name})) == 0:
		return true
	case takesMore(k, t) || j.squeezes(k, t):
		return true
	}
	learned := j.unfixed(t.file)
	again := j.bad.retry[RecommendationID(j.name, learned)]
	if j.bad.of(j.name, learned) != "" && !again || j.refused(t.file) != "" || j.beaten[k.Name] != "" {
		return true
	}
	made := &trial{action: &action{set: t.set, changed: t.set.diff(j.base().set, union(j.varied, k.Name))}}
	made.text = t.set.text(j.varied)
	if slices.Contains(j.varied, k.Name) {
		if j.bad.actions[made.text] != "" && !again {
			return true
		}
		for _, x := range j.actions {
			if n := len(x.failed); x.text == made.text && n > 0 && !j.accidental(n, n+len(x.runs)) {
				return true
			}
		}
	}
	return guardMemory(j, made) != "" || guardLimits(j, made) != "" || guardHeap(j, made) != ""
}

func union(keys []string, key string) []string {
	if slices.Contains(keys, key) {
		return keys
	}
	return slices.Sorted(slices.Values(append(slices.Clone(keys), key)))
}

// takesMore reports whether a step asks the cluster for more than what stands:
// whether it is there, no log tells.
func takesMore(k OwnedKey, t tryout) bool {
	switch k.Name {
	case "spark.executor.instances", "spark.cores.max", "spark.dynamicAllocation.maxExecutors", ratioKey:
		return k.position(t.to) > k.position(t.from)
	}
	return false
}

// memoryKeys give executors or their tasks memory.
var memoryKeys = []string{heapKey, overheadKey, overheadFactorKey, pythonKey, fractionKey}

// squeezes reports whether a step leaves a task less memory, or more data than
// there is room for: by so many times what the largest run used of it. Steps
// that put more data into a task are not tried on a pipeline that was short of
// memory, ever.
func (j *judgement) squeezes(k OwnedKey, t tryout) bool {
	up := k.position(t.to) > k.position(t.from)
	if slices.Contains(memoryKeys, k.Name) {
		return !up
	}
	switch k.Name {
	case "spark.executor.cores":
		return up
	case "spark.sql.shuffle.partitions", "spark.default.parallelism", adaptive + "coalescePartitions.initialPartitionNum":
		if up {
			return false
		}
	case adaptive + "enabled", adaptive + "coalescePartitions.enabled", adaptive + "advisoryPartitionSizeInBytes", adaptive + "coalescePartitions.minPartitionSize",
		"spark.sql.files.maxPartitionBytes", "spark.sql.files.openCostInBytes", adaptive + "autoBroadcastJoinThreshold", "spark.sql.autoBroadcastJoinThreshold":
		if !up {
			return false
		}
	case adaptive + "coalescePartitions.parallelismFirst", adaptive + "skewJoin.enabled":
		if up {
			return false
		}
	default:
		return false
	}
	var peak int64
	for _, r := range j.all {
		if len(memoryFailures(r)) > 0 {
			return true
		}
		peak = max(peak, r.UnifiedPeakBytes.Or(0))
	}
	heap, err := sparkconf.ParseSize(t.set["spark.executor.memory"], sparkconf.MiB)
	return err == nil && memoryMargin*growth*float64(peak)+float64(sparkconf.ReservedMemory) > float64(heap)
}

// growth is how many times the data of a task a step may make of it: neighbours
// among the candidates are a factor of two apart, or little more.
const growth = 2

// position is where a value lies among the candidates: between two of them for
// one that is not a candidate, by size.
func (k OwnedKey) position(value string) float64 {
	if i := slices.Index(k.Candidates, value); i >= 0 {
		return float64(i)
	}
	v, ok := measure(value)
	if !ok {
		return math.NaN()
	}
	below := -1
	for i, c := range k.Candidates {
		if x, ok := measure(c); ok && x < v {
			below = i
		}
	}
	return float64(below) + 0.5
}

// steps are the candidates next to a value.
func (k OwnedKey) steps(value string) []string {
	at := k.position(value)
	if value == "" || math.IsNaN(at) {
		return nil
	}
	var list []string
	for _, i := range []float64{math.Ceil(at) - 1, math.Floor(at) + 1} {
		if i >= 0 && int(i) < len(k.Candidates) {
			list = append(list, k.Candidates[int(i)])
		}
	}
	return list
}

// measure reads a number or a size in bytes.
func measure(value string) (float64, bool) {
	var f float64
	if _, err := fmt.Sscanf(value, "%g", &f); err == nil && fmt.Sprint(f) == value {
		return f, true
	}
	n, err := sparkconf.ParseSize(value, 1)
	return float64(n), err == nil
}
