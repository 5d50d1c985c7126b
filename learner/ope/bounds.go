package ope

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// StudentT is the one-sided lower bound of the terms' mean at level 1 − delta by
// Student's t. It assumes a mean that is nearly normal: with few effective
// samples it promises too much. −Inf below two terms.
func StudentT(terms []float64, delta float64) float64 {
	n := float64(len(terms))
	if n < 2 {
		return math.Inf(-1)
	}
	m, s := stat.MeanStdDev(terms, nil)
	return m - s/math.Sqrt(n)*distuv.StudentsT{Sigma: 1, Nu: n - 1}.Quantile(1-delta)
}

// EmpiricalBernstein is the same without assumption but that terms lie within a
// range of the given width (Maurer and Pontil 2009, theorem 4).
func EmpiricalBernstein(terms []float64, width, delta float64) float64 {
	n := float64(len(terms))
	if n < 2 {
		return math.Inf(-1)
	}
	m, v := stat.MeanVariance(terms, nil)
	l := math.Log(2 / delta)
	return m - math.Sqrt(2*l*v/n) - 7*width*l/(3*(n-1))
}

// Hoeffding is the same from the width alone (Hoeffding 1963, theorem 2).
func Hoeffding(terms []float64, width, delta float64) float64 {
	n := float64(len(terms))
	if n == 0 {
		return math.Inf(-1)
	}
	return mean(terms) - width*math.Sqrt(math.Log(1/delta)/(2*n))
}

// Bootstrap is the two-sided percentile interval of the terms' mean at level
// 1 − alpha from resamples (Efron 1979). Same source of randomness, same
// interval. NaN of no terms.
func Bootstrap(terms []float64, alpha float64, resamples int, rng *rand.Rand) (low, high float64) {
	if len(terms) == 0 {
		return math.NaN(), math.NaN()
	}
	means := make([]float64, resamples)
	for i := range means {
		var s float64
		for range terms {
			s += terms[rng.IntN(len(terms))]
		}
		means[i] = s / float64(len(terms))
	}
	slices.Sort(means)
	return stat.Quantile(alpha/2, stat.LinInterp, means, nil), stat.Quantile(1-alpha/2, stat.LinInterp, means, nil)
}
