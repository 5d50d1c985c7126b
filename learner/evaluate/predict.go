package evaluate

import (
	"cmp"
	"math"
	"slices"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/learner/replay"
)

// What was known of a run's settings when it was predicted.
const (
	Usual    = "usual"    // the pipeline's baseline
	Observed = "observed" // ran on at least 5 nights in 2 stretches
	Few      = "few"      // ran on fewer
	Unseen   = "unseen"   // never ran
)

// Methods of prediction.
const (
	Size    = "size"    // the usual nights at the run's input: nothing to predict but noise
	Learner = "learner" // that, times what the learner estimated of the settings
	Replay  = "replay"  // the replay model
)

// A Prediction is one held-back run and what earlier nights said of it.
type Prediction struct {
	RunKey    string            `json:"run_key"`
	Pipeline  string            `json:"pipeline"`
	Night     string            `json:"night"`
	Origin    string            `json:"origin"`   // the first night that was not known
	Settings  map[string]string `json:"settings"` // that differ from the usual ones
	Known     string            `json:"known"`    // usual, observed, few, unseen
	Method    string            `json:"method"`   // size, learner, replay
	Best      bool              `json:"best"`     // the method that a decision would rest on
	ObservedS float64           `json:"observed_s"`
	Predicted float64           `json:"predicted_s"`
	NoChangeS float64           `json:"no_change_s"` // under the usual settings at this input
	SD        float64           `json:"log_sd"`      // of the logarithm of a run's time around the prediction
	NoiseSD   float64           `json:"noise_sd"`    // the same around no change, were there none
}

// z is how many standard deviations the run lies above its prediction.
func (p *Prediction) z() float64 { return math.Log(p.ObservedS/p.Predicted) / p.SD }

// sources is how many usual nights, the nearest in input, are replayed for one
// prediction.
const sources = 5

// exponent of a run's time in its input, where nothing of the run can be
// replayed: the learner's prior.
const exponent = 0.5

// A forecast is a run's time from the usual nights.
type forecast struct {
	seconds, noChange float64
	wait              float64 // of noChange, until the first executor: the learner's ratios leave it out
	sd                float64 // of the model, in log time
	nights            int     // that it rests on
	modelled          bool    // the replay model knows the runs and the settings
}

// forecast replays the usual nights that are nearest in input and had the same
// plan at the input of r, under settings.
func (k *knowledge) forecast(r *features.Run, settings map[string]string) (f forecast, ok bool) {
	var near []*features.Run
	for _, u := range k.usual {
		if u != r && u.RunKey != r.RunKey && u.PlanSignature == r.PlanSignature {
			near = append(near, u)
		}
	}
	slices.Reverse(near) // of equals the newest
	slices.SortStableFunc(near, func(a, b *features.Run) int {
		return cmp.Compare(math.Abs(math.Log(sizeRatio(r, a))), math.Abs(math.Log(sizeRatio(r, b))))
	})
	var logT, log0 float64
	f.modelled = true
	near = near[:min(len(near), sources)]
	for _, u := range near {
		play, opened := k.opened[u]
		if !opened {
			play, _ = k.model.Open(u, k.film.stages[u.RunKey])
			k.opened[u] = play
		}
		base := replay.Prediction{Seconds: u.DurationS.V * math.Pow(sizeRatio(r, u), exponent)}
		if play != nil {
			base = play.Predict(nil, sizeRatio(r, u))
		}
		p := base
		if len(settings) > 0 && play != nil {
			p = play.Predict(settings, sizeRatio(r, u))
		}
		f.wait += u.ExecutorWaitS.Or(0) / float64(len(near))
		f.modelled = f.modelled && play != nil && len(p.Unmodelled) == 0
		logT, log0, f.sd = logT+math.Log(p.Seconds), log0+math.Log(base.Seconds), f.sd+p.SD
	}
	if f.nights = len(near); f.nights == 0 {
		return f, false
	}
	n := float64(f.nights)
	f.seconds, f.noChange, f.sd = math.Exp(logT/n), math.Exp(log0/n), f.sd/n
	return f, true
}

// speedup is the log speed-up of a run over the usual settings, as the learner
// counts time: from the first executor on.
func (f forecast) speedup(r *features.Run) float64 {
	return math.Log((f.noChange - f.wait) / (r.DurationS.V - r.ExecutorWaitS.Or(0)))
}

// sizeRatio is the input of r over that of u; 1 where one of them is unknown.
func sizeRatio(r, u *features.Run) float64 {
	if r.SourceBytes.Or(0) <= 0 || u.SourceBytes.Or(0) <= 0 {
		return 1
	}
	return float64(r.SourceBytes.V) / float64(u.SourceBytes.V)
}

// spread is the sd of one run's log time around a forecast whose effect of the
// settings has the given sd, as replay states it for one run replayed from
// another: both have noise. That several nights are averaged is not counted,
// since what they share (a busy cluster, a slow month) does not average out.
func (k *knowledge) spread(sd float64) float64 { return math.Hypot(sd, math.Sqrt2*k.noise) }

// leastUsual is how many usual nights must be known before a run is predicted.
const leastUsual = 2

// predict predicts a run by each method that can, the best last, or says why none can.
func (p *past) predict(r *features.Run) (list []Prediction, why string) {
	k := p.known[nameOf(r)]
	if k == nil || len(k.usual) < leastUsual {
		return nil, "fewer than 2 usual nights before"
	}
	settings := differences(r, k.reference())
	f, ok := k.forecast(r, settings)
	if !ok {
		return nil, "no usual night before had its plan"
	}
	t := text(settings)
	base := Prediction{
		RunKey: r.RunKey, Pipeline: nameOf(r), Night: r.Night, Origin: p.night, Settings: settings,
		Known: k.class(t), ObservedS: r.DurationS.V, NoChangeS: f.noChange, NoiseSD: k.spread(0),
	}
	add := func(method string, seconds, sd float64) {
		x := base
		x.Method, x.Predicted, x.SD = method, seconds, k.spread(sd)
		list = append(list, x)
	}
	if t == "" {
		add(Size, f.noChange, 0)
	} else {
		if f.modelled {
			add(Replay, f.seconds, f.sd)
		}
		if c, ok := k.claims[t]; ok {
			add(Learner, f.wait+(f.noChange-f.wait)*c.ratio, c.sd)
		}
	}
	if len(list) == 0 {
		return nil, "settings that nothing is known of"
	}
	list[len(list)-1].Best = true
	return list, ""
}
