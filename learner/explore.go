package learner

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"path"
	"slices"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// An Allowance is a person's leave to try settings on the pipelines that match
// a pattern, for as long as that has cost no more than so many seconds of each.
type Allowance struct {
	Pipeline string  // pattern (path.Match)
	BudgetS  float64 // seconds that exploration may lose in all, by pipeline
}

func checkAllowances(list []Allowance) error {
	for i, a := range list {
		if _, err := path.Match(a.Pipeline, ""); err != nil {
			return fmt.Errorf("exploration %d: pattern %q: %w", i+1, a.Pipeline, err)
		}
		if !(a.BudgetS >= 0) || math.IsInf(a.BudgetS, 0) {
			return fmt.Errorf("exploration %d: a budget of %g s: want seconds, 0 or more", i+1, a.BudgetS)
		}
	}
	return nil
}

// Exploration is the draw of a night. With probability epsilon the file holds
// one key one step off what stands; otherwise what stands.
//
// It is a conservative bandit (CLUCB; Kazerouni et al. 2017): a step is taken
// only while what exploration has lost so far and what the step may lose at
// worst stay within the budget together. What was lost counts each explored
// run's time beyond what stood, at its size, and never what another saved: the
// sum of positive parts lies above the sum that is owed, and the surplus is
// what a night's noise costs in certainty.
type Exploration struct {
	Allowed    bool               `json:"allowed"`
	Key        string             `json:"key"`        // drawn tonight; empty: none
	Value      string             `json:"value"`      // one step from current
	Current    string             `json:"current"`    // what stands
	From       map[string]string  `json:"from"`       // the file without the draw
	Propensity null.Null[float64] `json:"propensity"` // of what the file holds; null where nothing was left to chance
	Epsilon    float64            `json:"epsilon"`
	Runs       int64              `json:"runs"` // explored so far
	BudgetS    float64            `json:"budget_s"`
	SpentS     float64            `json:"spent_s"`
	UnseenS    float64            `json:"unseen_s"` // of this, for draws that left no log: their worst
	RiskS      float64            `json:"risk_s"`   // what tonight's draw may lose at worst
	Night      string             `json:"night"`    // of the draw
	Why        string             `json:"why"`      // why nothing can be drawn
}

// Bounds of exploration.
const (
	epsilonFirst = 0.3
	epsilonDecay = 0.93
	epsilonLeast = 0.05
	// drawnBelow parts what was drawn from what stood, by propensity: the one
	// is never above epsilonFirst, the other never below 1 − epsilonFirst.
	drawnBelow = 0.5
	// keenness is the log speed-up, at the upper end, for which a step is drawn
	// e times as often: steps that look good are seen often enough to decide,
	// and none that may be good is never seen.
	keenness = 0.05
	// propensityDigits keeps a file from changing with the last bits of a weight.
	propensityDigits = 1e4
)

// drawnRun reports whether a run had what a night's exploration drew.
func drawnRun(r *features.Run) bool { return r.Propensity.OK && r.Propensity.V < drawnBelow }

// epsilon is the probability of exploring after k explored runs.
func epsilon(k int64) float64 {
	return max(epsilonLeast, epsilonFirst*math.Pow(epsilonDecay, float64(k)))
}

// allowance is the first that names the pipeline.
func (j *judgement) allowance() (Allowance, bool) {
	for _, a := range j.cfg.Explore {
		if matches(a.Pipeline, j.name) {
			return a, true
		}
	}
	return Allowance{}, false
}

// A tryout is one key one step off what stands.
type tryout struct {
	key, from, to string
	agent         int
	set           settings // the joint setting
	file          map[string]string
	gain, sd      float64 // log speed-up over what stands
	lossS, weight float64
}

// explore draws, once the night's file is settled.
func (j *judgement) explore() {
	a, ok := j.allowance()
	if !ok || j.rules.exclude != "" {
		return
	}
	x := &j.rec.Exploration
	x.Allowed, x.BudgetS = true, a.BudgetS
	if len(j.nights) > 0 && len(j.kept) > 0 {
		x.Runs, x.SpentS, x.UnseenS = j.spent()
	}
	if x.Why = j.notExploring(); x.Why != "" {
		return
	}
	tryouts, tooDear := j.tryouts(a.BudgetS - x.SpentS)
	if len(tryouts) == 0 {
		if x.Why = "no step is left that may be worth trying"; tooDear > 0 {
			x.Why = fmt.Sprintf("what is left of the budget, %.0f s, does not cover the worst of any step", max(a.BudgetS-x.SpentS, 0))
		}
		return
	}
	x.Epsilon = epsilon(x.Runs)
	x.Propensity = null.Of(roundPropensity(1 - x.Epsilon))
	rng := nightRand(j.cfg.Seed, j.name, tonight(j.cfg.Now))
	if rng.Float64() >= x.Epsilon {
		return
	}
	total := 0.0
	for _, t := range tryouts {
		total += t.weight
	}
	at := rng.Float64() * total
	i := 0
	for ; i < len(tryouts)-1 && at >= tryouts[i].weight; i++ {
		at -= tryouts[i].weight
	}
	t := tryouts[i]
	x.Key, x.Value, x.Current, x.From, x.RiskS = t.key, t.to, t.from, j.rec.File, t.lossS
	x.Night = tonight(j.cfg.Now)
	x.Propensity = null.Of(roundPropensity(x.Epsilon * t.weight / total))
	j.rec.File = t.file
	j.rec.FileID = RecommendationID(j.name, t.file)
}

// roundPropensity rounds, and never to 0.
func roundPropensity(p float64) float64 {
	return max(math.Round(p*propensityDigits), 1) / propensityDigits
}

// nightRand is the chance of one pipeline's night: a decision that is made
// again draws the same.
func nightRand(seed int64, pipeline, night string) *rand.Rand {
	h := sha256.Sum256(fmt.Appendf(nil, "%d\x00%s\x00%s", seed, pipeline, night))
	return rand.New(rand.NewPCG(binary.BigEndian.Uint64(h[:8]), binary.BigEndian.Uint64(h[8:16])))
}

// notExploring says why a night is none for trying.
func (j *judgement) notExploring() string {
	f := j.standingFile()
	switch {
	case j.cfg.Mode == ModeApprove:
		return "in mode approve files change by accept alone"
	case j.rec.Status == StatusFrozen || j.rec.Status == StatusNotTunable || j.rec.Status == StatusRejected:
		return "not on a night that is " + j.rec.Status
	case len(j.nights) == 0 || len(j.kept) < leastBaseline:
		return fmt.Sprintf("%d nights of the baseline are needed first", leastBaseline)
	case j.previous == nil || j.fileBefore().id != f.id:
		return "the file changes tonight"
	case len(f.settings) > len(j.enforced()) && j.adopted(f.id) < holdRuns:
		return fmt.Sprintf("the file is held until %d runs have used it", holdRuns)
	}
	return ""
}

// spent is what exploration has cost: for each explored run the time beyond
// what stood would have taken at its size, for one that failed its own time and
// a night's, since somebody runs it again. A draw whose night left no log is
// taken to have cost its worst.
func (j *judgement) spent() (runs int64, total, unseen float64) {
	nights := map[*features.Run]*night{}
	for _, n := range j.nights {
		nights[n.run] = n
	}
	usual := math.Exp(j.line.at(j.nextSize()))
	stood := 0.0 // log speed-up of what stood
	for _, r := range j.all {
		n := nights[r]
		if !drawnRun(r) {
			if n != nil {
				stood = j.speedUp(n)
			}
			continue
		}
		runs++
		took := r.DurationS.Or(0) - r.ExecutorWaitS.Or(0)
		switch {
		case failedRun(r, j.clock):
			total += took + usual
		case n != nil:
			total += max(0, took-math.Exp(j.line.at(n.logSize)-stood))
		default:
			total += max(0, took-usual*math.Exp(-stood))
		}
	}
	if p := j.previous; p != nil {
		unseen = p.Exploration.UnseenS
		if on := p.Exploration.Night; p.Exploration.Key != "" && j.all[len(j.all)-1].Night <= on && on < tonight(j.cfg.Now) {
			unseen += p.Exploration.RiskS
		}
	}
	return runs, total + unseen, unseen
}

// speedUp is what is known of the settings of a night.
func (j *judgement) speedUp(n *night) float64 {
	if t := j.trialOf(n); t != nil {
		return mean(t.gains)
	}
	return 0
}

// tryouts lists the steps that may be taken with what is left of the budget,
// by key and value, and how many were too dear.
func (j *judgement) tryouts(left float64) (list []tryout, tooDear int) {
	f := j.standingFile()
	stands := maps.Clone(j.base().set)
	maps.Copy(stands, f.settings)
	have := j.outlook(stands, nil)
	usual := math.Exp(j.line.at(j.nextSize()) - have.gain)
	for i, a := range j.agents {
		for _, k := range a.Keys {
			from := stands[k.Name]
			for _, to := range k.steps(from) {
				t := tryout{key: k.Name, from: from, to: to, agent: i, set: maps.Clone(stands), file: maps.Clone(f.settings)}
				t.set[k.Name] = to
				if t.file[k.Name] = to; to == j.base().set[k.Name] {
					delete(t.file, k.Name) // back to what the pipeline has by itself
				}
				if j.barred(k, t) {
					continue
				}
				o := j.outlook(t.set, &t)
				t.gain, t.sd = o.gain-have.gain, o.sd
				if t.gain+j.cfg.Confidence*t.sd < j.cfg.MinGain {
					continue // surely not worth it
				}
				sd := math.Sqrt(t.sd*t.sd + j.noise.night)
				t.lossS = max(0, usual*(math.Exp(widen(j.cfg.Confidence, o.df)*sd-t.gain)-1), usual*fewerSlots(t))
				if t.lossS > left {
					tooDear++
					continue
				}
				t.weight = math.Exp((t.gain + t.sd) / keenness)
				list = append(list, t)
			}
		}
	}
	slices.SortFunc(list, func(a, b tryout) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.to, b.to)) })
	return list, tooDear
}

// outlook is what is known of a joint setting: what its runs took, shrunk to
// what is predicted of it, or without a what-if model to what the same step did
// in like pipelines (t, nil: no step), the spread between pipelines being what
// nobody knows beforehand.
func (j *judgement) outlook(set settings, t *tryout) estimate {
	prior, sd := 0.0, tauPrior
	if t != nil {
		prior = j.elsewhere(*t)
	}
	if changes := changesFrom(j.base().set, set); j.whatIf != nil && len(changes) > 0 {
		f := j.whatIf.foresee(changes)
		prior, sd = -f.change, f.sd
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

// fewerSlots is what a step may add to a run that waits for slots all the time,
// as a share of it: half the cores are twice the time.
func fewerSlots(t tryout) float64 {
	switch t.key {
	case "spark.executor.cores", "spark.executor.instances", "spark.cores.max", "spark.dynamicAllocation.maxExecutors", "spark.dynamicAllocation.executorAllocationRatio":
		from, ok1 := measure(t.from)
		to, ok2 := measure(t.to)
		if ok1 && ok2 && to > 0 {
			return max(from/to-1, 0)
		}
	}
	return 0
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
	c := cell{agent: j.agents[t.agent].Name, changes: t.key + "=" + escapeSettings.Replace(j.base().set[t.key]) + ">" + escapeSettings.Replace(t.to)}
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

// barred reports whether a step is none to be tried: by people, by guards, by
// what beats a file, and because it takes memory away from tasks or asks the
// cluster for more.
func (j *judgement) barred(k OwnedKey, t tryout) bool {
	enforced := j.enforced()
	newest := j.nights[len(j.nights)-1].run
	allowed, _ := k.allowed(j.version, j.cluster)
	switch {
	case t.from == "" || !allowed || newest.ConfEffective[k.Name].Source == features.FromRuntimeSet:
		return true
	case enforced[k.Name] != "" || slices.Contains(j.rules.preserve, k.Name):
		return true
	case len(j.facts.effective(t.set, []string{k.Name})) == 0:
		return true
	case takesMore(k, t) || j.squeezes(k, t):
		return true
	}
	id := RecommendationID(j.name, t.file)
	if j.bad[id] != "" || j.say.rejected[id] || j.say.rolledBack[id] {
		return true
	}
	for _, r := range slices.Backward(j.all) { // what beat the newest file beats this one
		if r.RecommendationID != "" && !j.peoples(r) {
			if _, key := j.follows(r); key == k.Name {
				return true
			}
			break
		}
	}
	made := &trial{action: &action{set: t.set, changed: t.set.diff(j.base().set, union(j.varied, k.Name))}}
	made.text = t.set.text(j.varied)
	if slices.Contains(j.varied, k.Name) {
		if j.bad[made.text] != "" {
			return true
		}
		for _, x := range j.actions {
			if x.text == made.text && len(x.failed) > 0 {
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
	case "spark.executor.instances", "spark.cores.max", "spark.dynamicAllocation.maxExecutors", "spark.dynamicAllocation.executorAllocationRatio":
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
	return err == nil && memoryMargin*growth*float64(peak)+float64(reservedBytes) > float64(heap)
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
