package evaluate

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
	"github.com/spark-apprentice/apprentice/learner/ope"
)

// An OffPolicy is what the learner's decisions would have earned on the nights
// whose settings were drawn by chance, as log speed-up over the usual settings;
// or why their log does not tell.
type OffPolicy struct {
	Pipeline      string     `json:"pipeline"` // empty: all
	HeldBack      int        `json:"held_back_runs"`
	Logged        int        `json:"logged"` // of them with a logged probability
	Matching      int        `json:"matching"`
	ESS           float64    `json:"ess"`
	Estimates     []Estimate `json:"estimates"`
	NotIdentified string     `json:"not_identifiable"` // empty: identified
}

// An Estimate is the value of one estimator.
type Estimate struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Low   float64 `json:"low"` // 95 % bootstrap interval
	High  float64 `json:"high"`
	// Bound is Student's one-sided lower bound; null below two nights.
	Bound null.Null[float64] `json:"bound_95"`
}

// draw makes a round of a night: the reward is its log speed-up, the model of
// rewards what was predicted of the settings at the origin.
func (p *past) draw(r *features.Run, list []Prediction) ope.Round {
	name := r.Workload()
	k, choice := p.known[name], proposed(p.recs[name])
	ran := list[len(list)-1].Settings
	f, _ := k.forecast(r, nil)
	d := ope.Round{Reward: f.speedup(r), Propensity: r.Propensity.V, Q: k.gain(r, ran), V: k.gain(r, choice)}
	if text(choice) == text(ran) {
		d.Target = 1
	}
	return d
}

// gain is the log speed-up that was expected of settings: by the learner, else
// by the replay model; 0 where nothing is known.
func (k *knowledge) gain(r *features.Run, settings map[string]string) float64 {
	if len(settings) == 0 {
		return 0
	}
	if c, ok := k.claims[text(settings)]; ok {
		return -math.Log(c.ratio)
	}
	if f, ok := k.forecast(r, settings); ok && f.modelled {
		return math.Log((f.noChange - f.wait) / max(f.seconds-f.wait, 0.01*f.noChange))
	}
	return 0
}

// resamples of a bootstrap.
const resamples = 1000

// offPolicies estimates by pipeline where probabilities are logged, then of all.
func offPolicies(drawn map[string][]ope.Round, heldBack map[string]int, rng *rand.Rand) []OffPolicy {
	var list []OffPolicy
	var all []ope.Round
	total := 0
	for _, n := range heldBack {
		total += n
	}
	for _, name := range slices.Sorted(maps.Keys(drawn)) {
		list = append(list, offPolicy(name, heldBack[name], drawn[name], rng))
		all = append(all, drawn[name]...)
	}
	return append(list, offPolicy("", total, all, rng))
}

func offPolicy(name string, heldBack int, rounds []ope.Round, rng *rand.Rand) OffPolicy {
	o := OffPolicy{Pipeline: name, HeldBack: heldBack, Logged: len(rounds), Estimates: []Estimate{}}
	for _, d := range rounds {
		if d.Target > 0 {
			o.Matching++
		}
	}
	if err := ope.Check(rounds); err != nil {
		o.NotIdentified = strings.TrimPrefix(err.Error(), ope.ErrNotIdentified.Error()+": ")
		return o
	}
	o.ESS = ope.ESS(rounds)
	for _, e := range []struct {
		name string
		e    ope.Estimator
	}{{"SNIPS", ope.SNIPS}, {"DM", ope.DM}, {"DR", ope.DR}} {
		terms := e.e(rounds)
		x := Estimate{Name: e.name, Value: ope.Estimate(e.e, rounds)}
		x.Bound = null.If(ope.StudentT(terms, 0.05), len(terms) > 1)
		x.Low, x.High = ope.Bootstrap(terms, 0.05, resamples, rng)
		o.Estimates = append(o.Estimates, x)
	}
	return o
}
