package learner

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/spark-apprentice/apprentice/features"
)

// A history is what is known of one pipeline.
type history struct {
	name      string
	unchanged string          // marker of a file that changes nothing
	of        string          // pipeline that it is a variant of; empty: it is none
	all       []*features.Run // every run, by time
	sets      map[*features.Run]settings
	nights    []*night // comparable runs, by time
	nightOf   map[*features.Run]*night
	meanSize  float64   // mean log of their input in bytes
	varied    []string  // keys that some run varies, sorted
	actions   []*action // joint actions seen, the baseline first, then by text
	level     *Drift    // a change of level before which nights train no more
	// levelAfter is the last night of the baseline before that change: it came
	// after this one, maybe while a file of ours was in force.
	levelAfter string
	previous   *Recommendation
	split      bool            // previous is that of the pipeline: it is a variant since tonight
	carried    map[string]bool // of a variant: markers that runs of the pipeline carry
	heir       bool            // of a variant: what the pipeline saved goes on with it
	// others are failed runs that speak of all variants, and are charged to the heir.
	others map[*features.Run]bool
	say    say
	rules  rules
	clock  time.Time
	coming int64 // input bytes of the next run where people told them
}

// A night is one comparable run.
type night struct {
	run       *features.Run
	stages    []*features.Stage
	plans     map[int64]string // plan signature by SQL execution
	joins     bool             // some execution joins
	action    int              // index into history.actions
	behaviour string
	block     int
	seconds   float64 // T: duration_s − executor_wait_s
	logSize   float64 // log(source_bytes) less the pipeline's mean; 0 where unknown
	preChange int     // so many nights before a human change; 0: none near
	compared  bool    // one of its trial's nights
}

func (h *history) base() *action { return h.actions[0] }

// histories groups the fleet's rows by pipeline, sorted by name. Order of the
// rows does not matter.
func histories(fleet Fleet, agents []Agent, cfg Config) []*history {
	byName := map[string]*history{}
	variants := map[string][]string{}
	get := func(name string) *history {
		if byName[name] == nil {
			byName[name] = &history{name: name, unchanged: RecommendationID(name, nil), clock: cfg.Now, coming: cfg.coming[name]}
		}
		return byName[name]
	}
	runs := make([]*features.Run, len(fleet.Runs))
	for i := range fleet.Runs {
		runs[i] = &fleet.Runs[i]
	}
	slices.SortFunc(runs, byTime)
	for _, r := range runs {
		if name := r.Workload(); r.Variant != "" && !slices.Contains(variants[r.Pipeline], name) {
			get(name).of = r.Pipeline
			variants[r.Pipeline] = append(variants[r.Pipeline], name)
		}
	}
	for _, names := range variants {
		byName[slices.Min(names)].heir = true
	}
	for _, r := range runs {
		// A run that failed before its plan was complete has no variant: it
		// speaks of each variant of its pipeline. Others without are of no plan
		// that the pipeline still has.
		if v := variants[r.Pipeline]; r.Variant == "" && len(v) > 0 {
			for _, name := range v {
				if r.Outcome == features.Failed {
					byName[name].all = append(byName[name].all, r)
				}
			}
			continue
		}
		h := get(r.Workload())
		h.all = append(h.all, r)
	}
	rows, before := indexSteps(fleet), fleet.Previous
	if len(variants) > 0 {
		before = slices.Concat(before, Shared(fleet.Runs, before))
	}
	list := make([]*history, 0, len(byName))
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		h := byName[name]
		if len(h.all) == 0 {
			continue
		}
		h.rules = rulesFor(name, cfg.Constraints)
		h.recall(fleet, before)
		h.collect(rows)
		list = append(list, h)
	}
	for _, h := range list {
		h.act(agents)
		h.settleLevel(agents)
	}
	return list
}

// runRows are the rows of one run in the other tables.
type runRows struct {
	stages []*features.Stage
	plans  map[int64]string
	joins  bool
}

// indexSteps groups stages and executions by run.
func indexSteps(fleet Fleet) map[string]*runRows {
	rows := make(map[string]*runRows, len(fleet.Runs))
	for i := range fleet.Runs {
		rows[fleet.Runs[i].RunKey] = &runRows{plans: map[int64]string{}}
	}
	for i := range fleet.Stages {
		s := &fleet.Stages[i]
		if r := rows[s.RunKey]; r != nil {
			r.stages = append(r.stages, s)
		}
	}
	for _, r := range rows {
		slices.SortFunc(r.stages, func(a, b *features.Stage) int {
			return cmp.Or(cmp.Compare(a.StageID, b.StageID), cmp.Compare(a.StageAttemptID, b.StageAttemptID))
		})
	}
	for i := range fleet.Executions {
		e := &fleet.Executions[i]
		if r := rows[e.RunKey]; r != nil {
			r.plans[e.SQLExecutionID] = e.PlanSignature
			r.joins = r.joins || len(e.JoinKinds) > 0
		}
	}
	return rows
}

// collect picks the runs that train.
func (h *history) collect(rows map[string]*runRows) {
	var mean float64
	var sized int
	for _, r := range h.all {
		seconds := r.DurationS.V - r.ExecutorWaitS.Or(0)
		if !r.Comparable || !r.DurationS.OK || !(seconds > 0) {
			continue
		}
		row := rows[r.RunKey]
		n := &night{run: r, stages: row.stages, plans: row.plans, joins: row.joins, seconds: seconds, logSize: math.NaN()}
		if r.SourceBytes.OK && r.SourceBytes.V > 0 {
			n.logSize = math.Log(float64(r.SourceBytes.V))
			mean += n.logSize
			sized++
		}
		h.nights = append(h.nights, n)
	}
	if sized > 0 {
		mean /= float64(sized)
	}
	h.meanSize = mean
	for _, n := range h.nights {
		// A run without a size is judged as if it had the mean one.
		if n.logSize -= mean; math.IsNaN(n.logSize) {
			n.logSize = 0
		}
	}
}

// act finds the joint actions, the baseline among them, and the blocks.
func (h *history) act(agents []Agent) {
	h.sets = make(map[*features.Run]settings, len(h.all))
	for i, r := range h.all {
		if i > 0 && maps.Equal(r.ConfEffective, h.all[i-1].ConfEffective) { // most nights are as the one before
			h.sets[r] = h.sets[h.all[i-1]]
			continue
		}
		h.sets[r] = inForce(r)
	}
	if len(h.nights) == 0 {
		return
	}
	sets := h.sets
	h.varied = variedKeys(h.trainOrFail(), sets)
	text := func(r *features.Run) string { return sets[r].text(h.varied) }

	base := h.modal(text)
	known := map[string]*action{}
	add := func(r *features.Run) *action {
		t := text(r)
		if known[t] == nil {
			known[t] = &action{text: t}
		}
		known[t].set = sets[r] // runs come by time: the newest speaks for the action
		return known[t]
	}
	for _, n := range h.nights {
		a := add(n.run)
		a.runs = append(a.runs, n)
	}
	for _, r := range h.all {
		if failedRun(r, h.clock) {
			a := add(r)
			a.failed = append(a.failed, r)
		}
	}
	h.nightOf = make(map[*features.Run]*night, len(h.nights))
	for _, n := range h.nights {
		h.nightOf[n.run] = n
	}
	b := known[base]
	delete(known, base)
	h.actions = append(h.actions, b)
	for _, t := range slices.Sorted(maps.Keys(known)) {
		h.actions = append(h.actions, known[t])
	}
	index := map[string]int{}
	for i, a := range h.actions {
		index[a.text] = i
		a.changed = a.set.diff(b.set, h.varied)
		splitParts(agents, a, b.set, h.varied)
	}
	block := -1
	for i, n := range h.nights {
		n.action = index[text(n.run)]
		if i == 0 || n.action != h.nights[i-1].action {
			block++
			h.actions[n.action].blocks++
		}
		n.block = block
	}
	h.behave()
	h.markPreChange()
}

// trainOrFail are the runs whose settings make actions.
func (h *history) trainOrFail() []*features.Run {
	var list []*features.Run
	for _, n := range h.nights {
		list = append(list, n.run)
	}
	for _, r := range h.all {
		if failedRun(r, h.clock) {
			list = append(list, r)
		}
	}
	return list
}

// variedKeys are the keys that do not have one value in all runs.
func variedKeys(runs []*features.Run, sets map[*features.Run]settings) []string {
	keys := map[string]bool{}
	for _, r := range runs {
		for k := range sets[r] {
			keys[k] = true
		}
	}
	var varied []string
	for k := range keys {
		for _, r := range runs {
			if sets[r][k] != sets[runs[0]][k] {
				varied = append(varied, k)
				break
			}
		}
	}
	slices.Sort(varied)
	return varied
}

// modal is the most frequent joint action of comparable runs that people
// started: what the pipeline runs with when no file of ours is used. Ties go
// to the newest. Where every run used a file of ours, last night's baseline
// stands, and failing that the mode of all runs.
func (h *history) modal(text func(*features.Run) string) string {
	count := func(ours bool) string {
		n := map[string]int{}
		best := ""
		for _, night := range h.nights {
			if ours || h.peoples(night.run) {
				t := text(night.run)
				if n[t]++; n[t] >= n[best] { // by time: the newest of equals stays
					best = t
				}
			}
		}
		return best
	}
	if anyNight(h.nights, func(n *night) bool { return h.peoples(n.run) }) {
		return count(false)
	}
	if h.previous != nil {
		for _, n := range slices.Backward(h.nights) {
			if text(n.run) == settings(h.previous.Baseline).text(h.varied) {
				return text(n.run)
			}
		}
	}
	return count(true)
}
