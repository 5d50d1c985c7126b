package learner

import (
	"fmt"
	"slices"

	"github.com/spark-apprentice/apprentice/features"
)

// nearby is the ratio up to which two values of a key are near: predictions do
// not tell them apart, and who refused the one does not ask for the other.
const nearby = 2

// refused says who does not want settings: people rejected or rolled back
// these, or some that are nearly the same. What they accepted is theirs, and
// what stands or proved itself is not barred by what came after it.
func (j *judgement) refused(set map[string]string) string {
	set = j.unfixed(set)
	id := RecommendationID(j.name, set)
	switch {
	case j.say.rejected[id]:
		return "people rejected it"
	case j.say.rolledBack[id]:
		return "people rolled it back"
	case j.say.accepted[id]:
		return ""
	}
	for _, other := range sortedKeys(j.say.refused) {
		no := j.say.refused[other]
		if len(no) == 0 || !near(no, set) && (j.whatIf == nil || !j.whatIf.same(no, set)) {
			continue
		}
		if id == RecommendationID(j.name, j.standing()) || j.proved(set) {
			return ""
		}
		did := "rejected"
		if j.say.rolledBack[other] {
			did = "rolled back"
		}
		return fmt.Sprintf("people %s what is nearly the same: %s", did, settingsText(no))
	}
	return ""
}

// proved reports whether runs that followed settings, whatever people fixed beside
// them, showed by themselves that they are faster.
func (j *judgement) proved(set map[string]string) bool {
	v := j.verification()
	for _, n := range j.under(set) {
		if n.action != 0 {
			v.add(n)
		}
	}
	if v.runs < holdRuns {
		return false
	}
	_, _, high := v.ratio()
	return high.V < 1
}

// near reports whether settings hold all of what was refused: the same keys,
// with the same values or with numbers and sizes that differ by no more than a
// doubling. A further key makes no other proposal of it.
func near(refused, set map[string]string) bool {
	for k, x := range refused {
		y, ok := set[k]
		if !ok || x != y && !nearValues(x, y) {
			return false
		}
	}
	return true
}

func nearValues(x, y string) bool {
	v, ok := measure(x)
	w, also := measure(y)
	return ok && also && v > 0 && w > 0 && max(v, w) <= nearby*min(v, w)
}

// rest says until when nothing new is proposed after people rolled a file back:
// until a run that is newer than the rollback. What was known then led to what
// they did not want. It ends with what they accept.
func (j *judgement) rest() string {
	since := j.say.resting
	if since.IsZero() || slices.ContainsFunc(j.all, func(r *features.Run) bool {
		return j.counts(r) && r.StartedAt.OK && r.StartedAt.V.After(since)
	}) {
		return ""
	}
	return fmt.Sprintf("Nothing new is proposed until a run that started after %s UTC is read.", since.UTC().Format("2006-01-02 15:04"))
}
