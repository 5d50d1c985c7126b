package html

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
	"github.com/spark-apprentice/apprentice/report"
)

// A pipeline is all that the page knows of one.
type pipeline struct {
	Kind      string             `json:"kind"`
	Name      string             `json:"name"`
	Nights    nights             `json:"nights"`
	Trials    []trial            `json:"trials"`
	Events    []event            `json:"events"`
	BySize    [][2]float64       `json:"by_size"` // the baseline's bytes and seconds, two points of a line in logarithms
	NoiseSD   null.Null[float64] `json:"noise_sd"`
	Decision  decision           `json:"decision"`
	Deployed  []deployment       `json:"deployments"`
	Signals   []signalSeen       `json:"signals"`
	Run       *runDoc            `json:"run"` // null: none to show
	Curves    []curve            `json:"curves"`
	QTables   []qtable           `json:"qtables"`
	Directory string             `json:"directory"` // of its settings file
}

// A signalSeen is the signals of one kind and certainty over all runs.
type signalSeen struct {
	Kind      string `json:"kind"`
	Certainty string `json:"certainty"`
	Runs      int    `json:"runs"`
	Count     int64  `json:"count"`
	First     string `json:"first"` // night
	Last      string `json:"last"`
	Evidence  string `json:"evidence"` // of the newest run
}

// rows are the tables of a night by run.
type rows struct {
	stages     map[string][]features.Stage
	executions map[string][]features.Execution
	signals    map[string][]features.Signal
}

func newRows(n Night) rows {
	return rows{
		byRun(n.Stages, func(s *features.Stage) string { return s.RunKey }),
		byRun(n.Executions, func(e *features.Execution) string { return e.RunKey }),
		byRun(n.Signals, func(s *features.Signal) string { return s.RunKey }),
	}
}

func byRun[T any](list []T, key func(*T) string) map[string][]T {
	m := map[string][]T{}
	for i := range list {
		k := key(&list[i])
		m[k] = append(m[k], list[i])
	}
	return m
}

func newPipeline(h *history, rows rows) pipeline {
	rec := h.rec
	p := pipeline{
		Kind: "pipeline", Name: show(rec.Pipeline), Trials: h.trials, Events: h.events(), BySize: h.bySize(),
		NoiseSD: null.If(short(h.noise.sd), len(h.noise.residuals) >= leastNights), Deployed: h.deployments(),
		Signals: h.signals(rows), QTables: qtables(h.cells), Directory: report.DirName(rec.Pipeline),
		Curves: []curve{}, Nights: newNights(len(h.runs)),
		Decision: newDecision(rec),
	}
	for _, c := range h.shown.Curves {
		p.Curves = append(p.Curves, shortCurve(c))
	}
	for _, r := range h.runs {
		p.Nights.add(h, r)
		if r.RunKey == h.shown.RunKey {
			run := newRun(&features.App{Run: *r, Stages: rows.stages[r.RunKey], Executions: rows.executions[r.RunKey], Signals: rows.signals[r.RunKey]})
			p.Run = &run
		}
	}
	return p
}

// bySize is the baseline's time by input size at the smallest and the largest
// night: a straight line in logarithms through what was expected of each night,
// by least squares, since each night's figure leaves that night out.
func (h *history) bySize() [][2]float64 {
	var x, y []float64
	for _, r := range h.runs {
		if j := h.train(r); j != nil && j.expected > 0 && r.SourceBytes.V > 0 {
			x, y = append(x, math.Log(float64(r.SourceBytes.V))), append(y, math.Log(j.expected))
		}
	}
	if len(x) < 3 {
		return [][2]float64{}
	}
	low, high := slices.Min(x), slices.Max(x)
	if high-low < 1e-6 {
		return [][2]float64{}
	}
	mx, my, sxx, sxy := mean(x), mean(y), 0.0, 0.0
	for i := range x {
		sxx += (x[i] - mx) * (x[i] - mx)
		sxy += (x[i] - mx) * (y[i] - my)
	}
	at := func(v float64) [2]float64 {
		return [2]float64{short(math.Exp(v)), short(math.Exp(my + sxy/sxx*(v-mx)))}
	}
	return [][2]float64{at(low), at(high)}
}

func mean(v []float64) float64 {
	var s float64
	for _, x := range v {
		s += x
	}
	return s / float64(len(v))
}

// signals sums the signals of all runs by kind and certainty.
func (h *history) signals(rows rows) []signalSeen {
	type key struct{ kind, certainty string }
	at := map[key]*signalSeen{}
	var list []*signalSeen
	for _, r := range h.runs {
		counted := map[key]bool{}
		for _, s := range rows.signals[r.RunKey] {
			k := key{s.Kind, s.Certainty}
			x := at[k]
			if x == nil {
				x = &signalSeen{Kind: show(s.Kind), Certainty: show(s.Certainty), First: r.Night}
				at[k] = x
				list = append(list, x)
			}
			x.Count += s.Count
			if !counted[k] {
				counted[k] = true
				x.Runs, x.Last, x.Evidence = x.Runs+1, r.Night, show(s.Evidence)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b *signalSeen) int {
		return cmp.Or(cmp.Compare(features.SignalRank(a.Kind), features.SignalRank(b.Kind)), cmp.Compare(b.Certainty, a.Certainty))
	})
	out := make([]signalSeen, len(list))
	for i, s := range list {
		out[i] = *s
	}
	return out
}

// nightStart is the noon at which a night begins, in seconds since 1970.
func nightStart(night string) int64 {
	t, err := time.Parse(time.DateOnly, night)
	if err != nil {
		return 0
	}
	return t.Add(12 * time.Hour).Unix()
}
