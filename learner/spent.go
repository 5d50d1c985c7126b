package learner

import (
	"math"
	"slices"
	"time"

	"github.com/spark-apprentice/apprentice/features"
)

// account adds up what exploration has lost: what its runs show, which a new
// plan or level moves and does not undo, and the worst of draws whose logs are
// missing, until they come.
func (j *judgement) account() {
	x, seen := &j.rec.Exploration, 0.0
	if len(j.nights) > 0 && len(j.kept) > 0 {
		x.Runs, seen = j.spent()
	}
	x.Unseen = []UnseenDraw{}
	if p := j.previous; p != nil {
		before := p.Exploration
		if len(before.Unseen) == 0 {
			before.UnseenS = 0 // of a state that does not say which draws: it stays lost
		}
		x.Runs, seen = max(x.Runs, before.Runs), max(seen, before.SpentS-before.UnseenS)
		for _, u := range before.Unseen {
			if !j.came(u) {
				x.Unseen = append(x.Unseen, u)
			}
		}
		if u, lost := j.unseen(before); lost {
			x.Unseen = append(x.Unseen, u)
		}
	}
	for _, u := range x.Unseen {
		x.UnseenS += u.RiskS
	}
	x.SpentS = seen + x.UnseenS
}

// unseen is last night's draw if a run was due after it that left no log,
// whether or not another has come since.
func (j *judgement) unseen(x Exploration) (UnseenDraw, bool) {
	if x.Key == "" || len(j.all) == 0 {
		return UnseenDraw{}, false
	}
	before, after := j.around(x)
	u := UnseenDraw{ID: j.previous.FileID, Night: x.Night, Before: tonight(j.cfg.Now.Add(24 * time.Hour)), RiskS: x.RiskS}
	until := j.clock
	if after != nil {
		u.Before, until = after.Night, after.StartedAt.V
	}
	return u, before != nil && j.missed(before, until)
}

// came reports whether the log of an unseen draw has come: of a later night, or
// of the same, as in [judgement.around].
func (j *judgement) came(u UnseenDraw) bool {
	for _, r := range j.all {
		if r.RecommendationID == u.ID && drawnRun(r) && u.Night <= r.Night && r.Night < u.Before {
			return true
		}
	}
	return false
}

// around are the last run before a draw and the first after it: of a later
// night, or of the same with what was drawn. nil: none.
func (j *judgement) around(x Exploration) (before, after *features.Run) {
	for _, r := range j.all {
		if r.Night > x.Night || r.Night == x.Night && drawnRun(r) && r.RecommendationID == j.previous.FileID {
			return before, r
		}
		before = r
	}
	return before, nil
}

// missed reports whether a run was due between a run and a time.
func (j *judgement) missed(after *features.Run, until time.Time) bool {
	_, usual := j.gaps()
	return after.StartedAt.OK && !until.IsZero() && overdue(after.StartedAt.V, until, usual)
}

// rhythmNights is how many nights with runs tell how many runs a night has.
const rhythmNights = 14

// runsToCome is how many runs may use what is drawn tonight: a night's, twice
// where one must have run whose log comes later. A night's are the second most
// of late, since a single one may have made up for others; a run that failed is
// followed by one in its place.
func (j *judgement) runsToCome() int {
	var counts []int
	night := ""
	for i := len(j.all) - 1; i >= 0; i-- {
		r := j.all[i]
		if !j.counts(r) || failedRun(r, j.clock) {
			continue
		}
		if r.Night != night {
			if night = r.Night; len(counts) == rhythmNights {
				break
			}
			counts = append(counts, 0)
		}
		counts[len(counts)-1]++
	}
	if len(counts) == 0 {
		return 1
	}
	slices.Sort(counts)
	n := counts[max(0, len(counts)-2)]
	newest := j.all[len(j.all)-1].StartedAt
	if _, usual := j.gaps(); newest.OK && usual > 0 && j.clock.Sub(newest.V) > usual {
		n *= 2
	}
	return n
}

// spent is what exploration has cost: for each explored run the time beyond
// what stood would have taken at its size, for one that failed its own time and
// a night's, since somebody runs it again.
func (j *judgement) spent() (runs int64, total float64) {
	usual := math.Exp(j.line.at(j.nextSize()))
	stood := 0.0 // log speed-up of what stood
	for _, r := range j.all {
		n := j.nightOf[r]
		if !drawnRun(r) {
			if n != nil {
				stood = j.speedUp(n)
			}
			continue
		}
		runs++
		took := r.DurationS.Or(0) - r.ExecutorWaitS.Or(0)
		switch {
		case failedRun(r, j.clock):
			total += took + usual
		case n != nil:
			total += max(0, took-math.Exp(j.line.at(n.logSize)-stood))
		default:
			total += max(0, took-usual*math.Exp(-stood))
		}
	}
	return runs, total
}

// speedUp is what is known of the settings of a night.
func (j *judgement) speedUp(n *night) float64 {
	if t := j.trialOf(n); t != nil {
		return mean(t.gains)
	}
	return 0
}
