package learner

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/spark-apprentice/apprentice/features"
)

// delta is the share of pipelines that may get a wrong setting.
const delta = 0.05

// confounded are histories in which a setting that does nothing (or harm, by
// loss) looks good to whoever compares means.
var confounded = []struct {
	name string
	make func(rng *rand.Rand, loss float64) []simNight
}{
	{"changed after three slow nights, short", func(rng *rand.Rand, loss float64) []simNight {
		// Nights are independent; whoever waits for three slow ones to change
		// something leaves a baseline that ends in slow nights, twice.
		var nights []simNight
		add := func(other bool) float64 {
			e := 0.15 * rng.NormFloat64()
			n := simNight{bytes: 1e9, seconds: 100 * math.Exp(e)}
			if other {
				n.conf = map[string]string{partsKey: "64"}
				n.seconds *= math.Exp(loss)
			}
			nights = append(nights, n)
			return e
		}
		for range 2 {
			last := []float64{add(false), add(false), add(false)}
			for mean(last[len(last)-3:]) < 0.1 && len(last) < 20 {
				last = append(last, add(false))
			}
			for range 3 {
				add(true)
			}
		}
		return nights
	}},
	{"changed when a spell of load ends", func(rng *rand.Rand, loss float64) []simNight {
		// The cluster is busy for some nights of each ten; after two slow
		// nights somebody tries another setting for three, and the load passes.
		var nights []simNight
		phase, left, slow := rng.Float64(), 0, 0
		for i := range 80 {
			e := 0.05 * rng.NormFloat64()
			if math.Mod(float64(i)/10+phase, 1) < 0.3 {
				e += 0.15
			}
			n := simNight{bytes: 1e9, seconds: 100 * math.Exp(e)}
			if left == 0 && slow >= 2 && rng.IntN(2) == 0 {
				left = 3
			}
			if left > 0 {
				left--
				n.conf = map[string]string{partsKey: "64"}
				n.seconds *= math.Exp(loss)
				slow = 0
			} else if slow++; e < 0.08 {
				slow = 0
			}
			nights = append(nights, n)
		}
		return nights
	}},
	{"settings that follow the input size", func(rng *rand.Rand, loss float64) []simNight {
		var nights []simNight
		for i := range 60 {
			scale := math.Exp(0.35*math.Sin(2*math.Pi*float64(i)/14) + 0.1*rng.NormFloat64())
			n := simNight{bytes: int64(1e9 * scale), seconds: 100 * math.Pow(scale, 1.1) * math.Exp(0.05*rng.NormFloat64())}
			if scale < 0.8 { // small nights run with fewer partitions
				n.conf = map[string]string{partsKey: "64"}
				n.seconds *= math.Exp(loss)
			}
			nights = append(nights, n)
		}
		return nights
	}},
	{"a change together with a release", func(rng *rand.Rand, loss float64) []simNight {
		var nights []simNight
		for i := range 40 {
			n := simNight{bytes: 1e9, seconds: 100 * math.Exp(0.05*rng.NormFloat64())}
			if i >= 15 && i < 19 || i >= 34 { // the second time with code that is twice as fast
				n.conf = map[string]string{partsKey: "64"}
				n.seconds *= math.Exp(loss)
			}
			if i >= 34 {
				n.seconds /= 2
				n.tweak = func(r *features.Run) { r.PlanSignature = "plan of the release" }
			}
			nights = append(nights, n)
		}
		return nights
	}},
}

// naive compares the means of the raw log times as if nights were independent.
func naive(nights []simNight) bool {
	var y [2][]float64
	for _, n := range nights {
		k := min(len(n.conf), 1)
		y[k] = append(y[k], math.Log(n.seconds))
	}
	if len(y[0]) < 2 || len(y[1]) < leastRuns {
		return false
	}
	var ss float64
	for _, v := range y {
		for _, x := range v {
			ss += (x - mean(v)) * (x - mean(v))
		}
	}
	sd := math.Sqrt(ss / float64(len(nights)-2) * (1/float64(len(y[0])) + 1/float64(len(y[1]))))
	return mean(y[0])-mean(y[1])-1.645*sd > 0
}

func TestConfoundedHistories(t *testing.T) {
	for _, test := range confounded {
		for _, loss := range []float64{0, 0.03} {
			t.Run(fmt.Sprintf("%s/loss %g", test.name, loss), func(t *testing.T) {
				const seeds, pipelines = 3, 50
				wrong, fooled := 0, 0
				for seed := range uint64(seeds) {
					var f Fleet
					for p := range pipelines {
						nights := test.make(rand.New(rand.NewPCG(seed, uint64(p))), loss)
						simulate(&f, fmt.Sprint("p", p), rand.New(rand.NewPCG(seed, uint64(p))), nights)
						if naive(nights) {
							fooled++
						}
					}
					for _, r := range learn(t, f, nil).Recommendations {
						if len(r.Settings) > 0 {
							wrong++
						}
					}
				}
				n := float64(seeds * pipelines)
				t.Logf("wrong %.3f, naive bound %.3f", float64(wrong)/n, float64(fooled)/n)
				if float64(wrong)/n > delta {
					t.Errorf("%.3f of the pipelines got a wrong setting", float64(wrong)/n)
				}
				if loss == 0 && float64(fooled)/n <= delta {
					t.Errorf("the naive bound is fooled in only %.3f: the histories confound too little", float64(fooled)/n)
				}
			})
		}
	}
}

// Rewards that are dealt out at random show nothing; only chance can change a
// pipeline.
func TestPermutedRewards(t *testing.T) {
	const seeds, pipelines = 10, 40
	changed := 0
	for seed := range uint64(seeds) {
		var f Fleet
		for p := range pipelines {
			rng := rand.New(rand.NewPCG(seed, uint64(p)))
			nights := pattern("aaaabbbaaaabbbbaaaccaaaccca", rng, 0.1, map[byte]map[string]string{'b': {aqeKey: "true"}, 'c': {partsKey: "32"}},
				map[byte]float64{'a': 100, 'b': 60, 'c': 140})
			// Whole nights change places, with their sizes.
			for i, j := range rng.Perm(len(nights)) {
				if i < j {
					nights[i].seconds, nights[j].seconds = nights[j].seconds, nights[i].seconds
					nights[i].bytes, nights[j].bytes = nights[j].bytes, nights[i].bytes
				}
			}
			simulate(&f, fmt.Sprint("p", p), rng, nights)
		}
		for _, r := range learn(t, f, nil).Recommendations {
			if len(r.Settings) > 0 {
				changed++
			}
		}
	}
	if share := float64(changed) / (seeds * pipelines); share > delta {
		t.Errorf("%.3f of the pipelines changed on permuted rewards", share)
	}
}

// What never varied cannot be judged: no change, with the reason.
func TestSingleSettingsChangeNothing(t *testing.T) {
	var f Fleet
	for p := range 20 {
		rng := rand.New(rand.NewPCG(11, uint64(p)))
		simulate(&f, fmt.Sprint("p", p), rng, pattern(repeat("a", 5+p*3), rng, 0.2, nil, map[byte]float64{'a': 100}))
	}
	res := learn(t, f, nil)
	for _, r := range res.Recommendations {
		if r.Status != StatusUnchanged || len(r.Settings)+len(r.File) > 0 || r.Reason == "" {
			t.Errorf("%s: %s, settings %v: %s", r.Pipeline, r.Status, r.Settings, r.Reason)
		}
	}
	if len(res.QTable) != 0 {
		t.Errorf("%d cells from settings that never varied", len(res.QTable))
	}
}
