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
	limits  limits
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

func newJudgement(s *study, agents []Agent, cfg Config, reward *Reward, tab *table, bounds map[string]limits) *judgement {
	j := &judgement{study: s, agents: agents, cfg: cfg, reward: reward, table: tab}
	newest := s.all[len(s.all)-1]
	if len(s.nights) > 0 {
		newest = s.nights[len(s.nights)-1].run
	}
	j.cluster = sparkconf.Detect(newest.SparkVersion, newest.ConfLogged)
	j.version, _ = sparkconf.ParseVersion(newest.SparkVersion)
	j.limits = bounds[newest.ClusterID]
	j.rec = Recommendation{
		Pipeline: s.name, Mode: cfg.Mode, Runs: int64(len(s.nights)), LastNight: s.all[len(s.all)-1].Night,
		Baseline: map[string]string{}, Settings: map[string]Proposed{}, File: map[string]string{}, Rejected: []Rejected{}, Advice: []string{},
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
	j.rec.Expected.BaselineS = null.Of(math.Exp(j.line.at(j.medianSize())))
	j.advise(candidates)
	taken := j.choose(candidates)
	j.reject(candidates, taken)
	if taken == nil {
		j.rec.Reason = j.whyNothing(candidates)
	}
	j.settle(taken)
	return nil
}

// judge estimates a trial and asks the guards.
func (j *judgement) judge(t *trial) (*candidate, error) {
	c := &candidate{trial: t, est: j.estimate(t, j.table, j.agents, j.cfg.Model)}
	base := math.Exp(j.line.at(j.medianSize()))
	bound := c.est.bound(j.cfg.Confidence)
	// Containers whose rate is not known are taken to cost the baseline's.
	baseRate, ok0 := meanRate(j.kept, j.cfg)
	thisRate, ok := meanRate(t.nights, j.cfg)
	if !ok || !ok0 || baseRate == 0 {
		baseRate, thisRate = 1, 1
	} else {
		c.cost = null.Of(math.Exp(-c.est.gain) * thisRate / baseRate)
	}
	o := Outcome{
		Duration: base * math.Exp(-bound), Cost: base * math.Exp(-bound) * thisRate,
		BaselineDuration: base, BaselineCost: base * baseRate,
		Failures: j.failureShare(), BaselineFailures: j.failureShare(),
	}
	value, err := j.reward.Value(o)
	if err != nil {
		return nil, err
	}
	o.Duration, o.Cost = o.BaselineDuration, o.BaselineCost
	zero, err := j.reward.Value(o)
	if err != nil {
		return nil, err
	}
	c.value = value - zero
	for _, g := range guards {
		if c.reason = g(j, t); c.reason != "" {
			return c, nil
		}
	}
	ratio, low, high := c.est.interval(z90)
	saved := base * (1 - math.Exp(-bound))
	switch {
	case ratio >= 1:
		c.reason = fmt.Sprintf("not faster: %.2f of the baseline's time (90 %%: %.2f to %.2f)", ratio, low, high)
	case c.value < j.cfg.MinGain:
		c.reason = fmt.Sprintf("%.2f of the baseline's time (90 %%: %.2f to %.2f), too close to call: its lower bound must clear %g", ratio, low, high, j.cfg.MinGain)
	case saved < j.cfg.MinSeconds:
		c.reason = fmt.Sprintf("surely saves no more than %.1f s a night; %g are asked for", saved, j.cfg.MinSeconds)
	}
	return c, nil
}

// failureShare is the share of the baseline's runs that fail.
func (j *judgement) failureShare() float64 {
	b := j.base()
	return float64(len(b.failed)) / float64(len(b.failed)+len(b.runs))
}

// choose runs the coordinator over the joint product of the agents' best.
func (j *judgement) choose(candidates []*candidate) *candidate {
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
			if !slices.ContainsFunc(agents[p.agent], func(have choice) bool { return have.text == p.text }) {
				agents[p.agent] = append(agents[p.agent], choice{text: p.text, q: j.q(c.trial, p), changed: len(p.keys), part: p})
			}
		}
	}
	for i := range agents {
		agents[i] = best(agents[i])
	}
	// Without a model a combination that no run tried has no evidence, and its
	// guard would say so: it is not asked for.
	chosen := coordinate(agents, j.cfg.MinGain, func(joined []choice) (float64, bool) {
		var parts []part
		for _, c := range joined {
			if c.changed > 0 {
				parts = append(parts, c.part)
			}
		}
		c := joint[partsText(parts)]
		if c == nil || c.reason != "" {
			return 0, false
		}
		return c.value, true
	})
	var parts []part
	for _, c := range chosen {
		if c.changed > 0 {
			parts = append(parts, c.part)
		}
	}
	return joint[partsText(parts)]
}

func partsText(parts []part) string {
	var b strings.Builder
	for _, p := range parts {
		fmt.Fprintf(&b, "%d|%s|", p.agent, p.changes)
	}
	return b.String()
}
