package learner

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// A million episode steps: pipelines of 100 nights with six steps each (the
// driver, four stages, the rest), which try two other settings; from rows to
// tables and decisions.
func BenchmarkSteps(b *testing.B) {
	var f Fleet
	for p := range 1675 {
		rng := rand.New(rand.NewPCG(9, uint64(p)))
		simulate(&f, fmt.Sprintf("p%03d", p), rng, pattern(repeat("aaaaaaabbbaaaaacaaaaaabbba", 4)[:100], rng, 0.05,
			map[byte]map[string]string{'b': {aqeKey: "true"}, 'c': {partsKey: "64"}},
			map[byte]float64{'a': 100, 'b': 60, 'c': 95}))
	}
	agents, cfg := DefaultAgents(), DefaultConfig()
	cfg.WhatIf = false
	b.ReportAllocs()
	steps := 0
	for b.Loop() {
		res, err := Learn(b.Context(), f, agents, cfg)
		if err != nil {
			b.Fatal(err)
		}
		steps = len(res.Episodes) / len(agents)
	}
	if steps < 1_000_000 {
		b.Errorf("%d steps", steps)
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)*1e6/float64(steps), "s/million-steps")
}
