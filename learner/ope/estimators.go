package ope

// An Estimator turns rounds into one term each; the estimate is their mean.
type Estimator func([]Round) []float64

// Estimate is the mean of an estimator's terms; 0 of no rounds.
func Estimate(e Estimator, rounds []Round) float64 { return mean(e(rounds)) }

func terms(rounds []Round, f func(Round) float64) []float64 {
	t := make([]float64, len(rounds))
	for i, r := range rounds {
		t[i] = f(r)
	}
	return t
}

// IPS is inverse propensity scoring, w·r (Horvitz and Thompson 1952; Precup,
// Sutton and Singh 2000): unbiased, with a variance that grows with w.
func IPS(rounds []Round) []float64 {
	return terms(rounds, func(r Round) float64 { return r.Weight() * r.Reward })
}

// SNIPS is self-normalised IPS, w·r over the mean weight (Swaminathan and
// Joachims 2015): a little biased, bounded by the rewards.
func SNIPS(rounds []Round) []float64 {
	m := meanWeight(rounds)
	return terms(rounds, func(r Round) float64 { return r.Weight() * r.Reward / m })
}

// DM is the direct method, the model's value of the policy (Beygelzimer and
// Langford 2009): as wrong as the model is.
func DM(rounds []Round) []float64 {
	return terms(rounds, func(r Round) float64 { return r.V })
}

// DR is doubly robust, V + w·(r − Q) (Dudík et al. 2014): unbiased where
// either the propensities or the model are right.
func DR(rounds []Round) []float64 {
	return terms(rounds, func(r Round) float64 { return r.V + r.Weight()*(r.Reward-r.Q) })
}

// SNDR is DR with self-normalised weights (Thomas and Brunskill 2016).
func SNDR(rounds []Round) []float64 {
	m := meanWeight(rounds)
	return terms(rounds, func(r Round) float64 { return r.V + r.Weight()/m*(r.Reward-r.Q) })
}

// SwitchDR is DR that leaves a round to the model where its weight exceeds tau
// (Wang, Agarwal and Dudík 2017).
func SwitchDR(tau float64) Estimator {
	return func(rounds []Round) []float64 {
		return terms(rounds, func(r Round) float64 {
			if w := r.Weight(); w <= tau {
				return r.V + w*(r.Reward-r.Q)
			}
			return r.V
		})
	}
}

// DRos is DR with optimistic shrinkage of weights, λw/(w² + λ) (Su et al.
// 2020): 0 is the direct method, infinity is DR.
func DRos(lambda float64) Estimator {
	return func(rounds []Round) []float64 {
		return terms(rounds, func(r Round) float64 {
			w := r.Weight()
			return r.V + lambda*w/(w*w+lambda)*(r.Reward-r.Q)
		})
	}
}

// meanWeight is 1 where no round has a weight: their terms are 0 anyway.
func meanWeight(rounds []Round) float64 {
	if m := mean(terms(rounds, Round.Weight)); m > 0 {
		return m
	}
	return 1
}

func mean(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	var s float64
	for _, x := range v {
		s += x
	}
	return s / float64(len(v))
}
