package learner

import (
	"fmt"
	"maps"
	"math"
	"time"

	"github.com/spark-apprentice/apprentice/internal/null"
)

// settle turns the night's choice, nil for the baseline, into a status and a
// file: by mode, by what people said, and by what stands since earlier nights.
func (j *judgement) settle(taken *candidate) {
	before := j.standing()
	id := RecommendationID(j.name, before)
	why := j.bad.of(j.name, before)
	switch {
	case j.say.rolledBack[id]:
		why = rolledBackByPeople
	case j.say.rejected[id]:
		why = "rejected by people"
	case why == "" && j.silent():
		why = silentReason
	case why == "" && !j.say.accepted[id] && j.contextLost() != "":
		why = j.contextLost()
	}
	switch adopted := j.adopted(before); {
	case j.say.frozen:
		j.freeze()
		return
	case len(before) == 0 && j.stillSilent():
		j.rec.Status, j.rec.Reason, j.takenBack = StatusRejected, j.previous.Reason, j.previous.Adoption.Why
	case len(before) > 0 && why != "":
		j.rec.Status, j.rec.Reason, j.takenBack = StatusRejected, why+".", why
		switch rest := j.rest(); {
		case rest != "":
			j.rec.Reason += " " + rest
		case taken != nil && j.cfg.Mode == ModeAdvise:
			j.take(taken)
		}
	case len(before) == 0 && j.rest() != "":
		j.rec.Status, j.rec.Reason = StatusUnchanged, "Rolled back by people. "+j.rest()
	case len(before) > 0 && j.holds(adopted) && !sameSettings(before, taken, j):
		j.rec.Status = StatusAccepted
		if j.cfg.Mode == ModeAdvise {
			j.rec.Status = StatusProposed
		}
		j.rec.Reason = fmt.Sprintf("Held: %d of %d adopted runs; a change is judged after that.", adopted, holdRuns)
		j.keep(before, "held")
		j.rec.File = before
	case taken == nil && len(before) > 0 && j.cfg.Mode != ModeAdvise:
		j.rec.Status = StatusAccepted
		j.keep(before, "accepted on an earlier night, and nothing speaks for going back")
		j.rec.File = before
	case taken != nil:
		j.take(taken)
		if j.rec.Status == StatusProposed && j.cfg.Mode != ModeAdvise {
			j.rec.File = before
		}
	default:
		j.rec.Status = StatusUnchanged
	}
	j.enforce()
	j.seal()
}

// leave settles a pipeline that is not tuned: what was learned goes, what people
// said stays.
func (j *judgement) leave() {
	if j.say.frozen {
		why := j.rec.Reason
		j.freeze()
		j.rec.Reason += " " + why
		return
	}
	j.enforce()
	j.seal()
}

// freeze leaves the file as it is.
func (j *judgement) freeze() {
	j.rec.Status, j.rec.Reason = StatusFrozen, "Frozen by people: the file stays as it is."
	j.rec.File = j.fileBefore().settings
	j.keep(j.rec.File, "frozen")
	j.seal()
}

// take proposes a candidate.
func (j *judgement) take(c *candidate) {
	ratio, low, high := c.est.interval(z90)
	want := j.wanted(c.trial)
	why, seen := fmt.Sprintf("%s in %s ran in %.2f of the baseline's time at equal input (90 %%: %.2f to %.2f)",
		count(len(c.nights), "run"), count(c.blocks, "block"), ratio, low, high), fmt.Sprintf("%s of %s", count(len(c.nights), "run"), count(c.blocks, "block"))
	if len(c.nights) == 0 {
		seen = "predicted from " + count(len(j.whatIf.sources), "replayed run")
		why = fmt.Sprintf("predicted to run in %.2f of the baseline's time (90 %%: %.2f to %.2f)", ratio, low, high)
		if r := j.whatIf.foresee(c.proposal()).reasons(); r != "" {
			why += ": " + r
		}
	}
	if c.est.stretch > 0 {
		why += ", both at the coming run's input, which is far from theirs"
	}
	for k, v := range want {
		j.rec.Settings[k] = Proposed{Value: v, Current: j.base().set[k], Evidence: c.est.class, Why: why}
	}
	j.rec.Expected.RuntimeRatio, j.rec.Expected.Low, j.rec.Expected.High = null.Of(ratio), null.Of(low), null.Of(high)
	j.rec.Expected.CostRatio = c.cost
	j.gain = j.rec.Expected.BaselineS.V * (1 - math.Exp(-c.est.bound(j.gateZ(c.est.class))))
	_, _, worst := c.est.interval(j.gateZ(c.est.class))
	surely := fmt.Sprintf("at least %.0f %%", 100*(1-worst))
	if worst >= 1 {
		surely = "which is not certain at that input"
	}
	reason := fmt.Sprintf("%s: %s against %s of the baseline, %.0f %% less time, %s.", settingsText(want),
		seen, count(len(j.kept), "run"), 100*(1-ratio), surely)
	j.rec.Status, j.rec.Reason = StatusProposed, reason
	id := RecommendationID(j.name, j.unfixed(want))
	stands := j.previous != nil && j.previous.Status == StatusAccepted && j.previous.ID == id
	if j.cfg.Mode == ModeAuto || j.say.accepted[id] || stands {
		j.rec.Status = StatusAccepted
	}
	j.rec.File = want
}

// standing are the settings that the file holds since an earlier night, people's
// enforced ones aside: what was accepted last, or, in mode advise, proposed. What
// mode advise left there stands in no other mode.
func (j *judgement) standing() map[string]string {
	p := j.previous
	if p == nil || j.unaccepted() {
		return nil
	}
	if j.say.accepted[p.ID] {
		return p.Proposal()
	}
	return p.learned(j.fileBefore().settings)
}

// unaccepted reports whether the file holds what mode advise proposed, in a mode
// in which a file binds. A proposal is nobody's acceptance: it stands if a person
// accepted it or, in mode auto, if runs show that people put it in force; then it
// is judged by them as any other file.
func (j *judgement) unaccepted() bool {
	p := j.previous
	if j.cfg.Mode == ModeAdvise || !p.advised() || j.say.accepted[p.ID] {
		return false
	}
	if j.cfg.Mode == ModeAuto {
		s := j.count(j.fileBefore().id).State
		return s != AdoptionInForce && s != AdoptionConfirmed
	}
	return true
}

// advised reports whether a file was written in mode advise and accepted by
// nobody. States of versions without the column have the mode to tell.
func (r *Recommendation) advised() bool {
	return r != nil && (r.Advised || r.Mode == ModeAdvise && r.Status != StatusAccepted)
}

// A held file is what the settings file holds beside an exploration, and the
// marker of that.
type heldFile struct {
	settings map[string]string
	id       string
}

// fileOf is what a recommendation's file holds beside an exploration.
func fileOf(r *Recommendation) heldFile {
	switch {
	case r == nil || r.File == nil:
		return heldFile{map[string]string{}, ""}
	case r.Exploration.Key != "":
		return heldFile{r.Exploration.From, RecommendationID(r.Pipeline, r.Exploration.From)}
	}
	return heldFile{r.File, r.FileID}
}

// StandingID is the marker of what the file holds beside an exploration.
func (r *Recommendation) StandingID() string { return fileOf(r).id }

func (j *judgement) fileBefore() heldFile   { return fileOf(j.previous) }
func (j *judgement) standingFile() heldFile { return fileOf(&j.rec) }

// under are the nights that followed a file which held this, whatever people fixed
// beside it.
func (j *judgement) under(learned map[string]string) (nights []*night) {
	id := RecommendationID(j.name, learned)
	for _, n := range j.nights {
		if n.behaviour != recommended && n.behaviour != explored {
			continue
		}
		w, known := j.written(n.run.RecommendationID)
		if known && maps.Equal(w.learned(), learned) || !known && n.run.RecommendationID == id {
			nights = append(nights, n)
		}
	}
	return nights
}

// adopted counts them.
func (j *judgement) adopted(learned map[string]string) int { return len(j.under(learned)) }

// holds reports whether a change is too young to be replaced. In mode advise
// nobody is bound to use the file, so that only an adopted one is held; and none
// is where as many runs as a hold lasts have not used it.
func (j *judgement) holds(adopted int) bool {
	if adopted >= holdRuns || j.cfg.Mode == ModeAdvise && adopted == 0 {
		return false
	}
	a := j.count(j.fileBefore().id)
	return a.Runs-a.Adopted < holdRuns
}

func sameSettings(before map[string]string, taken *candidate, j *judgement) bool {
	return taken != nil && maps.Equal(before, j.unfixed(j.wanted(taken.trial)))
}

// keep shows settings that stand since an earlier night.
func (j *judgement) keep(set map[string]string, why string) {
	for k, v := range set {
		p := Proposed{Value: v, Evidence: observed, Why: why}
		if j.previous != nil && j.previous.Settings[k].Value == v {
			p = j.previous.Settings[k]
		}
		j.rec.Settings[k] = p
	}
	if j.previous != nil && j.previous.ID == RecommendationID(j.name, set) && !j.runsWith(set) {
		base := j.rec.Expected.BaselineS
		if j.rec.Expected = j.previous.Expected; base.OK {
			j.rec.Expected.BaselineS = base
		}
	}
}

// enforce adds what people fixed, to the file whatever the mode, and drops what
// would defeat it.
func (j *judgement) enforce() {
	e := j.enforced()
	j.rec.File = merged(j.rec.File, e)
	for _, k := range sortedKeys(j.rec.File) {
		if _, ok := e[k]; !ok && j.fixedBy(k) != "" {
			delete(j.rec.File, k)
			delete(j.rec.Settings, k)
		}
	}
	for k, v := range e {
		p := Proposed{Value: v, Evidence: enforced, Why: "enforced by people"}
		if len(j.nights) > 0 {
			p.Current = j.base().set[k]
		}
		j.rec.Settings[k] = p
	}
	if len(e) > 0 && (j.rec.Status == StatusUnchanged || j.rec.Status == StatusNotTunable) {
		j.rec.Reason = "People enforce " + settingsText(e) + ". " + j.rec.Reason
	}
}

// seal names what was decided: the proposal by its own settings, so that what
// people say of it stands whatever they enforce beside it.
func (j *judgement) seal() {
	j.leaveOut()
	j.rec.ID = RecommendationID(j.name, j.rec.Proposal())
	j.rec.FileID = RecommendationID(j.name, j.rec.File)
	j.rec.Advised = j.cfg.Mode == ModeAdvise && j.rec.Status == StatusProposed || j.rec.Status == StatusFrozen && j.previous.advised()
	j.rec.Since = tonight(j.cfg.Now)
	if p := j.previous; p != nil && p.ID == j.rec.ID && p.Status == j.rec.Status {
		j.rec.Since = p.Since
	}
}

// tonight is the date of the night, as in runs.night.
func tonight(now time.Time) string {
	if now.IsZero() {
		return ""
	}
	return now.UTC().Add(-12 * time.Hour).Format(time.DateOnly)
}
