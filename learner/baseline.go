package learner

import (
	"math"
	"slices"
)

// Prior of the size exponent: run time grows with the square root of the input,
// give or take as much again, and is held within [0, 1.5]. The lab's pipelines
// measured 0.26 to 1.21.
const (
	sizePrior   = 0.5
	sizePriorSD = 0.5
	sizeMax     = 1.5
)

// leastSeconds is the least charge whose logarithm is taken: Spark's clock
// counts milliseconds.
const leastSeconds = 1e-3

// A line is log c0(z) = alpha + beta log z of one step, from baseline runs.
type line struct {
	x, y     []float64 // log size, log charge (winsorised)
	noise    float64   // variance of the residuals
	smear    float64   // mean charge over the mean of exp(fit)
	mx, my   float64
	sxx, sxy float64
}

// fitLine fits a line by ridge towards the prior exponent. Outliers are drawn
// in to three MADs of the residuals of a first fit, so that one bad night does
// not move the baseline.
func fitLine(x, y []float64) *line {
	l := &line{x: x, y: slices.Clone(y), noise: 0.01}
	l.sums()
	l.noise = max(l.residualVariance(), 1e-6)
	if len(x) >= 4 {
		res := make([]float64, len(x))
		beta := l.beta()
		for i := range x {
			res[i] = l.y[i] - l.my - beta*(x[i]-l.mx)
		}
		for i, r := range winsorise(res) {
			l.y[i] += r - res[i]
		}
		l.sums()
		l.noise = max(l.residualVariance(), 1e-6)
	}
	var charge, fit float64
	for i := range x {
		charge += math.Exp(y[i])
		fit += math.Exp(l.at(x[i]))
	}
	l.smear = charge / fit
	return l
}

func (l *line) sums() {
	l.mx, l.my = mean(l.x), mean(l.y)
	l.sxx, l.sxy = 0, 0
	for i := range l.x {
		l.sxx += (l.x[i] - l.mx) * (l.x[i] - l.mx)
		l.sxy += (l.x[i] - l.mx) * (l.y[i] - l.my)
	}
}

func (l *line) beta() float64 { return slope(l.sxx, l.sxy, l.noise) }

// slope is the posterior mean of beta, held within its bounds.
func slope(sxx, sxy, noise float64) float64 {
	k := noise / (sizePriorSD * sizePriorSD)
	return min(max((sxy+k*sizePrior)/(sxx+k), 0), sizeMax)
}

func (l *line) residualVariance() float64 {
	if len(l.x) < 2 {
		return l.noise
	}
	beta := l.beta()
	var ss float64
	for i := range l.x {
		r := l.y[i] - l.my - beta*(l.x[i]-l.mx)
		ss += r * r
	}
	return ss / float64(len(l.x)-1)
}

// at is log c0 at log size x.
func (l *line) at(x float64) float64 { return l.my + l.beta()*(x-l.mx) }

// expected turns log c0 into expected seconds: the exponential of a mean log
// lies below the mean (Duan 1983, the smearing estimate), and the baseline's
// rewards, which are differences of seconds, are to average 0.
func (l *line) expected(logC0 float64) float64 { return math.Exp(logC0) * l.smear }

// without is log c0 at the size of the fit's i-th run, from the other runs.
func (l *line) without(i int) float64 {
	n := float64(len(l.x))
	if n < 2 {
		return l.my
	}
	dx, dy := l.x[i]-l.mx, l.y[i]-l.my
	mx, my := l.mx-dx/(n-1), l.my-dy/(n-1)
	sxx, sxy := l.sxx-dx*dx*n/(n-1), l.sxy-dx*dy*n/(n-1)
	return my + slope(max(sxx, 0), sxy, l.noise)*(l.x[i]-mx)
}

// parameters is how many the data fitted: the level, and the share of the
// slope that is not the prior's.
func (l *line) parameters() float64 {
	return 1 + l.sxx/(l.sxx+l.noise/(sizePriorSD*sizePriorSD))
}

// variance of at(x), for night-to-night noise of variance s2.
func (l *line) variance(x, s2 float64) float64 {
	return s2/float64(len(l.x)) + (x-l.mx)*(x-l.mx)*l.slopeVariance(s2)
}

// slopeVariance is that of the size exponent.
func (l *line) slopeVariance(s2 float64) float64 {
	return 1 / (l.sxx/s2 + 1/(sizePriorSD*sizePriorSD))
}

// logCharge is the logarithm of a charge in seconds.
func logCharge(c float64) float64 { return math.Log(max(c, leastSeconds)) }

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

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(v))
	n := len(s)
	return (s[(n-1)/2] + s[n/2]) / 2
}

// winsorise draws values in to three scaled MADs around the median. 1.4826
// makes the MAD of a normal sample its standard deviation.
func winsorise(v []float64) []float64 {
	m := median(v)
	dev := make([]float64, len(v))
	for i, x := range v {
		dev[i] = math.Abs(x - m)
	}
	w := 3 * 1.4826 * median(dev)
	out := slices.Clone(v)
	if len(v) < 4 || w == 0 {
		return out // a majority of equal values tells no spread
	}
	for i, x := range v {
		out[i] = min(max(x, m-w), m+w)
	}
	return out
}
