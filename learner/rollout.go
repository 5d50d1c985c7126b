package learner

import (
	"cmp"
	"slices"
)

// mostChanged is the share of the pipelines that may change in one night.
const mostChanged = 0.05

// rollOut lets at most 5 % of the pipelines, and at least one, change per night
// in the modes approve and auto (guard 5): those that save most seconds first.
// The others keep their file and wait.
func rollOut(js []*judgement, cfg Config) {
	if cfg.Mode == ModeAdvise {
		return
	}
	left := max(1, int(mostChanged*float64(len(js))))
	var fresh []*judgement
	for _, j := range js {
		if j.gain == 0 || j.rec.Status != StatusProposed && j.rec.Status != StatusAccepted {
			continue
		}
		switch p := j.previous; {
		case p != nil && p.ID == j.rec.ID && p.Status == j.rec.Status:
			if p.Since == tonight(cfg.Now) {
				left-- // an earlier pass over this night
			}
		case j.say.accepted[j.rec.ID]:
		default:
			fresh = append(fresh, j)
		}
	}
	slices.SortFunc(fresh, func(a, b *judgement) int {
		return cmp.Or(cmp.Compare(b.gain, a.gain), cmp.Compare(a.name, b.name))
	})
	for i, j := range fresh {
		if i >= left {
			j.wait("its turn comes: at most 5 % of the pipelines change per night", "Waits: at most 5 % of the pipelines change per night. "+j.rec.Reason)
		}
	}
}

// wait takes the night's proposal back until its turn, and says why among what is
// rejected and as the night's reason; what the night took out of the file stays out.
func (j *judgement) wait(why, reason string) {
	before := j.bound()
	j.rec.Rejected = append([]Rejected{{
		Settings: values(j.rec.Settings), Why: why,
		Runtime: j.rec.Expected.RuntimeRatio, High: j.rec.Expected.High,
	}}, j.rec.Rejected...)
	j.rec.Status, j.rec.Reason, j.rec.Settings, j.rec.File = StatusUnchanged, reason, map[string]Proposed{}, map[string]string{}
	if j.takenBack != "" {
		j.rec.Status, j.rec.Reason = StatusRejected, j.takenBack+". "+reason
	}
	j.rec.Expected = Expected{BaselineS: j.rec.Expected.BaselineS}
	if len(before) > 0 {
		why := "accepted on an earlier night"
		j.rec.Status = StatusAccepted
		if j.cfg.Mode == ModeAdvise && !j.say.accepted[RecommendationID(j.name, before)] {
			j.rec.Status, why = StatusProposed, "in use since an earlier night"
		}
		j.keep(before, why)
		j.rec.File = before
	}
	j.enforce()
	j.seal()
}

// bound are the settings that stand and bind: in mode advise a proposal that
// nobody accepted does so only where runs use it. What is taken back tonight does not.
func (j *judgement) bound() map[string]string {
	if j.takenBack != "" {
		return nil
	}
	before := j.standing()
	if j.cfg.Mode == ModeAdvise && !j.say.accepted[RecommendationID(j.name, before)] && j.adopted(before) == 0 {
		return nil
	}
	return before
}

func values(m map[string]Proposed) map[string]string {
	out := map[string]string{}
	for k, v := range m {
		out[k] = v.Value
	}
	return out
}
