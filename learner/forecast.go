package learner

import (
	"math"
	"time"

	"gonum.org/v1/gonum/mat"
)

// Priors of the forecast of input sizes, as standard deviations of the log of
// the size: nights scatter, weekdays differ, and volumes drift slowly. Old
// nights count less.
const (
	sizeNoise    = 0.15
	sizeWeekday  = 0.30
	sizeDrift    = 0.01 // per day
	sizeDiscount = 0.98 // per day
	leastSized   = 3    // nights with a known size that a forecast needs
)

// nextSize is the log size that the next run is expected to have, from level,
// trend and weekday of the sizes so far. It is held within the range of sizes
// that the baseline ran with: beyond it nothing about time is known.
func (s *study) nextSize() float64 { return s.next }

// expectSize finds it.
func (s *study) expectSize() float64 {
	if size, ok := s.comingSize(); ok {
		return size
	}
	var kept []float64
	for _, n := range s.kept {
		kept = append(kept, n.logSize)
	}
	size := median(kept)
	if at, ok := s.forecastSize(); ok {
		size = at
	}
	if len(kept) == 0 {
		return size
	}
	ran := sizesOf(s.kept)
	return min(max(size, ran.low), ran.high)
}

// forecastSize fits level, trend and weekday by ridge regression.
func (h *history) forecastSize() (float64, bool) {
	var at []time.Time
	var x []float64
	for _, n := range h.nights {
		if n.run.SourceBytes.Or(0) > 0 && n.run.StartedAt.OK {
			at = append(at, n.run.StartedAt.V)
			x = append(x, n.logSize)
		}
	}
	if len(x) < leastSized {
		return 0, false
	}
	last := at[len(at)-1]
	var gaps []float64
	for i := range at[1:] {
		gaps = append(gaps, math.Max(math.Round(at[i+1].Sub(at[i]).Hours()/24), 1))
	}
	next := last.AddDate(0, 0, int(median(gaps)))

	const level, trend, weekday, unknowns = 0, 1, 2, 9
	a, b := mat.NewSymDense(unknowns, nil), mat.NewVecDense(unknowns, nil)
	row := func(t time.Time) (r [unknowns]float64) {
		r[level], r[trend], r[weekday+int(t.UTC().Weekday())] = 1, t.Sub(last).Hours()/24, 1
		return r
	}
	a.SetSym(level, level, 1e-6)
	a.SetSym(trend, trend, sizeNoise*sizeNoise/(sizeDrift*sizeDrift))
	for d := range 7 {
		a.SetSym(weekday+d, weekday+d, sizeNoise*sizeNoise/(sizeWeekday*sizeWeekday))
	}
	for i, t := range at {
		r, w := row(t), math.Pow(sizeDiscount, last.Sub(t).Hours()/24)
		for p := range r {
			b.SetVec(p, b.AtVec(p)+w*r[p]*x[i])
			for q := p; q < unknowns; q++ {
				a.SetSym(p, q, a.At(p, q)+w*r[p]*r[q])
			}
		}
	}
	var chol mat.Cholesky
	var fit mat.VecDense
	if !chol.Factorize(a) || chol.SolveVecTo(&fit, b) != nil {
		return 0, false
	}
	var size float64
	for p, v := range row(next) {
		size += v * fit.AtVec(p)
	}
	return size, true
}
