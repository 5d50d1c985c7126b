package replay

import (
	"cmp"
	"math"
	"slices"
)

// Weights of the priors of errors, in runs and in pairs.
const (
	noiseRuns = 10
	tauKeys   = 8
)

// Bounds of Tau: what the model is taken to get wrong for each kind of keys.
const (
	leastTau = 0.03
	mostTau  = 2.0
)

// mostQuiet is how many nights of a pipeline tell its noise.
const mostQuiet = 8

// fitNoise learns how far the time of a run is from that of another under the
// same settings, once the model accounts for its size.
func (c *Constants) fitNoise(nights []*run) {
	m := New(*c)
	var noise []float64
	for _, nights := range byPipeline(nights) {
		usual, _ := apart(nights)
		usual = usual[:min(len(usual), mostQuiet)]
		from := m.sources(usual)
		for _, n := range usual {
			if g, ok := from.guess(n, n, 1); ok {
				noise = append(noise, g.err*g.err/2) // both nights have noise
			}
		}
	}
	c.Noise = math.Sqrt((noiseRuns*c.Noise*c.Noise + trimmedSum(noise)) / (noiseRuns + float64(len(noise))))
}

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

// byPipeline cuts nights, which are in order of their pipelines.
func byPipeline(nights []*run) (out [][]*run) {
	for i := 0; i < len(nights); {
		from := i
		for i < len(nights) && nights[i].row.Pipeline == nights[from].row.Pipeline {
			i++
		}
		out = append(out, nights[from:i])
	}
	return out
}

// apart splits a pipeline's runs into those under its most frequent settings
// and the others, newest first, by their settings.
func apart(nights []*run) (usual []*run, changed [][]*run) {
	groups := map[string][]*run{}
	var order []string
	for _, n := range nights {
		k := settingsKey(n.row)
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], n)
	}
	best := ""
	for _, k := range order {
		if n := len(groups[k]); best == "" || n > len(groups[best]) || n == len(groups[best]) && k < best {
			best = k
		}
	}
	for _, k := range order {
		if k != best {
			changed = append(changed, groups[k])
		}
	}
	return groups[best], changed
}

// sources are the runs that others are predicted from, opened when needed.
type sources struct {
	m      *Model
	nights []*run
	opened map[*run]*Replay
}

func (m *Model) sources(nights []*run) *sources {
	return &sources{m, nights, map[*run]*Replay{}}
}

// ready opens a run that is already read.
func (s *sources) ready(n *run) *Replay {
	if s.opened[n] == nil {
		r := *n
		r.stages = slices.Clone(n.stages)
		s.opened[n] = s.m.replay(&r)
	}
	return s.opened[n]
}

// A heldOut is a run's time as predicted from other runs.
type heldOut struct {
	err       float64 // of the logarithm: measured over predicted
	effect    float64 // logarithm of predicted over what the sources' settings give
	observed  float64 // and of measured
	costSD    float64
	distance  float64 // of the settings that change, in tau
	predicted float64 // seconds
	from      int     // runs that it was predicted from
}

// Clusters drift, and costs do not scale with size exactly: a run a week away is
// as far as one that is a fifth larger.
const (
	farSize = 0.2
	farDays = 7
)

// guess predicts a run from the ones nearest in size and time, itself left aside.
func (s *sources) guess(n, aside *run, most int) (g heldOut, ok bool) {
	if n.row.SourceBytes.Or(0) <= 0 || n.row.DurationS.Or(0) <= 0 {
		return g, false
	}
	ratio := func(r *run) float64 { return float64(n.row.SourceBytes.V) / float64(r.row.SourceBytes.V) }
	var near []*run
	for _, r := range s.nights {
		if r != aside && r.row.SourceBytes.Or(0) > 0 {
			near = append(near, r)
		}
	}
	apart := func(r *run) float64 {
		days := math.Abs(n.row.StartedAt.V.Sub(r.row.StartedAt.V).Hours()) / 24
		return math.Abs(math.Log(ratio(r)))/farSize + days/farDays
	}
	slices.SortStableFunc(near, func(a, b *run) int { return cmp.Compare(apart(a), apart(b)) })
	near = near[:min(len(near), most)]
	settings := settingsOf(n)
	var unchanged float64
	for _, r := range near {
		with, without := s.ready(r).Predict(settings, ratio(r)), s.ready(r).Seconds(nil, ratio(r))
		g.predicted += math.Log(with.Seconds) / float64(len(near))
		unchanged += math.Log(without) / float64(len(near))
		g.costSD += with.CostSD / float64(len(near))
		g.distance = max(g.distance, with.distance)
	}
	g.from = len(near)
	took := math.Log(n.row.DurationS.V)
	g.err, g.effect, g.observed = took-g.predicted, g.predicted-unchanged, took-unchanged
	g.predicted = math.Exp(g.predicted)
	return g, len(near) > 0
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
