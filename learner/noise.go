package learner

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Priors of the noise, each worth priorNights nights. A fleet or a pipeline
// with few nights starts from them, one with many forgets them. The lab
// measured 3 % from run to run and drift of up to 5 %.
const (
	noisePrior   = 0.05 // sd of a night's log time
	placeboPrior = 0.5  // variance of a placebo switch over that of a night
	priorNights  = 4
	// placeboFloor is the least sd of a switch: no fleet is so calm that two
	// blocks of nights tell settings apart below this.
	placeboFloor = 0.02
	// placeboWindow is the most nights on each side of a placebo switch.
	placeboWindow = 5
)

// A noise is how much the nights of a pipeline vary by themselves, in log time.
type noise struct {
	night   float64 // sigma²: variance of a night around its size's mean
	placebo float64 // sigma_b²: variance of a switch that changes nothing
	df      float64 // degrees of freedom behind night
}

// A spread is what the nights of one pipeline say about noise.
type spread struct {
	ss, df float64   // squares of residuals, and their degrees of freedom
	jumps  []float64 // squared placebo switches, less their sampling noise
}

// add takes the residuals of a stretch of nights under one setting, oldest
// first; fitted is the number of parameters that were fitted to them.
func (s *spread) add(res []float64, fitted float64) {
	m := mean(res)
	for _, e := range res {
		s.ss += (e - m) * (e - m)
	}
	s.df += max(float64(len(res))-fitted, 0)
	s.jumps = append(s.jumps, placebos(res)...)
}

// placebos cuts a stretch of nights under unchanged settings into pairs of
// windows and pretends that settings changed between the two.
func placebos(res []float64) []float64 {
	var jumps []float64
	h := min(placeboWindow, len(res)/2)
	for i := 0; h >= 2 && i+2*h <= len(res); i += 2 * h {
		a, b := res[i:i+h], res[i+h:i+2*h]
		ma, mb := mean(a), mean(b)
		var within float64
		for j := range a {
			within += (a[j]-ma)*(a[j]-ma) + (b[j]-mb)*(b[j]-mb)
		}
		within /= float64(2 * (h - 1))
		jumps = append(jumps, (mb-ma)*(mb-ma)-2*within/float64(h))
	}
	return jumps
}

// fleetNoise turns the spreads of all pipelines into each pipeline's noise:
// the nights' variance is shrunk to the fleet's, the placebo switches are
// pooled over the fleet in units of it.
func fleetNoise(spreads []spread) []noise {
	ss, df := priorNights*noisePrior*noisePrior, float64(priorNights)
	for _, s := range spreads {
		ss += s.ss
		df += s.df
	}
	fleet := ss / df
	list := make([]noise, len(spreads))
	ratio, pairs := priorNights*placeboPrior, float64(priorNights)
	for i, s := range spreads {
		list[i].night = (priorNights*fleet + s.ss) / (priorNights + s.df)
		list[i].df = priorNights + s.df
		for _, j := range s.jumps {
			ratio += j / list[i].night
			pairs++
		}
	}
	ratio = max(ratio/pairs, 0)
	for i := range list {
		list[i].placebo = max(ratio*list[i].night, placeboFloor*placeboFloor)
	}
	return list
}

// widen is Student's quantile with df degrees of freedom at the probability
// that z has under the normal distribution: the price of an estimated sigma.
func widen(z, df float64) float64 {
	if z <= 0 {
		return z
	}
	p := distuv.UnitNormal.CDF(z)
	if q := (distuv.StudentsT{Sigma: 1, Nu: df}).Quantile(p); !math.IsInf(q, 0) && !math.IsNaN(q) {
		return max(q, z)
	}
	return z
}
