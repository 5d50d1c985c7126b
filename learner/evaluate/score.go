package evaluate

import (
	"maps"
	"math"
	"slices"

	"github.com/spark-apprentice/apprentice/internal/null"
)

// z90 makes a standard deviation half a two-sided 90 % interval.
const z90 = 1.6448536269514722

// levels of the two-sided intervals whose coverage is counted, and their half
// widths in standard deviations.
var levels = []struct{ nominal, z float64 }{{0.5, 0.6744897501960817}, {0.8, 1.2815515655446004}, {0.9, z90}, {0.95, 1.959963984540054}}

// A Score says how good predictions were.
type Score struct {
	Known  string `json:"known"`  // of the settings; empty: whatever was known
	Method string `json:"method"` // empty: of each run the best
	Name   string `json:"pipeline,omitempty"`
	Runs   int    `json:"runs"`
	// MedianError is the median of |predicted − observed| over observed.
	MedianError float64 `json:"median_error"`
	MAE         float64 `json:"mae_s"`
	// Skill is 1 − MAE/MAE of "no change", over runs whose settings were not the
	// usual ones: 0 is no better than to say that nothing changes. Null without any.
	Skill null.Null[float64] `json:"skill"`
	// Signs counts the runs that were faster or slower than no change by more than
	// the noise, and SignsRight those of them that were predicted to be.
	Signs      int     `json:"signs"`
	SignsRight int     `json:"signs_right"`
	Coverage   []Level `json:"coverage"`
	// Bound is the share of runs below the one-sided 95 % bound.
	Bound float64 `json:"bound_95"`
}

// A Level is how often the truth lay within the interval of a level.
type Level struct {
	Nominal float64 `json:"nominal"`
	Covered float64 `json:"covered"`
}

// told is how many standard deviations of noise an effect must have for its sign
// to be told from one run.
const told = 2

func score(list []Prediction) Score {
	s := Score{Runs: len(list), Coverage: make([]Level, len(levels))}
	var errs []float64
	var changed, noChange float64
	for i, l := range levels {
		s.Coverage[i].Nominal = l.nominal
	}
	for i := range list {
		p := &list[i]
		e := math.Abs(p.Predicted - p.ObservedS)
		errs = append(errs, e/p.ObservedS)
		s.MAE += e
		for i, l := range levels {
			if math.Abs(p.z()) <= l.z {
				s.Coverage[i].Covered++
			}
		}
		if p.z() <= z90 {
			s.Bound++
		}
		if p.Known == Usual {
			continue
		}
		changed += e
		noChange += math.Abs(p.NoChangeS - p.ObservedS)
		if d := math.Log(p.ObservedS / p.NoChangeS); math.Abs(d) > told*p.NoiseSD {
			s.Signs++
			if d*math.Log(p.Predicted/p.NoChangeS) > 0 {
				s.SignsRight++
			}
		}
	}
	if len(errs) > 0 {
		slices.Sort(errs)
		s.MedianError = (errs[(len(errs)-1)/2] + errs[len(errs)/2]) / 2
	}
	if n := float64(len(list)); n > 0 {
		s.MAE /= n
		s.Bound /= n
		for i := range s.Coverage {
			s.Coverage[i].Covered /= n
		}
	}
	if noChange > 0 {
		s.Skill = null.Of(1 - changed/noChange)
	}
	return s
}

// scores rates predictions by what was known of the settings and by method, then
// the best of each run, altogether and by pipeline.
func scores(list []Prediction) (all, byPipeline []Score) {
	pick := func(f func(*Prediction) bool) []Prediction {
		var some []Prediction
		for i := range list {
			if f(&list[i]) {
				some = append(some, list[i])
			}
		}
		return some
	}
	for _, known := range []string{Usual, Observed, Few, Unseen} {
		for _, method := range []string{Size, Learner, Replay} {
			some := pick(func(p *Prediction) bool { return p.Known == known && p.Method == method })
			if len(some) > 0 {
				s := score(some)
				s.Known, s.Method = known, method
				all = append(all, s)
			}
		}
	}
	best := pick(func(p *Prediction) bool { return p.Best })
	all = append(all, score(best))
	names := map[string]bool{}
	for _, p := range best {
		names[p.Pipeline] = true
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		s := score(pick(func(p *Prediction) bool { return p.Best && p.Pipeline == name }))
		s.Name = name
		byPipeline = append(byPipeline, s)
	}
	return all, byPipeline
}
