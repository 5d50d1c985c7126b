package evaluate

import (
	"maps"
	"math"
	"slices"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
	"github.com/spark-apprentice/apprentice/learner"
	"github.com/spark-apprentice/apprentice/learner/replay"
	"gonum.org/v1/gonum/stat/distuv"
)

// Verdicts on a Decision.
const (
	Faster  = "faster"  // surely: its 95 % interval lies below the usual settings' time
	Slower  = "slower"  // surely
	Failed  = "failed"  // a run failed under it, and none did under the usual settings
	Unclear = "unclear" // too few nights to tell
	NotSeen = "not_seen"
)

// A Decision is a proposal that the learner would have made, and what then ran.
type Decision struct {
	Pipeline string             `json:"pipeline"`
	Since    string             `json:"since"`   // first origin that proposed it
	Origins  int                `json:"origins"` // that did
	Settings map[string]string  `json:"settings"`
	Evidence string             `json:"evidence"`
	Expected null.Null[float64] `json:"expected_ratio"` // of the usual run time
	Low      null.Null[float64] `json:"low"`            // 90 % interval
	High     null.Null[float64] `json:"high"`
	Later    int                `json:"later_nights"` // that ran with it from Since on
	Failures int                `json:"later_failures"`
	Ratio    null.Null[float64] `json:"measured_ratio"` // of the later nights, at equal input
	RatioLow null.Null[float64] `json:"measured_low"`   // 95 % interval
	RatioHi  null.Null[float64] `json:"measured_high"`
	SavedS   float64            `json:"saved_s"` // over the later nights; negative: lost
	Verdict  string             `json:"verdict"`
}

// Wrong reports whether the decision did harm.
func (d *Decision) Wrong() bool { return d.Verdict == Slower || d.Verdict == Failed }

// An Origin is a night at which the past ended, and what the decisions of then
// were worth.
type Origin struct {
	Night     string             `json:"night"`
	Runs      int                `json:"runs_known"`
	Proposals int                `json:"proposals"`
	Judged    int                `json:"judged"` // pipelines whose choice and best settings ran often enough
	Regret    null.Null[float64] `json:"regret"` // mean run time of the choices over that of the best, less 1
	NoChange  null.Null[float64] `json:"regret_no_change"`
}

// A hindsight knows all nights.
type hindsight struct {
	*film
	model *replay.Model
	vary  *replay.Calendar
	known map[string]*truth // by pipeline and baseline
}

func newHindsight(f *film) *hindsight {
	m := replay.New(replay.Fit(f.fleet.Runs, f.fleet.Stages))
	var training []features.Run
	for _, r := range f.comparable {
		training = append(training, *r)
	}
	return &hindsight{f, m, m.Nights(training, f.fleet.Stages), map[string]*truth{}}
}

// leastTruth is how many nights settings must have run on to count as known.
const leastTruth = 2

// judge rates the choices of an origin and adds its proposals to decisions.
func (h *hindsight) judge(p *past, decisions *[]Decision) Origin {
	o := Origin{Night: p.night}
	for _, name := range slices.Sorted(maps.Keys(p.recs)) {
		rec := p.recs[name]
		o.Runs += int(rec.Runs)
		if len(h.byPipeline[name]) == 0 {
			continue
		}
		t := h.truth(name, rec)
		choice := proposed(rec)
		if len(choice) > 0 {
			o.Proposals++
			h.follow(p, rec, choice, t, decisions)
		}
		if chosen, best, ok := t.regret(choice); ok {
			o.Judged++
			o.Regret = null.Of(o.Regret.V + math.Exp(chosen-best) - 1)
			o.NoChange = null.Of(o.NoChange.V + math.Exp(-best) - 1)
		}
	}
	if o.Judged > 0 {
		o.Regret.V /= float64(o.Judged)
		o.NoChange.V /= float64(o.Judged)
	}
	return o
}

// follow finds the nights that ran with a proposal from its origin on. A proposal
// that an earlier origin made is the same decision.
func (h *hindsight) follow(p *past, rec *learner.Recommendation, choice map[string]string, t *truth, decisions *[]Decision) {
	key := text(choice)
	if i := slices.IndexFunc(*decisions, func(d Decision) bool { return d.Pipeline == rec.Pipeline && text(d.Settings) == key }); i >= 0 {
		(*decisions)[i].Origins++
		return
	}
	d := Decision{
		Pipeline: rec.Pipeline, Since: p.night, Origins: 1, Settings: choice, Verdict: NotSeen,
		Expected: rec.Expected.RuntimeRatio, Low: rec.Expected.Low, High: rec.Expected.High,
	}
	for k := range choice {
		d.Evidence = rec.Settings[k].Evidence
	}
	ran := t.ran(choice)
	var sum, shared float64
	for _, n := range ran.nights {
		if n.run.Night < p.night {
			continue
		}
		d.Later++
		sum += n.log
		shared += max(n.noise*n.noise-t.nights.SD*t.nights.SD, 0)
		d.SavedS += n.noChange - n.run.DurationS.V
	}
	for _, r := range ran.failed {
		if r.Night >= p.night {
			d.Failures++
		}
	}
	if d.Later > 0 {
		n := float64(d.Later)
		// What is wrong with the baseline's level these nights share.
		sd := math.Sqrt(t.nights.SD*t.nights.SD/n + shared/n)
		m, w := sum/n, sd*distuv.StudentsT{Sigma: 1, Nu: t.nights.DF}.Quantile(0.975)
		d.Ratio, d.RatioLow, d.RatioHi = null.Of(math.Exp(m)), null.Of(math.Exp(m-w)), null.Of(math.Exp(m+w))
		switch {
		case m+w < 0:
			d.Verdict = Faster
		case m-w > 0:
			d.Verdict = Slower
		default:
			d.Verdict = Unclear
		}
	}
	if d.Failures > 0 && len(t.ran(nil).failed) == 0 {
		d.Verdict = Failed
	}
	*decisions = append(*decisions, d)
}

// A truth is what all nights of a pipeline say of settings against a baseline.
type truth struct {
	nights replay.Nights // how the pipeline's time varies
	groups map[string]*group
	play   *replay.Replay // of a usual night; nil: it cannot be replayed
}

// A group is the nights under like settings.
type group struct {
	settings map[string]string // that differ from the usual ones
	nights   []measured
	failed   []*features.Run
}

// measured is a night under other settings than the usual ones.
type measured struct {
	run      *features.Run
	noChange float64 // seconds under the usual settings at its input
	log      float64 // log of its time over that, from the first executor on
	noise    float64 // sd of it
}

func (h *hindsight) truth(name string, rec *learner.Recommendation) *truth {
	id := name + "\x00" + text(rec.Baseline)
	if t := h.known[id]; t != nil {
		return t
	}
	t := &truth{groups: map[string]*group{}}
	h.known[id] = t
	k := newKnowledge(h.film, h.model, h.vary, h.byPipeline[name], &learner.Recommendation{Baseline: rec.Baseline})
	if len(k.usual) == 0 {
		return t
	}
	t.nights = h.vary.Of(k.reference().Pipeline)
	t.play, _ = h.model.Open(k.reference(), h.stages[k.reference().RunKey])
	of := func(r *features.Run) *group {
		settings := differences(r, k.reference())
		if t.groups[text(settings)] == nil {
			t.groups[text(settings)] = &group{settings: settings}
		}
		return t.groups[text(settings)]
	}
	for _, r := range h.byPipeline[name] {
		g := of(r)
		if f, ok := k.forecast(r, nil); ok && len(g.settings) > 0 {
			g.nights = append(g.nights, measured{r, f.noChange, -f.speedup(r), f.noise})
		}
	}
	for i := range h.fleet.Runs {
		if r := &h.fleet.Runs[i]; r.Outcome == features.Failed && r.Kind == features.Batch && (r.Workload() == name || r.Variant == "" && r.Pipeline == k.reference().Pipeline) {
			g := of(r)
			g.failed = append(g.failed, r)
		}
	}
	return t
}

// ran is the nights under settings, and those that Spark ran in the same way.
func (t *truth) ran(settings map[string]string) group {
	all := group{settings: settings}
	for _, key := range slices.Sorted(maps.Keys(t.groups)) {
		g := t.groups[key]
		if key == text(settings) || len(settings) > 0 && len(g.settings) > 0 && t.play != nil && t.play.SamePlan(settings, g.settings) {
			all.nights, all.failed = append(all.nights, g.nights...), append(all.failed, g.failed...)
		}
	}
	return all
}

// mean is the mean log time of a group over the usual settings'. False: it has
// too few nights to count as known.
func (g group) mean() (m float64, ok bool) {
	for _, n := range g.nights {
		m += n.log / float64(len(g.nights))
	}
	return m, len(g.nights) >= leastTruth
}

// regret is the mean log time of a choice and of the best settings, the usual
// ones being 0. False where the choice did not run often enough, or nothing else
// did to hold it against.
func (t *truth) regret(choice map[string]string) (chosen, best float64, ok bool) {
	others := 0
	for _, g := range t.groups {
		if m, known := g.mean(); known && len(g.failed) == 0 {
			best = min(best, m)
			others++
		}
	}
	if len(choice) == 0 {
		return 0, best, others > 0
	}
	chosen, ok = t.ran(choice).mean()
	return chosen, min(best, chosen), ok
}
