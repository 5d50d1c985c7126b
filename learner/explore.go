package learner

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"path"
	"slices"
	"time"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
)

// An Allowance is a person's leave to try settings on the pipelines that match
// a pattern, for as long as that has cost no more than so many seconds of each.
type Allowance struct {
	Pipeline string  // pattern (path.Match)
	BudgetS  float64 // seconds that exploration may lose in all, by pipeline
}

func checkAllowances(list []Allowance) error {
	for i, a := range list {
		if _, err := path.Match(a.Pipeline, ""); err != nil {
			return fmt.Errorf("exploration %d: pattern %q: %w", i+1, a.Pipeline, err)
		}
		if !(a.BudgetS >= 0) || math.IsInf(a.BudgetS, 0) {
			return fmt.Errorf("exploration %d: a budget of %g s: want seconds, 0 or more", i+1, a.BudgetS)
		}
	}
	return nil
}

// Exploration is the draw for the runs to come. With probability epsilon the
// file holds one key one step off what stands; otherwise what stands.
//
// It is a conservative bandit (CLUCB; Kazerouni et al. 2017): a step is taken
// only while what exploration has lost so far and what the step may lose at
// worst, in all runs expected until the next draw, stay within the budget
// together. What was lost counts each explored run's time beyond what stood, at
// its size, and never what another saved: the sum of positive parts lies above
// the sum that is owed, and the surplus is what a night's noise costs in certainty.
//
// The worst is that of time, at the confidence of all decisions. A run that
// fails costs more, its time and a run's, and so does what turns much slower on
// the very night: either may pass the budget by as much, once, and ends
// exploration. To hold back for both would leave small budgets nothing to try.
type Exploration struct {
	Allowed    bool               `json:"allowed"`
	Key        string             `json:"key"`        // drawn tonight; empty: none
	Value      string             `json:"value"`      // one step from current
	Current    string             `json:"current"`    // what stands
	From       map[string]string  `json:"from"`       // the file without the draw
	Propensity null.Null[float64] `json:"propensity"` // of what the file holds; null where nothing was left to chance
	Epsilon    float64            `json:"epsilon"`
	Runs       int64              `json:"runs"` // explored so far
	BudgetS    float64            `json:"budget_s"`
	SpentS     float64            `json:"spent_s"`
	UnseenS    float64            `json:"unseen_s"` // of this, for draws that left no log: their worst
	RiskS      float64            `json:"risk_s"`   // what the draw may lose at worst
	Night      string             `json:"night"`    // of the draw; it stands until a run comes
	Why        string             `json:"why"`      // why nothing can be drawn
	Unseen     []UnseenDraw       `json:"unseen"`   // what unseen_s is made of
}

// An UnseenDraw is a draw for a run that was due and whose log has not come. It
// counts as its worst until it comes.
type UnseenDraw struct {
	ID     string  `json:"id"`     // marker of the file
	Night  string  `json:"night"`  // of the draw
	Before string  `json:"before"` // a run of an earlier night may have used it
	RiskS  float64 `json:"risk_s"`
}

// Bounds of exploration.
const (
	epsilonFirst = 0.3
	epsilonDecay = 0.93
	epsilonLeast = 0.05
	// drawnBelow parts what was drawn from what stood, by propensity: the one
	// is never above epsilonFirst, the other never below 1 − epsilonFirst.
	drawnBelow = 0.5
	// keenness is the power of its expected improvement with which a step is
	// drawn: those that look good are seen often enough to decide, and none
	// that may be good is never seen. Over 125 calm nights of four made-up fleets
	// it reaches more of the oracle's gain than 4 and than a softmax of the upper bound.
	keenness = 2
	// propensityDigits keeps a file from changing with the last bits of a weight.
	propensityDigits = 1e4
)

// DrawnOn reports whether the decision that was made at a time drew the step, or
// another of the same night.
func (x Exploration) DrawnOn(at time.Time) bool { return x.Key != "" && x.Night == tonight(at) }

// drawnRun reports whether a run had what a night's exploration drew.
func drawnRun(r *features.Run) bool { return r.Propensity.OK && r.Propensity.V < drawnBelow }

// DrawnRun reports whether a run had what a night's exploration drew, and not
// what stood.
func DrawnRun(r *features.Run) bool { return drawnRun(r) }

// epsilon is the probability of exploring after k explored runs.
func epsilon(k int64) float64 {
	return max(epsilonLeast, epsilonFirst*math.Pow(epsilonDecay, float64(k)))
}

// allowance is the first that names the pipeline.
func (j *judgement) allowance() (Allowance, bool) {
	for _, a := range j.cfg.Explore {
		if matches(a.Pipeline, j.name) {
			return a, true
		}
	}
	return Allowance{}, false
}

// explore draws, once the night's file is settled.
func (j *judgement) explore() {
	j.account() // what was lost stays lost through nights without leave
	a, ok := j.allowance()
	if !ok || j.rules.exclude != "" {
		return
	}
	x := &j.rec.Exploration
	x.Allowed, x.BudgetS = true, a.BudgetS
	if x.Why = j.notExploring(); x.Why != "" {
		return
	}
	tryouts, tooDear := j.tryouts(a.BudgetS - x.SpentS)
	if len(tryouts) == 0 {
		if x.Why = "no step is left that may be worth trying"; tooDear > 0 {
			x.Why = fmt.Sprintf("what is left of the budget, %.0f s, does not cover the worst of any step", max(a.BudgetS-x.SpentS, 0))
		}
		return
	}
	x.Epsilon = epsilon(x.Runs)
	if i := j.pending(tryouts); i >= 0 {
		x.Propensity, x.Night = j.previous.Exploration.Propensity, j.previous.Exploration.Night
		j.try(tryouts[i])
		return
	}
	x.Propensity = null.Of(roundPropensity(1 - x.Epsilon))
	// One chance for each night of runs: what no run has used yet stands.
	rng := nightRand(j.cfg.Seed, j.name, j.all[len(j.all)-1].Night)
	if rng.Float64() >= x.Epsilon {
		return
	}
	total := 0.0
	for _, t := range tryouts {
		total += t.weight
	}
	at := rng.Float64() * total
	i := 0
	for ; i < len(tryouts)-1 && at >= tryouts[i].weight; i++ {
		at -= tryouts[i].weight
	}
	x.Night = tonight(j.cfg.Now)
	x.Propensity = null.Of(roundPropensity(x.Epsilon * tryouts[i].weight / total))
	j.try(tryouts[i])
}

// try puts a step into the file.
func (j *judgement) try(t tryout) {
	x := &j.rec.Exploration
	x.Key, x.Value, x.Current, x.From, x.RiskS = t.key, t.to, t.from, j.rec.File, t.lossS
	j.rec.File = t.file
	j.rec.FileID = RecommendationID(j.name, t.file)
}

// pending is the step that was drawn and that no run has used yet; −1: none.
func (j *judgement) pending(tryouts []tryout) int {
	if j.previous.Exploration.Key == "" {
		return -1
	}
	x := j.previous.Exploration
	if _, after := j.around(x); after != nil {
		return -1
	}
	return slices.IndexFunc(tryouts, func(t tryout) bool { return t.key == x.Key && t.to == x.Value && t.from == x.Current })
}

// roundPropensity rounds, and never to 0.
func roundPropensity(p float64) float64 {
	return max(math.Round(p*propensityDigits), 1) / propensityDigits
}

// nightRand is the chance of one pipeline's night: a decision that is made
// again draws the same.
func nightRand(seed int64, pipeline, night string) *rand.Rand {
	h := sha256.Sum256(fmt.Appendf(nil, "%d\x00%s\x00%s", seed, pipeline, night))
	return rand.New(rand.NewPCG(binary.BigEndian.Uint64(h[:8]), binary.BigEndian.Uint64(h[8:16])))
}

// notExploring says why a night is none for trying.
func (j *judgement) notExploring() string {
	f := j.standingFile()
	switch {
	case j.cfg.Mode == ModeApprove:
		return "in mode approve files change by accept alone"
	case j.rec.Status == StatusFrozen || j.rec.Status == StatusNotTunable || j.rec.Status == StatusRejected:
		return "not on a night that is " + j.rec.Status
	case j.rest() != "":
		return "people rolled the file back, and no newer run has come"
	case len(j.nights) == 0 || len(j.kept) < leastBaseline:
		return fmt.Sprintf("%d nights of the baseline are needed first", leastBaseline)
	case j.previous == nil || j.fileBefore().id != f.id:
		return "the file changes tonight"
	case j.missed(j.all[len(j.all)-1], j.clock):
		return "a run was due, and its log has not come"
	case len(f.settings) > len(j.enforced()) && j.adopted(j.rec.learned(f.settings)) < holdRuns:
		return fmt.Sprintf("the file is held until %d runs have used it", holdRuns)
	}
	return ""
}
