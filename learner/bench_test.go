package learner

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// A fleet of 1,000 pipelines with 100 nights each, which try two other settings.
func BenchmarkLearn(b *testing.B) {
	var f Fleet
	for p := range 1000 {
		rng := rand.New(rand.NewPCG(9, uint64(p)))
		simulate(&f, fmt.Sprintf("p%03d", p), rng, pattern(repeat("aaaaaaabbbaaaaacaaaaaabbba", 4)[:100], rng, 0.05,
			map[byte]map[string]string{'b': {aqeKey: "true"}, 'c': {partsKey: "64"}},
			map[byte]float64{'a': 100, 'b': 60, 'c': 95}))
	}
	agents, cfg := DefaultAgents(), DefaultConfig()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Learn(b.Context(), f, agents, cfg); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(f.Runs))*float64(b.N)/b.Elapsed().Seconds(), "runs/s")
}
