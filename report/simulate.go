package report

import (
	"fmt"
	"io"
	"math"

	"github.com/spark-apprentice/apprentice/learner/replay"
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
	if t.Logged.OK && t.Logged.V > 0 && t.Scheduled > 0 {
		h.add("self-replay", fmt.Sprintf("its own tasks on its own slots take %s, %s off; all below is scaled by that", seconds(t.Scheduled), percent(math.Abs(t.Scheduled/t.Logged.V-1))))
	}
	how := "priors, no run was seen"
	if d.Costs.Runs > 0 {
		how = fmt.Sprintf("fitted on %s of the dataset, checked on %s", count(int64(d.Costs.Runs), "run"), count(int64(d.Costs.Pairs), "change"))
	}
	h.add("costs", fmt.Sprintf("%s; noise of a run %s, error for each kind of keys %s", how, percent(d.Costs.Noise), percent(d.Costs.Error)))
	for _, s := range d.tested() {
		h.add("back-test", s)
	}
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
	had, now := d.Memory.Replayed.Probability, d.Memory.Predicted.Probability
	t.add("out of heap", "", percent(had), percent(now), "")
	p.table(t)
}

// tested says how predictions of this fleet's own changes turned out, of all
// and of the kind of keys that are tried here.
func (d simulation) tested() (lines []string) {
	if d.BackTest == nil {
		return nil
	}
	h := d.BackTest.Settings
	of := func(what string, s replay.Score) {
		text := fmt.Sprintf("%s, predicted without their nights: median error %s, %s of nights within the interval", count(int64(s.Pairs), what), percent(s.MedianError), percent(s.Covered))
		if s.Differ > 0 {
			text += fmt.Sprintf(", %d of %s right", int(math.Round(s.RightSigns*float64(s.Differ))), count(int64(s.Differ), "direction"))
		}
		lines = append(lines, text)
	}
	of("change", h.All)
	kinds := map[string]bool{}
	for _, s := range d.Settings {
		if s.Effect == "modelled" {
			kinds[replay.KindOfKey(s.Key)] = true
		}
	}
	for _, s := range h.ByKind {
		if kinds[s.Class] && s.Pairs < h.All.Pairs {
			of(s.Class+" change", s)
		}
	}
	return lines
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
