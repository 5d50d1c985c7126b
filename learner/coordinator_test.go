package learner

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// bruteForce looks at every joint choice: the best bound, then the fewest
// changes, then the first in order.
func bruteForce(agents [][]choice, least float64, bound func([]choice) (float64, bool)) []choice {
	var all [][]choice
	all = append(all, nil)
	for _, choices := range agents {
		var next [][]choice
		for _, joint := range all {
			for _, c := range choices {
				next = append(next, append(slices.Clone(joint), c))
			}
		}
		all = next
	}
	var best []choice
	for _, joint := range all {
		if changedKeys(joint) == 0 {
			continue
		}
		v, ok := bound(joint)
		if !ok || v < least {
			continue
		}
		if best != nil {
			b, _ := bound(best)
			if v < b || v == b && changedKeys(joint) >= changedKeys(best) {
				continue
			}
		}
		best = joint
	}
	return best
}

func changedKeys(joint []choice) (n int) {
	for _, c := range joint {
		n += c.changed
	}
	return n
}

// On random small spaces, with pairs, forbidden combinations and ties, the
// coordinator finds what brute force over all actions finds, and never a
// forbidden one.
func TestCoordinatorIsBruteForce(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	changed := 0
	for instance := range 10000 {
		agents := make([][]choice, 1+rng.IntN(4))
		for i := range agents {
			agents[i] = []choice{{text: "base"}}
			for k := range rng.IntN(topChoices) {
				agents[i] = append(agents[i], choice{text: fmt.Sprint(k), q: float64(rng.IntN(9)-4) / 16, changed: 1 + rng.IntN(3)})
			}
		}
		// Sixteenths add up exactly: ties are ties.
		pair := map[string]float64{}
		limit := 0.5 + rng.Float64()
		weight := map[string]float64{}
		name := func(i int, c choice) string { return fmt.Sprint(i, c.text) }
		for i, choices := range agents {
			for _, c := range choices {
				weight[name(i, c)] = rng.Float64() / 2
				if i > 0 && c.changed > 0 {
					for _, d := range agents[i-1] {
						if d.changed > 0 && rng.IntN(2) == 0 {
							pair[name(i-1, d)+"*"+name(i, c)] = float64(rng.IntN(9)-4) / 16
						}
					}
				}
			}
		}
		allowed := func(joint []choice) bool {
			var sum float64
			for i, c := range joint {
				sum += weight[name(i, c)]
			}
			return sum <= limit
		}
		bound := func(joint []choice) (float64, bool) {
			var v float64
			for i, c := range joint {
				if c.changed > 0 {
					v += c.q
				}
				if i > 0 {
					v += pair[name(i-1, joint[i-1])+"*"+name(i, c)]
				}
			}
			return v, allowed(joint)
		}
		sorted := make([][]choice, len(agents))
		for i := range agents {
			sorted[i] = best(agents[i])
			if sorted[i][0].changed != 0 {
				t.Fatalf("instance %d: agent %d does not put the baseline first", instance, i)
			}
		}
		const least = 0.03
		got, want := coordinate(sorted, least, bound), bruteForce(sorted, least, bound)
		if (got == nil) != (want == nil) || !slices.EqualFunc(got, want, func(a, b choice) bool { return a.text == b.text }) {
			t.Fatalf("instance %d: got %v, want %v", instance, got, want)
		}
		if got != nil {
			changed++
			if !allowed(got) {
				t.Fatalf("instance %d: a forbidden joint action was chosen", instance)
			}
		}
	}
	if changed < 1000 || changed > 9900 {
		t.Errorf("%d of 10000 instances changed: the instances test too little", changed)
	}
}

func TestBestKeepsTheBaselineAndFive(t *testing.T) {
	choices := []choice{{text: "base", q: 0}}
	for i := range 9 {
		choices = append(choices, choice{text: fmt.Sprint(i), q: float64(i), changed: 1})
	}
	got := best(choices)
	var texts []string
	for _, c := range got {
		texts = append(texts, c.text)
	}
	if want := []string{"base", "8", "7", "6", "5"}; !slices.Equal(texts, want) {
		t.Errorf("best = %v, want %v", texts, want)
	}
}

// The climbing game (Claus and Boutilier 1998): two agents, of whom either
// alone loses much by leaving the baseline for the best joint action.
// Independent learners never find it; tables with a pair term and a joint
// choice always do.
func TestClimbingGame(t *testing.T) {
	payoff := [3][3]float64{{0, 6, 5}, {-30, 7, 0}, {11, -30, 0}} // row 0, column 0: the baseline
	won, alone := 0, 0
	const games = 200
	for g := range games {
		rng := rand.New(rand.NewPCG(8, uint64(g)))
		text := func(agent, k int) string { return fmt.Sprintf("%s=%d", []string{"memory", "core"}[agent], k) }
		cellsOf := func(i, j int) []cell {
			var cs []cell
			if i > 0 {
				cs = append(cs, cell{"memory", "", text(0, i)})
			}
			if j > 0 {
				cs = append(cs, cell{"core", "", text(1, j)})
			}
			if i > 0 && j > 0 {
				cs = append(cs, cell{"memory*core", "", text(0, i) + ";" + text(1, j)})
			}
			return cs
		}
		var samples []sample
		var sum [2][3]float64
		var n [2][3]float64
		for range 300 {
			i, j := rng.IntN(3), rng.IntN(3)
			y := payoff[i][j] + rng.NormFloat64()
			sum[0][i] += y
			sum[1][j] += y
			n[0][i]++
			n[1][j]++
			if i+j > 0 {
				samples = append(samples, sample{cells: [][]cell{cellsOf(i, j)}, target: []float64{-(y - payoff[0][0])}, weight: []float64{1}, step: 1})
			}
		}
		fit, err := newRidge(samples, func(cell) float64 { return 400 })
		if err != nil {
			t.Fatal(err)
		}
		th, err := fit.solve(make([]float64, len(fit.cells)))
		if err != nil {
			t.Fatal(err)
		}
		q := func(cs []cell) (v float64) {
			for _, c := range cs {
				if i, ok := fit.at(c); ok {
					v -= th[i]
				}
			}
			return v
		}
		agents := make([][]choice, 2)
		for a := range agents {
			for k := range 3 {
				agents[a] = append(agents[a], choice{text: fmt.Sprint(k), q: -math.Abs(float64(k)), changed: min(k, 1)})
			}
			agents[a] = best(agents[a])
		}
		index := func(c choice) int { return int(c.text[0] - '0') }
		got := coordinate(agents, 0.03, func(j []choice) (float64, bool) { return q(cellsOf(index(j[0]), index(j[1]))), true })
		if got != nil && payoff[index(got[0])][index(got[1])] == 11 {
			won++
		}
		// Each agent by its own mean, as independent learners choose.
		pick := func(a int) (k int) {
			for i := range 3 {
				if sum[a][i]/n[a][i] > sum[a][k]/n[a][k] {
					k = i
				}
			}
			return k
		}
		if payoff[pick(0)][pick(1)] == 11 {
			alone++
		}
	}
	if won != games {
		t.Errorf("the joint choice won %d of %d games", won, games)
	}
	if alone > games/10 {
		t.Errorf("independent choices won %d of %d games: the game is too easy", alone, games)
	}
}
