package html

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
	"gonum.org/v1/gonum/stat/distuv"
)

// A trial is one set of settings that a pipeline ran with.
type trial struct {
	Changes []assignment `json:"changes"` // what is not the baseline's; none: the baseline
	Runs    int          `json:"runs"`
	effect
}

type assignment struct {
	Key   string `json:"key"`
	Value string `json:"value"` // empty: unset
}

// An effect is what runs took against the baseline at their size. Ratios below
// 1 are faster; low and high bound 90 %, by how nights vary; the interval is
// unknown with fewer than leastNights nights of the baseline.
type effect struct {
	Ratio null.Null[float64] `json:"ratio"`
	Low   null.Null[float64] `json:"low"`
	High  null.Null[float64] `json:"high"`
	SaveS float64            `json:"saved_s"` // all runs together, below 0: lost
}

func assignments(m map[string]string) []assignment {
	list := make([]assignment, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		list = append(list, assignment{show(k), show(m[k])})
	}
	return list
}

func text(list []assignment) string {
	var b strings.Builder
	for _, a := range list {
		b.WriteString(a.Key + "=" + a.Value + "\n")
	}
	return b.String()
}

// setTrials finds the settings that the pipeline ran with: the baseline, then
// those with most runs.
func (h *history) setTrials() {
	runs := map[string][]*judged{"": nil}
	for _, r := range h.runs {
		if j := h.train(r); j != nil {
			t := text(assignments(j.changes))
			runs[t] = append(runs[t], j)
		}
	}
	keys := slices.SortedFunc(maps.Keys(runs), func(a, b string) int {
		return cmp.Or(cmp.Compare(min(len(a), 1), min(len(b), 1)), cmp.Compare(len(runs[b]), len(runs[a])), cmp.Compare(a, b))
	})
	for i, k := range keys {
		t := trial{Changes: []assignment{}}
		for _, j := range runs[k] {
			j.trial = i
			t.Changes = assignments(j.changes)
		}
		t.Runs = len(runs[k])
		h.trials = append(h.trials, t)
	}
}

// measure compares each trial with the baseline, once the noise is known.
func (h *history) measure() {
	of := make([][]*judged, len(h.trials))
	for _, r := range h.runs {
		if j := h.train(r); j != nil {
			of[j.trial] = append(of[j.trial], j)
		}
	}
	for i := range h.trials {
		if i > 0 {
			h.trials[i].effect = h.noise.effect(of[i])
		}
	}
}

// leastNights is how many nights of the baseline tell how nights vary.
const leastNights = 4

// leastSD is the least spread of nights that is believed: the lab measured 3 %
// from run to run under unchanged settings.
const leastSD = 0.02

// A noise is how the nights under the baseline vary around what is expected of
// them from the others: the log of the one over the other.
type noise struct {
	residuals []float64 // by time
	runs      []*features.Run
	sd        float64
}

func noiseOf(h *history) noise {
	var n noise
	var ss float64
	for _, r := range h.runs {
		if j := h.train(r); j != nil && j.trial == 0 && !j.ours() && j.seconds > 0 && j.expected > 0 {
			e := math.Log(j.seconds / j.expected)
			n.residuals, n.runs = append(n.residuals, e), append(n.runs, r)
			ss += e * e
		}
	}
	if len(n.residuals) > 0 {
		n.sd = max(math.Sqrt(ss/float64(len(n.residuals))), leastSD)
	}
	return n
}

// quantile is Student's t at the probability p, with what is known of sd.
func (n noise) quantile(p float64) float64 {
	return distuv.StudentsT{Sigma: 1, Nu: float64(max(len(n.residuals)-1, 1))}.Quantile(p)
}

// effect is what runs took against the baseline.
func (n noise) effect(runs []*judged) (e effect) {
	var sum float64
	var k int
	for _, j := range runs {
		e.SaveS += j.expected - j.seconds
		if j.seconds > 0 && j.expected > 0 {
			sum += math.Log(j.seconds / j.expected)
			k++
		}
	}
	e.SaveS = short(e.SaveS)
	if k == 0 {
		return e
	}
	m := sum / float64(k)
	e.Ratio = null.Of(short(math.Exp(m)))
	if nb := len(n.residuals); nb >= leastNights {
		w := n.quantile(0.95) * n.sd * math.Sqrt(1/float64(k)+1/float64(nb))
		e.Low, e.High = null.Of(short(math.Exp(m-w))), null.Of(short(math.Exp(m+w)))
	}
	return e
}

// short rounds to four significant digits: no chart shows more, and the page
// is smaller for it.
func short(x float64) float64 {
	if x == 0 || math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	scale := math.Pow(10, 3-math.Floor(math.Log10(math.Abs(x))))
	return math.Round(x*scale) / scale
}

func shortNull(x null.Null[float64]) null.Null[float64] { return null.If(short(x.V), x.OK) }
