package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
	"github.com/spark-apprentice/apprentice/learner/replay"
)

// A Simulation is a logged run and what package replay predicts of it.
type Simulation struct {
	Run      *features.Run
	Stages   []features.Stage
	Costs    replay.Constants
	Settings map[string]string // those to try
	Same     replay.Prediction // under the logged settings
	Other    replay.Prediction // under Settings
	Curve    *Curve            // nil: not asked for
}

// A simulation is the document of a Simulation. Replayed is what the model
// makes of the logged settings: what it is off from the log is its own error.
type simulation struct {
	Run      side               `json:"run"`
	Notes    []string           `json:"notes"`
	Costs    simulatedCosts     `json:"costs"`
	BackTest *replay.BackTest   `json:"back_test"` // nil: the fleet has no changed nights
	Memory   simulatedMemory    `json:"memory"`
	Settings []simulatedSetting `json:"settings"`
	Duration simulatedTime      `json:"duration_s"`
	Figures  []simulatedFigure  `json:"figures"`
	Effects  []simulatedEffect  `json:"effects"`
	Stages   []simulatedStage   `json:"stages"`
	Curve    *Curve             `json:"curve"` // nil: not asked for
}

// simulatedCosts tell what the costs of work rest on.
type simulatedCosts struct {
	Runs  int     `json:"fitted_runs"`   // 0: priors alone
	Pairs int     `json:"changed_pairs"` // changed settings whose effect was seen
	Noise float64 `json:"noise_sd"`      // of the logarithm of a run's time
	Error float64 `json:"error_sd"`      // the same, for each kind of keys that change
}

type simulatedSetting struct {
	Key       string `json:"key"`
	Logged    string `json:"logged"` // empty: unset
	Simulated string `json:"simulated"`
	Effect    string `json:"effect"` // modelled, none (not changed), unknown (to the model)
}

// simulatedMemory is the risk of running out of heap.
type simulatedMemory struct {
	Replayed  simulatedRisk `json:"replayed"`
	Predicted simulatedRisk `json:"predicted"`
}

type simulatedRisk struct {
	Probability float64                `json:"probability"`
	Need        features.Null[float64] `json:"heap_needed_bytes"` // null: nothing is known that cannot spill
	Stage       string                 `json:"stage_signature"`   // empty: none, or not known
	Kind        string                 `json:"kind"`              // formula, fitted, prior; empty: no risk is known
	Why         string                 `json:"why"`
}

func newRisk(m replay.MemoryRisk) simulatedRisk {
	r := simulatedRisk{m.Probability, features.Null[float64]{}, m.Step, m.Kind, m.Why}
	if m.NeedBytes > 0 {
		r.Need = null.Of(m.NeedBytes)
	}
	return r
}

// simulatedTime is a run's time; low and high bound 90 % of its runs. Scheduled
// is the replayed time before it is scaled to the logged one.
type simulatedTime struct {
	Logged    features.Null[float64] `json:"logged"`
	Scheduled float64                `json:"scheduled"`
	Replayed  float64                `json:"replayed"`
	Predicted float64                `json:"predicted"`
	Low       float64                `json:"low"`
	High      float64                `json:"high"`
}

type simulatedFigure struct {
	Name      string                 `json:"name"`
	Unit      string                 `json:"unit"`
	Logged    features.Null[float64] `json:"logged"`
	Replayed  float64                `json:"replayed"`
	Predicted float64                `json:"predicted"`
	Ratio     features.Null[float64] `json:"ratio"` // predicted to replayed
}

type simulatedEffect struct {
	What    string  `json:"what"`
	Stage   string  `json:"stage_signature"` // empty: of the run
	Seconds float64 `json:"seconds"`         // of the run's time; 0: it explains others
	Kind    string  `json:"kind"`            // formula, fitted, prior
	label   string
}

// simulatedStage is the stages of one signature. Seconds are their part, by
// slot time, of the time in which slots are busy.
type simulatedStage struct {
	Signature string  `json:"stage_signature"`
	Work      string  `json:"work"`
	Logged    int64   `json:"logged_tasks"`
	Tasks     change  `json:"tasks"` // a: replayed, b: predicted
	Seconds   change  `json:"seconds"`
	Spill     change  `json:"disk_spilled_bytes"`
	StageIDs  []int64 `json:"stage_ids"`
}

func newSimulation(s Simulation) simulation {
	r := s.Run
	d := simulation{
		Run: newSide(r), Settings: s.settings(), Curve: s.Curve,
		Memory:   simulatedMemory{newRisk(s.Same.Memory), newRisk(s.Other.Memory)},
		Costs:    simulatedCosts{s.Costs.Runs, s.Costs.Pairs, s.Costs.Noise, s.Costs.Tau},
		Duration: simulatedTime{r.DurationS, s.Same.Scheduled, s.Same.Seconds, s.Other.Seconds, s.Other.Low, s.Other.High},
	}
	add := func(name, unit string, logged features.Null[float64], same, other float64) {
		f := simulatedFigure{Name: name, Unit: unit, Logged: logged, Replayed: same, Predicted: other}
		if same > 0 {
			f.Ratio = null.Of(other / same)
		}
		d.Figures = append(d.Figures, f)
	}
	add("run time", "s", r.DurationS, s.Same.Seconds, s.Other.Seconds)
	add("driver alone", "s", r.DriverOnlyS, s.Same.Driver, s.Other.Driver)
	add("core time", "core·s", r.CoreS, s.Same.CoreS, s.Other.CoreS)
	add("memory time", "byte·s", r.MemoryByteS, s.Same.MemoryS, s.Other.MemoryS)
	add("tasks", "tasks", null.Of(float64(r.Tasks)), s.Same.Tasks, s.Other.Tasks)
	add("spilled to disk", "bytes", null.Of(float64(r.DiskSpilledBytes)), s.Same.SpillBytes, s.Other.SpillBytes)
	if s.Costs.Tested.Settings.All.Pairs > 0 {
		d.BackTest = &s.Costs.Tested
	}
	d.Stages = s.stages()
	labels := map[string]string{}
	for i := range d.Stages {
		labels[d.Stages[i].Signature] = d.Stages[i].label()
	}
	for _, e := range s.Other.Effects {
		d.Effects = append(d.Effects, simulatedEffect{e.What, e.Step, e.Seconds, e.Kind, labels[e.Step]})
	}
	d.Notes = s.notes(labels)
	return d
}

// notes say what to keep in mind when reading the figures.
func (s Simulation) notes(labels map[string]string) []string {
	var list []string
	if m := s.Other.Memory; m.High() {
		text := fmt.Sprintf("Executors may run out of heap (%s of such runs): %s", percent(m.Probability), m.Why)
		if at := labels[m.Step]; at != "" {
			text += ", stage " + at
		}
		if m.NeedBytes > 0 {
			text += fmt.Sprintf("; about %s of heap are needed", size(int64(m.NeedBytes)))
		}
		list = append(list, text+".")
	}
	if s.Costs.Runs == 0 {
		list = append(list, "No runs to fit the costs on: they are priors, and the interval is wide for it.")
	}
	if s.Run.Outcome != features.Succeeded {
		list = append(list, "The run did not succeed: what is missing from its log is missing here too.")
	}
	if s.Run.Kind != features.Batch {
		list = append(list, "This is no batch run: what it waits for, the model does not know.")
	}
	for _, k := range s.Other.Unmodelled {
		list = append(list, k+" is not known to the model: its effect is left out, the interval does not hold it.")
	}
	logged := s.Run.DurationS
	if s.Other.Changed > 0 && logged.OK && s.Other.Low <= logged.V && logged.V <= s.Other.High {
		list = append(list, "The interval holds the logged time: it is not certain that one run would show a difference.")
	}
	return list
}

func (s Simulation) settings() []simulatedSetting {
	var list []simulatedSetting
	for _, k := range slices.Sorted(maps.Keys(s.Settings)) {
		had, _ := s.Run.InForce(k)
		c := simulatedSetting{k, sparkconf.Redact(k, had), sparkconf.Redact(k, s.Settings[k]), "modelled"}
		switch {
		case slices.Contains(s.Other.Unmodelled, k):
			c.Effect = "unknown"
		case had == sparkconf.Canonical(k, s.Settings[k]):
			c.Effect = "none"
		}
		list = append(list, c)
	}
	return list
}

// stages matches both predictions' steps with the logged stages by signature,
// those that take longest first.
func (s Simulation) stages() []simulatedStage {
	bySignature := map[string]*simulatedStage{}
	var list []*simulatedStage
	at := func(signature string) *simulatedStage {
		st := bySignature[signature]
		if st == nil {
			st = &simulatedStage{Signature: signature, Work: signature}
			bySignature[signature] = st
			list = append(list, st)
		}
		return st
	}
	for _, logged := range stageChanges(s.Stages, nil) {
		st := at(logged.Signature)
		st.Work, st.Logged, st.StageIDs = logged.Work, logged.A.Tasks, logged.A.StageIDs
	}
	for _, p := range s.Same.Steps {
		st := at(p.Name)
		st.Tasks.A, st.Seconds.A, st.Spill.A = p.Tasks, p.Seconds, p.SpillBytes
	}
	for _, p := range s.Other.Steps {
		st := at(p.Name)
		st.Tasks.B, st.Seconds.B, st.Spill.B = p.Tasks, p.Seconds, p.SpillBytes
	}
	out := make([]simulatedStage, len(list))
	for i, st := range list {
		st.Tasks, st.Seconds, st.Spill = newChange(st.Tasks.A, st.Tasks.B), newChange(st.Seconds.A, st.Seconds.B), newChange(st.Spill.A, st.Spill.B)
		out[i] = *st
	}
	slices.SortStableFunc(out, func(a, b simulatedStage) int {
		return cmp.Or(cmp.Compare(max(b.Seconds.A, b.Seconds.B), max(a.Seconds.A, a.Seconds.B)), cmp.Compare(a.Signature, b.Signature))
	})
	return out
}

// label names stages by their id, or counts them.
func (s *simulatedStage) label() string {
	switch len(s.StageIDs) {
	case 0:
		return "new"
	case 1:
		return fmt.Sprint(s.StageIDs[0])
	}
	return count(int64(len(s.StageIDs)), "stage")
}
