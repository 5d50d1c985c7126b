package replay

import (
	"math"
	"slices"

	"github.com/spark-apprentice/apprentice/features"
	"gonum.org/v1/gonum/mat"
)

// Priors of Nights: the learner's, that a level varies half as much as a night
// ("Noise" and placeboPrior there), and that a night a week away is as far as one
// that is a fifth larger (see apart).
const (
	levelPrior    = 0.5
	daysPrior     = 7
	exponentPrior = 16 // an exponent's sd of 0.2 beside nights of 0.05
	// priorSpread is the sd of the logarithms of these: e either way.
	priorSpread = 1
	// alikePrior is how many of a pipeline's nights the fleet's variance weighs.
	alikePrior = 8
	// mostLevel is how many nights of a pipeline tell how it varies: the newest.
	mostLevel = 16
	// mostCalm is how many pipelines choose the covariance.
	mostCalm = 200
)

// Grids of what the fleet's nights choose from; prior's neighbours, in powers.
var (
	levelGrid    = []float64{1. / 8, 1. / 4, 1. / 2, 1, 2, 4, 8, 16}
	daysGrid     = []float64{2, 7, 28}
	exponentGrid = []float64{4, 16, 64}
	alikeGrid    = []float64{2, 4, 8, 16, 32, 64}
)

// A calm is the nights of one pipeline under one setting.
type calm struct {
	pipeline string
	log      []float64     // time at the same input
	days     []float64     // of each night
	size     []float64     // log of its input over the common one
	q, df    float64       // squares about the mean under the covariance, and their degrees of freedom
	det      float64       // log determinant of it, restricted to contrasts
	cov      *mat.SymDense // scratch
}

// A Calendar is how the nights of a fleet's pipelines vary.
type Calendar struct {
	fleet Nights
	own   map[string]Nights // by pipeline
}

// Of is how a pipeline's nights vary; as the fleet's where it was not seen.
func (c *Calendar) Of(pipeline string) Nights {
	if n, ok := c.own[pipeline]; ok {
		return n
	}
	return c.fleet
}

// Nights finds the covariance of a fleet's unchanged nights by restricted
// likelihood, and then how far pipelines differ. A pipeline's variance is taken
// to be the fleet's by an inverse chi-squared distribution whose degrees of
// freedom are found too (Smyth, Linear models and empirical Bayes methods, 2004):
// where pipelines are alike each borrows much of the others', where they are not
// each is on its own, and one wild pipeline does not speak for all. Of each
// pipeline the nights under its most frequent settings count. Runs should be
// those that compare: what does not train does not vary alike. Same rows: same
// result.
func (m *Model) Nights(runs []features.Run, stages []features.Stage) *Calendar {
	var list []*calm
	for _, nights := range byPipeline(openAll(runs, features.StagesByRun(stages))) {
		usual, _ := apart(nights)
		if k := m.calm(usual); k != nil {
			list = append(list, k)
		}
	}
	var some []*calm // enough to choose by
	for i := 0; i < len(list); i += 1 + (len(list)-1)/mostCalm {
		some = append(some, list[i])
	}
	at := likely(some)
	best := math.Inf(-1)
	if at.squares(list) {
		for _, alike := range alikeGrid {
			n := at
			if l := n.likelihood(list, alike, 1.02); l > best {
				best, at.SD, at.DF = l, n.SD, alike
			}
		}
	}
	c := &Calendar{at, map[string]Nights{}}
	for _, k := range list {
		n := at
		n.DF += k.df
		n.SD = math.Sqrt((at.DF*at.SD*at.SD + k.q) / n.DF)
		c.own[k.pipeline] = n
	}
	return c
}

// likely is the posterior mean of the covariance: of the variance of the level
// and of the rate at which it moves, which decide how far off a forecast is.
func likely(list []*calm) (at Nights) {
	var tried []Nights
	var logs []float64
	for _, level := range levelGrid {
		for _, days := range daysGrid {
			for _, exponent := range exponentGrid {
				n := Nights{Level: level, Days: days, Exponent: exponent}
				l := math.Inf(-1)
				if n.squares(list) {
					l = n.likelihood(list, alikePrior, 1.1)
				}
				logs, tried = append(logs, l), append(tried, n)
			}
		}
	}
	most, sum, rate := slices.Max(logs), 0.0, 0.0
	for i, n := range tried {
		w := math.Exp(logs[i] - most)
		sum += w
		at.Level, at.Exponent, rate = at.Level+w*n.Level, at.Exponent+w*n.Exponent, rate+w*n.Level/n.Days
	}
	return Nights{Level: at.Level / sum, Days: at.Level / rate, Exponent: at.Exponent / sum}
}

// calm reads the newest nights of one plan, each replayed at the newest's input.
func (m *Model) calm(usual []*run) *calm {
	var k calm
	from := m.sources(usual)
	var first *run
	for _, n := range usual {
		if n.row.SourceBytes.Or(0) <= 0 || n.row.DurationS.Or(0) <= 0 {
			continue
		}
		if first == nil {
			first = n
			k.pipeline = n.row.Pipeline
		}
		if n.row.PlanSignature != first.row.PlanSignature {
			continue
		}
		ratio := float64(first.row.SourceBytes.V) / float64(n.row.SourceBytes.V)
		k.log = append(k.log, math.Log(from.ready(n).Seconds(nil, ratio)))
		k.size = append(k.size, -math.Log(ratio))
		k.days = append(k.days, Days(n.row, first.row))
		if len(k.log) == mostLevel {
			break
		}
	}
	if len(k.log) < 2 {
		return nil
	}
	k.df = float64(len(k.log) - 1)
	return &k
}

// Days is how many days before another a run started.
func Days(r, other *features.Run) float64 {
	return other.StartedAt.V.Sub(r.StartedAt.V).Hours() / 24
}

// squares sets each pipeline's squares under the covariance.
func (n *Nights) squares(list []*calm) bool {
	return !slices.ContainsFunc(list, func(k *calm) bool { return !k.squares(n) })
}

// likelihood is the log posterior of the covariance under which the squares
// are, up to a constant, where the fleet's variance weighs as much as so many
// nights of a pipeline; it sets SD to the best.
func (n *Nights) likelihood(list []*calm, alike, step float64) float64 {
	prior := func(x, at float64) float64 { d := math.Log(x/at) / priorSpread; return -d * d / 2 }
	l := prior(n.Level, levelPrior) + prior(n.Days, daysPrior) + prior(n.Exponent, exponentPrior) + prior(alike, alikePrior)
	gamma := func(x float64) float64 { g, _ := math.Lgamma(x); return g }
	of := func(v float64) float64 {
		sum := -noiseRuns * (math.Log(v) + Priors().Noise*Priors().Noise/v) / 2
		for _, k := range list {
			sum += gamma((alike+k.df)/2) - gamma(alike/2) - (k.det+k.df*math.Log(alike*v)+(alike+k.df)*math.Log1p(k.q/(alike*v)))/2
		}
		return sum
	}
	best := math.Inf(-1)
	for sd := leastNoise; sd < mostNoise; sd *= step {
		if x := of(sd * sd); x > best {
			best, n.SD = x, sd
		}
	}
	return l + best
}

// Bounds of a night's SD.
const (
	leastNoise = 0.002
	mostNoise  = 2.0
)

// squares sets q and det under a covariance with SD 1.
func (k *calm) squares(n *Nights) bool {
	size := len(k.log)
	if k.cov == nil {
		k.cov = mat.NewSymDense(size, nil)
	}
	for i := range size {
		for j := i; j < size; j++ {
			k.cov.SetSym(i, j, n.between(k.days[i], k.days[j], k.size[i], k.size[j], i == j))
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(k.cov) {
		return false
	}
	one, y := constant(size), mat.NewVecDense(size, k.log)
	var byOne, byY mat.VecDense
	if chol.SolveVecTo(&byOne, one) != nil || chol.SolveVecTo(&byY, y) != nil {
		return false
	}
	weight := mat.Dot(one, &byOne)
	mean := mat.Dot(one, &byY) / weight
	k.q = max(mat.Dot(y, &byY)-mean*mean*weight, 0)
	k.det = chol.LogDet() + math.Log(weight)
	return true
}
