package learner

import (
	"encoding/json"
	"math/rand/v2"
	"runtime"
	"testing"
)

// Same rows: same bytes, whatever their order and the number of processors, with
// a model of what untried settings do and without.
func TestSameRowsSameBytes(t *testing.T) {
	for name, f := range fleets(t) {
		t.Run(name, func(t *testing.T) { sameBytes(t, f, false) })
		t.Run(name+", what-if", func(t *testing.T) { sameBytes(t, f, true) })
	}
}

func sameBytes(t *testing.T, f Fleet, whatIf bool) {
	f.Directives = []Directive{
		{Pipeline: "p1", Verb: VerbPin, Key: partsKey, Value: "64", At: at(1)},
		{Pipeline: "p1", Verb: VerbPin, Key: partsKey, Value: "32", At: at(2)},
		{Pipeline: "p2", Verb: VerbFreeze, At: at(2)},
	}
	f.Previous = learn(t, f, func(c *Config) { c.Mode, c.WhatIf, c.Now = ModeAuto, whatIf, at(30) }).Recommendations
	bytes := func() string {
		b, err := json.Marshal(learn(t, f, func(c *Config) { c.Mode, c.WhatIf, c.Now = ModeAuto, whatIf, at(31) }))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	want := bytes()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for procs := range 4 {
		rng := rand.New(rand.NewPCG(12, uint64(procs)))
		f = Fleet{
			Runs: shuffled(rng, f.Runs), Stages: shuffled(rng, f.Stages), Executions: shuffled(rng, f.Executions),
			Executors: shuffled(rng, f.Executors), Caches: shuffled(rng, f.Caches), Signals: shuffled(rng, f.Signals),
			Directives: shuffled(rng, f.Directives), Previous: shuffled(rng, f.Previous),
		}
		runtime.GOMAXPROCS(1 + 2*procs)
		if bytes() != want {
			t.Errorf("other bytes after shuffle %d, on %d processors", procs, 1+2*procs)
		}
	}
}

func shuffled[T any](rng *rand.Rand, list []T) []T {
	out := make([]T, len(list))
	for i, j := range rng.Perm(len(list)) {
		out[j] = list[i]
	}
	return out
}
