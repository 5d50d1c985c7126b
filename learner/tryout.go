package learner

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// A tryout is one key one step off what stands.
type tryout struct {
	key, from, to string
	agent         int
	set           settings // the joint setting
	file          map[string]string
	gain, sd      float64 // log speed-up over what stands
	lossS         float64 // at worst, in all runs to come
	weight        float64
}

// tryouts lists the steps that may be taken with what is left of the budget,
// by key and value, and how many were too dear.
func (j *judgement) tryouts(left float64) (list []tryout, tooDear int) {
	f := j.standingFile()
	stands := maps.Clone(j.base().set)
	maps.Copy(stands, f.settings)
	have := j.outlook(stands, nil, 0)
	foreseen, _ := j.foreseenGain(stands)
	ahead := have.gain - foreseen // of what was predicted of it
	// The night may have the largest input that the baseline saw.
	usual := math.Exp(j.line.at(max(j.nextSize(), sizesOf(j.kept).high)) - have.gain)
	runs := float64(j.runsToCome())
	for i, a := range j.agents {
		for _, k := range a.Keys {
			from := stands[k.Name]
			for _, to := range k.steps(from) {
				t := tryout{key: k.Name, from: from, to: to, agent: i, set: maps.Clone(stands), file: maps.Clone(f.settings)}
				t.set[k.Name] = to
				if t.file[k.Name] = to; to == j.base().set[k.Name] {
					delete(t.file, k.Name) // back to what the pipeline has by itself
				}
				if j.barred(k, t) || j.idle(stands, t) {
					continue
				}
				o := j.outlook(t.set, &t, ahead)
				t.gain, t.sd = o.gain-have.gain, o.sd
				if t.gain+j.cfg.Confidence*t.sd < j.cfg.MinGain {
					continue // surely not worth it
				}
				sd := math.Sqrt(t.sd*t.sd + j.noise.night)
				t.lossS = runs * max(0, usual*(math.Exp(widen(j.cfg.Confidence, o.df)*sd-t.gain)-1), usual*fewerSlots(t), usual*j.uncoalesced(t))
				if t.lossS > left {
					tooDear++
					continue
				}
				t.weight = math.Pow(expectedImprovement(t.gain, t.sd), keenness)
				list = append(list, t)
			}
		}
	}
	slices.SortFunc(list, func(a, b tryout) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.to, b.to)) })
	return list, tooDear
}

// idle reports a step after which Spark would run the replayed nights as before:
// a draw of it teaches nothing.
func (j *judgement) idle(stands settings, t tryout) bool {
	return j.whatIf != nil && j.whatIf.same(changesFrom(j.ground, stands), changesFrom(j.ground, t.set))
}

// outlook is what is known of a joint setting: what its runs took, shrunk to
// what is predicted of it. A step off what stands (t, nil: no step) is predicted
// to add to what that gives, which may be ahead of its own prediction.
func (j *judgement) outlook(set settings, t *tryout, ahead float64) estimate {
	if t != nil && len(changesFrom(j.base().set, set)) == 0 { // back to the baseline
		return estimate{sd: math.Sqrt(j.noise.night / float64(len(j.kept))), df: j.noise.df}
	}
	prior, sd := j.foreseenGain(set)
	if t != nil {
		if prior += ahead; j.whatIf == nil {
			prior += j.elsewhere(*t)
		}
	}
	for _, x := range j.trials {
		if len(x.gains) == 0 || x.set.text(j.varied) != set.text(j.varied) || t != nil && x.set[t.key] != t.to {
			continue
		}
		n := float64(len(x.gains))
		k := j.noise.night / (sd * sd)
		return estimate{
			gain: (n*mean(x.gains) + k*prior) / (n + k),
			sd:   math.Sqrt(j.noise.night/(n+k) + j.noise.placebo/float64(x.blocks)),
			df:   j.noise.df,
		}
	}
	if t == nil {
		return estimate{gain: prior}
	}
	return estimate{gain: prior, sd: sd, df: priorNights}
}

// foreseenGain is the predicted log speed-up of a joint setting over the
// baseline. Without a what-if model it is none, and the spread of effects
// between pipelines is what nobody knows beforehand.
func (j *judgement) foreseenGain(set settings) (gain, sd float64) {
	changes := changesFrom(j.base().set, set)
	if j.whatIf == nil || len(changes) == 0 {
		return 0, tauPrior
	}
	f := j.whatIf.foresee(changes)
	return -f.change, f.sd
}

// expectedImprovement is what a step of normal outlook promises over what
// stands, where a step that loses is not kept (Jones, Schonlau and Welch 1998).
func expectedImprovement(gain, sd float64) float64 {
	z := gain / sd
	return gain*distuv.UnitNormal.CDF(z) + sd*distuv.UnitNormal.Prob(z)
}

// fewerSlots is what a step may add to a run that waits for slots all the time,
// as a share of it: half the cores are twice the time.
func fewerSlots(t tryout) float64 {
	switch t.key {
	case "spark.executor.cores", "spark.executor.instances", "spark.cores.max", "spark.dynamicAllocation.maxExecutors", ratioKey:
		from, ok1 := measure(t.from)
		to, ok2 := measure(t.to)
		if ok1 && ok2 && to > 0 {
			return max(from/to-1, 0)
		}
	}
	return 0
}

// uncoalesced is what a step may add to a run that spends all its time on the
// tasks that coalescing spares it, as a share of it: what switches it off brings
// them all back at once, which no neighbour among the candidates does.
func (j *judgement) uncoalesced(t tryout) (more float64) {
	if t.to != "false" || t.key != adaptive+"enabled" && t.key != adaptive+"coalescePartitions.enabled" {
		return 0
	}
	partitions, ok := measure(t.set["spark.sql.shuffle.partitions"])
	for _, s := range j.nights[len(j.nights)-1].stages {
		if ok && s.PartitionsSource == "sql_conf" && s.Tasks > 0 {
			more = max(more, partitions/float64(s.Tasks)-1)
		}
	}
	return more
}

// changesFrom are the keys in which a joint setting differs from another.
func changesFrom(base, set settings) map[string]string {
	m := map[string]string{}
	for k, v := range set {
		if v != base[k] {
			m[k] = v
		}
	}
	return m
}

// elsewhere is the log speed-up of a step by the tables of the pipeline's group.
func (j *judgement) elsewhere(t tryout) float64 {
	c := cell{agent: j.agents[t.agent].Name, changes: changeText(t.key, j.base().set[t.key], t.to)}
	var before, after float64
	for u, l := range j.lines {
		c.bucket = j.states[u][t.agent].bucket
		c0, th := math.Exp(l.at(j.nextSize())), 0.0
		if p := j.table.group[groupCell{j.group, c}]; p != nil {
			th = p.q
		} else if p := j.table.global[c]; p != nil {
			th = p.q
		}
		before += c0
		after += c0 * math.Exp(th)
	}
	return math.Log(before / after)
}
