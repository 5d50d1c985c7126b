package learner

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// A bandit is a made-up pipeline of four agents with five actions each, after
// the synthetic study on which the design rests: costs that are quadratic
// around an optimum, a penalty where agent 2 outruns agent 1, nights with noise
// of 15 %, and an action off the baseline on a tenth of the nights, one step of
// one agent. Gains are log speed-ups over the baseline, which is action 2 of each.
type bandit struct {
	gain  [625]float64 // true
	prior [625]float64 // the simulator's: gain and an error by agent and action
	play  []int
	y     []float64
	sigma float64
	n0    float64
}

const banditBase = 312 // 2,2,2,2 in base five

func digits(a int) [4]int { return [4]int{a / 125, a / 25 % 5, a / 5 % 5, a % 5} }

func newBandit(rng *rand.Rand, nights int, simError float64) *bandit {
	b := &bandit{}
	var c, p [4]float64
	var g [4][5]float64
	for i := range 4 {
		c[i], p[i] = 0.01+0.04*rng.Float64(), 4*rng.Float64()
		for k := range 5 {
			g[i][k] = simError * rng.NormFloat64()
		}
	}
	d := 0.15 * rng.Float64()
	for a := range b.gain {
		x := digits(a)
		for i := range 4 {
			b.gain[a] -= c[i] * (float64(x[i]) - p[i]) * (float64(x[i]) - p[i])
			b.prior[a] += g[i][x[i]] - g[i][2]
		}
		over := max(0, float64(x[2]-x[1]))
		b.gain[a] -= d * over * over
	}
	zero := b.gain[banditBase]
	for a := range b.gain {
		b.gain[a] -= zero
		b.prior[a] += b.gain[a]
	}
	var at []float64
	for range nights {
		a := banditBase
		if rng.Float64() < 0.1 {
			a += []int{125, 25, 5, 1}[rng.IntN(4)] * (2*rng.IntN(2) - 1)
		}
		y := b.gain[a] + 0.15*rng.NormFloat64()
		b.play, b.y = append(b.play, a), append(b.y, y)
		if a == banditBase {
			at = append(at, y)
		}
	}
	m := mean(at)
	for i := range b.y {
		b.y[i] -= m
	}
	for _, y := range at {
		b.sigma += (y - m) * (y - m) / float64(len(at)-1)
	}
	b.sigma, b.n0 = math.Sqrt(b.sigma), float64(len(at))
	return b
}

// cells of a joint action: the agents off the baseline, and the pair 1*2.
func (b *bandit) cells(a int) []cell {
	var cs []cell
	x := digits(a)
	for i := range 4 {
		if x[i] != 2 {
			cs = append(cs, cell{fmt.Sprint(i), "", fmt.Sprint(x[i])})
		}
	}
	if x[1] != 2 && x[2] != 2 {
		cs = append(cs, cell{"1*2", "", fmt.Sprint(x[1], x[2])})
	}
	return cs
}

// moments are the squares of what the simulator got wrong about the actions
// that were played, less their sampling noise, per cell, and the plays behind.
func (b *bandit) moments() (sum, weight float64) {
	n, s := map[int]float64{}, map[int]float64{}
	for i, a := range b.play {
		if a != banditBase {
			n[a]++
			s[a] += b.y[i]
		}
	}
	for a := range b.gain {
		if n[a] > 0 {
			e := s[a]/n[a] - b.prior[a]
			sum += n[a] * (e*e - b.sigma*b.sigma*(1/n[a]+1/b.n0)) / float64(len(b.cells(a)))
			weight += n[a]
		}
	}
	return sum, weight
}

// decide is the joint ridge around the simulator, and the coordinator.
func (b *bandit) decide(t *testing.T, tau2, z float64) int {
	var samples []sample
	for i, a := range b.play {
		if a != banditBase {
			samples = append(samples, sample{cells: [][]cell{b.cells(a)}, target: []float64{-(b.y[i] - b.prior[a])}, weight: []float64{1}, step: b.sigma * b.sigma})
		}
	}
	fit, err := newRidge(samples, func(cell) float64 { return tau2 })
	if err != nil {
		t.Fatal(err)
	}
	th, err := fit.solve(make([]float64, len(fit.cells)))
	if err != nil {
		t.Fatal(err)
	}
	bound := func(a int) float64 {
		gain, variance := b.prior[a], 0.0
		g := make([]float64, len(fit.cells))
		for _, c := range b.cells(a) {
			if i, ok := fit.at(c); ok {
				gain -= th[i]
				g[i] = 1
			} else {
				variance += tau2
			}
		}
		return gain - z*math.Sqrt(variance+fit.variance(g))
	}
	agents := make([][]choice, 4)
	for i, unit := range []int{125, 25, 5, 1} {
		for k := range 5 {
			a := banditBase + (k-2)*unit
			agents[i] = append(agents[i], choice{text: fmt.Sprint(k), q: b.prior[a], changed: b2i(k != 2)})
		}
		agents[i] = best(agents[i])
	}
	joint := func(cs []choice) (a int) {
		for _, c := range cs {
			a = 5*a + int(c.text[0]-'0')
		}
		return a
	}
	got := coordinate(agents, 0, func(cs []choice) (float64, bool) { return bound(joint(cs)), true })
	if got == nil {
		return banditBase
	}
	return joint(got)
}

// naive picks each agent's best mean from tables that start at 0, with the
// negative time as reward: what was never tried looks best.
func (b *bandit) naive() int {
	a := 0
	for i := range 4 {
		var s, n [5]float64
		for j, p := range b.play {
			k := digits(p)[i]
			s[k] += b.y[j] - 1 // times are about e away from 0
			n[k]++
		}
		best := 0
		for k := range 5 {
			if s[k]/max(n[k], 1) > s[best]/max(n[best], 1) {
				best = k
			}
		}
		a = 5*a + best
	}
	return a
}

// With the spread of the simulator's error measured on the fleet, few pipelines
// get slower and there is something to gain, also where its error is large.
func TestSyntheticFleets(t *testing.T) {
	for _, test := range []struct{ simError, least float64 }{{0.04, 0.04}, {0.10, 0.01}} {
		t.Run(fmt.Sprint(test.simError), func(t *testing.T) {
			var gain, worse, naiveWorse, n float64
			for group := range 10 {
				var fleet []*bandit
				var sum, weight float64
				for p := range 30 {
					b := newBandit(rand.New(rand.NewPCG(uint64(group), uint64(p))), 100, test.simError)
					s, w := b.moments()
					sum, weight = sum+s, weight+w
					fleet = append(fleet, b)
				}
				tau2 := max(sum/weight, 1e-4)
				for _, b := range fleet {
					g := b.gain[b.decide(t, tau2, 2.33)]
					gain += g
					n++
					if g < -0.01 {
						worse++
					}
					if b.gain[b.naive()] < -0.01 {
						naiveWorse++
					}
				}
			}
			t.Logf("mean gain %.3f, P(more than 1 %% worse) %.3f, naive %.3f", gain/n, worse/n, naiveWorse/n)
			if worse/n > delta {
				t.Errorf("%.3f of the pipelines got more than 1 %% slower", worse/n)
			}
			if gain/n < test.least {
				t.Errorf("mean gain %.3f, want %g", gain/n, test.least)
			}
			if naiveWorse/n <= delta {
				t.Errorf("the naive tables harm only %.3f: the fleets are too easy", naiveWorse/n)
			}
		})
	}
}

// The bounds hold: the true ratio lies below the upper end of the two-sided
// 90 % interval on at least 93 % of the settings, and the interval is no
// phantasy wider than the effects.
func TestCoverage(t *testing.T) {
	truth := map[string]float64{aqeKey: 0.6, partsKey: 0.97, "spark.sql.files.maxPartitionBytes": 1.1}
	set := map[byte]map[string]string{'b': {aqeKey: "true"}, 'c': {partsKey: "64"}, 'd': {"spark.sql.files.maxPartitionBytes": "64m"}}
	for _, noise := range []float64{0.05, 0.15} {
		var covered, n, width float64
		for seed := range uint64(6) {
			var f Fleet
			for p := range 25 {
				rng := rand.New(rand.NewPCG(seed, uint64(p)))
				nights := pattern("aaaabbbaaacccaaadddaaaabbbaaacccaaaddd", rng, noise, set, map[byte]float64{'a': 100, 'b': 60, 'c': 97, 'd': 110})
				mood := 0.0
				for i := range nights { // the cluster's mood lasts
					mood = 0.7*mood + 0.5*noise*rng.NormFloat64()
					nights[i].seconds *= math.Exp(mood)
				}
				simulate(&f, fmt.Sprint("p", p), rng, nights)
			}
			for _, r := range learn(t, f, nil).Recommendations {
				check := func(key string, ratio, high float64) {
					n++
					width += math.Log(high / ratio)
					covered += float64(b2i(truth[key] <= high))
				}
				for k := range r.Settings {
					check(k, r.Expected.RuntimeRatio.V, r.Expected.High.V)
				}
				for _, x := range r.Rejected {
					for k := range x.Settings {
						check(k, x.Runtime.V, x.High.V)
					}
				}
			}
		}
		t.Logf("noise %g: covered %.3f of %g, mean half width %.3f", noise, covered/n, n, width/n)
		if covered/n < 0.93 {
			t.Errorf("noise %g: the bound holds on %.3f only", noise, covered/n)
		}
		if n < 400 || width/n > 6*noise {
			t.Errorf("noise %g: %g settings, half width %.3f", noise, n, width/n)
		}
	}
}
