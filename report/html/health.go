package html

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/spark-apprentice/apprentice/internal/null"
	"github.com/spark-apprentice/apprentice/learner"
)

// health is how far the learner may be believed, from what the dataset holds.
type health struct {
	Nights   int         `json:"nights"`   // of the baseline whose time was predicted from others
	Coverage []coverage  `json:"coverage"` // of intervals by their nominal level
	PIT      []int       `json:"pit"`      // nights by tenth of the predicted distribution: level when calibrated
	NoiseSD  []float64   `json:"noise_sd"` // quartiles over pipelines of the spread of nights
	Promises []promise   `json:"promises"` // recommendations that runs followed
	Kept     int         `json:"kept"`     // of these, not surely slower than promised
	Judged   int         `json:"judged"`   // and how many have both
	Gains    []gain      `json:"gains"`
	Explore  exploration `json:"exploration"`
	OpenS    float64     `json:"open_s"`   // expected saving per night of proposals that the newest run did not follow
	Open     int         `json:"open"`     // pipelines with such
	Proposed int         `json:"proposed"` // pipelines with a proposal
	Evidence []tallied   `json:"evidence"` // cells of the Q-tables by class
	Statuses []tallied   `json:"statuses"`
}

// coverage compares how many nights lie in an interval with how many should.
type coverage struct {
	Nominal float64 `json:"nominal"`
	Share   float64 `json:"share"`
}

// A promise is what was expected of a settings file when it was first written,
// unknown where nobody noted it, beside what its runs showed.
type promise struct {
	Pipeline string             `json:"pipeline"`
	ID       string             `json:"id"`
	Since    string             `json:"since"` // night
	Runs     int                `json:"runs"`
	Expected null.Null[float64] `json:"expected"`
	ELow     null.Null[float64] `json:"expected_low"`
	EHigh    null.Null[float64] `json:"expected_high"`
	Verdict  string             `json:"verdict"` // kept, broken, exceeded; empty: not to be judged
	effect
}

// Verdicts on a promise.
const (
	kept     = "kept"
	broken   = "broken"
	exceeded = "exceeded"
)

// A gain is what following recommendations, or exploring, saved up to a night.
type gain struct {
	Night    string  `json:"night"`
	At       int64   `json:"at"`
	Followed float64 `json:"followed_s"`
	Explored float64 `json:"explored_s"`
}

// exploration is the account of runs that were drawn at random.
type exploration struct {
	Runs int     `json:"runs"`
	Lost float64 `json:"lost_s"` // against the baseline at their size, runs that were slower
	Won  float64 `json:"won_s"`
}

var nominals = []float64{0.5, 0.6, 0.7, 0.8, 0.9, 0.95}

func newHealth(histories []*history) health {
	d := health{PIT: make([]int, 10), Promises: []promise{}, Gains: []gain{}, Coverage: []coverage{}, NoiseSD: []float64{}}
	evidence, statuses := map[string]int{}, map[string]int{}
	var u, sds []float64
	for _, h := range histories {
		u = append(u, h.noise.ranks()...)
		if len(h.noise.residuals) >= leastNights {
			sds = append(sds, h.noise.sd)
		}
		statuses[show(h.rec.Status)]++
		for _, c := range h.cells {
			if !c.Baseline {
				evidence[show(c.Evidence)]++
			}
		}
		d.account(h)
	}
	for _, x := range u {
		d.PIT[min(int(10*x), 9)]++
	}
	d.Nights = len(u)
	for _, level := range nominals {
		in := 0
		for _, x := range u {
			if math.Abs(x-0.5) <= level/2 {
				in++
			}
		}
		if len(u) > 0 {
			d.Coverage = append(d.Coverage, coverage{level, short(float64(in) / float64(len(u)))})
		}
	}
	if n := len(sds); n > 0 {
		slices.Sort(sds)
		d.NoiseSD = []float64{short(sds[n/4]), short(sds[n/2]), short(sds[3*n/4])}
	}
	d.Evidence, d.Statuses = tally(evidence), tally(statuses)
	d.gains(histories)
	d.OpenS, d.Explore.Lost, d.Explore.Won = short(d.OpenS), short(d.Explore.Lost), short(d.Explore.Won)
	slices.SortStableFunc(d.Promises, func(a, b promise) int {
		return cmp.Or(first(a.Verdict == broken, b.Verdict == broken), cmp.Compare(b.Runs, a.Runs), strings.Compare(a.Pipeline, b.Pipeline))
	})
	return d
}

// first orders what is true before what is not.
func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// ranks places each night within what the others predict of it: uniform in
// [0, 1] where the prediction is calibrated (the probability integral transform).
func (n noise) ranks() []float64 {
	k := len(n.residuals)
	if k < leastNights {
		return nil
	}
	var ss float64
	for _, e := range n.residuals {
		ss += e * e
	}
	t := distuv.StudentsT{Sigma: 1, Nu: float64(k - 1)}
	u := make([]float64, k)
	for i, e := range n.residuals {
		sd := max(math.Sqrt((ss-e*e)/float64(k-1)), leastSD)
		u[i] = t.CDF(e / sd)
	}
	return u
}

// account adds a pipeline's promises, its proposal if the newest run did not
// follow it, and what exploration cost.
func (d *health) account(h *history) {
	rec := h.rec
	if rec.Status == learner.StatusProposed || rec.Status == learner.StatusAccepted {
		d.open(h)
	}
	for _, r := range h.runs {
		if j := h.train(r); j != nil && j.behaviour == "explored" {
			d.Explore.Runs++
			d.Explore.Lost += max(j.seconds-j.expected, 0)
			d.Explore.Won += max(j.expected-j.seconds, 0)
		}
	}
	for _, x := range h.deployments() {
		i := slices.IndexFunc(rec.Files, func(w learner.Written) bool { return show(w.ID) == x.ID })
		if i < 0 || rec.Files[i].Explored {
			continue
		}
		w := rec.Files[i]
		p := promise{
			Pipeline: show(rec.Pipeline), ID: x.ID, Since: show(w.Since), Runs: x.Runs,
			Expected: shortNull(w.Promised), ELow: shortNull(w.PromisedLow), EHigh: shortNull(w.PromisedHigh), effect: x.effect,
		}
		if w.PromisedLow.OK && w.PromisedHigh.OK && x.Low.OK {
			d.Judged++
			// The two estimates err independently: they agree where the intervals meet.
			switch {
			case x.Low.V > w.PromisedHigh.V:
				p.Verdict = broken
			case x.High.V < w.PromisedLow.V:
				p.Verdict = exceeded
			default:
				p.Verdict = kept
			}
			if p.Verdict != broken {
				d.Kept++
			}
		}
		d.Promises = append(d.Promises, p)
	}
}

// open adds the proposal that stands, if the newest run had none or another of
// ours. What people enforce is theirs, and what exploration drew for a night is
// nobody's refusal of the file beside it.
func (d *health) open(h *history) {
	rec := h.rec
	proposal, e := rec.Proposal(), rec.Expected
	if len(proposal) == 0 || !e.RuntimeRatio.OK || !e.BaselineS.OK {
		return
	}
	d.Proposed++
	for _, r := range slices.Backward(h.runs) {
		if learner.DrawnRun(r) {
			continue
		}
		if r.RecommendationID != rec.StandingID() || !maps.Equal(proposal, rec.Held()) {
			d.Open++
			d.OpenS += e.BaselineS.V * (1 - e.RuntimeRatio.V)
		}
		return
	}
}

// gains adds up, night by night, what runs with our settings saved.
func (d *health) gains(histories []*history) {
	type sums struct{ followed, explored float64 }
	byNight := map[string]*sums{}
	for _, h := range histories {
		for _, r := range h.runs {
			j := h.train(r)
			if j == nil || !j.ours() {
				continue
			}
			s := byNight[r.Night]
			if s == nil {
				s = &sums{}
				byNight[r.Night] = s
			}
			if j.behaviour == "explored" {
				s.explored += j.expected - j.seconds
			} else {
				s.followed += j.expected - j.seconds
			}
		}
	}
	var all sums
	for _, night := range slices.Sorted(maps.Keys(byNight)) {
		all.followed += byNight[night].followed
		all.explored += byNight[night].explored
		d.Gains = append(d.Gains, gain{night, nightStart(night), short(all.followed), short(all.explored)})
	}
}
