package evaluate

import (
	"cmp"
	"math"
	"slices"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/learner/replay"
	"gonum.org/v1/gonum/stat/distuv"
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
	DF        float64           `json:"df"`          // degrees of freedom behind it
	NoiseSD   float64           `json:"noise_sd"`    // the same around no change, were there none
}

// z is how many standard deviations the run lies above its prediction, as a
// normal distribution has them: the place of Student's with DF degrees of freedom.
func (p *Prediction) z() float64 {
	t := distuv.StudentsT{Sigma: 1, Nu: p.DF}
	return distuv.UnitNormal.Quantile(t.CDF(math.Log(p.ObservedS/p.Predicted) / p.SD))
}

// sources is how many usual nights are replayed for one prediction: those that
// tell most of it.
const sources = 12

// exponent of a run's time in its input, where nothing of the run can be
// replayed: the learner's prior.
const exponent = 0.5

// A forecast is a run's time from the usual nights.
type forecast struct {
	seconds, noChange float64
	wait              float64 // of noChange, until the first executor: the learner's ratios leave it out
	sd                float64 // of what the model says of the settings, in log time
	noise, df         float64 // sd of one run's log time around noChange, and its degrees of freedom
	modelled          bool    // the replay model knows the runs and the settings
}

// forecast replays the usual nights that had the same plan at the input of r,
// under settings, each weighed by how much it tells of the night of r.
func (k *knowledge) forecast(r *features.Run, settings map[string]string) (f forecast, ok bool) {
	vary := k.vary.Of(r.Pipeline)
	var near []*features.Run
	for _, u := range k.usual {
		if u != r && u.RunKey != r.RunKey && u.PlanSignature == r.PlanSignature {
			near = append(near, u)
		}
	}
	apart := func(u *features.Run) float64 { return vary.Apart(replay.Days(u, r), -math.Log(sizeRatio(r, u))) }
	slices.Reverse(near) // of equals the newest
	slices.SortStableFunc(near, func(a, b *features.Run) int { return cmp.Compare(apart(a), apart(b)) })
	near = near[:min(len(near), sources)]
	if len(near) == 0 {
		return f, false
	}
	var days, size []float64
	for _, u := range near {
		days, size = append(days, replay.Days(u, r)), append(size, -math.Log(sizeRatio(r, u)))
	}
	weights, noise := vary.Weigh(days, size)
	f.noise, f.df, f.modelled = noise, vary.DF, true
	var logT, log0, waits float64
	for i, u := range near {
		wait := u.ExecutorWaitS.Or(0)
		play, opened := k.opened[u]
		if !opened {
			play, _ = k.model.Open(u, k.film.stages[u.RunKey])
			k.opened[u] = play
		}
		base := replay.Prediction{Seconds: wait + (u.DurationS.V-wait)*math.Pow(sizeRatio(r, u), exponent)}
		if play != nil {
			base = play.Predict(nil, sizeRatio(r, u))
		}
		p := base
		if len(settings) > 0 && play != nil {
			p = play.Predict(settings, sizeRatio(r, u))
		}
		waits += wait / max(base.Seconds, leastSeconds) / float64(len(near))
		f.modelled = f.modelled && play != nil && len(p.Unmodelled) == 0
		logT, log0 = logT+weights[i]*math.Log(p.Seconds), log0+weights[i]*math.Log(base.Seconds)
		f.sd += p.SD / float64(len(near))
	}
	f.seconds, f.noChange = math.Exp(logT), math.Exp(log0)
	// A share of each night: the mean of the seconds may be more than noChange,
	// which is a mean of logarithms.
	f.wait = waits * f.noChange
	return f, true
}

// leastSeconds is the least time whose logarithm is taken: Spark's clock counts
// milliseconds.
const leastSeconds = 1e-3

// speedup is the log speed-up of a run over the usual settings, as the learner
// counts time: from the first executor on.
func (f forecast) speedup(r *features.Run) float64 {
	return math.Log(max(f.noChange-f.wait, leastSeconds) / max(r.DurationS.V-r.ExecutorWaitS.Or(0), leastSeconds))
}

// sizeRatio is the input of r over that of u; 1 where one of them is unknown.
func sizeRatio(r, u *features.Run) float64 {
	if r.SourceBytes.Or(0) <= 0 || u.SourceBytes.Or(0) <= 0 {
		return 1
	}
	return float64(r.SourceBytes.V) / float64(u.SourceBytes.V)
}

// leastUsual is how many usual nights must be known before a run is predicted.
const leastUsual = 2

// predict predicts a run by each method that can, the best last, or says why none can.
func (p *past) predict(r *features.Run) (list []Prediction, why string) {
	k := p.known[r.Workload()]
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
		RunKey: r.RunKey, Pipeline: r.Workload(), Night: r.Night, Origin: p.night, Settings: settings,
		Known: k.class(t), ObservedS: r.DurationS.V, NoChangeS: f.noChange, NoiseSD: f.noise, DF: f.df,
	}
	add := func(method string, seconds, sd float64) {
		x := base
		x.Method, x.Predicted, x.SD = method, seconds, math.Hypot(sd, f.noise)
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
