package learner

import (
	"fmt"
	"slices"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
)

// A quarantine is what files of ours held and turned out wrong, with why: by the
// marker that the runs carried, by what was learned of it, and by the text of
// the action that the runs had. It follows from the runs, and stays while some
// run carries the marker: the reference moves a little every night, and a file
// must not come and go with it. It ends where the baseline turns out to have
// changed its level before: then it was not the file.
//
//   - A class of failure that people's runs never had takes a file back at once:
//     for good if it is one of memory, or more than chance gives (see
//     accidental), and for some runs if it may have been an accident.
//   - A failure of a class that they have, or a time above the upper bound of
//     the prediction at the run's size, does so on two of three adopted runs. For
//     time alone exploration may draw it again later, and clear it.
//
// Runs in which code, --conf or SET beat a part of the file are judged as well:
// it is the file that brings them the rest.
type quarantine struct {
	files   map[string]string // by marker
	actions map[string]string // by text
	learned []withdrawn
	passing map[string]bool            // markers of files that come back by themselves
	memory  map[string]null.Null[bool] // by marker: for a failure of memory; null as in Written
	retry   map[string]bool            // markers of what was learned and chance may draw again
}

// withdrawn are settings that were taken back.
type withdrawn struct {
	settings map[string]string
	why      string
	memory   bool // for a failure of memory
}

// quarantine judges the files by the runs that carry their markers.
func (s *study) quarantine() quarantine {
	q := quarantine{files: map[string]string{}, actions: map[string]string{}, passing: map[string]bool{}, memory: map[string]null.Null[bool]{}, retry: map[string]bool{}}
	carried := map[string][]*features.Run{}
	for _, r := range s.all {
		if id := r.RecommendationID; id != "" && !s.peoples(r) && s.counts(r) && s.carries(r) {
			carried[id] = append(carried[id], r)
		}
	}
	usual := s.usualFailures()
	for _, id := range sortedKeys(carried) {
		runs := carried[id]
		v := s.verdictOn(runs)
		why, action := v.why, v.action
		q.passing[id] = v.passes
		memory := null.Of(slices.ContainsFunc(runs, func(r *features.Run) bool {
			return slices.ContainsFunc(memoryFailures(r), func(f string) bool { return !usual[f] })
		}))
		w, known := s.written(id)
		// What an older version judged, by rules that are no more, its runs say again.
		if known && why == "" && !v.passes && w.BadMemory.OK && s.staysBad(w) {
			why, memory = w.Bad, w.BadMemory
			for _, r := range runs {
				if ok, _ := s.follows(r); ok {
					action = s.actionOf(r)
				}
			}
		}
		if why == "" {
			continue
		}
		q.files[id], q.memory[id] = why, memory
		if action != nil {
			q.actions[action.text] = why
		}
		held := w.learned()
		if v.retry {
			q.retry[id], q.retry[RecommendationID(s.name, held)] = true, len(held) > 0
		}
		if len(held) > 0 {
			q.learned = append(q.learned, withdrawn{held, why, memory.V})
		}
	}
	if p := s.previous; p != nil {
		for _, w := range p.Files { // of a variant: what another plan's runs showed
			if carried[w.ID] != nil || !s.carried[w.ID] || !s.staysBad(w) {
				continue
			}
			q.files[w.ID], q.memory[w.ID] = w.Bad, w.BadMemory
			if held := w.learned(); len(held) > 0 {
				q.learned = append(q.learned, withdrawn{held, w.Bad, w.BadMemory.V})
			}
		}
	}
	return q
}

// staysBad reports whether what was quarantined on an earlier night stays so by
// itself: until the baseline turns out to have changed its level before.
func (h *history) staysBad(w Written) bool {
	return w.Bad != "" && (h.level == nil || w.BadSince <= h.levelAfter)
}

// carries reports whether a run had something of the file whose marker it
// shows: all of it, or of what was learned a key that the baseline has otherwise.
func (s *study) carries(r *features.Run) bool {
	if ok, _ := s.follows(r); ok {
		return true
	}
	w, _ := s.written(r.RecommendationID)
	beaten := s.beats(r, w.Settings)
	return slices.ContainsFunc(sortedKeys(w.learned()), func(k string) bool {
		return !slices.Contains(beaten, k) && w.Settings[k] != s.base().set[k]
	})
}

// of says why settings that were learned are in quarantine; "": they are not.
func (q quarantine) of(pipeline string, learned map[string]string) string {
	id := RecommendationID(pipeline, learned)
	for _, t := range q.learned {
		if RecommendationID(pipeline, t.settings) == id {
			return t.why
		}
	}
	return q.files[id] // a marker from before anything was remembered
}

// like says which settings that are nearly the same failed of memory: what is
// only predicted does not lie on the safe side of them.
func (q quarantine) like(set map[string]string) string {
	for _, t := range q.learned {
		if t.memory && near(t.settings, set) {
			return fmt.Sprintf("nearly the same as %s: %s", settingsText(t.settings), t.why)
		}
	}
	return ""
}

// beaten are the keys that something beats here, with why: the newest run whose
// file held the key had another value, and none since shows otherwise. One that
// has yet another value does, or one in which nobody sets the key. Where an
// earlier run had the key from a file, it was that one run's word, and passes
// after as many runs as an accident.
func (h *history) beaten() map[string]string {
	why, decided := map[string]string{}, map[string]*features.Run{}
	for i, r := range slices.Backward(h.all) {
		w, known := h.written(r.RecommendationID)
		if !known || h.peoples(r) || !h.counts(r) {
			continue
		}
		lost := h.beats(r, w.Settings)
		for _, k := range sortedKeys(w.Settings) {
			if last := decided[k]; last != nil {
				if !slices.Contains(lost, k) && h.since(last) >= probation {
					delete(why, k)
				}
				continue
			}
			decided[k] = r
			v, _ := h.had(r, k)
			if slices.Contains(lost, k) && !slices.ContainsFunc(h.all[i+1:], func(later *features.Run) bool { return h.shows(later, k, v) }) {
				why[k] = fmt.Sprintf("on %s the file asked for %s=%s and the run had %s: code, --conf or SET beats a file", r.Night, k, w.Settings[k], orUnset(v))
			}
		}
	}
	return why
}

// shows reports whether a run tells that nobody sets a key to a value any more.
func (h *history) shows(r *features.Run, key, beating string) bool {
	if !h.counts(r) {
		return false
	}
	v, known := h.had(r, key)
	return known && (v != beating || r.ConfEffective[key].Source == features.FromDefault)
}

func orUnset(value string) string {
	if value == "" {
		return "none"
	}
	return value
}
