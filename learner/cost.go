package learner

import (
	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// rate is what a run's executor containers cost per second of it, in units of
// the configured prices: cores and memory reserved over time.
func rate(r *features.Run, cfg Config) (float64, bool) {
	if !r.CoreS.OK || !r.MemoryByteS.OK || !(r.DurationS.V > 0) {
		return 0, false
	}
	perHour := r.CoreS.V*cfg.CorePrice + r.MemoryByteS.V/float64(sparkconf.GiB)*cfg.MemoryPrice
	return perHour / 3600 / r.DurationS.V, true
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
