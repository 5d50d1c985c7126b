package report

import (
	"fmt"
	"io"
	"math"
)

// Simulate writes what a logged run would be under other settings: its time
// with a 90 % interval, cost, spill, what makes the difference and how that is
// known, the stages, and a curve where one was asked for. The column replayed
// is the model's answer for the logged settings.
func Simulate(w io.Writer, s Simulation) error {
	d := newSimulation(s)
	var p page
	d.header(&p)
	d.settingTable(&p)
	d.figureTable(&p)
	d.effectTable(&p)
	d.stageTable(&p)
	d.curveTable(&p)
	_, err := w.Write(p.Bytes())
	return err
}

// SimulateJSON writes the same as one object. Unknown is null; lists are never
// null; curve is null where none was asked for.
func SimulateJSON(w io.Writer, s Simulation) error { return writeJSON(w, newSimulation(s)) }

func (d simulation) header(p *page) {
	t := d.Duration
	p.linef("%s  %s", d.Run.Pipeline, effect(newChange(t.Logged.Or(t.Replayed), t.Predicted)))
	p.linef("")
	h := table{columns: []column{{}, {lines: 2}}}
	h.add("application", listed(d.Run.AppID, d.Run.Outcome, "night "+d.Run.Night))
	h.add("run time", fmt.Sprintf("now %s (logged), predicted %s, 90%% of runs %s–%s", or(t.Logged, seconds), seconds(t.Predicted), seconds(t.Low), seconds(t.High)))
	if t.Logged.OK && t.Logged.V > 0 {
		h.add("self-replay", fmt.Sprintf("%s under the logged settings, scaled to this run: the model is %s off", seconds(t.Replayed), percent(math.Abs(t.Replayed/t.Logged.V-1))))
	}
	how := "priors, no run was seen"
	if d.Costs.Runs > 0 {
		how = fmt.Sprintf("fitted on %s of the dataset, checked on %s", count(int64(d.Costs.Runs), "run"), count(int64(d.Costs.Pairs), "change"))
	}
	h.add("costs", fmt.Sprintf("%s; noise of a run %s, error for each key %s", how, percent(d.Costs.Noise), percent(d.Costs.Error)))
	p.table(h)
	for _, n := range d.Notes {
		p.paragraph("  ! ", n, 3)
	}
}

func (d simulation) settingTable(p *page) {
	p.heading("SETTINGS")
	if len(d.Settings) == 0 {
		p.linef("  as logged: the prediction is the self-replay")
		return
	}
	t := table{columns: []column{{}, {head: "logged", max: 26}, {head: "simulated", max: 26}, {}}}
	for _, s := range d.Settings {
		logged := s.Logged
		if logged == "" {
			logged = "unset"
		}
		said := map[string]string{"none": "not changed", "unknown": "not known to the model"}[s.Effect]
		t.add(s.Key, logged, s.Simulated, said)
	}
	p.table(t)
}

func (d simulation) figureTable(p *page) {
	p.heading("RUN")
	t := table{columns: []column{
		{}, {head: "logged", right: true}, {head: "replayed", right: true}, {head: "predicted", right: true}, {head: "predicted / replayed", right: true},
	}}
	for _, f := range d.Figures {
		t.add(f.Name, or(f.Logged, f.show), f.show(f.Replayed), f.show(f.Predicted), ifKnown(f.Ratio, func(x float64) string { return fmt.Sprintf("%.2fx", x) }))
	}
	p.table(t)
}

// show writes a figure in its unit.
func (f simulatedFigure) show(x float64) string {
	switch f.Unit {
	case "s":
		return seconds(x)
	case "byte·s":
		return rounded(x/(1<<30)) + " GiB·s"
	case "bytes":
		return size(int64(x))
	case "tasks":
		return thousands(int64(math.Round(x)))
	}
	return rounded(x) + " " + f.Unit
}

// shownEffects bounds the list of effects; JSON has all.
const shownEffects = 16

func (d simulation) effectTable(p *page) {
	p.heading("WHAT CHANGES")
	if len(d.Effects) == 0 {
		p.linef("  nothing that the model knows")
		return
	}
	t := table{columns: []column{{head: "time", right: true}, {head: "known by"}, {head: "stage"}, {lines: 2}}}
	for _, e := range d.Effects[:min(len(d.Effects), shownEffects)] {
		time := ""
		if e.Seconds != 0 {
			time = signed(e.Seconds, seconds)
		}
		t.add(time, e.Kind, e.label, e.What)
	}
	p.table(t)
	more(p, len(d.Effects)-shownEffects, "more effect")
}

func (d simulation) stageTable(p *page) {
	p.heading("STAGES")
	t := table{columns: []column{
		{head: "stage", max: 12}, {head: "tasks", right: true}, {right: true}, {head: "time", right: true}, {right: true},
		{head: "spill", right: true}, {head: "what"},
	}}
	total := max(d.Duration.Replayed, d.Duration.Predicted)
	for _, s := range d.Stages[:min(len(d.Stages), shownStages)] {
		spill := ""
		if s.Spill.A >= 1 || s.Spill.B >= 1 {
			spill = arrow(size(int64(s.Spill.A)), size(int64(s.Spill.B)))
		}
		t.add(s.label(), arrow(thousands(int64(math.Round(s.Tasks.A))), thousands(int64(math.Round(s.Tasks.B)))), logged(s),
			arrow(exactSeconds(s.Seconds.A, total), exactSeconds(s.Seconds.B, total)), signed(s.Seconds.Delta, seconds), spill, s.Work)
	}
	p.table(t)
	more(p, len(d.Stages)-shownStages, "more stage")
}

// logged says where the log has another number of tasks than the replay.
func logged(s simulatedStage) string {
	if s.Logged == int64(math.Round(s.Tasks.A)) {
		return ""
	}
	return "logged " + thousands(s.Logged)
}

// arrow writes a figure before and after, once where it is the same.
func arrow(a, b string) string {
	if a == b {
		return a
	}
	return a + " → " + b
}
