package replay

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Nights is how a pipeline's run times vary under unchanged settings. The
// logarithm of a night's time, the input accounted for, is
//
//	mean + level(t) + e,  Var e = SD²,  Cov(level(t), level(u)) = Level·SD²·exp(−|t−u|/Days)
//
// e is the night's own, the level what nights near each other share: the mood of
// a cluster, a slow month. A level of long Days is a drift. From one run to
// another input its error is that of the exponent in log size, of variance
// Exponent·SD². With these covariances the best forecast is a weighted mean of
// earlier nights (ordinary kriging; Cressie, Statistics for Spatial Data, §3.2).
type Nights struct {
	SD       float64 // of one night by itself, in log time
	Level    float64 // variance of the level, in units of SD²
	Days     float64 // after which the level keeps 1/e of what it was
	Exponent float64 // variance of the exponent in size, in units of SD²
	DF       float64 // degrees of freedom behind SD
}

// between is the covariance of two nights, in units of SD².
func (n *Nights) between(t, u, x, y float64, same bool) float64 {
	c := n.Level*math.Exp(-math.Abs(t-u)/n.Days) + n.Exponent*x*y
	if same {
		c++
	}
	return c
}

// Weigh is how much each of a pipeline's nights counts for another night's time,
// and the standard deviation of the logarithm of that night's time around it.
// Nights are given by the days from them to the other and by the log of their
// input over its. The weights add up to 1.
func (n Nights) Weigh(days, size []float64) (weights []float64, sd float64) {
	k := len(days)
	cov := mat.NewSymDense(k, nil)
	near := mat.NewVecDense(k, nil)
	for i := range k {
		near.SetVec(i, n.between(days[i], 0, size[i], 0, false))
		for j := i; j < k; j++ {
			cov.SetSym(i, j, n.between(days[i], days[j], size[i], size[j], i == j))
		}
	}
	var chol mat.Cholesky
	chol.Factorize(cov) // 1 on its diagonal: positive definite
	one := constant(k)
	var byOne, byNear mat.VecDense
	_ = chol.SolveVecTo(&byOne, one)
	_ = chol.SolveVecTo(&byNear, near)
	left := 1 - mat.Dot(one, &byNear)
	all := mat.Dot(one, &byOne)
	for i := range k {
		weights = append(weights, byNear.AtVec(i)+byOne.AtVec(i)*left/all)
	}
	v := 1 + n.Level - mat.Dot(near, &byNear) + left*left/all
	return weights, n.SD * math.Sqrt(v)
}

// Apart is the variance of the difference between two nights so many days and
// such a log of sizes apart, in units of SD².
func (n Nights) Apart(days, size float64) float64 {
	return 2 + 2*n.Level*(1-math.Exp(-math.Abs(days)/n.Days)) + n.Exponent*size*size
}

func constant(n int) *mat.VecDense {
	v := mat.NewVecDense(n, nil)
	for i := range n {
		v.SetVec(i, 1)
	}
	return v
}
