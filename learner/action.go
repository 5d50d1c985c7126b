package learner

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"github.com/spark-apprentice/apprentice/features"
)

// settings are keys and values in canonical spelling. "" is a key that is unset
// or whose value no log tells.
type settings map[string]string

// inForce reads the settings of a run.
func inForce(run *features.Run) settings {
	s := make(settings, len(run.ConfEffective))
	for key := range run.ConfEffective {
		if v, ok := run.InForce(key); ok {
			s[key] = v
		}
	}
	return s
}

var (
	escapeSettings   = strings.NewReplacer("%", "%25", ";", "%3B", "=", "%3D", ">", "%3E")
	unescapeSettings = strings.NewReplacer("%25", "%", "%3B", ";", "%3D", "=", "%3E", ">")
)

// changeText spells a key that changes, "key=from>to".
func changeText(key, from, to string) string {
	return key + "=" + escapeSettings.Replace(from) + ">" + escapeSettings.Replace(to)
}

const arrow = " -> "

// toText spells changes, "key=from>to;…", for people.
func toText(changes string) string { return strings.ReplaceAll(changes, ">", arrow) }

// oneChange reads the only change of an action back that toText spelled.
func oneChange(action string) (key, from, to string, ok bool) {
	key, change, ok := strings.Cut(action, "=")
	from, to, arrowed := strings.Cut(change, arrow)
	if !ok || !arrowed || strings.Contains(change, ";") {
		return "", "", "", false
	}
	return key, unescapeSettings.Replace(from), unescapeSettings.Replace(to), true
}

// text is "key=value;key=value" over keys: equal settings have equal text.
func (s settings) text(keys []string) string {
	var b strings.Builder
	for i, k := range keys {
		if i > 0 {
			b.WriteByte(';')
		}
		b.WriteString(k)
		b.WriteByte('=')
		b.WriteString(escapeSettings.Replace(s[k]))
	}
	return b.String()
}

// diff lists the keys, of the sorted list keys, in which s and o differ.
func (s settings) diff(o settings, keys []string) []string {
	var d []string
	for _, k := range keys {
		if s[k] != o[k] {
			d = append(d, k)
		}
	}
	return d
}

// An action is one joint action of a pipeline: what its settings were on some
// of its runs.
type action struct {
	text    string   // over the pipeline's varied keys
	set     settings // all keys known of its newest run
	changed []string // keys that differ from the baseline, sorted
	parts   []part   // the agents that leave the baseline, in the agents' order
	unowned []string // changed keys that no agent owns
	runs    []*night // comparable runs, by time
	blocks  int      // stretches of consecutive comparable runs under it
	failed  []*features.Run
}

// A part is what one agent does in a joint action.
type part struct {
	agent   int
	keys    []string // its changed keys, sorted
	values  []string // and what they are set to
	text    string   // its settings, "key=value;…" over its varied keys
	changes string   // "key=from>to;…", which means the same in every pipeline
}

// proposal is what changes when the baseline gives way to a.
func (a *action) proposal() map[string]string {
	m := make(map[string]string, len(a.changed))
	for _, k := range a.changed {
		m[k] = a.set[k]
	}
	return m
}

// RecommendationID is the short hash that the marker key carries: it tells
// pipeline and settings apart and stays while they stay.
func RecommendationID(pipeline string, settings map[string]string) string {
	h := sha256.New()
	h.Write([]byte(pipeline))
	for _, k := range slices.Sorted(maps.Keys(settings)) {
		h.Write([]byte("\x00" + k + "\x01" + settings[k]))
	}
	return hex.EncodeToString(h.Sum(nil)[:6])
}

// splitParts shares the changed keys out among their owners.
func splitParts(agents []Agent, a *action, base settings, varied []string) {
	owned := map[string]bool{}
	for i, agent := range agents {
		var mine, all, changes, values []string
		for _, k := range agent.Keys {
			if slices.Contains(varied, k.Name) {
				all = append(all, k.Name)
			}
			owned[k.Name] = true
			if slices.Contains(a.changed, k.Name) {
				mine = append(mine, k.Name)
			}
		}
		if len(mine) == 0 {
			continue
		}
		slices.Sort(mine)
		slices.Sort(all)
		for _, k := range mine {
			changes = append(changes, changeText(k, base[k], a.set[k]))
			values = append(values, a.set[k])
		}
		a.parts = append(a.parts, part{agent: i, keys: mine, values: values, text: a.set.text(all), changes: strings.Join(changes, ";")})
	}
	for _, k := range a.changed {
		if !owned[k] {
			a.unowned = append(a.unowned, k)
		}
	}
}

// byTime orders runs by start, then by night and key where the start is unknown.
func byTime(a, b *features.Run) int {
	return cmp.Or(cmp.Compare(startOf(a), startOf(b)), cmp.Compare(a.Night, b.Night), cmp.Compare(a.RunKey, b.RunKey))
}

func startOf(r *features.Run) int64 {
	if !r.StartedAt.OK {
		return 0
	}
	return r.StartedAt.V.UnixMilli()
}
