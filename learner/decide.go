package learner

import (
	"fmt"
	"math"
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
	bad     quarantine
	beaten  map[string]string // keys that a file cannot set here, with why
	ground  settings          // the baseline's with what people fixed: what a change is added to
	whatIf  *whatIf           // the study's, on this ground
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
		j.facts = factsOf(s.base().runs, known.caches)
		j.bad, j.beaten = s.quarantine(), s.beaten()
		fixed := j.enforced()
		j.ground, j.whatIf = merged(s.base().set, fixed), s.whatIf.on(changesFrom(s.base().set, fixed))
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
		j.leave()
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
	if err := j.reward.around(j.baselineNight()); err != nil {
		return err
	}
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
	c := &candidate{trial: t, est: j.estimate(t)}
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
	usual := shareOfFailures(j.base(), failurePrior)
	fails := shareOfFailures(t.action, usual)
	reward := func(gain float64) (float64, error) {
		o := Outcome{
			Duration: base * math.Exp(-gain), Cost: base * math.Exp(-gain) * thisRate,
			BaselineDuration: base, BaselineCost: base * baseRate,
			Failures: fails, BaselineFailures: usual,
		}
		value, err := j.reward.Value(o)
		if err != nil {
			return 0, err
		}
		o.Duration, o.Cost, o.Failures = o.BaselineDuration, o.BaselineCost, o.BaselineFailures
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
		c.reason = fmt.Sprintf("%.2f of the baseline's time (90 %%: %.2f to %.2f), too close to call: its lower bound must clear %.3g %%", ratio, low, high, 100*j.cfg.MinGain)
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
