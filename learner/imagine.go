package learner

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
	"github.com/spark-apprentice/apprentice/learner/replay"
)

// Bounds of the search through one agent's untried actions: it starts from
// single keys and extends the best by one key at a time. Keys that remove the
// same cost add little to each other, so that few together are enough.
const (
	beamWidth = 6
	beamDepth = 3
	// leastEffect is the predicted log effect below which a key is not worth
	// a change: predictions of like settings do not tell less apart.
	leastEffect = 0.02
	// moveCost is what a doubling or halving of a setting must gain, in log
	// time: of predictions that hardly differ the one nearest to what runs now
	// is the least of a gamble.
	moveCost = 0.003
	// keyCost is what each key must gain, in log time: one more to read, to keep
	// and to go wrong.
	keyCost = 0.01
)

// imagine returns the best actions of one agent that no comparable run had,
// each as what it changes, best bound first. Without a what-if model none.
func (j *judgement) imagine(agent int) []map[string]string {
	if j.whatIf == nil {
		return nil
	}
	singles := j.singles(agent)
	seen := map[string]bool{}
	var all []scored
	beam := []scored{{}}
	for range beamDepth {
		var next []scored
		for _, from := range beam {
			for _, one := range singles {
				if overlap(from.changes, one) {
					continue
				}
				changes := maps.Clone(one)
				maps.Copy(changes, from.changes)
				text := changesText(changes)
				if seen[text] {
					continue
				}
				seen[text] = true
				change := j.whatIf.glance(changes)
				if change > from.change-leastEffect {
					continue
				}
				next = append(next, scored{changes, change, -change - j.rankZ()*j.whatIf.spread(changes) - j.moveCost(changes)})
			}
		}
		slices.SortFunc(next, byBound)
		beam = j.whatIf.distinct(next, beamWidth)
		all = append(all, beam...)
	}
	slices.SortFunc(all, byBound)
	out := make([]map[string]string, 0, topChoices)
	for _, s := range j.whatIf.distinct(all, topChoices) {
		out = append(out, s.changes)
	}
	return out
}

// mostTogether is how many moves of several agents are put to the coordinator:
// each lengthens the lists that it multiplies.
const mostTogether = 2

// together are the best moves that no agent can make alone, best bound first:
// larger executors need memory of Memory and cores of Core. Each agent's part of
// them joins its choices, and what the parts are worth is decided jointly.
func (j *judgement) together() (out []map[string]string) {
	if j.whatIf == nil {
		return nil
	}
	var list []scored
	for _, a := range j.agents {
		if !a.owns(executorCoresKey) {
			continue
		}
		j.site.shapeMoves(j.ground, func(changes settings, why string) {
			keys := sortedKeys(changes)
			if why != "" || !slices.ContainsFunc(keys, func(k string) bool { return !a.owns(k) }) || slices.ContainsFunc(keys, func(k string) bool { return !j.free(k) }) {
				return
			}
			if j.site.forbids(j.ground, merged(j.ground, changes), keys) != "" {
				return
			}
			if change := j.whatIf.glance(changes); change < -leastEffect {
				list = append(list, scored{changes, change, -change - j.rankZ()*j.whatIf.spread(changes) - j.moveCost(changes)})
			}
		})
	}
	slices.SortFunc(list, byBound)
	for _, s := range j.whatIf.distinct(list, mostTogether) {
		out = append(out, s.changes)
	}
	return out
}

// scored is what an agent may change and what is predicted of it.
type scored struct {
	changes       map[string]string
	change, bound float64
}

func byBound(a, b scored) int {
	return cmp.Or(cmp.Compare(b.bound, a.bound), cmp.Compare(len(a.changes), len(b.changes)), cmp.Compare(changesText(a.changes), changesText(b.changes)))
}

// distinct are the first of a list, without those that Spark would run as it
// would an earlier one: no choice has two places.
func (w *whatIf) distinct(list []scored, most int) (out []scored) {
	for _, s := range list {
		if len(out) == most {
			break
		}
		if !slices.ContainsFunc(out, func(o scored) bool {
			return math.Abs(o.change-s.change) < sameBound && w.sources[0].samePlan(w.with(o.changes), w.with(s.changes))
		}) {
			out = append(out, s)
		}
	}
	return out
}

// plainSpark is what an agent changes to bring its keys to the defaults of the
// pipeline's Spark, with AQE where that has it on, as far as a file can, the
// limits let it and it changes what Spark does; empty where nothing is left. It
// is always among the choices: what leaves more to Spark itself needs no search
// to be found.
func (j *judgement) plainSpark(agent int) map[string]string {
	if j.whatIf == nil {
		return nil
	}
	base, changes := j.ground, settings{}
	for _, k := range j.agents[agent].Keys {
		def, known := sparkconf.Lookup(k.Name, j.version)
		now, v := base[k.Name], sparkconf.Canonical(k.Name, def.Default)
		if !known || def.Unset || v == "" || v == now || now == "" || !replay.Modelled(k.Name) {
			continue
		}
		if ok, _ := k.allowed(j.version, j.cluster); !ok || !j.free(k.Name) || slices.Contains(shapeKeys, k.Name) || j.site.idle(k.Name, base) {
			continue
		}
		with := merged(changes, settings{k.Name: v})
		if j.site.forbids(base, merged(base, with), sortedKeys(with)) == "" {
			changes = with
		}
	}
	return j.whatIf.needed(changes)
}

// free reports whether nothing beats what a file says of a key: neither people
// nor the program.
func (j *judgement) free(key string) bool {
	newest := j.nights[len(j.nights)-1].run
	return j.fixedBy(key) == "" && !slices.Contains(j.rules.preserve, key) && j.beaten[key] == "" && newest.ConfEffective[key].Source != features.FromRuntimeSet
}

// moveCost is the price of how many keys a change has and how far it goes.
func (j *judgement) moveCost(changes map[string]string) float64 {
	cost := keyCost * float64(len(changes))
	for _, k := range sortedKeys(changes) { // in order: sums of floats depend on it
		now, v := j.base().set[k], changes[k]
		if now == "" && k == adaptive+"coalescePartitions.initialPartitionNum" {
			now = j.base().set["spark.sql.shuffle.partitions"] // which AQE takes in its place
		}
		before, err1 := sparkconf.ParseSize(now, 1)
		after, err2 := sparkconf.ParseSize(v, 1)
		if err1 == nil && err2 == nil && before > 0 && after > 0 {
			cost += moveCost * math.Abs(math.Log2(float64(after)/float64(before)))
		}
	}
	return cost
}

func overlap(a, b map[string]string) bool {
	for k := range b {
		if _, ok := a[k]; ok {
			return true
		}
	}
	return false
}

// singles are the moves of an agent that nothing forbids, from which its search
// starts.
func (j *judgement) singles(agent int) (out []map[string]string) {
	for _, m := range j.moves(j.agents[agent]) {
		if m.why == "" {
			out = append(out, m.changes)
		}
	}
	return out
}

// slotsTimes are numbers of partitions by the slots that run them.
var slotsTimes = []int64{1, 2, 3}

// values are a key's candidates. Numbers of partitions also go by the slots
// that run them and by what they are now, so that the list fits clusters of any size.
func (j *judgement) values(k OwnedKey, now string) []string {
	list := slices.Clone(k.Candidates)
	switch k.Name {
	case "spark.sql.shuffle.partitions", "spark.default.parallelism", adaptive + "coalescePartitions.initialPartitionNum":
		var more []int64
		if n, err := strconv.ParseInt(now, 10, 64); err == nil {
			more = append(more, n/4, n/2, 2*n, 4*n)
		}
		if slots := j.slots(); slots > 0 {
			for _, t := range slotsTimes {
				more = append(more, t*slots)
			}
		}
		for _, n := range more {
			if n > 0 {
				list = append(list, strconv.FormatInt(n, 10))
			}
		}
	}
	for i, v := range list {
		list[i] = sparkconf.Canonical(k.Name, v)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// slots is how many tasks the pipeline's newest run could run at once.
func (j *judgement) slots() int64 {
	newest := j.nights[len(j.nights)-1].run
	return max(int64(math.Round(newest.SlotsMean.Or(0))), newest.CoresMax)
}

// imagined is a trial that no run had, with what people fixed: its effect is predicted.
func (j *judgement) imagined(changes map[string]string) *trial {
	a := &action{set: merged(j.ground, changes), changed: slices.Sorted(maps.Keys(changes))}
	a.text = "what if " + a.set.text(a.changed) // no text of varied keys begins so
	varied := slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(j.varied), a.changed...))))
	splitParts(j.agents, a, j.base().set, varied)
	return &trial{action: a, steps: j.steps, lines: j.lines, states: j.states}
}
