package replay

import (
	"cmp"
	"math"
	"slices"
)

// fitDriver learns what a job costs the driver: within a pipeline, runs with
// more jobs have more time with no busy slot.
func (c *Constants) fitDriver(nights []*run) {
	byPipeline := map[string][]*run{}
	for _, n := range nights {
		if n.row.DriverOnlyS.OK {
			byPipeline[n.row.Pipeline] = append(byPipeline[n.row.Pipeline], n)
		}
	}
	var xx, xy, yy, n float64
	for _, p := range pipelines(nights) {
		var jobs, driver []float64
		for _, r := range byPipeline[p] {
			jobs, driver = append(jobs, float64(r.row.Jobs)), append(driver, r.row.DriverOnlyS.V)
		}
		mj, md := mean(jobs), mean(driver)
		for i := range jobs {
			x, y := jobs[i]-mj, driver[i]-md
			xx, xy, yy, n = xx+x*x, xy+x*y, yy+y*y, n+1
		}
	}
	// A normal prior around the prior's mean, as wide as its logarithm says.
	prior, sd := c.Job.Seconds, c.Job.Seconds*c.Job.PriorSD
	explained := 0.0
	if xx > 0 {
		explained = xy * xy / xx
	}
	noise := max((yy-explained)/max(n, 1), 1e-4)
	weight := xx/noise + 1/(sd*sd)
	at := (xy/noise + prior/(sd*sd)) / weight
	c.Job.Seconds = max(at, prior/10)
	c.Job.SD = min(math.Sqrt(1/weight)/c.Job.Seconds, c.Job.PriorSD)
}

func pipelines(nights []*run) (names []string) {
	for _, n := range nights {
		names = append(names, n.row.Pipeline)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func mean(v []float64) float64 {
	var s float64
	for _, x := range v {
		s += x
	}
	return s / float64(max(len(v), 1))
}

// Weights of the priors of errors, in runs and in changed keys.
const (
	noiseRuns = 10
	tauKeys   = 8
)

// fitErrors learns how far predictions are off on this fleet: Noise from
// nights under one setting, replayed at each other's size; Tau from nights
// under other settings, replayed from the usual ones, less noise and what the
// costs' own spread explains. Nights of one pair of settings share an error and
// count once.
func (c *Constants) fitErrors(nights []*run) {
	m := New(*c)
	var noise []float64
	type pair struct{ excess, nights, keys float64 }
	var pairs []pair
	for _, p := range pipelines(nights) {
		usual, changed := apart(nights, p)
		var replays []*Replay
		for _, n := range usual {
			replays = append(replays, m.ready(n))
		}
		for i, n := range usual {
			if e, _, ok := m.held(replays, n, i); ok {
				noise = append(noise, e*e/2) // both nights have noise
			}
		}
		at := map[string]int{}
		for _, n := range changed {
			e, q, ok := m.held(replays, n, -1)
			if !ok {
				continue
			}
			key := settingsKey(n.row)
			i, seen := at[key]
			if !seen {
				i = len(pairs)
				at[key] = i
				pairs = append(pairs, pair{keys: float64(q.Changed)})
			}
			pairs[i].excess += e*e - q.CostSD*q.CostSD
			pairs[i].nights++
		}
	}
	c.Noise = math.Sqrt((noiseRuns*c.Noise*c.Noise + trimmedSum(noise)) / (noiseRuns + float64(len(noise))))
	sum, keys := tauKeys*c.Tau*c.Tau, float64(tauKeys)
	for _, q := range pairs {
		sum += q.excess/q.nights - 2*c.Noise*c.Noise
		keys += q.keys
	}
	c.Tau = math.Sqrt(max(sum/keys, leastTau*leastTau))
	c.Pairs = len(pairs)
}

// leastTau is the least that the model is taken to get wrong.
const leastTau = 0.03

// trimmedSum keeps one wild night from speaking for all: nothing counts more
// than 25 times the median.
func trimmedSum(v []float64) (sum float64) {
	if len(v) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(v))
	most := 25 * max(sorted[len(sorted)/2], 1e-6)
	for _, x := range v {
		sum += min(x, most)
	}
	return sum
}

// apart splits a pipeline's runs into those under its most frequent settings
// and the others.
func apart(nights []*run, pipeline string) (usual, changed []*run) {
	count := map[string]int{}
	best := ""
	for _, n := range nights {
		if n.row.Pipeline == pipeline {
			k := settingsKey(n.row)
			if count[k]++; best == "" || count[k] > count[best] || count[k] == count[best] && k < best {
				best = k
			}
		}
	}
	for _, n := range nights {
		switch {
		case n.row.Pipeline != pipeline:
		case settingsKey(n.row) == best:
			usual = append(usual, n)
		default:
			changed = append(changed, n)
		}
	}
	return usual, changed
}

// ready opens a run that is already read.
func (m *Model) ready(n *run) *Replay {
	r := *n
	r.stages = slices.Clone(n.stages)
	m.anchorAll(&r)
	return &Replay{m, &r}
}

// held predicts a run from the one nearest in size, other than the skipped
// one, and tells the error of the logarithm.
func (m *Model) held(from []*Replay, n *run, skip int) (e float64, p Prediction, ok bool) {
	var near []*Replay
	for i, r := range from {
		if i != skip && r.r.row.SourceBytes.Or(0) > 0 {
			near = append(near, r)
		}
	}
	if len(near) == 0 || n.row.SourceBytes.Or(0) <= 0 || !n.row.DurationS.OK {
		return 0, p, false
	}
	ratio := func(r *Replay) float64 { return float64(n.row.SourceBytes.V) / float64(r.r.row.SourceBytes.V) }
	r := slices.MinFunc(near, func(a, b *Replay) int {
		return cmp.Compare(math.Abs(math.Log(ratio(a))), math.Abs(math.Log(ratio(b))))
	})
	p = r.Predict(settingsOf(n), ratio(r))
	return math.Log(n.row.DurationS.V / p.Seconds), p, true
}

// settingsOf are the settings of a run that the model knows.
func settingsOf(n *run) map[string]string {
	out := map[string]string{}
	v := values{run: n.row}
	for k := range modelled {
		out[k] = v.text(k)
	}
	return out
}
