package learner

import (
	"fmt"
	"math"
	"math/rand/v2"
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

// A flaw that no round figure meets is found at the pipeline's own baseline: that
// pipeline stays as it is and says why, and the others are decided.
func TestRewardAtThePipelinesBaseline(t *testing.T) {
	f := fleetOf(provenNights(10, ""))
	base := rec(t, learn(t, f, nil), "p").Expected.BaselineS.V
	twice := provenNights(10, "")
	for i := range twice {
		twice[i].seconds *= 2
	}
	simulate(&f, "q", rand.New(rand.NewPCG(9, 9)), twice)
	odd := fmt.Sprintf("duration > %g && duration < %g ? 1 : log(baseline_duration/duration)", 1.0999*base, 1.1001*base)
	if _, err := CompileReward(odd); err != nil {
		t.Fatalf("found when it is read: %v; nothing is tested", err)
	}
	res := learn(t, f, func(c *Config) { c.Reward = odd })
	r, want := rec(t, res, "p"), "The reward "+odd+" does not fit this pipeline: a night that is slower gets more: 1 for 1"
	if r.Status != StatusUnchanged || len(r.File) > 0 || !strings.HasPrefix(r.Reason, want) || !strings.Contains(r.Reason, "where the baseline takes") {
		t.Errorf("%s: %s", r.Status, r.Reason)
	}
	for _, x := range r.Rejected {
		if !strings.HasPrefix(x.Why, want) {
			t.Errorf("%v: %s", x.Settings, x.Why)
		}
	}
	if r := rec(t, res, "q"); len(r.Settings) == 0 {
		t.Errorf("the other pipeline: %s", r.Reason)
	}
}

// A reward without a value for one pipeline's nights, or for some candidates, is
// a reason there and keeps nobody else from being decided.
func TestRewardWithoutAValue(t *testing.T) {
	f := fleetOf(provenNights(10, ""))
	long := provenNights(10, "")
	for i := range long {
		long[i].seconds *= 108 // three hours
	}
	simulate(&f, "long", rand.New(rand.NewPCG(9, 9)), long)
	for _, whatIf := range []bool{false, true} {
		const short = "log(7200-duration)"
		res := learn(t, f, func(c *Config) { c.Reward, c.WhatIf = short, whatIf })
		if r := rec(t, res, "long"); r.Status != StatusUnchanged || len(r.Settings) > 0 || !strings.Contains(r.Reason, "The reward "+short+" does not fit this pipeline: NaN for a duration of ") {
			t.Errorf("%s: %s", r.Status, r.Reason)
		}
		// The baseline has a value, and what is a tenth faster has none.
		r := rec(t, learn(t, f, func(c *Config) {
			c.Reward, c.WhatIf = "sqrt(duration/baseline_duration-0.9) >= 0 ? 0 : sqrt(-1.0)", whatIf
		}), "p")
		if len(r.Settings) > 0 || len(r.Rejected) == 0 || !strings.Contains(r.Rejected[0].Why, "has no value here: NaN") {
			t.Errorf("%s %+v", r.Reason, r.Rejected)
		}
	}
	if r := rec(t, learn(t, f, func(c *Config) { c.Reward = "log(7200-duration)"; c.MinGain = 0.001 }), "p"); len(r.Settings) == 0 {
		t.Errorf("of a minute and a half: %s", r.Reason)
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
