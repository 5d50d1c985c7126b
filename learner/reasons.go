package learner

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
)

// reject lists the best of what was not taken, and all that failed.
func (j *judgement) reject(candidates []*candidate, taken *candidate) {
	const most = 5
	sorted := slices.Clone(candidates)
	slices.SortFunc(sorted, func(a, b *candidate) int {
		return cmp.Or(cmp.Compare(b2i(len(a.nights) == 0), b2i(len(b.nights) == 0)), cmp.Compare(b.est.gain, a.est.gain), cmp.Compare(a.text, b.text))
	})
	for _, c := range sorted {
		if c == taken || len(j.rec.Rejected) >= most && len(c.failed) == 0 {
			continue
		}
		r := Rejected{Settings: c.proposal(), Why: c.reason, Runs: int64(len(c.nights)), Blocks: int64(c.blocks)}
		if c.reason == "" {
			r.Why = "another setting has the better bound"
		}
		if len(c.gains) > 0 || c.est.class == simulated {
			ratio, _, high := c.est.interval(z90)
			r.Runtime, r.High = null.Of(ratio), null.Of(high)
		}
		j.rec.Rejected = append(j.rec.Rejected, r)
	}
}

func (j *judgement) notTunable() string {
	if j.rules.exclude != "" {
		return fmt.Sprintf("Excluded by people: constraint %q.", j.rules.exclude)
	}
	for _, r := range j.all {
		if r.Kind == features.Batch && !strings.HasPrefix(r.ExclusionReason, "not tunable") {
			return ""
		}
	}
	return "Not a batch pipeline: " + commonExclusion(j.all) + "."
}

// commonExclusion is the most frequent reason why runs do not train; ties go to
// the newest.
func commonExclusion(runs []*features.Run) string {
	n := map[string]int{}
	most := "no run is comparable"
	for _, r := range runs {
		if r.ExclusionReason != "" {
			if n[r.ExclusionReason]++; n[r.ExclusionReason] >= n[most] {
				most = r.ExclusionReason
			}
		}
	}
	return most
}

func (j *judgement) whyNothing(candidates []*candidate) string {
	if len(candidates) == 0 {
		same := "All " + count(len(j.nights), "comparable run") + " had the same settings"
		if len(j.nights) == 1 {
			same = "There is one comparable run"
		}
		if j.whatIf != nil {
			return same + ", and no other setting is predicted to pay."
		}
		return same + ": nothing to compare, and only what was seen decides."
	}
	top := slices.MaxFunc(candidates, func(a, b *candidate) int {
		return cmp.Or(cmp.Compare(len(a.nights), len(b.nights)), cmp.Compare(a.est.gain, b.est.gain), cmp.Compare(b.text, a.text))
	})
	most := "Most tried"
	if len(top.nights) == 0 {
		most = "Most promising"
	}
	return fmt.Sprintf("Of %s none is proven faster. %s: %s: %s.", count(len(candidates), "other setting"), most, settingsText(top.proposal()), top.reason)
}

func settingsText(m map[string]string) string {
	var parts []string
	for _, k := range sortedKeys(m) {
		v := m[k]
		if v == "" {
			v = "(unset)"
		}
		parts = append(parts, k+"="+v)
	}
	return strings.Join(parts, ", ")
}

func sortedKeys[M ~map[string]V, V any](m M) []string { return slices.Sorted(maps.Keys(m)) }
