package learner

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
)

// keptNights spells the baseline's nights: which letters' nights, by position.
func keptNights(t *testing.T, nights []simNight) string {
	t.Helper()
	f := fleetOf(nights)
	h := histories(f, DefaultAgents(), DefaultConfig())[0]
	out := []byte(strings.Repeat(".", len(nights)))
	for _, n := range h.baselineNights() {
		var i int
		if _, err := fmt.Sscanf(n.run.RunKey, "p-%d", &i); err != nil {
			t.Fatal(err)
		}
		out[i] = 'a'
	}
	return string(out)
}

// The three nights before a human change are no baseline, unless too few are left.
func TestNightsBeforeAChange(t *testing.T) {
	for _, test := range []struct{ letters, kept string }{
		{"aaaaaaaaaa", "aaaaaaaaaa"},
		{"aaaaaaaabbaaaaaa", "aaaaa.....aaaaaa"},
		{"aaaaaaaabbaaaaaabb", "aaaaa.....aaa....."},
		{"aaaaabbaaaaabb", "aaa....aaa...."}, // two and two: the third nights come back
		{"aaaabbaaaabb", "aaa...aaa..."},     // and the second
		{"aaabbaab", "aaa..aa."},             // and the last
	} {
		nights := pattern(test.letters, nil, 0, aqeOn, map[byte]float64{'a': 100, 'b': 60})
		if got := keptNights(t, nights); got != test.kept {
			t.Errorf("%s: kept %s, want %s", test.letters, got, test.kept)
		}
	}
	// Those that carry the only small inputs come back as well.
	nights := pattern("aaaaaaaabbaaaaaa", nil, 0, aqeOn, map[byte]float64{'a': 100, 'b': 60})
	for i := range nights {
		nights[i].bytes = 1e9
		if i == 7 || i == 8 {
			nights[i].bytes = 5e8
		}
	}
	if got, want := keptNights(t, nights), "aaaaaaaa..aaaaaa"; got != want {
		t.Errorf("small inputs: kept %s, want %s", got, want)
	}
	// A change that followed our advice was not made because nights were slow.
	ours := pattern("aaaaaaaabbaaaaaa", nil, 0, aqeOn, map[byte]float64{'a': 100, 'b': 60})
	for i := 8; i < 10; i++ {
		ours[i].tweak = func(r *features.Run) { r.RecommendationID = RecommendationID("p", aqeSettings) }
	}
	if got, want := keptNights(t, ours), "aaaaaaaa..aaaaaa"; got != want {
		t.Errorf("our own change: kept %s, want %s", got, want)
	}
}

// A step that is next to nothing at the baseline and long under another setting
// cannot make that setting look better than its runs were.
func TestTimeThatMovesBetweenSteps(t *testing.T) {
	rng := rand.New(rand.NewPCG(50, 50))
	f := fleetOf(pattern("aaaaaaaaabbbbaaaaaaaabbbb", rng, 0.03, aqeOn, map[byte]float64{'a': 100, 'b': 104}))
	for i := range f.Stages {
		aqe := f.Runs[i/4].ConfEffective[aqeKey].Value == "true"
		seconds := f.Runs[i/4].DurationS.V - 1.5
		share := []float64{0.45, 0.4, 0.03, 0.1}
		if aqe { // half of two stages' time goes to the third
			share = []float64{0.225, 0.2, 0.455, 0.1}
		}
		f.Stages[i].ChargedS = null.Of(share[i%4] * seconds)
	}
	r := rec(t, learn(t, f, nil), "p")
	if len(r.Settings) > 0 || !(r.Rejected[0].Runtime.V > 1) {
		t.Errorf("runs took 1.04 of the baseline's time: settings %v, %+v", r.Settings, r.Rejected)
	}
}

// A state is the median night's, not the first one's.
func TestStatesAreTheMedianNights(t *testing.T) {
	nights := pattern("aaaaa", nil, 0, nil, map[byte]float64{'a': 100})
	for i, bytes := range []int64{1 << 20, 1 << 34, 1 << 34, 1 << 34, 1 << 34} {
		nights[i].bytes = bytes
	}
	for _, e := range learn(t, fleetOf(nights), nil).Episodes {
		if v, ok := e.State["input_bytes"]; ok && v != 1<<34 {
			t.Fatalf("%s: input_bytes %v, want the median %v", e.Step, v, 1<<34)
		}
	}
}

func TestBaselineLine(t *testing.T) {
	rng := rand.New(rand.NewPCG(51, 51))
	var x, y []float64
	for range 60 {
		v := rng.NormFloat64() * 0.5
		x = append(x, v)
		y = append(y, 3+0.9*v+0.02*rng.NormFloat64())
	}
	if l := fitLine(x, y); math.Abs(l.beta()-0.9) > 0.03 || math.Abs(l.at(0)-3) > 0.01 {
		t.Errorf("log c0 = %.3f + %.3f x, want 3 + 0.9 x", l.at(0), l.beta())
	}
	// Leaving one out is fitting without it.
	plain := fitLine(x[:3], y[:3]) // too few to winsorise
	for i := range 3 {
		var xs, ys []float64
		for j := range 3 {
			if j != i {
				xs, ys = append(xs, x[j]), append(ys, y[j])
			}
		}
		other := fitLine(xs, ys)
		other.noise = plain.noise
		if got, want := plain.without(i), other.at(x[i]); math.Abs(got-want) > 1e-12 {
			t.Errorf("without night %d: %v, fitted without it %v", i, got, want)
		}
	}
	bad := append([]float64(nil), y...)
	bad[7] += 3 // one night of twenty times the time
	if got, want := fitLine(x, bad).at(0), fitLine(x, y).at(0); math.Abs(got-want) > 0.01 {
		t.Errorf("one bad night moves the baseline from %.3f to %.3f", want, got)
	}
	for _, test := range []struct {
		name string
		x, y []float64
		want float64
	}{
		{"one size", []float64{0, 0, 0}, []float64{1, 1.1, 0.9}, sizePrior},
		{"steeper than anything", []float64{-1, 0, 1, -1, 0, 1}, []float64{-1.7, 0, 1.7, -1.7, 0, 1.7}, sizeMax},
		{"faster when larger", []float64{-1, 0, 1, -1, 0, 1}, []float64{0.2, 0, -0.2, 0.2, 0, -0.2}, 0},
	} {
		if got := fitLine(test.x, test.y).beta(); math.Abs(got-test.want) > 1e-9 {
			t.Errorf("%s: exponent %v, want %v", test.name, got, test.want)
		}
	}
}

// Nights without a size are judged as if they had the mean one.
func TestUnknownSizes(t *testing.T) {
	nights := provenNights(52, "")
	for i := range nights {
		nights[i].bytes = 0
	}
	if r := rec(t, learn(t, fleetOf(nights), nil), "p"); r.Settings[aqeKey].Value != "true" {
		t.Errorf("no sizes at all: %s", r.Reason)
	}
}

// Placebo switches see what a night's own noise does not explain.
func TestPlaceboSwitches(t *testing.T) {
	ratio := func(drift float64) float64 {
		var spreads []spread
		for p := range 200 {
			rng := rand.New(rand.NewPCG(53, uint64(p)))
			var s spread
			var res []float64
			level := 0.0
			for i := range 40 {
				if i%5 == 0 {
					level = drift * rng.NormFloat64()
				}
				res = append(res, level+0.1*rng.NormFloat64())
			}
			s.add(res, 1)
			spreads = append(spreads, s)
		}
		n := fleetNoise(spreads)[0]
		return math.Sqrt(n.placebo)
	}
	if got := ratio(0); got > 0.03 {
		t.Errorf("independent nights: sd of a switch %.3f, want next to nothing", got)
	}
	// A switch is the difference of two levels: its sd is drift times root two.
	if got, want := ratio(0.1), 0.1*math.Sqrt2; math.Abs(got-want) > 0.03 {
		t.Errorf("levels of sd 0.1: sd of a switch %.3f, want %.3f", got, want)
	}
}

// sd² beside the tables' own part is sigma_b²/blocks + sigma²/n0, and what the
// size correction leaves open where sizes differ.
func TestSwitchVariance(t *testing.T) {
	study := func(letters string, bytes float64) float64 {
		nights := pattern(letters, nil, 0, aqeOn, map[byte]float64{'a': 100, 'b': 60})
		for i := range nights {
			nights[i].bytes = int64(1e9 + 1e6*float64(i%2)) // next to no spread
			if nights[i].conf != nil {
				nights[i].bytes = int64(1e9 * bytes)
			}
		}
		s, _ := newStudy(histories(fleetOf(nights), DefaultAgents(), DefaultConfig())[0], DefaultAgents())
		s.noise = noise{night: 0.04, placebo: 0.09, df: 10}
		return s.switchVariance(s.trials[0])
	}
	for _, test := range []struct {
		letters string
		bytes   float64
		want    float64
	}{
		{"aaaaaaaaaabbbbaaaaaaaa", 1, 0.09/1 + 0.04/15},                                      // 18 baseline nights, 3 of them before the change
		{"aaaaaaaaaabbaaaaaaaabb", 1, 0.09/2 + 0.04/12},                                      // two equal blocks
		{"aaaaaaaaaabbbbaaaaaaaab", 1, 0.09*17/25 + 0.04/12},                                 // 4 and 1 weigh like 25/17 blocks
		{"aaaaaaaaaabbaaaaaaaabb", 1.2, 0.09/2 + 0.04/12 + 0.25*math.Log(1.2)*math.Log(1.2)}, // exponent known to 0.5 only
	} {
		if got := study(test.letters, test.bytes); math.Abs(got-test.want) > 2e-4 {
			t.Errorf("%s, %g times the size: %.5f, want %.5f", test.letters, test.bytes, got, test.want)
		}
	}
}
