package replay

import (
	"cmp"
	"math"
	"slices"
	"testing"

	"github.com/spark-apprentice/apprentice/features"
)

// A guess is a prediction held against what was measured.
type guess struct {
	measured
	predicted, unchanged, sparklens float64
	low, high                       float64
	pair                            Pair // its error, for tauOf
}

// judgedFrom is how many logged runs, the nearest in size, are replayed for one
// prediction.
const judgedFrom = 5

// judge predicts measured runs from the usual nights of their pipelines.
func judge(m *Model, nights map[string][]*features.App, truths []measured) (out []guess) {
	sizes := map[string][]float64{}
	for _, x := range truths {
		sizes[x.pipeline+x.scale] = append(sizes[x.pipeline+x.scale], x.input)
	}
	opened := map[*features.App]*Replay{}
	for _, x := range truths {
		in := slices.Sorted(slices.Values(sizes[x.pipeline+x.scale]))
		size := in[len(in)/2]
		ratio := func(a *features.App) float64 { return size / float64(a.Run.InputBytes) }
		from := slices.Clone(nights[x.pipeline])
		slices.SortStableFunc(from, func(a, b *features.App) int {
			return cmp.Compare(math.Abs(math.Log(ratio(a))), math.Abs(math.Log(ratio(b))))
		})
		g := guess{measured: x}
		var logs [5]float64
		n := min(judgedFrom, len(from))
		for _, a := range from[:n] {
			r := opened[a]
			if r == nil {
				r, _ = m.Open(logged(a))
				opened[a] = r
			}
			p, base := r.Predict(x.settings, ratio(a)), r.Predict(nil, ratio(a))
			g.pair.Keys, _ = differing(&a.Run, x.settings)
			g.pair.costVar += math.Pow(p.CostSD/float64(n), 2)
			for i, v := range []float64{p.Seconds, base.Seconds, frozen(r, x.settings) + base.Seconds - a.Run.DurationS.V, p.Low, p.High} {
				logs[i] += math.Log(v) / float64(n)
			}
		}
		g.predicted, g.unchanged, g.sparklens = math.Exp(logs[0]), math.Exp(logs[1]), math.Exp(logs[2])
		g.low, g.high = math.Exp(logs[3]), math.Exp(logs[4])
		g.pair.err = math.Log(x.seconds) - logs[0]
		g.pair.noiseVar = noiseSD * noiseSD * (1 + 1/float64(n))
		out = append(out, g)
	}
	return out
}

// frozen is Sparklens' method: the logged tasks, as they are, on the slots of
// the settings.
func frozen(r *Replay, settings map[string]string) float64 {
	steps := r.r.steps()
	for i := range r.r.stages {
		steps[i].Work = listed(r.r.stages[i].load, 0, r.r.had.layout.slots)
	}
	l := newSetup(r.r.row, settings).layout
	row := r.r.row
	busy := row.DurationS.V - row.ExecutorWaitS.V - row.DriverOnlyS.V
	return row.ExecutorWaitS.V + row.DriverOnlyS.V + busy*l.makespan(steps)/r.r.makes
}

// A score says how good guesses are.
type score struct {
	n                 int
	median, jobMedian float64 // absolute error over the measured time
	skill, sparklens  float64 // 1 − MAE / MAE(no change)
	pairs             float64 // share of pairs in the right order
	compared          int
	covered           float64 // by the 90 % interval
}

// noiseSD is the measured spread of the log of a repeated run's time.
const noiseSD = 0.032

func rate(gs []guess) (s score) {
	s.n = len(gs)
	var errs, jobErrs []float64
	var sum, base, lens, right float64
	for i, g := range gs {
		e := math.Abs(g.predicted - g.seconds)
		before := g.seconds - g.jobSeconds // until the first job: not the settings' doing
		errs, jobErrs = append(errs, e/g.seconds), append(jobErrs, math.Abs(g.predicted-before-g.jobSeconds)/g.jobSeconds)
		sum, base, lens = sum+e, base+math.Abs(g.unchanged-g.seconds), lens+math.Abs(g.sparklens-g.seconds)
		if g.low <= g.seconds && g.seconds <= g.high {
			s.covered += 1 / float64(len(gs))
		}
		for _, h := range gs[:i] {
			d := math.Log(g.seconds / h.seconds)
			if g.pipeline != h.pipeline || math.Abs(d) <= 3*noiseSD {
				continue
			}
			s.compared++
			if d*math.Log(g.predicted/h.predicted) > 0 {
				right++
			}
		}
	}
	slices.Sort(errs)
	slices.Sort(jobErrs)
	s.median, s.jobMedian = errs[len(errs)/2], jobErrs[len(jobErrs)/2]
	s.skill, s.sparklens = 1-sum/base, 1-lens/base
	s.pairs = right / float64(max(s.compared, 1))
	return s
}

// report logs the scores by pipeline, and returns that of all.
func report(t *testing.T, title string, gs []guess) score {
	t.Helper()
	by := map[string][]guess{}
	for _, g := range gs {
		by[g.pipeline] = append(by[g.pipeline], g)
	}
	line := func(name string, s score) {
		t.Logf("%-22s %4d runs  median error %4.1f %% (of job time %4.1f %%)  skill %5.2f  pairs %.3f of %d  in the 90 %% interval %3.0f %%  Sparklens' skill %5.2f",
			name, s.n, 100*s.median, 100*s.jobMedian, s.skill, s.pairs, s.compared, 100*s.covered, s.sparklens)
	}
	t.Log(title)
	for _, p := range sortedKeys(by) {
		line(p, rate(by[p]))
	}
	all := rate(gs)
	line("all", all)
	return all
}

// shareOf is what a further key that moves the same costs has of the first one's variance, and
// tau beside it: the most likely ones, without a prior.
func shareOf(gs []guess) (share, tau float64) {
	best := math.Inf(1)
	for s := 0.0; s <= 1; s += 0.05 {
		for t := leastTau; t < mostTau; t *= 1.05 {
			l := 0.0
			for _, g := range gs {
				kinds := float64(costsMoved(g.pair.Keys))
				v := g.pair.costVar + g.pair.noiseVar + (kinds+s*(float64(len(g.pair.Keys))-kinds))*t*t
				l += math.Log(v) + g.pair.err*g.pair.err/v
			}
			if l < best {
				best, share, tau = l, s, t
			}
		}
	}
	return share, tau
}

// The model, fitted on nightly history alone, against runs under settings that
// were measured for the purpose.
func TestJudgedByMeasuredRuns(t *testing.T) {
	apps := lab(t)
	c := fitted(t)
	for _, k := range append(c.Terms[:], c.Job) {
		t.Logf("%-30s %9.3f ms a %s, sd of log %.2f of prior %.2f: %s", k.Name, 1000*k.Seconds, k.Unit, k.SD, k.PriorSD, k.Kind())
	}
	t.Logf("%d runs, noise %.3f, tau %.3f from %d changed pairs", c.Runs, c.Noise, c.Tau, c.Pairs)
	nights := map[string][]*features.App{}
	for _, a := range apps {
		nights[a.Run.Pipeline] = append(nights[a.Run.Pipeline], a)
	}
	for p := range nights {
		nights[p] = usualNights(nights[p])
	}
	truths := measurements(t, apps)

	known := report(t, "fitted on all pipelines", judge(New(c), nights, truths))
	var gs []guess
	for _, p := range sortedKeys(nights) {
		m := New(fitApps(apps, p))
		gs = append(gs, judge(m, nights, slices.DeleteFunc(slices.Clone(truths), func(x measured) bool { return x.pipeline != p }))...)
	}
	foreign := report(t, "fitted on the seven others", gs)

	share, tau := shareOf(gs)
	t.Logf("fitted on the seven others: a further key that moves the same costs has %.2f of the variance to itself (taken to be %.2f), tau %.3f", share, ownShare, tau)
	for _, x := range []struct {
		name string
		s    score
	}{{"fitted on all", known}, {"fitted on the others", foreign}} {
		if x.s.median > 0.10 || x.s.jobMedian > 0.12 || x.s.skill < 0.75 || x.s.pairs < 0.90 || x.s.covered < 0.90 {
			t.Errorf("%s: %+v", x.name, x.s)
		}
	}
}
