package report

import (
	"bytes"
	"testing"

	"github.com/spark-apprentice/apprentice/internal/null"
	"github.com/spark-apprentice/apprentice/learner/replay"
)

// madeSimulation has a stage that the plan drops and one that it adds, a key
// that the model does not know, and values that a terminal would obey.
func madeSimulation() Simulation {
	app := madeRun()
	costs := replay.Priors()
	costs.Runs, costs.Pairs = 31, 4
	costs.Tested.Settings = replay.Holdout{
		All:    replay.Score{Class: "all", Pairs: 4, Nights: 9, Covered: 0.75, Differ: 3, RightSigns: 2. / 3, MedianError: 0.11, Tau: 0.08},
		ByKind: []replay.Score{{Class: replay.KindShuffle, Pairs: 3, Nights: 8, Covered: 1, MedianError: 0.09, Tau: 0.07}, {Class: replay.KindCore, Pairs: 1}},
	}
	s := Simulation{
		Run: &app.Run, Stages: app.Stages, Costs: costs,
		Settings: map[string]string{"spark.sql.shuffle.partitions": "400", "spark.memory.fraction": "0.60", "spark.serializer": "\x1b[31m\u202ered"},
		Same:     replay.Prediction{Seconds: 985, Scheduled: 960, Driver: 70, Tasks: 30720, SpillBytes: 15 << 30, CoreS: 36000, MemoryS: 8e13},
		Other: replay.Prediction{
			Seconds: 700, Low: 560, High: 875, Changed: 1, Driver: 71, Tasks: 15000, SpillBytes: 20 << 30, CoreS: 27000, MemoryS: 6e13,
			Unmodelled: []string{"spark.serializer"},
			Memory:     replay.MemoryRisk{Probability: 0.43, Step: "s01", NeedBytes: 5 << 30, Kind: replay.Prior, Why: "the rows of one key stay in memory together"},
			Effects: []replay.Effect{
				{What: "task: -15720 tasks", Seconds: -290, Kind: replay.Fitted},
				{What: "spill: +5120 MB", Seconds: 5, Kind: replay.Prior},
				{What: "400 tasks instead of 800", Step: "s01", Kind: replay.Formula},
			},
		},
		Curve: &Curve{Key: "spark.sql.shuffle.partitions", Points: []CurvePoint{
			{Value: "400", Seconds: 700, Low: 560, High: 875, Heap: 0.43, Observed: []ObservedRun{{RunKey: "k7", Duration: 650, SamePlan: true}, {RunKey: "k8", Duration: 720, SamePlan: true}, {RunKey: "k9", Duration: 350}}},
			{Value: "800", Logged: true, Seconds: 985, Low: 800, High: 1210, Observed: []ObservedRun{{RunKey: "k1", Duration: 1000}}},
			{Value: "1600", Seconds: 1400, Low: 1000, High: 1900},
		}},
	}
	s.Same.Steps = []replay.StepPrediction{{Name: "s00", Seconds: 100, Tasks: 2048}, {Name: "s01", Seconds: 95, Tasks: 2100, SpillBytes: 1 << 28}}
	s.Other.Steps = []replay.StepPrediction{{Name: "added", Seconds: 40, Tasks: 16}, {Name: "s01", Seconds: 30.5, Tasks: 1024, SpillBytes: 1 << 30}}
	return s
}

func TestMadeSimulation(t *testing.T) {
	s := madeSimulation()
	text := render(t, func(w *bytes.Buffer) error { return Simulate(w, s) })
	golden(t, "simulation", text)
	golden(t, "simulation_json", render(t, func(w *bytes.Buffer) error { return SimulateJSON(w, s) }))

	s.Settings, s.Curve, s.Other, s.Costs = nil, nil, s.Same, replay.Priors()
	s.Run.DurationS = null.Null[float64]{}
	golden(t, "simulation_bare", render(t, func(w *bytes.Buffer) error { return Simulate(w, s) }))
}

func TestSimulatedSettings(t *testing.T) {
	s := madeSimulation()
	s.Other.Memory = replay.MemoryRisk{}
	want := map[string]string{"spark.memory.fraction": "none", "spark.serializer": "unknown", "spark.sql.shuffle.partitions": "modelled"}
	for _, c := range s.settings() {
		if c.Effect != want[c.Key] {
			t.Errorf("%s: effect %q, want %q", c.Key, c.Effect, want[c.Key])
		}
	}
	for _, when := range []struct {
		low, high float64
		notes     int // the key that is not known, and whether the difference is sure
	}{{560, 875, 1}, {560, 1000, 2}, {1000, 1200, 2}, {1001, 1200, 1}} {
		s.Other.Low, s.Other.High = when.low, when.high
		if got := s.notes(nil); len(got) != when.notes {
			t.Errorf("%g to %g around 1000 s: want %d notes, got %q", when.low, when.high, when.notes, got)
		}
	}
}
