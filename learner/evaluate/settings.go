package evaluate

import (
	"maps"
	"slices"
	"strings"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/learner"
)

// differences are the settings in which a run differs from another.
func differences(r, from *features.Run) map[string]string {
	d := map[string]string{}
	for _, conf := range []map[string]features.Setting{r.ConfEffective, from.ConfEffective} {
		for k := range conf {
			v, _ := r.InForce(k)
			if before, _ := from.InForce(k); v != before {
				d[k] = v
			}
		}
	}
	return d
}

// text spells settings: equal settings have equal text. Empty: none.
func text(settings map[string]string) string {
	var list []string
	for _, k := range slices.Sorted(maps.Keys(settings)) {
		list = append(list, k+"="+settings[k])
	}
	return strings.Join(list, ";")
}

// usual lists the runs under the settings of a baseline, as the learner states it
// over the agents' keys, that also agree in all other keys with the newest of them.
func usual(runs []*features.Run, baseline map[string]string, agents []learner.Agent) []*features.Run {
	var list []*features.Run
	for _, r := range runs {
		if has(r, baseline, agents) {
			list = append(list, r)
		}
	}
	if len(list) == 0 {
		return nil
	}
	newest := list[len(list)-1]
	return slices.DeleteFunc(list, func(r *features.Run) bool { return len(differences(r, newest)) > 0 })
}

func has(r *features.Run, baseline map[string]string, agents []learner.Agent) bool {
	for _, a := range agents {
		for _, k := range a.Keys {
			if v, _ := r.InForce(k.Name); v != baseline[k.Name] {
				return false
			}
		}
	}
	return true
}

// proposed are the settings of a proposal that differ from its baseline, people's
// enforced ones aside: those are no decision.
func proposed(rec *learner.Recommendation) map[string]string {
	m := map[string]string{}
	for k, p := range rec.Settings {
		if p.Evidence != "enforced" && p.Value != rec.Baseline[k] {
			m[k] = p.Value
		}
	}
	return m
}
