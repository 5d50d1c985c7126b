package learner

import (
	"fmt"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
)

// rate is what a run's executor containers cost per second of its time, which
// starts with the first executor, in units of the configured prices: cores and
// memory reserved over time.
func rate(r *features.Run, cfg Config) (float64, bool) {
	seconds := r.DurationS.V - r.ExecutorWaitS.Or(0)
	if !r.CoreS.OK || !r.MemoryByteS.OK || !(seconds > 0) {
		return 0, false
	}
	return cfg.cost(r.ClusterID, r.CoreS.V, r.MemoryByteS.V) / seconds, true
}

// cost prices core-seconds and byte-seconds on a cluster.
func (c Config) cost(cluster string, coreS, byteS float64) float64 {
	p, _ := c.priceOf(cluster)
	return p.perHour(coreS/3600, byteS/3600)
}

// meanRate is the mean over the runs whose containers are known.
func meanRate(nights []*night, cfg Config) (float64, bool) {
	var rates []float64
	for _, n := range nights {
		if v, ok := rate(n.run, cfg); ok {
			rates = append(rates, v)
		}
	}
	return mean(rates), len(rates) > 0
}

// priced reports whether the pipeline's cluster has a price of its own, so that
// cost is money.
func (j *judgement) priced() bool {
	_, ok := j.cfg.priceOf(j.site.id)
	return ok
}

// priceNight notes what a night of the baseline costs, where that is money.
func (j *judgement) priceNight() {
	if r, ok := meanRate(j.kept, j.cfg); ok && j.priced() {
		j.rec.Expected.BaselineCost, j.rec.Expected.Currency = null.Of(r*j.rec.Expected.BaselineS.V), j.cfg.Currency
	}
}

// baselineNight is a night of the baseline as a reward sees it. Containers whose
// rate is not known cost a unit a second, as in [judgement.judge].
func (j *judgement) baselineNight() Outcome {
	seconds, failures := j.baselineSeconds(), shareOfFailures(j.base(), failurePrior)
	r, ok := meanRate(j.kept, j.cfg)
	if !ok || r == 0 {
		r = 1
	}
	return Outcome{seconds, seconds * r, failures, seconds, seconds * r, failures}
}

// notWorth says why a change whose reward is enough may still not be made: it
// is slower than people allow, or surely saves neither the seconds nor the
// money a night that they ask for. ratio is the expected run time over the
// baseline's; seconds and cost are the baseline's, the others those at the
// lower bound.
func (j *judgement) notWorth(ratio, seconds, boundSeconds, cost, boundCost float64) string {
	if slow := 1 + j.cfg.MaxSlowdown; ratio >= slow {
		return fmt.Sprintf("slower than allowed: %.2f of the baseline's time, at most %.2f", ratio, slow)
	}
	saved, money := seconds-boundSeconds, cost-boundCost
	asksMoney := j.cfg.MinMoney > 0 && j.priced()
	if j.cfg.MinSeconds > 0 && saved >= j.cfg.MinSeconds || asksMoney && money >= j.cfg.MinMoney {
		return ""
	}
	switch {
	case j.cfg.MinSeconds > 0 && asksMoney:
		return fmt.Sprintf("surely saves no more than %.1f s and %s a night; %g s or %s are asked for", saved, j.cfg.money(money), j.cfg.MinSeconds, j.cfg.money(j.cfg.MinMoney))
	case j.cfg.MinSeconds > 0:
		return fmt.Sprintf("surely saves no more than %.1f s a night; %g are asked for", saved, j.cfg.MinSeconds)
	case asksMoney:
		return fmt.Sprintf("surely saves no more than %s a night; %s are asked for", j.cfg.money(money), j.cfg.money(j.cfg.MinMoney))
	}
	return ""
}

// money is an amount with its currency.
func (c Config) money(x float64) string {
	if c.Currency == "" {
		return fmt.Sprintf("%.4g", x)
	}
	return fmt.Sprintf("%.4g %s", x, c.Currency)
}
