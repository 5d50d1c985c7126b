package learner

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spark-apprentice/apprentice/features"
)

// fleets are where identities must hold: made-up pipelines and real ones.
func fleets(t *testing.T) map[string]Fleet {
	var sim Fleet
	for p := range 6 {
		rng := rand.New(rand.NewPCG(1, uint64(p)))
		simulate(&sim, fmt.Sprint("p", p), rng, pattern("aaaaabbbaaaabbaaacdcaab", rng, 0.1,
			map[byte]map[string]string{'b': {aqeKey: "true"}, 'c': {partsKey: "64"}, 'd': {memoryKey: "4g", coresKey: "4"}},
			map[byte]float64{'a': 100, 'b': 60, 'c': 90, 'd': 120}))
	}
	return map[string]Fleet{"simulated": sim, "lab": lab(t)}
}

func TestChargesAddUpToTheRun(t *testing.T) {
	for name, f := range fleets(t) {
		t.Run(name, func(t *testing.T) {
			sum := map[string]map[string]float64{}
			for _, e := range learn(t, f, nil).Episodes {
				if sum[e.RunKey] == nil {
					sum[e.RunKey] = map[string]float64{}
				}
				sum[e.RunKey][e.Agent] += e.ChargedS
			}
			seen := 0
			for _, r := range f.Runs {
				for agent, s := range sum[r.RunKey] {
					seen++
					if want := r.DurationS.V - r.ExecutorWaitS.Or(0); math.Abs(s-want) > 1e-9 {
						t.Errorf("%s, %s: charges add up to %v, run took %v", r.RunKey, agent, s, want)
					}
				}
			}
			if seen == 0 {
				t.Fatal("no episodes")
			}
		})
	}
}

// Whatever two settings share, the time of a run stays the same when it is cut.
func TestChargesAtEveryLevel(t *testing.T) {
	base := func() *night {
		var f Fleet
		simulate(&f, "p", nil, []simNight{{seconds: 100, bytes: 1 << 30}})
		n := &night{run: &f.Runs[0], seconds: 100, plans: map[int64]string{0: "p"}}
		for i := range f.Stages {
			n.stages = append(n.stages, &f.Stages[i])
		}
		return n
	}
	for _, test := range []struct {
		name  string
		tweak func(*night)
		steps []string
	}{
		{"stages", func(*night) {}, []string{"driver", "run", "stage:/stage3", "stage:p/stage0", "stage:p/stage1", "stage:p/stage2"}},
		{"another stage in the execution", func(n *night) { n.stages[1].StageSignature = "x" }, []string{"driver", "run", "sql:p", "stage:/stage3"}},
		{"another stage outside SQL", func(n *night) { n.stages[3].StageSignature = "x" }, []string{"driver", "run", "stage:p/stage0", "stage:p/stage1", "stage:p/stage2"}},
		{"another plan and stage", func(n *night) { n.plans[0] = "q"; n.stages[3].StageSignature = "x" }, []string{"driver", "run"}},
		{"no charges", func(n *night) {
			for _, s := range n.stages {
				s.ChargedS = features.Null[float64]{}
			}
		}, []string{"run"}},
		{"charges beyond the run", func(n *night) { n.stages[0].ChargedS.V = 500 }, []string{"run"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, b := base(), base()
			test.tweak(b)
			st := matchSteps([]*night{a}, []*night{b})
			if fmt.Sprint(st.names) != fmt.Sprint(test.steps) {
				t.Errorf("steps %v, want %v", st.names, test.steps)
			}
			for _, n := range []*night{a, b} {
				var sum float64
				for _, c := range st.charges(n) {
					sum += c
				}
				if math.Abs(sum-100) > 1e-12 {
					t.Errorf("charges add up to %v", sum)
				}
			}
		})
	}
}

func TestBaselineRewardsAverageZero(t *testing.T) {
	var f Fleet
	rng := rand.New(rand.NewPCG(3, 3))
	simulate(&f, "p", rng, pattern(repeat("a", 400), rng, 0.05, nil, map[byte]float64{'a': 100}))
	ret := map[string]float64{}
	for _, e := range learn(t, f, nil).Episodes {
		if e.Agent == "partition" {
			ret[e.RunKey] += e.Reward
		}
	}
	var sum, ss float64
	for _, g := range ret {
		sum += g
		ss += g * g
	}
	n := float64(len(ret))
	if m, sd := sum/n, math.Sqrt(ss/n); math.Abs(m) > sd/n*2 {
		t.Errorf("mean return %.6f at the baseline (sd %.4f of %d nights): more than leaving one out explains", m, sd, len(ret))
	}
}

func TestBaselineIsZeroAndTablesMeetTheirParents(t *testing.T) {
	for name, f := range fleets(t) {
		t.Run(name, func(t *testing.T) {
			res := learn(t, f, nil)
			base := 0
			for _, q := range res.QTable {
				if q.Baseline {
					if base++; q.Q != 0 || q.SD != 0 {
						t.Errorf("Q(x,a0) = %v ± %v: %+v", q.Q, q.SD, q)
					}
				} else if q.Q == 0 || math.IsNaN(q.Q) {
					t.Errorf("Q = %v off the baseline: %+v", q.Q, q)
				}
			}
			if base == 0 {
				t.Error("no cell of a baseline")
			}
		})
	}
}

// With one agent moving, night by night and in any order, the table's update is
// the ridge's posterior mean.
func TestUpdateIsTheRidge(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	for range 200 {
		var samples []sample
		sigma2, tau2, prior := 0.01+rng.Float64(), 0.01+rng.Float64(), rng.NormFloat64()
		c := cell{"partition", "x", "k=1>2"}
		n := 1 + rng.IntN(20)
		for range n {
			// Three steps of the night in the same cell count as one night.
			s := sample{step: 0.7 * sigma2, night: 0.3 * sigma2}
			left := 1.0
			for u := range 3 {
				w := left
				if u < 2 {
					w *= rng.Float64()
				}
				left -= w
				s.cells, s.weight, s.target = append(s.cells, []cell{c}), append(s.weight, w), append(s.target, rng.NormFloat64())
			}
			samples = append(samples, s)
		}
		fit, err := newRidge(samples, func(cell) float64 { return tau2 })
		if err != nil {
			t.Fatal(err)
		}
		th, err := fit.solve([]float64{prior})
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			rng.Shuffle(n, func(i, j int) { samples[i], samples[j] = samples[j], samples[i] })
			q, w := prior, 0.0
			for _, s := range samples {
				var y float64
				for u := range s.target {
					y += s.weight[u] * s.target[u]
				}
				q, w = updated(q, w, y, 1, sigma2/tau2)
			}
			if math.Abs(q-th[0]) > 1e-9 {
				t.Fatalf("update %v, ridge %v after %d nights", q, th[0], n)
			}
		}
		if v, want := fit.variance([]float64{1}), 1/(float64(n)/sigma2+1/tau2); math.Abs(v-want) > 1e-9 {
			t.Fatalf("variance %v, want %v", v, want)
		}
	}
}

// The ridge with the night's noise integrated out equals one that fits a
// parameter for each night.
func TestNightNoiseIntegratedOut(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	cells := []cell{{"core", "x", "c"}, {"memory", "x", "m"}, {"partition", "x", "p"}, {"partition", "y", "p"}}
	const step, nightly, tau2 = 0.02, 0.05, 0.3
	var plain, with []sample
	for r := range 12 {
		s := sample{step: step, night: nightly}
		// The same run with eta as a cell: its prior variance is nightly.
		e := sample{step: step}
		eta := cell{"eta", fmt.Sprint(r), ""}
		for u := range 3 {
			cs := []cell{cells[(r+u)%4], cells[(r+2*u+1)%4]}
			if cs[0] == cs[1] {
				cs = cs[:1]
			}
			y := rng.NormFloat64()
			w := []float64{0.5, 0.3, 0.2}[u]
			s.cells, s.weight, s.target = append(s.cells, cs), append(s.weight, w), append(s.target, y)
			e.cells, e.weight, e.target = append(e.cells, append([]cell{eta}, cs...)), append(e.weight, w), append(e.target, y)
		}
		plain, with = append(plain, s), append(with, e)
	}
	prior := func(c cell) float64 {
		if c.agent == "eta" {
			return nightly
		}
		return tau2
	}
	solve := func(samples []sample) map[cell]float64 {
		fit, err := newRidge(samples, prior)
		if err != nil {
			t.Fatal(err)
		}
		th, err := fit.solve(make([]float64, len(fit.cells)))
		if err != nil {
			t.Fatal(err)
		}
		m := map[cell]float64{}
		for i, c := range fit.cells {
			m[c] = th[i]
		}
		return m
	}
	a, b := solve(plain), solve(with)
	for _, c := range cells {
		if math.Abs(a[c]-b[c]) > 1e-9 {
			t.Errorf("%v: %v integrated out, %v fitted", c, a[c], b[c])
		}
	}
}

// States are the data's: nights under other settings, whatever those cause, do
// not move them.
func TestStatesDoNotMoveWithSettings(t *testing.T) {
	states := func(letters string) map[string]string {
		var f Fleet
		simulate(&f, "p", nil, pattern(letters, nil, 0, map[byte]map[string]string{'b': {aqeKey: "true"}, 'c': {memoryKey: "8g"}}, map[byte]float64{'a': 100, 'b': 20, 'c': 500}))
		for i := range f.Stages {
			if letters[i/4] != 'a' {
				f.Stages[i].DiskSpilledBytes, f.Stages[i].JVMGCTimeS = 1<<40, 1e6
				f.Stages[i].ShuffleReadBytes *= 100
				f.Stages[i].HotShare = features.Null[float64]{V: 1, OK: true}
			}
		}
		m := map[string]string{}
		for _, e := range learn(t, f, nil).Episodes {
			k := e.Agent + " " + e.Step
			if m[k] != "" && m[k] != e.Bucket {
				t.Errorf("%s: %s is %s on one night, %s on another", letters, k, m[k], e.Bucket)
			}
			m[k] = e.Bucket
		}
		return m
	}
	alone := states("aaaaaa")
	for _, letters := range []string{"aaabba", "aabbaaabb", "caaacaaac"} {
		if d := cmp.Diff(alone, states(letters)); d != "" {
			t.Errorf("%s moved states (-alone +now):\n%s", letters, d)
		}
	}
}

func repeat(s string, n int) string {
	out := ""
	for range n {
		out += s
	}
	return out
}
