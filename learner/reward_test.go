package learner

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

func TestReward(t *testing.T) {
	o := Outcome{Duration: 50, Cost: 3, BaselineDuration: 100, BaselineCost: 2}
	for _, test := range []struct {
		source string
		want   float64
	}{
		{defaultReward, math.Log(2) - 0.2*math.Log(1.5)},
		{"baseline_duration - duration", 50},
		{"-cost", -3},
		{"duration <= 60 ? 1 : 0", 1},
		{"log2(8) - failures*10", 3},
		{"-max(duration, 70)", -70},
		{"-1", -1},
	} {
		r, err := CompileReward(test.source)
		if err != nil {
			t.Errorf("%s: %v", test.source, err)
			continue
		}
		if got, err := r.Value(o); err != nil || math.Abs(got-test.want) > 1e-12 {
			t.Errorf("%s = %v, %v; want %v", test.source, got, err, test.want)
		}
	}
}

func TestRewardErrors(t *testing.T) {
	for source, want := range map[string]string{
		"":                "the expression is empty",
		"-durations":      "known are duration, cost",
		"-duration +":     "unexpected token",
		"-duration + 'x'": "mismatched types",
		"duration":        "slower gets more",
		"cost*1":          "dearer gets more",
		"failures":        "less reliable gets more",
		// Right around ten minutes, and wrong for other nights.
		"duration <= 60 ? 0 : 1":                               "slower gets more: 1 for ",
		"duration < 1300 ? -duration : 0":                      "slower gets more: 0 for ",
		"cost < 0.01 ? -1 : -cost/1e6":                         "dearer gets more",
		"baseline_duration > 9000 ? duration : -duration":      "where the baseline takes 1e+04 s",
		"-abs(duration - baseline_duration/2)":                 "slower gets more",
		"failures > 0.2 ? 1 : log(baseline_duration/duration)": "less reliable gets more",
		"-duration/(cost - cost)":                              "must have a value",
		"log(duration, 2)":                                     "too many arguments",
	} {
		if _, err := CompileReward(source); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", source, err, want)
		}
	}
}

// A flaw that no round figure meets is found at the pipeline's own baseline.
func TestRewardAtThePipelinesBaseline(t *testing.T) {
	f := fleetOf(provenNights(10, ""))
	base := rec(t, learn(t, f, nil), "p").Expected.BaselineS.V
	odd := fmt.Sprintf("duration > %g && duration < %g ? 1 : log(baseline_duration/duration)", 1.0999*base, 1.1001*base)
	if _, err := CompileReward(odd); err != nil {
		t.Fatalf("found when it is read: %v; nothing is tested", err)
	}
	cfg := DefaultConfig()
	cfg.WhatIf, cfg.Reward = false, odd
	_, err := Learn(t.Context(), f, DefaultAgents(), cfg)
	if err == nil || !strings.Contains(err.Error(), "learner: p: reward: a night that is slower gets more: 1 for 1") {
		t.Errorf("%s: %v", odd, err)
	}
}

// The expression decides: who pays for cost alone does not take settings that
// are faster and dearer.
func TestRewardDecides(t *testing.T) {
	nights := provenNights(10, "")
	for i := range nights {
		if nights[i].conf != nil { // AQE nights ran on four times the cores
			nights[i].tweak = fourTimesTheCores
		}
	}
	f := fleetOf(nights)
	for source, want := range map[string]int{defaultReward: 1, "log(baseline_cost/cost)": 0, "log(baseline_duration/duration)": 1} {
		r := rec(t, learn(t, f, func(c *Config) { c.Reward = source }), "p")
		if len(r.Settings) != want {
			t.Errorf("%s: settings %v: %s", source, r.Settings, r.Reason)
		}
		if want == 1 && math.Abs(r.Expected.CostRatio.V/r.Expected.RuntimeRatio.V-4) > 0.1 {
			t.Errorf("cost ratio %v, runtime ratio %v: want four times", r.Expected.CostRatio.V, r.Expected.RuntimeRatio.V)
		}
	}
	if r := rec(t, learn(t, f, func(c *Config) { c.MinSeconds = 60 }), "p"); len(r.Settings) > 0 || !strings.Contains(r.Rejected[0].Why, "saves no more than") {
		t.Errorf("60 s are asked for and about 40 are saved: %v, %+v", r.Settings, r.Rejected)
	}
}
