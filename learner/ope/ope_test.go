package ope

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

// A bandit is the log of fixtures/ope with the oracle's answers.
type bandit struct {
	Q         [][]float64        `json:"q"`
	Logging   [][]float64        `json:"pi_b"`
	Evaluated [][]float64        `json:"pi_e"`
	Model     [][]float64        `json:"q_hat"`
	X         []int              `json:"x"`
	A         []int              `json:"a"`
	R         []float64          `json:"r"`
	Truth     float64            `json:"truth"`
	ESS       float64            `json:"ess"`
	Estimates map[string]float64 `json:"estimates"`
	Bounds    map[string]float64 `json:"ips_lower_bounds"`
	BootIPS   map[string]float64 `json:"bootstrap95_ips"`
	BootDR    map[string]float64 `json:"bootstrap95_dr"`
}

func read(t *testing.T) (b bandit, rounds []Round) {
	t.Helper()
	data, err := os.ReadFile("../../fixtures/ope/bandit.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &b); err != nil {
		t.Fatal(err)
	}
	for i, x := range b.X {
		r := Round{Reward: b.R[i], Propensity: b.Logging[x][b.A[i]], Target: b.Evaluated[x][b.A[i]], Q: b.Model[x][b.A[i]]}
		for a, p := range b.Evaluated[x] {
			r.V += p * b.Model[x][a]
		}
		rounds = append(rounds, r)
	}
	return b, rounds
}

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s: %.12f, want %.12f", what, got, want)
	}
}

func TestOpenBanditPipeline(t *testing.T) {
	b, rounds := read(t)
	if len(rounds) != 2000 {
		t.Fatalf("%d rounds", len(rounds))
	}
	for name, e := range map[string]Estimator{
		"IPS": IPS, "SNIPS": SNIPS, "DM": DM, "DR": DR, "SNDR": SNDR,
		"SwitchDR_2": SwitchDR(2), "SwitchDR_5": SwitchDR(5), "SwitchDR_10": SwitchDR(10),
		"DRos_1": DRos(1), "DRos_10": DRos(10), "DRos_100": DRos(100),
	} {
		near(t, name, Estimate(e, rounds), b.Estimates[name], 1e-9)
	}
	near(t, "ESS", ESS(rounds), b.ESS, 1e-9)
	ips := IPS(rounds)
	var widest float64
	for _, v := range ips {
		widest = max(widest, v)
	}
	for name, got := range map[string]float64{
		"hoeffding_0.05": Hoeffding(ips, widest, 0.05), "hoeffding_0.1": Hoeffding(ips, widest, 0.1),
		"emp_bernstein_0.05": EmpiricalBernstein(ips, widest, 0.05), "emp_bernstein_0.1": EmpiricalBernstein(ips, widest, 0.1),
		"student_t_0.05": StudentT(ips, 0.05), "student_t_0.1": StudentT(ips, 0.1),
	} {
		near(t, name, got, b.Bounds[name], 1e-9)
	}
	// The oracle's resamples are its own: its intervals are met within their spread.
	for name, x := range map[string]struct {
		terms []float64
		want  map[string]float64
	}{"bootstrap of IPS": {ips, b.BootIPS}, "bootstrap of DR": {DR(rounds), b.BootDR}} {
		low, high := Bootstrap(x.terms, 0.05, 1000, rand.New(rand.NewPCG(1, 2)))
		near(t, name+", low", low, x.want["95.0% CI (lower)"], 0.012)
		near(t, name+", high", high, x.want["95.0% CI (upper)"], 0.012)
		again, _ := Bootstrap(x.terms, 0.05, 1000, rand.New(rand.NewPCG(1, 2)))
		near(t, name+", again", again, low, 0)
	}
}

// Estimators meet where they are the same by definition.
func TestLimits(t *testing.T) {
	_, rounds := read(t)
	near(t, "Switch-DR that never switches", Estimate(SwitchDR(math.Inf(1)), rounds), Estimate(DR, rounds), 0)
	near(t, "Switch-DR that always does", Estimate(SwitchDR(0), rounds), Estimate(DM, rounds), 1e-12)
	near(t, "DRos of 0", Estimate(DRos(0), rounds), Estimate(DM, rounds), 1e-12)
	near(t, "DRos without shrinkage", Estimate(DRos(1e15), rounds), Estimate(DR, rounds), 1e-9)
	for i := range rounds { // on the policy itself all are the mean reward
		rounds[i].Propensity = rounds[i].Target
		rounds[i].Q, rounds[i].V = 0.5, 0.5
	}
	reward := mean(terms(rounds, func(r Round) float64 { return r.Reward }))
	near(t, "IPS on policy", Estimate(IPS, rounds), reward, 1e-12)
	near(t, "SNIPS on policy", Estimate(SNIPS, rounds), reward, 1e-12)
	near(t, "DR on policy", Estimate(DR, rounds), reward, 1e-12)
	near(t, "ESS on policy", ESS(rounds), float64(len(rounds)), 1e-9)
}

func TestCheck(t *testing.T) {
	for _, test := range []struct {
		name   string
		rounds []Round
		why    string // empty: identified
	}{
		{"none", nil, "no decision is logged with its probability"},
		{"not logged", []Round{{Propensity: 0.5, Target: 1}, {Target: 1}}, "decision 2 has no logged probability"},
		{"deterministic", []Round{{Propensity: 1, Target: 0}, {Propensity: 1, Target: 1}}, "nothing was left to chance"},
		{"no overlap", []Round{{Propensity: 0.5}, {Propensity: 0.1}}, "none of the 2 decisions"},
		{"no probability", []Round{{Propensity: 1.5, Target: 1}}, "probability 1.5"},
		{"no number", []Round{{Propensity: 0.5, Target: 1, Reward: math.NaN()}}, "reward NaN"},
		{"the policy itself", []Round{{Propensity: 1, Target: 1}}, ""},
		{"chance", []Round{{Propensity: 0.5, Target: 1}, {Propensity: 0.5}}, ""},
	} {
		err := Check(test.rounds)
		switch {
		case test.why == "" && err != nil:
			t.Errorf("%s: %v", test.name, err)
		case test.why != "" && (!errors.Is(err, ErrNotIdentified) || !strings.Contains(err.Error(), test.why)):
			t.Errorf("%s: %v, want %q", test.name, err, test.why)
		}
	}
	if low, high := Bootstrap(nil, 0.05, 10, nil); !math.IsNaN(low) || !math.IsNaN(high) {
		t.Errorf("bootstrap of nothing: %g, %g", low, high)
	}
	for name, bound := range map[string]float64{
		"t": StudentT([]float64{1}, 0.05), "Bernstein": EmpiricalBernstein([]float64{1}, 1, 0.05), "Hoeffding": Hoeffding(nil, 1, 0.05),
	} {
		if !math.IsInf(bound, -1) {
			t.Errorf("%s of too few: %g", name, bound)
		}
	}
	near(t, "ESS without overlap", ESS([]Round{{Propensity: 0.5}}), 0, 0)
	near(t, "SNIPS without overlap", Estimate(SNIPS, []Round{{Propensity: 0.5, Reward: 3}}), 0, 0)
}
