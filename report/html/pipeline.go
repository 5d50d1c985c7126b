package html

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
	"github.com/spark-apprentice/apprentice/learner"
	"github.com/spark-apprentice/apprentice/learner/replay"
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

// A decision is the recommendation, setting by setting.
type decision struct {
	ID       string             `json:"id"`
	FileID   string             `json:"file_id"`
	Mode     string             `json:"mode"`
	Since    string             `json:"since"`
	Cost     null.Null[float64] `json:"cost_ratio"`
	Settings []proposed         `json:"settings"`
	Baseline []assignment       `json:"baseline"`
	File     []assignment       `json:"file"`
	Rejected []rejected         `json:"rejected"`
	Agents   []agentNote        `json:"agents"`
	Adoption learner.Adoption   `json:"adoption"`
	Explore  explored           `json:"exploration"`
	Drift    []learner.Drift    `json:"drift"`
	Said     []string           `json:"said"`
	BaseCost null.Null[float64] `json:"baseline_cost"` // of one night; unknown without prices
	Currency string             `json:"currency"`
	Advice   []string           `json:"advice"`
}

type proposed struct {
	Key      string `json:"key"`
	Current  string `json:"current"` // empty: unset
	Value    string `json:"value"`
	Evidence string `json:"evidence"`
	Why      string `json:"why"`
}

type rejected struct {
	Settings []assignment       `json:"settings"`
	Why      string             `json:"why"`
	Ratio    null.Null[float64] `json:"ratio"`
	High     null.Null[float64] `json:"high"`
	Runs     int64              `json:"runs"`
	Blocks   int64              `json:"blocks"`
}

// explored is the account of exploration, and tonight's draw.
type explored struct {
	Allowed    bool               `json:"allowed"`
	Key        string             `json:"key"` // drawn tonight; empty: none
	Value      string             `json:"value"`
	Current    string             `json:"current"`
	Propensity null.Null[float64] `json:"propensity"`
	Runs       int64              `json:"runs"`
	BudgetS    float64            `json:"budget_s"`
	SpentS     float64            `json:"spent_s"`
	Why        string             `json:"why"` // why nothing can be drawn
}

// An agentNote is what an agent looked at, and why it proposes nothing.
type agentNote struct {
	Agent  string `json:"agent"`
	Saw    string `json:"saw"`
	Silent string `json:"silent"` // empty: it has something to propose
}

// nights are the runs of a pipeline by time, in columns.
type nights struct {
	At       []int64              `json:"at"` // start, seconds since 1970
	Night    []string             `json:"night"`
	App      []string             `json:"app"`
	Seconds  []null.Null[float64] `json:"seconds"`  // without the wait for executors
	Expected []null.Null[float64] `json:"expected"` // of the baseline at this size; null: does not train
	Bytes    []null.Null[float64] `json:"bytes"`
	Trial    []int                `json:"trial"` // index into trials, -1: does not train
	Ours     []int                `json:"ours"`  // 1: followed a recommendation, 2: explored
	Failed   []int                `json:"failed"`
	Why      []string             `json:"why"` // it does not train
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
		Decision: decision{
			ID: rec.ID, FileID: rec.FileID, Mode: rec.Mode, Since: rec.Since, Cost: shortNull(rec.Expected.CostRatio),
			Settings: []proposed{}, Baseline: assignments(rec.Baseline), File: assignments(rec.File), Rejected: []rejected{}, Advice: []string{},
			Agents: []agentNote{}, Drift: []learner.Drift{}, Said: []string{}, BaseCost: shortNull(rec.Expected.BaselineCost), Currency: show(rec.Expected.Currency),
		},
	}
	for _, k := range slices.Sorted(maps.Keys(rec.Settings)) {
		s := rec.Settings[k]
		p.Decision.Settings = append(p.Decision.Settings, proposed{show(k), show(s.Current), show(s.Value), show(s.Evidence), show(s.Why)})
	}
	for _, r := range rec.Rejected {
		p.Decision.Rejected = append(p.Decision.Rejected, rejected{assignments(r.Settings), show(r.Why), shortNull(r.Runtime), shortNull(r.High), r.Runs, r.Blocks})
	}
	d := &p.Decision
	a := rec.Adoption
	d.Adoption = learner.Adoption{
		State: adoptionOf(a), ID: show(a.ID), Since: show(a.Since), Key: show(a.Key), Value: show(a.Value), Runs: a.Runs, Adopted: a.Adopted,
		Overridden: a.Overridden, Failed: a.Failed, Ratio: shortNull(a.Ratio), Low: shortNull(a.Low), High: shortNull(a.High), Why: show(a.Why),
	}
	x := rec.Exploration
	d.Explore = explored{x.Allowed, show(x.Key), show(x.Value), show(x.Current), shortNull(x.Propensity), x.Runs, short(x.BudgetS), short(x.SpentS), show(x.Why)}
	for _, c := range rec.Drift {
		d.Drift = append(d.Drift, learner.Drift{Kind: show(c.Kind), Since: show(c.Since), What: show(c.What), Handled: show(c.Handled)})
	}
	for _, s := range rec.Said {
		d.Said = append(d.Said, show(s))
	}
	for _, a := range rec.Agents {
		p.Decision.Agents = append(p.Decision.Agents, agentNote{show(a.Agent), show(a.Saw), show(a.Silent)})
	}
	for _, a := range rec.Advice {
		p.Decision.Advice = append(p.Decision.Advice, show(a))
	}
	for _, c := range h.shown.Curves {
		p.Curves = append(p.Curves, shortCurve(c))
	}
	for _, r := range h.runs {
		p.Nights.add(r, h.train(r))
		if r.RunKey == h.shown.RunKey {
			run := newRun(&features.App{Run: *r, Stages: rows.stages[r.RunKey], Executions: rows.executions[r.RunKey], Signals: rows.signals[r.RunKey]})
			p.Run = &run
		}
	}
	return p
}

// newNights has room for n runs, and lists that are empty and not unknown for none.
func newNights(n int) nights {
	return nights{
		At: make([]int64, 0, n), Night: make([]string, 0, n), App: make([]string, 0, n), Seconds: make([]null.Null[float64], 0, n),
		Expected: make([]null.Null[float64], 0, n), Bytes: make([]null.Null[float64], 0, n), Trial: make([]int, 0, n),
		Ours: make([]int, 0, n), Failed: make([]int, 0, n), Why: make([]string, 0, n),
	}
}

func (n *nights) add(r *features.Run, j *judged) {
	n.At = append(n.At, startOf(r))
	n.Night = append(n.Night, r.Night)
	n.App = append(n.App, show(r.AppID))
	seconds, expected, trial, ours := null.If(short(r.DurationS.V-r.ExecutorWaitS.Or(0)), r.DurationS.OK), null.Null[float64]{}, -1, 0
	if j != nil {
		seconds, expected, trial = null.Of(short(j.seconds)), null.If(short(j.expected), j.expected > 0), j.trial
		if j.ours() {
			ours = 1
		}
		if j.behaviour == "explored" {
			ours = 2
		}
	}
	failed := 0
	if r.Outcome == features.Failed {
		failed = 1
	}
	n.Seconds, n.Expected = append(n.Seconds, seconds), append(n.Expected, expected)
	n.Bytes = append(n.Bytes, null.If(short(float64(r.SourceBytes.V)), r.SourceBytes.OK))
	n.Trial, n.Ours, n.Failed, n.Why = append(n.Trial, trial), append(n.Ours, ours), append(n.Failed, failed), append(n.Why, show(r.ExclusionReason))
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
	rank := func(s *signalSeen) int {
		if i := slices.Index(features.SignalKinds, s.Kind); i >= 0 {
			return i
		}
		return len(features.SignalKinds)
	}
	slices.SortStableFunc(list, func(a, b *signalSeen) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(b.Certainty, a.Certainty))
	})
	out := make([]signalSeen, len(list))
	for i, s := range list {
		out[i] = *s
	}
	return out
}

// A curve is what a run would take under each value of a key.
type curve struct {
	Key    string       `json:"key"`
	Points []curvePoint `json:"points"`
}

type curvePoint struct {
	report.CurvePoint
	Risky bool `json:"risky"` // it may run out of heap more often than is proposed
}

func shortCurve(c report.Curve) curve {
	out := curve{Key: show(c.Key), Points: []curvePoint{}}
	for _, p := range c.Points {
		p.Value, p.Seconds, p.Low, p.High = show(p.Value), short(p.Seconds), short(p.Low), short(p.High)
		observed := []report.ObservedRun{}
		for _, o := range p.Observed {
			o.Duration = short(o.Duration)
			observed = append(observed, o)
		}
		p.Heap, p.Observed = short(p.Heap), observed
		out.Points = append(out.Points, curvePoint{p, p.Heap > replay.MostRisk})
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

// A qtable is what one agent, or a pair of them, knows of a pipeline: a column
// for each action, a row for each state. q is the expected log speed-up when
// the agent alone leaves the baseline.
type qtable struct {
	Agent   string   `json:"agent"`
	Actions []string `json:"actions"`
	States  []string `json:"states"`
	Cells   []qcell  `json:"cells"`
}

type qcell struct {
	State    int     `json:"state"`
	Action   int     `json:"action"`
	Q        float64 `json:"q"`
	SD       float64 `json:"sd"`
	Runs     int64   `json:"runs"`
	Blocks   int64   `json:"blocks"`
	Evidence string  `json:"evidence"`
}

// qtables arranges cells; the baseline's, which are 0 by definition, are left out.
func qtables(cells []learner.QValue) []qtable {
	list := []qtable{}
	at := map[string]int{}
	for _, v := range cells {
		if v.Baseline {
			continue
		}
		i, ok := at[v.Agent]
		if !ok {
			i = len(list)
			at[v.Agent] = i
			list = append(list, qtable{Agent: show(v.Agent), Actions: []string{}, States: []string{}, Cells: []qcell{}})
		}
		t := &list[i]
		t.Cells = append(t.Cells, qcell{indexOf(&t.States, show(v.Bucket)), indexOf(&t.Actions, show(v.Action)), short(v.Q), short(v.SD), v.Runs, v.Blocks, v.Evidence})
	}
	slices.SortStableFunc(list, func(a, b qtable) int { return cmp.Compare(a.Agent, b.Agent) })
	return list
}

// indexOf finds s in a list, or adds it.
func indexOf(list *[]string, s string) int {
	i := slices.Index(*list, s)
	if i < 0 {
		i = len(*list)
		*list = append(*list, s)
	}
	return i
}

// inForce is a run's value of a key where the log says it.
func inForce(run *features.Run) []setting {
	version, err := sparkconf.ParseVersion(run.SparkVersion)
	list := []setting{}
	for _, key := range slices.Sorted(maps.Keys(run.ConfEffective)) {
		s := run.ConfEffective[key]
		if s.Source == features.FromUnknown {
			continue
		}
		out := setting{Key: show(key), Value: show(s.Value), Source: s.Source}
		if err == nil {
			if k, ok := sparkconf.Lookup(key, version); ok && !k.Unset {
				out.Default = show(k.Default)
				out.Same = sparkconf.Canonical(key, k.Default) == sparkconf.Canonical(key, s.Value)
			}
		}
		list = append(list, out)
	}
	return list
}
