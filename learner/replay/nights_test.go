package replay

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
)

// Weights of a forecast in cases that can be worked out by hand.
func TestWeigh(t *testing.T) {
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-9 {
			t.Errorf("%s: %.6f, want %.6f", what, got, want)
		}
	}
	alone := Nights{SD: 0.05, Days: 7, Exponent: 16}
	w, sd := alone.Weigh([]float64{1, 2, 3, 4}, make([]float64, 4))
	near("one of four nights alike", w[2], 0.25)
	near("sd by the mean of four", sd, 0.05*math.Sqrt(1+1.0/4))

	mood := Nights{SD: 0.05, Level: 2, Days: 7, Exponent: 16}
	w, sd = mood.Weigh([]float64{3}, []float64{0.5})
	near("the only night", w[0], 1)
	near("sd by one night", sd, 0.05*math.Sqrt(mood.Apart(3, 0.5)))
	near("two nights' own noise, two levels, an exponent", mood.Apart(3, 0.5), 2+2*2*(1-math.Exp(-3.0/7))+16*0.25)

	w, _ = mood.Weigh([]float64{1, 30}, []float64{0, 0})
	if near("weights add up", w[0]+w[1], 1); w[0] < 0.6 {
		t.Errorf("last night counts %.2f, one a month ago %.2f", w[0], w[1])
	}
	w, _ = mood.Weigh([]float64{2, 2}, []float64{0, 1})
	if w[0] < 0.8 {
		t.Errorf("a night of the same input counts %.2f, one of e times %.2f", w[0], w[1])
	}
}

// Nights that were made with a known covariance give it back, as far as a
// fleet of them tells it: how far a forecast of the next night is off.
func TestNightsAsMade(t *testing.T) {
	app := lab(t)[0]
	const pipelines, nights = 40, 16
	for _, made := range []struct {
		name  string
		vary  Nights
		alone float64 // pipelines' own factor of SD, as sd of its log
	}{
		{"nights alone", Nights{SD: 0.1, Days: 7}, 0},
		{"a mood", Nights{SD: 0.05, Level: 1, Days: 3}, 0},
		{"a slow drift", Nights{SD: 0.05, Level: 10, Days: 30}, 0},
		{"pipelines that differ", Nights{SD: 0.05, Level: 0.5, Days: 7}, 0.8},
	} {
		rng := rand.New(rand.NewPCG(1, 2))
		var runs []features.Run
		var stages []features.Stage
		sds := map[string]float64{}
		for p := range pipelines {
			name := fmt.Sprintf("p%02d", p)
			sds[name] = made.vary.SD * math.Exp(made.alone*rng.NormFloat64())
			keep := math.Exp(-1 / made.vary.Days)
			level := math.Sqrt(made.vary.Level) * rng.NormFloat64()
			for i := range nights {
				level = keep*level + math.Sqrt(made.vary.Level*(1-keep*keep))*rng.NormFloat64()
				r := app.Run
				r.Pipeline, r.RunKey = name, fmt.Sprintf("%s-%02d", name, i)
				r.StartedAt = null.Of(app.Run.StartedAt.V.Add(time.Duration(i) * 24 * time.Hour))
				r.DurationS = null.Of(r.DurationS.V * math.Exp(sds[name]*(level+rng.NormFloat64())))
				runs = append(runs, r)
				for _, s := range app.Stages {
					s.RunKey = r.RunKey
					stages = append(stages, s)
				}
			}
		}
		days, same := make([]float64, nights), make([]float64, nights)
		for i := range days {
			days[i] = float64(i + 1)
		}
		c := New(Priors()).Nights(runs, stages)
		var off float64
		for name, sd := range sds {
			truth := made.vary
			truth.SD = sd
			_, want := truth.Weigh(days, same)
			_, got := c.Of(name).Weigh(days, same)
			off += math.Pow(math.Log(got/want), 2) / pipelines
		}
		t.Logf("%s: forecasts' sd off by %.0f %%, fleet %+v", made.name, 100*math.Sqrt(off), c.fleet)
		if math.Sqrt(off) > 0.25 {
			t.Errorf("%s: forecasts' sd off by %.0f %%: %+v", made.name, 100*math.Sqrt(off), c.fleet)
		}
	}
	if n := New(Priors()).Nights(nil, nil).Of("unknown"); math.Abs(n.SD-Priors().Noise) > 0.005 || n.DF < 1 {
		t.Errorf("of no night: %+v", n)
	}
}
