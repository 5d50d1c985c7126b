package learner

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// Adoption is what became of the settings file: whether runs use it, and what
// they took. It follows from the runs' markers; the file that it speaks of, and
// since when it holds what it holds, come from the night before.
type Adoption struct {
	State      string             `json:"state"`      // see the constants; empty: nothing of ours
	ID         string             `json:"id"`         // marker of the file it speaks of
	Since      string             `json:"since"`      // night since which the state stands
	Key        string             `json:"key"`        // overridden: the first key that the newest run had otherwise
	Value      string             `json:"value"`      // and the value it had
	Runs       int64              `json:"runs"`       // batch runs since the file was written, explored ones aside
	Adopted    int64              `json:"adopted"`    // of these, with the marker and every key as in the file
	Overridden int64              `json:"overridden"` // with the marker and another value somewhere
	Failed     int64              `json:"failed"`     // with the marker, and failed
	Ratio      null.Null[float64] `json:"ratio"`      // run time of comparable adopted runs over the baseline's at equal input
	Low        null.Null[float64] `json:"low"`        // 90 % interval
	High       null.Null[float64] `json:"high"`       // 90 % interval
	Why        string             `json:"why"`        // rolled_back, quarantined: the reason
}

// States of an Adoption.
const (
	AdoptionProposed    = "proposed"    // no run since could have used it
	AdoptionInForce     = "in_force"    // the newest run used it
	AdoptionNotAdopted  = "not_adopted" // the newest run carries no marker, or an older one
	AdoptionOverridden  = "overridden"  // the newest run carries it, and something beat the file
	AdoptionConfirmed   = "confirmed"   // in force, and its adopted runs show by themselves that it is faster
	AdoptionRolledBack  = "rolled_back" // taken back tonight
	AdoptionQuarantined = "quarantined" // taken back on an earlier night, and kept away
)

// A Written is one content that the settings file had. Markers are hashes: what
// they stand for has to be remembered for as long as some run carries them.
type Written struct {
	ID       string            `json:"id"`       // marker
	Since    string            `json:"since"`    // night it was first written
	Settings map[string]string `json:"settings"` // what the file held
	Fixed    []string          `json:"fixed"`    // keys of these that people fixed, as of the last night that wrote it
	Explored bool              `json:"explored"` // drawn, and never proposed
	Bad      string            `json:"bad"`      // why it is quarantined; empty: it is not
	BadSince string            `json:"bad_since"`
	// Run is the key of the newest run that trained on that night: its plan,
	// release and cluster are those that the file was written for.
	Run string `json:"run"`
	// Whether that is a failure of memory: null where it is not bad, or an older
	// version judged it.
	BadMemory null.Null[bool] `json:"bad_memory"`
	// What was expected of what was learned in it, as a ratio to the baseline's
	// time, on the night that first proposed that and before any run followed it:
	// null where the file was no proposal of that night, or an older version wrote it.
	Promised     null.Null[float64] `json:"promised"`
	PromisedLow  null.Null[float64] `json:"promised_low"` // 90 % interval
	PromisedHigh null.Null[float64] `json:"promised_high"`
}

// learned is what the file held less what people fixed.
func (w Written) learned() map[string]string {
	m := maps.Clone(w.Settings)
	for _, k := range w.Fixed {
		delete(m, k)
	}
	return m
}

// written is the content that a marker stands for.
func (h *history) written(id string) (Written, bool) {
	p := h.previous
	if p == nil {
		return Written{}, false
	}
	for _, w := range p.Files {
		if w.ID == id {
			return w, true
		}
	}
	switch id {
	case p.FileID:
		return Written{ID: id, Since: p.Since, Settings: p.File, Fixed: p.fixed(p.File)}, true
	case p.ID:
		return Written{ID: id, Since: p.Since, Settings: values(p.Settings)}, true
	}
	return Written{}, false
}

// files is the record of what the file held, oldest first, with tonight's
// content: what no run carries any more, no late log may, and the file did not
// hold last night is dropped. A file that holds nothing needs no record.
func (j *judgement) files() []Written {
	carried := map[string]bool{j.rec.FileID: true, j.fileBefore().id: true}
	for _, r := range j.all {
		carried[r.RecommendationID] = true
	}
	maps.Copy(carried, j.carried)
	for _, u := range j.rec.Exploration.Unseen { // the log may come yet
		carried[u.ID] = true
	}
	list := []Written{}
	if j.previous != nil {
		carried[j.previous.FileID] = true
		list = slices.DeleteFunc(slices.Clone(j.previous.Files), func(w Written) bool { return !carried[w.ID] })
	}
	for i := range list {
		w := &list[i]
		switch why := j.bad.files[w.ID]; {
		case len(j.nights) == 0: // nothing to judge by tonight
		case why == "" || j.bad.passing[w.ID] && !w.BadMemory.OK:
			w.Bad, w.BadSince, w.BadMemory = "", "", null.Null[bool]{}
		case !w.BadMemory.OK: // new, or of an older version
			if w.Bad == "" {
				w.BadSince = tonight(j.cfg.Now)
			}
			w.Bad, w.BadMemory = why, j.bad.memory[w.ID]
		}
	}
	if len(j.rec.File) == 0 {
		return list
	}
	now := Written{ID: j.rec.FileID, Since: tonight(j.cfg.Now), Settings: j.rec.File, Fixed: j.rec.fixed(j.rec.File), Explored: j.rec.Exploration.Key != ""}
	if !now.Explored && maps.Equal(j.rec.Proposal(), j.rec.Held()) {
		j.promise(&now, list)
	}
	if n := len(j.nights); n > 0 {
		now.Run = j.nights[n-1].run.RunKey
	}
	i := slices.IndexFunc(list, func(w Written) bool { return w.ID == now.ID })
	if i < 0 {
		return append(list, now)
	}
	switch w := &list[i]; {
	case w.Explored && !now.Explored: // a draw that is proposed now: only now is something promised
		w.Explored, w.Since, w.Run = false, now.Since, now.Run
		w.Promised, w.PromisedLow, w.PromisedHigh = now.Promised, now.PromisedLow, now.PromisedHigh
	case j.previous.FileID != now.ID && j.fileBefore().id != now.ID: // written again
		w.Since, w.Run = now.Since, now.Run
	}
	list[i].Fixed = now.Fixed // people may have fixed what stood, or freed it: the content is the same
	return list
}

// promise adds what is expected of what a file holds, unless runs have told
// already: then it is what was promised before they did, with other pins beside
// it, or nothing.
func (j *judgement) promise(now *Written, before []Written) {
	learned := now.learned()
	for _, w := range before {
		if w.Promised.OK && maps.Equal(w.learned(), learned) {
			now.Promised, now.PromisedLow, now.PromisedHigh = w.Promised, w.PromisedLow, w.PromisedHigh
			return
		}
	}
	if e := j.rec.Expected; !anyNight(j.under(learned), func(n *night) bool { return n.behaviour == recommended }) {
		now.Promised, now.PromisedLow, now.PromisedHigh = e.RuntimeRatio, e.Low, e.High
	}
}

// had is what a run had of a key. conf_effective holds tunable keys alone; what
// people fixed besides is among the properties that the log states. False: no
// log tells.
func (h *history) had(r *features.Run, key string) (string, bool) {
	if v, ok := r.ConfEffective[key]; ok {
		return h.sets[r][key], v.Source != features.FromUnknown
	}
	v := r.ConfLogged[key]
	return sparkconf.Canonical(key, v), v != sparkconf.Redacted
}

// beats lists the keys of a file that a run had otherwise: code, --conf and SET
// beat a file. What a log hides is taken to be as asked for.
func (h *history) beats(r *features.Run, file map[string]string) []string {
	return slices.DeleteFunc(sortedKeys(file), func(k string) bool {
		v, known := h.had(r, k)
		return v == file[k] || !known
	})
}

// follows reports whether a run had exactly what the file of its marker asked
// for, and if not, which key was beaten.
func (h *history) follows(r *features.Run) (ok bool, key string) {
	id, set := r.RecommendationID, h.sets[r]
	w, known := h.written(id)
	if !known { // a marker from before anything was remembered: its hash has to fit
		if len(h.actions) == 0 {
			return false, ""
		}
		changed := map[string]string{}
		for _, k := range set.diff(h.base().set, h.varied) {
			changed[k] = set[k]
		}
		return id == RecommendationID(h.name, changed), ""
	}
	if beaten := h.beats(r, w.Settings); len(beaten) > 0 {
		return false, beaten[0]
	}
	return true, ""
}

// adoption judges the file that stands after tonight; where it holds nothing
// of ours, what was taken out of it last.
func (j *judgement) adoption() Adoption {
	f := j.standingFile()
	switch {
	case j.takenBack != "" && (j.rec.Status == StatusRejected || len(j.rec.learned(f.settings)) == 0):
		a := j.rolledBack()
		if p := j.previous; p != nil && p.Adoption.State == AdoptionRolledBack && p.Adoption.Why == a.Why {
			a.ID, a.Since = p.Adoption.ID, p.Adoption.Since
		}
		return a
	case len(f.settings) > 0:
		return j.count(f.id)
	case j.rec.Status == StatusProposed: // and not in the file: mode approve
		return Adoption{State: AdoptionProposed, ID: j.rec.ID, Since: j.rec.Since}
	}
	return j.lastTakenBack()
}

// rolledBack is what tonight took out of the file.
func (j *judgement) rolledBack() Adoption {
	a := j.count(j.fileBefore().id)
	a.State, a.Since, a.Why, a.Key, a.Value = AdoptionRolledBack, tonight(j.cfg.Now), j.takenBack, "", ""
	return a
}

// takenBeside is what was taken back, where the adoption speaks of another file:
// in mode advise the next proposal stands the same night.
func (j *judgement) takenBeside() Adoption {
	p := j.previous
	var a Adoption
	switch {
	case j.rec.Adoption.State == AdoptionRolledBack || j.rec.Adoption.State == AdoptionQuarantined:
		return a
	case j.takenBack != "":
		a = j.rolledBack()
	case p != nil && p.TakenBack.State == AdoptionRolledBack && p.TakenBack.Since == tonight(j.cfg.Now):
		a = p.TakenBack // decided again the same night
	default:
		a = j.lastTakenBack()
	}
	if a.ID == j.rec.Adoption.ID {
		return Adoption{} // it stands again
	}
	return a
}

// count walks through the runs since a file was written.
func (j *judgement) count(id string) Adoption {
	a := Adoption{State: AdoptionProposed, ID: id, Since: tonight(j.cfg.Now)}
	w, known := j.written(id)
	if known {
		a.Since = w.Since
	}
	state := func(s, night string) {
		if a.State != s {
			a.State, a.Since = s, night
		}
	}
	adopted := j.verification()
	for _, r := range j.all {
		carries := r.RecommendationID == id
		if !j.counts(r) || !carries && (!known || r.Night <= w.Since) || drawnRun(r) && !carries {
			continue
		}
		a.Runs++
		a.Key, a.Value = "", ""
		if !carries {
			state(AdoptionNotAdopted, r.Night)
			continue
		}
		if failedRun(r, j.clock) {
			a.Failed++
		}
		ok, key := j.follows(r)
		if !ok {
			a.Overridden++
			a.Key = key
			a.Value, _ = j.had(r, key)
			state(AdoptionOverridden, r.Night)
			continue
		}
		a.Adopted++
		if n := j.nightOf[r]; n != nil && n.action != 0 {
			adopted.add(n)
			a.Ratio, a.Low, a.High = adopted.ratio()
		}
		if adopted.runs >= holdRuns && a.High.V < 1 {
			state(AdoptionConfirmed, r.Night)
		} else {
			state(AdoptionInForce, r.Night)
		}
	}
	return a
}

// counts reports whether a run could have used the settings file.
func (h *history) counts(r *features.Run) bool {
	return (r.Kind == features.Batch || r.Kind == "") && (r.Outcome != features.Incomplete || failedRun(r, h.clock))
}

// A verification is what adopted nights took against the baseline: the mean of
// their log ratios at equal input, with the night's noise over their number, a
// switch's over their stretches, and the baseline's own.
type verification struct {
	*study
	runs       int
	gain, size float64 // sums
	blocks     map[int]bool
	seen       sizes   // of the baseline
	widened    float64 // z of the 90 % interval
}

func (s *study) verification() *verification {
	v := &verification{study: s, blocks: map[int]bool{}, widened: widen(z90, s.noise.df)}
	if len(s.actions) > 0 { // else no run trains, and none is added
		v.seen = sizesOf(s.base().runs)
	}
	return v
}

func (v *verification) add(n *night) {
	v.runs++
	v.gain += v.study.gain(n)
	v.size += n.logSize
	v.blocks[n.block] = true
}

// ratio is the run time over the baseline's with its 90 % interval.
func (v *verification) ratio() (ratio, low, high null.Null[float64]) {
	n := float64(v.runs)
	gain := v.gain / n
	w := v.widened * math.Sqrt(v.noise.night/n+v.noise.placebo/float64(len(v.blocks))+v.line.variance(v.size/n, v.noise.night)+bend(v.size/n, v.seen))
	return null.Of(math.Exp(-gain)), null.Of(math.Exp(-gain - w)), null.Of(math.Exp(-gain + w))
}

// lastTakenBack is the newest file that turned out wrong.
func (j *judgement) lastTakenBack() Adoption {
	for _, r := range slices.Backward(j.all) {
		id := r.RecommendationID
		why := j.bad.files[id]
		if id != "" && why == "" && j.say.rolledBack[id] {
			why = rolledBackByPeople
		}
		if id != "" && why != "" && !drawnRun(r) && !j.peoples(r) {
			a := j.count(id)
			a.State, a.Since, a.Why, a.Key, a.Value = AdoptionQuarantined, r.Night, why, "", ""
			return a
		}
	}
	if p := j.previous; p != nil {
		for _, a := range []Adoption{p.Adoption, p.TakenBack} {
			if (a.State == AdoptionRolledBack || a.State == AdoptionQuarantined) && j.say.rolledBack[a.ID] {
				a.State = AdoptionQuarantined
				return a
			}
		}
	}
	return Adoption{}
}

// said lists what people's words come to, for people to read.
func (s say) said() []string {
	list := []string{}
	if s.frozen {
		list = append(list, "frozen")
	}
	for _, k := range sortedKeys(s.pins) {
		list = append(list, "pinned "+k+"="+s.pins[k])
	}
	for _, x := range []struct {
		word string
		ids  map[string]bool
	}{{"accepted", s.accepted}, {"rejected", s.rejected}, {"rolled back", s.rolledBack}} {
		for _, id := range sortedKeys(x.ids) {
			list = append(list, fmt.Sprintf("%s %s", x.word, id))
		}
	}
	return list
}

// finish adds to the recommendation what follows from all that was decided.
func (j *judgement) finish() {
	j.rec.Files = j.files()
	j.rec.Adoption = j.adoption()
	j.rec.TakenBack = j.takenBeside()
	j.rec.Savings = j.savings()
	j.rec.Said = j.say.said()
	j.rec.LeftOut = append(j.rec.LeftOut, j.impossible()...)
	j.rec.Advice = append(j.rec.Advice, j.rec.LeftOut...)
	j.rec.Drift = j.drifts()
}
