package learner

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
)

// exploring is a steady pipeline that may explore, decided on with a seed.
func exploring(t *testing.T, seed int64, tweak func(*Fleet, *Config)) Recommendation {
	t.Helper()
	f := fleetOf(pattern(repeat("a", 10), nil, 0, nil, map[byte]float64{'a': 100}))
	for i := range f.Runs {
		f.Runs[i].UnifiedPeakBytes = null.Of[int64](100 << 20)
	}
	cfg := DefaultConfig()
	cfg.Mode, cfg.Now, cfg.Seed, cfg.Explore = ModeAuto, at(9), seed, []Allowance{{"p", 1000}}
	f.Previous = []Recommendation{{Pipeline: "p", FileID: RecommendationID("p", nil), File: map[string]string{}, Status: StatusUnchanged}}
	if tweak != nil {
		tweak(&f, &cfg)
	}
	res, err := Learn(t.Context(), f, DefaultAgents(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return rec(t, res, "p")
}

// One key, one step, never less memory for a task, with the probability that is
// written down; the same night draws the same.
func TestDraws(t *testing.T) {
	const nights = 500
	drawn, expected := map[string]int{}, map[string]float64{}
	for seed := range int64(nights) {
		r := exploring(t, seed, nil)
		x := r.Exploration
		if seed < 20 {
			if d := cmp.Diff(r, exploring(t, seed, nil)); d != "" {
				t.Fatalf("drawn again:\n%s", d)
			}
		}
		if x.Epsilon != 0.3 || !x.Propensity.OK || !x.Allowed {
			t.Fatalf("%+v", x)
		}
		if x.Key == "" {
			if x.Propensity.V != 0.7 || len(r.File) > 0 || r.FileID != RecommendationID("p", nil) {
				t.Fatalf("not drawn: %+v, file %v", x, r.File)
			}
			continue
		}
		step := x.Key + "=" + x.Value
		drawn[step]++
		expected[step] = x.Propensity.V
		if want := map[string]string{x.Key: x.Value}; !cmp.Equal(r.File, want) || r.FileID != RecommendationID("p", want) || x.RiskS <= 0 || x.RiskS > 1000 {
			t.Fatalf("file %v (%s), %+v", r.File, r.FileID, x)
		}
		if len(r.Settings) > 0 || r.StandingID() != RecommendationID("p", nil) {
			t.Fatalf("a draw is no proposal: %v", r.Settings)
		}
	}
	sum := 0.0
	for step, p := range expected {
		sum += p
		if sd := math.Sqrt(nights * p * (1 - p)); math.Abs(float64(drawn[step])-nights*p) > 4*sd {
			t.Errorf("%s: drawn %d times, its propensity says %.1f", step, drawn[step], nights*p)
		}
	}
	if math.Abs(sum-0.3) > 0.003*float64(len(expected)) {
		t.Errorf("propensities of the steps add up to %.4f", sum)
	}
	for step := range drawn {
		for _, never := range []string{memoryKey + "=1g", coresKey + "=3", "spark.memory.fraction"} {
			if strings.HasPrefix(step, never) {
				t.Errorf("%s leaves a task less memory", step)
			}
		}
	}
	for _, step := range []string{partsKey + "=400", partsKey + "=128", aqeKey + "=true"} {
		if drawn[step] == 0 {
			t.Errorf("%s is never drawn", step)
		}
	}
}

func TestNotExploring(t *testing.T) {
	for name, test := range map[string]struct {
		tweak func(*Fleet, *Config)
		why   string
	}{
		"mode approve":   {func(_ *Fleet, c *Config) { c.Mode = ModeApprove }, "in mode approve"},
		"no budget":      {func(_ *Fleet, c *Config) { c.Explore[0].BudgetS = 1 }, "does not cover the worst of any step"},
		"frozen":         {func(f *Fleet, _ *Config) { f.Directives = []Directive{{Pipeline: "p", Verb: VerbFreeze}} }, "frozen"},
		"new pipeline":   {func(f *Fleet, _ *Config) { f.Previous = nil }, "the file changes tonight"},
		"short baseline": {func(f *Fleet, _ *Config) { f.Runs = f.Runs[:4] }, "5 nights of the baseline"},
	} {
		for seed := range int64(20) {
			x := exploring(t, seed, test.tweak).Exploration
			if x.Key != "" || x.Propensity.OK || !strings.Contains(x.Why, test.why) {
				t.Errorf("%s: %+v", name, x)
			}
		}
	}
	other := exploring(t, 1, func(_ *Fleet, c *Config) { c.Explore[0].Pipeline = "q" })
	if other.Exploration.Allowed {
		t.Error("nobody allowed it")
	}
	// Steps that put more data into a task are none for a pipeline that was
	// ever short of memory; preserved and enforced keys are people's.
	for seed := range int64(300) {
		x := exploring(t, seed, func(f *Fleet, c *Config) {
			f.Runs[0].HeapOOMCount = 1
			c.Constraints = []Constraint{{Pipeline: "p", Preserve: []string{"spark.sql.files.maxPartitionBytes"}, Enforce: map[string]string{coresKey: "2"}}}
		}).Exploration
		switch x.Key + "=" + x.Value {
		case partsKey + "=128", aqeKey + "=true", "spark.sql.files.maxPartitionBytes=64m", coresKey + "=1":
			t.Errorf("drawn: %s=%s", x.Key, x.Value)
		}
	}
}

// What explored runs lost is counted, by size, and never set off against what
// others saved.
func TestSpent(t *testing.T) {
	set := map[string]string{partsKey: "400"}
	explored := func(seconds float64, bytes int64, failed bool) simNight {
		return simNight{conf: set, seconds: seconds, bytes: bytes, tweak: func(r *features.Run) {
			r.RecommendationID, r.Propensity = RecommendationID("p", set), null.Of(0.02)
			if failed {
				r.Outcome, r.Comparable = features.Failed, false
			}
		}}
	}
	base := pattern(repeat("a", 10), nil, 0, nil, map[byte]float64{'a': 100})
	for name, test := range map[string]struct {
		more []simNight
		want float64
		runs int64
	}{
		"nothing":          {nil, 0, 0},
		"slower":           {[]simNight{explored(130, 5e8, false)}, 30, 1},
		"faster":           {[]simNight{explored(70, 5e8, false)}, 0, 1},
		"slower, faster":   {[]simNight{explored(130, 5e8, false), explored(70, 5e8, false)}, 30, 2},
		"slower by size":   {[]simNight{explored(100*math.Pow(1.1, 0.7), 55e7, false)}, 0, 1},
		"failed after 40s": {[]simNight{explored(40, 5e8, true)}, 140, 1},
	} {
		f := fleetOf(append(append([]simNight{}, base...), test.more...))
		x := rec(t, learn(t, f, func(c *Config) {
			c.Mode, c.Now, c.Explore = ModeAuto, at(10), []Allowance{{"*", 1000}}
		}), "p").Exploration
		if math.Abs(x.SpentS-test.want) > 4 || x.Runs != test.runs {
			t.Errorf("%s: spent %.1f s on %d runs, want %g", name, x.SpentS, x.Runs, test.want)
		}
	}
}

// drawnOn is a night on which a step is drawn, and its seed.
func drawnOn(t *testing.T, tweak func(*Fleet, *Config)) (Recommendation, int64) {
	t.Helper()
	for seed := range int64(50) {
		if r := exploring(t, seed, tweak); r.Exploration.Key != "" {
			return r, seed
		}
	}
	t.Fatal("no seed draws")
	return Recommendation{}, 0
}

// exploredNight is a run under what was drawn, n nights after the first.
func exploredNight(r Recommendation, n int, seconds float64) Fleet {
	var f Fleet
	night := simNight{conf: r.File, seconds: seconds, bytes: 5e8, tweak: func(x *features.Run) {
		x.RecommendationID, x.Propensity = r.FileID, r.Exploration.Propensity
	}}
	simulate(&f, "p", nil, append(pattern(repeat("a", n), nil, 0, nil, map[byte]float64{'a': 100}), night))
	return Fleet{Runs: f.Runs[n:]}
}

// A draw is one chance for the runs of one night. Until one comes it stands and
// costs nothing; where one was due and left no log it costs its worst and
// nothing more is drawn; a log that comes late takes that back.
func TestADrawWaitsForItsRun(t *testing.T) {
	long := func(f *Fleet, _ *Config) { *f = withRuns(*f, repeat("a", 20)) } // nights 0 to 19
	drawn, seed := drawnOn(t, func(f *Fleet, c *Config) { long(f, c); c.Now = at(19) })
	next := func(previous Recommendation, now time.Time, more ...Fleet) Recommendation {
		return exploring(t, seed, func(f *Fleet, c *Config) {
			long(f, c)
			for _, m := range more {
				f.Runs = append(f.Runs, m.Runs...)
			}
			f.Previous, c.Now = []Recommendation{previous}, now
		})
	}
	waits := next(drawn, at(19).Add(24*time.Hour))
	if waits.FileID != drawn.FileID || waits.Exploration.Propensity != drawn.Exploration.Propensity || waits.Exploration.Night != drawn.Exploration.Night || waits.Exploration.SpentS != 0 {
		t.Errorf("no run yet: %+v after %+v", waits.Exploration, drawn.Exploration)
	}
	lost := next(waits, at(21))
	if x := lost.Exploration; x.Key != "" || x.SpentS != waits.Exploration.RiskS || x.UnseenS != x.SpentS || !strings.Contains(x.Why, "has not come") {
		t.Errorf("overdue: %+v after %+v", x, waits.Exploration)
	}
	again := next(lost, at(22))
	if x := again.Exploration; x.Key != "" || x.SpentS != lost.Exploration.SpentS {
		t.Errorf("a night later: %+v", x)
	}
	late := next(again, at(23), exploredNight(drawn, 20, 130))
	if x := late.Exploration; x.UnseenS != 0 || math.Abs(x.SpentS-30) > 4 || x.Runs != 1 {
		t.Errorf("its log came late: %+v", x)
	}
	for _, r := range []Recommendation{waits, lost, again, late} {
		if i := slices.IndexFunc(r.Files, func(w Written) bool { return w.ID == drawn.FileID }); i < 0 || !r.Files[i].Explored || !maps.Equal(r.Files[i].Settings, drawn.File) {
			t.Errorf("what was drawn is forgotten: %+v", r.Files)
		}
	}
	// A run that another one followed is missed too.
	skipped := next(waits, at(21), exploredNight(drawn, 21, 100))
	if x := skipped.Exploration; math.Abs(x.UnseenS-waits.Exploration.RiskS) > 1e-9 || x.Runs != 1 {
		t.Errorf("one log of two: %+v", x)
	}
	both := next(skipped, at(22), exploredNight(drawn, 20, 100), exploredNight(drawn, 21, 100))
	if x := both.Exploration; x.UnseenS != 0 || x.Runs != 2 {
		t.Errorf("both logs of two: %+v", x)
	}
}

// Decided after noon, the draw and the run that follows it are of one night: its
// log takes back what was charged for it, too.
func TestALateLogOfTheNightOfTheDraw(t *testing.T) {
	afternoon := at(19).Add(8 * time.Hour) // of day 19, as the run at 02:10 of day 20
	long := func(f *Fleet, _ *Config) { *f = withRuns(*f, repeat("a", 20)) }
	drawn, seed := drawnOn(t, func(f *Fleet, c *Config) { long(f, c); c.Now = afternoon })
	next := func(previous Recommendation, now time.Time, more Fleet) Exploration {
		r := exploring(t, seed, func(f *Fleet, c *Config) {
			long(f, c)
			f.Runs = append(f.Runs, more.Runs...)
			f.Previous, c.Now = []Recommendation{previous}, now
		})
		drawn = r
		return r.Exploration
	}
	run := exploredNight(drawn, 20, 130)
	if run.Runs[0].Night != drawn.Exploration.Night {
		t.Fatalf("drawn on %s, run on %s; nothing is tested", drawn.Exploration.Night, run.Runs[0].Night)
	}
	if x := next(drawn, afternoon.AddDate(0, 0, 2), Fleet{}); x.UnseenS == 0 {
		t.Fatalf("no log came: %+v", x)
	}
	if x := next(drawn, afternoon.AddDate(0, 0, 3), run); x.UnseenS != 0 || math.Abs(x.SpentS-30) > 4 {
		t.Errorf("its log came late: %+v", x)
	}
}

// What was lost stays lost on nights without leave, and through a state that
// does not list the draws whose logs are missing.
func TestTheLedgerLasts(t *testing.T) {
	before := Exploration{Runs: 3, SpentS: 140, UnseenS: 40, Unseen: []UnseenDraw{{ID: "x", Night: "2026-01-02", Before: "2026-01-04", RiskS: 40}}}
	next := func(x Exploration, tweak func(*Config)) Exploration {
		return exploring(t, 1, func(f *Fleet, c *Config) {
			if f.Previous[0].Exploration = x; tweak != nil {
				tweak(c)
			}
		}).Exploration
	}
	for name, tweak := range map[string]func(*Config){
		"no allowance": func(c *Config) { c.Explore = nil },
		"excluded":     func(c *Config) { c.Constraints = []Constraint{{Pipeline: "p", Exclude: true}} },
	} {
		without := next(before, tweak)
		if without.Allowed || without.Key != "" {
			t.Errorf("%s: %+v", name, without)
		}
		if x := next(without, nil); !x.Allowed || x.Runs != 3 || x.SpentS != 140 || x.UnseenS != 40 || !cmp.Equal(x.Unseen, before.Unseen) {
			t.Errorf("after a night of %s: %+v", name, x)
		}
	}
	if x := next(Exploration{Runs: 3, SpentS: 140, UnseenS: 40}, nil); x.SpentS != 140 {
		t.Errorf("a state without a list: %+v", x)
	}
}

// A weekly job draws once a week, however often it is decided for.
func TestWeeklyJobsDrawOnceAWeek(t *testing.T) {
	const weeks = 12
	weekly := func(f *Fleet, _ *Config) {
		*f = withRuns(*f, repeat("a", weeks))
		for i := range f.Runs {
			start := firstNight.AddDate(0, 0, 7*i)
			f.Runs[i].StartedAt, f.Runs[i].Night = null.Of(start), tonight(start)
		}
	}
	day := func(seed int64, previous *Recommendation, days int) Recommendation {
		return exploring(t, seed, func(f *Fleet, c *Config) {
			weekly(f, c)
			if c.Now = at(7*(weeks-1)).AddDate(0, 0, days); previous != nil {
				f.Previous = []Recommendation{*previous}
			}
		})
	}
	for seed := range int64(20) {
		first := day(seed, nil, 0)
		r := first
		for days := 1; days <= 7; days++ {
			if r = day(seed, &r, days); r.FileID != first.FileID || r.Exploration.SpentS != 0 || r.Exploration.Propensity != first.Exploration.Propensity {
				t.Fatalf("seed %d, day %d: %+v after %+v", seed, days, r.Exploration, first.Exploration)
			}
		}
	}
}

// What a step may lose counts all runs that may use it before the next draw.
func TestWorstCountsRunsOfANight(t *testing.T) {
	hourly := func(f *Fleet, c *Config) {
		*f = withRuns(*f, repeat("a", 24*5))
		for i := range f.Runs {
			start := at(0).Add(time.Duration(i) * time.Hour)
			f.Runs[i].StartedAt, f.Runs[i].Night = null.Of(start), tonight(start)
		}
		c.Now, c.Explore[0].BudgetS = at(5), 1e6
	}
	risks := func(tweak func(*Fleet, *Config)) map[string]float64 {
		m := map[string]float64{}
		for seed := range int64(40) {
			if x := exploring(t, seed, tweak).Exploration; x.Key != "" {
				m[x.Key+"="+x.Value] = x.RiskS
			}
		}
		return m
	}
	once, often := risks(func(f *Fleet, c *Config) {
		*f = withRuns(*f, repeat("a", 24*5))
		c.Now, c.Explore[0].BudgetS = at(24*5-1), 1e6
	}), risks(hourly)
	n := 0
	for step, risk := range once {
		if x, ok := often[step]; ok {
			if n++; math.Abs(x/risk-24) > 1 {
				t.Errorf("%s: at worst %.0f s for a run a night and %.0f s for 24", step, risk, x)
			}
		}
	}
	if n == 0 {
		t.Error("no step was drawn in both")
	}
	if x := exploring(t, 1, func(f *Fleet, c *Config) { hourly(f, c); c.Explore[0].BudgetS = 200 }).Exploration; x.Key != "" || !strings.Contains(x.Why, "does not cover") {
		t.Errorf("200 s for 24 runs: %+v", x)
	}
}

// withRuns is a fleet of the same pipeline with other nights.
func withRuns(f Fleet, letters string) Fleet {
	g := fleetOf(pattern(letters, nil, 0, nil, map[byte]float64{'a': 100}))
	for i := range g.Runs {
		g.Runs[i].UnifiedPeakBytes = null.Of[int64](100 << 20)
	}
	g.Previous = f.Previous
	return g
}

// A step is drawn with the square of what it promises: one that looks better is
// drawn more often, and one that hardly does is drawn too.
func TestBetterStepsAreDrawnMoreOften(t *testing.T) {
	weights := func(seconds float64) map[string]float64 {
		history := func(f *Fleet, c *Config) {
			under := func() simNight {
				return simNight{conf: map[string]string{partsKey: "400"}, seconds: seconds, bytes: 5e8}
			}
			*f = fleetOf(append(pattern(repeat("a", 10), nil, 0, nil, map[byte]float64{'a': 100}), under(), under()))
			f.Previous = []Recommendation{{Pipeline: "p", FileID: RecommendationID("p", nil), File: map[string]string{}, Status: StatusUnchanged}}
			for i := range f.Runs {
				f.Runs[i].UnifiedPeakBytes = null.Of[int64](100 << 20)
			}
			c.Now, c.WhatIf = at(11), false
		}
		m := map[string]float64{}
		for seed := range int64(150) {
			if x := exploring(t, seed, history).Exploration; x.Key != "" {
				m[x.Key+"="+x.Value] = x.Propensity.V
			}
		}
		return m
	}
	step, other := partsKey+"=400", aqeKey+"=true"
	least, more, most := weights(96), weights(92), weights(85)
	if !(least[step] < more[step] && more[step] < most[step]) || least[other] == 0 || most[other] == 0 || most[other] >= least[other] {
		t.Errorf("drawn with probability %.4f where it was 4 %% faster, %.4f and %.4f where it was 8 %% and 15 %%; another %.4f, %.4f",
			least[step], more[step], most[step], least[other], most[other])
	}
	for _, z := range []float64{-2, -1, 0, 1} {
		if a, b := expectedImprovement(z, 1), expectedImprovement(z+0.5, 1); !(0 < a && a < b) {
			t.Errorf("expected improvement of %g is %g, of %g %g", z, a, z+0.5, b)
		}
	}
	if a, b := expectedImprovement(0.1, 0.1), expectedImprovement(0.1, 0.2); a >= b {
		t.Errorf("what is known less promises less: %g and %g", a, b)
	}
}

// To switch coalescing off may bring back all the tasks that it spares, whatever
// number it started from, and whether or not the newest night was spared them.
func TestUncoalescedIsDear(t *testing.T) {
	const coalesceKey = adaptive + "coalescePartitions.enabled"
	drawn := func(tasks int64, tweak func(*Fleet)) (n int) {
		for seed := range int64(60) {
			x := exploring(t, seed, func(f *Fleet, c *Config) {
				*f = fleetOf(pattern(repeat("b", 10), nil, 0, aqeOn, map[byte]float64{'b': 100}))
				f.Previous = []Recommendation{{Pipeline: "p", FileID: RecommendationID("p", nil), File: map[string]string{}, Status: StatusUnchanged}}
				for i := range f.Stages {
					f.Stages[i].Tasks = tasks
				}
				if tweak != nil {
					tweak(f)
				}
				c.WhatIf = false
			}).Exploration
			n += b2i(x.Key == aqeKey && x.Value == "false")
		}
		return n
	}
	initial := func(f *Fleet) {
		for i := range f.Stages {
			f.Stages[i].PartitionsSource = features.PartitionsInitialNum
		}
	}
	newestOff := func(f *Fleet) {
		r := &f.Runs[len(f.Runs)-1]
		r.ConfEffective[coalesceKey] = features.Setting{Value: "false", Source: features.FromLog}
		for i := range f.Stages {
			if f.Stages[i].RunKey == r.RunKey {
				f.Stages[i].Tasks = 200
			}
		}
	}
	if many := drawn(200, nil); many == 0 {
		t.Error("never drawn where there is nothing to coalesce")
	}
	for name, tweak := range map[string]func(*Fleet){"sql.shuffle.partitions": nil, "initialPartitionNum": initial, "coalescing off last night": newestOff} {
		if few := drawn(4, tweak); few > 0 {
			t.Errorf("%s: 200 partitions, drawn %d times where they are coalesced to 4 tasks", name, few)
		}
	}
}

// Three nights on which chance chose a setting count as observed, and decide;
// three of people's do not, and three runs of one drawn night are one draw.
func TestThreeDrawnNightsAreObserved(t *testing.T) {
	set := map[string]string{partsKey: "400"}
	base := pattern(repeat("a", 12), rand.New(rand.NewPCG(3, 3)), 0.03, nil, map[byte]float64{'a': 100})
	drawn := func(r *features.Run) { r.RecommendationID, r.Propensity = RecommendationID("p", set), null.Of(0.05) }
	oneNight := func(r *features.Run) { drawn(r); r.Night = tonight(at(20)) }
	for name, test := range map[string]struct {
		tweak func(*features.Run)
		want  bool
	}{"drawn": {drawn, true}, "people's": {nil, false}, "of one night": {oneNight, false}} {
		nights := slices.Clone(base)
		for range 3 {
			nights = append(nights, simNight{conf: set, seconds: 50, bytes: 5e8, tweak: test.tweak}, base[0])
		}
		r := rec(t, learn(t, fleetOf(nights), func(c *Config) { c.Mode, c.Now = ModeAuto, at(18) }), "p")
		if got := cmp.Equal(r.File, set); got != test.want {
			t.Errorf("%s: file %v: %s %+v", name, r.File, r.Reason, r.Rejected)
		}
	}
}

func TestSteps(t *testing.T) {
	k := OwnedKey{Candidates: []string{"16", "64", "200", "400"}}
	sizes := OwnedKey{Candidates: []string{"-1", "10m", "32m"}}
	for _, test := range []struct {
		k     OwnedKey
		value string
		want  string
	}{
		{k, "64", "[16 200]"}, {k, "16", "[64]"}, {k, "400", "[200]"}, {k, "100", "[64 200]"}, {k, "2000", "[400]"}, {k, "4", "[16]"}, {k, "", "[]"}, {k, "many", "[]"},
		{sizes, "10m", "[-1 32m]"}, {sizes, "20m", "[10m 32m]"}, {OwnedKey{Candidates: []string{"false", "true"}}, "true", "[false]"},
	} {
		if got := fmt.Sprint(test.k.steps(test.value)); got != test.want {
			t.Errorf("%q among %v: %s, want %s", test.value, test.k.Candidates, got, test.want)
		}
	}
	if epsilon(0) != 0.3 || math.Abs(epsilon(1)-0.279) > 1e-12 || epsilon(1000) != 0.05 {
		t.Error(epsilon(0), epsilon(1), epsilon(1000))
	}
}
