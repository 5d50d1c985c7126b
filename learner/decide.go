package learner

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/spark-apprentice/apprentice/internal/null"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// z90 is the two-sided 90 % interval of what people read.
const z90 = 1.645

// A judgement is one pipeline's decision in the making, and what guards look at.
type judgement struct {
	*study
	agents  []Agent
	cfg     Config
	cluster sparkconf.Cluster
	version sparkconf.Version
	site    *site
	known   *fleetFacts
	facts   facts
	bad     map[string]string // quarantined markers and actions, with why
	reward  *Reward
	table   *table
	rec     Recommendation
	gain    float64 // seconds per night that the proposal surely saves

	takenBack string // why tonight's status is rejected
}

// A candidate is a trial, judged.
type candidate struct {
	*trial
	est    estimate
	value  float64 // reward at the lower bound, less the baseline's
	cost   null.Null[float64]
	reason string // why not; empty: it may be proposed
}

func newJudgement(s *study, agents []Agent, cfg Config, reward *Reward, tab *table, bounds map[string]limits, known *fleetFacts) *judgement {
	j := &judgement{study: s, agents: agents, cfg: cfg, reward: reward, table: tab}
	newest := s.all[len(s.all)-1]
	if len(s.nights) > 0 {
		newest = s.nights[len(s.nights)-1].run
	}
	j.cluster = sparkconf.Detect(newest.SparkVersion, newest.ConfLogged)
	j.version, _ = sparkconf.ParseVersion(newest.SparkVersion)
	j.known, j.site = known, siteOf(s, newest, bounds[newest.ClusterID], known.profiled)
	j.rec = Recommendation{
		Pipeline: s.name, Mode: cfg.Mode, Runs: int64(len(s.nights)), LastNight: s.all[len(s.all)-1].Night,
		Baseline: map[string]string{}, Settings: map[string]Proposed{}, File: map[string]string{}, Rejected: []Rejected{}, Agents: []AgentNote{}, Advice: []string{},
		EventLogConf: map[string]string{}, SparkVersion: newest.SparkVersion,
	}
	for k, v := range newest.ConfLogged {
		if strings.HasPrefix(k, "spark.eventLog.") {
			j.rec.EventLogConf[k] = v
		}
	}
	if len(s.nights) > 0 {
		j.facts = factsOf(s.base().runs)
		j.bad = s.quarantine()
		for _, a := range agents {
			for _, k := range a.Keys {
				if v := s.base().set[k.Name]; v != "" {
					j.rec.Baseline[k.Name] = v
				}
			}
		}
	}
	return j
}

// decide fills the recommendation.
func (j *judgement) decide() error {
	if why := j.notTunable(); why != "" {
		j.rec.Status, j.rec.Reason = StatusNotTunable, why
		j.seal()
		return nil
	}
	if len(j.nights) == 0 {
		j.rec.Reason = "No run trains yet: " + commonExclusion(j.all) + "."
		j.adviseDeadResults(j.tell)
		j.settle(nil)
		return nil
	}
	var candidates []*candidate
	for _, t := range j.trials {
		c, err := j.judge(t)
		if err != nil {
			return err
		}
		candidates = append(candidates, c)
	}
	j.rec.Expected.BaselineS = null.Of(j.baselineSeconds())
	j.priceNight()
	j.advise(candidates)
	taken, candidates, err := j.choose(candidates)
	if err != nil {
		return err
	}
	j.reject(candidates, taken)
	if taken == nil {
		j.rec.Reason = j.whyNothing(candidates)
	}
	j.settle(taken)
	j.rec.Agents = j.notes()
	return nil
}

// judge estimates a trial and asks the guards.
func (j *judgement) judge(t *trial) (*candidate, error) {
	c := &candidate{trial: t, est: j.estimate(t, j.table, j.agents)}
	base := j.baselineSeconds()
	bound := c.est.bound(j.gateZ(c.est.class))
	// Containers whose rate is not known are taken to cost the baseline's.
	baseRate, ok0 := meanRate(j.kept, j.cfg)
	thisRate, ok := meanRate(t.nights, j.cfg)
	if len(t.nights) == 0 && j.whatIf != nil {
		thisRate, ok = j.foreseenRate(t)
	}
	if !ok || !ok0 || baseRate == 0 {
		baseRate, thisRate = 1, 1
	} else {
		c.cost = null.Of(math.Exp(-c.est.gain) * thisRate / baseRate)
	}
	reward := func(gain float64) (float64, error) {
		o := Outcome{
			Duration: base * math.Exp(-gain), Cost: base * math.Exp(-gain) * thisRate,
			BaselineDuration: base, BaselineCost: base * baseRate,
			Failures: j.failureShare(), BaselineFailures: j.failureShare(),
		}
		value, err := j.reward.Value(o)
		if err != nil {
			return 0, err
		}
		o.Duration, o.Cost = o.BaselineDuration, o.BaselineCost
		zero, err := j.reward.Value(o)
		return value - zero, err
	}
	surely, err := reward(bound)
	if err != nil {
		return nil, err
	}
	if c.value, err = reward(c.est.bound(j.rankZ())); err != nil {
		return nil, err
	}
	if len(t.nights) == 0 {
		c.value -= j.moveCost(t.proposal())
	}
	for _, g := range guards {
		if c.reason = g(j, t); c.reason != "" {
			return c, nil
		}
	}
	ratio, low, high := c.est.interval(z90)
	switch {
	case c.value < j.cfg.MinGain && ratio >= 1:
		c.reason = fmt.Sprintf("not faster: %.2f of the baseline's time (90 %%: %.2f to %.2f)", ratio, low, high)
	case surely < j.cfg.MinGain:
		c.reason = fmt.Sprintf("%.2f of the baseline's time (90 %%: %.2f to %.2f), too close to call: its lower bound must clear %g", ratio, low, high, j.cfg.MinGain)
	default:
		c.reason = j.notWorth(ratio, base, base*math.Exp(-bound), base*baseRate, base*math.Exp(-bound)*thisRate)
	}
	return c, nil
}

// adviseZ is one standard deviation. In mode advise a person reads what is
// proposed, its evidence and its interval, and nobody is bound to it: what is
// predicted is held to this bound there, what was observed to Config.Confidence,
// and everything to that in the modes that change files.
const adviseZ = 1.0

// gateZ is the bound that evidence of a class must clear.
func (j *judgement) gateZ(class string) float64 {
	if class == observed {
		return j.cfg.Confidence
	}
	return j.rankZ()
}

// rankZ is the bound by which candidates are compared with each other.
func (j *judgement) rankZ() float64 {
	if j.cfg.Mode == ModeAdvise && j.whatIf != nil {
		return min(adviseZ, j.cfg.Confidence)
	}
	return j.cfg.Confidence
}

// failureShare is the share of the baseline's runs that fail.
func (j *judgement) failureShare() float64 {
	b := j.base()
	return float64(len(b.failed)) / float64(len(b.failed)+len(b.runs))
}

// restless is how much better, in reward, another proposal must be than the one
// that stands: predictions move a little every night, and settings that people
// look at should not move with them.
const restless = 0.02

// choose runs the coordinator over the joint product of the agents' best, what
// was tried and what is imagined, and returns the choice and all candidates.
func (j *judgement) choose(candidates []*candidate) (*candidate, []*candidate, error) {
	joint := map[string]*candidate{}
	agents := make([][]choice, len(j.agents))
	for i := range j.agents {
		agents[i] = []choice{{}}
	}
	for _, c := range candidates {
		if len(c.unowned) > 0 || len(c.nights) == 0 {
			continue
		}
		joint[partsText(c.parts)] = c
		for _, p := range c.parts {
			if !slices.ContainsFunc(agents[p.agent], func(have choice) bool { return have.text == p.changes }) {
				agents[p.agent] = append(agents[p.agent], choice{text: p.changes, q: j.q(c.trial, p), changed: len(p.keys), part: p})
			}
		}
	}
	for i := range agents {
		agents[i] = best(agents[i])
		for _, changes := range j.imagine(i) {
			t := j.imagined(changes)
			if p := t.parts[0]; !slices.ContainsFunc(agents[i], func(have choice) bool { return have.text == p.changes }) {
				agents[i] = append(agents[i], choice{text: p.changes, changed: len(p.keys), part: p})
			}
		}
	}
	var failed error
	ask := func(parts []part) *candidate {
		text := partsText(parts)
		if c, ok := joint[text]; ok {
			return c
		}
		// Without a model a combination that no run tried has no evidence.
		if j.whatIf == nil || failed != nil {
			return nil
		}
		c, err := j.judge(j.imagined(j.changesOf(parts)))
		if err != nil {
			failed = err
			return nil
		}
		joint[text] = c
		candidates = append(candidates, c)
		return c
	}
	chosen := coordinate(agents, j.cfg.MinGain, func(joined []choice) (float64, bool) {
		c := ask(partsOf(joined))
		if c == nil || c.reason != "" {
			return 0, false
		}
		return c.value, true
	})
	taken := joint[partsText(partsOf(chosen))]
	if old := j.proposedBefore(); len(old) > 0 && taken != nil {
		if c := ask(j.imagined(old).parts); c != nil && c.reason == "" && c.value >= j.cfg.MinGain && c.value > taken.value-restless {
			taken = c
		}
	}
	return taken, candidates, failed
}

// proposedBefore is what last night's recommendation changed of today's baseline.
func (j *judgement) proposedBefore() map[string]string {
	if j.previous == nil {
		return nil
	}
	old := map[string]string{}
	for k, v := range j.previous.Settings {
		if v.Evidence != enforced && v.Value != j.base().set[k] {
			old[k] = v.Value
		}
	}
	return old
}

// changesOf are the settings of joined parts: what the trial that they came
// from set, read back from their text.
func (j *judgement) changesOf(parts []part) map[string]string {
	m := map[string]string{}
	for _, p := range parts {
		for i, k := range p.keys {
			m[k] = p.values[i]
		}
	}
	return m
}

// foreseenRate is what containers cost per second under settings that no run had.
func (j *judgement) foreseenRate(t *trial) (float64, bool) {
	f := j.whatIf.foresee(t.proposal())
	rates := make([]float64, 0, len(j.kept))
	for _, n := range j.kept {
		r := *n.run
		r.CoreS.V *= f.cores
		r.MemoryByteS.V *= f.memory
		if v, ok := rate(&r, j.cfg); ok {
			rates = append(rates, v)
		}
	}
	return mean(rates), len(rates) > 0
}

// partsOf are the parts of the agents that leave the baseline.
func partsOf(joined []choice) (parts []part) {
	for _, c := range joined {
		if c.changed > 0 {
			parts = append(parts, c.part)
		}
	}
	return parts
}

func partsText(parts []part) string {
	var b strings.Builder
	for _, p := range parts {
		fmt.Fprintf(&b, "%d|%s|", p.agent, p.changes)
	}
	return b.String()
}
