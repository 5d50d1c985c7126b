package html

import (
	"cmp"
	"slices"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/learner"
)

// A deployment is a recommendation that runs followed.
type deployment struct {
	ID       string       `json:"id"`
	First    string       `json:"first"` // night
	Last     string       `json:"last"`
	Runs     int          `json:"runs"`
	Explored int          `json:"explored"` // of these, drawn at random
	Changes  []assignment `json:"changes"`
	effect
	runs []*judged
}

// deployments are what runs followed, by time of their first run.
func (h *history) deployments() []deployment {
	list := []deployment{}
	for _, r := range h.runs {
		j := h.train(r)
		if j == nil || !j.ours() {
			continue
		}
		id := show(r.RecommendationID)
		i := slices.IndexFunc(list, func(d deployment) bool { return d.ID == id })
		if i < 0 {
			i = len(list)
			list = append(list, deployment{ID: id, First: r.Night, Changes: assignments(j.changes)})
		}
		d := &list[i]
		d.Last, d.Runs, d.runs = r.Night, d.Runs+1, append(d.runs, j)
		if j.behaviour == "explored" {
			d.Explored++
		}
	}
	for i := range list {
		d := &list[i]
		d.effect = h.noise.effect(d.runs)
		// What the learner says of the file that stands counts stretches of
		// nights too, not only nights.
		if a := h.rec.Adoption; a.Ratio.OK && show(a.ID) == d.ID {
			d.Ratio, d.Low, d.High = shortNull(a.Ratio), shortNull(a.Low), shortNull(a.High)
		}
	}
	return list
}

// An event is something that changed between two nights.
type event struct {
	Night string `json:"night"`
	At    int64  `json:"at"` // seconds since 1970, of the first run after it
	Kind  string `json:"kind"`
	Text  string `json:"text"`
}

// Kinds of event.
const (
	eventDeployed = "deployed" // our settings came into force
	eventEnded    = "ended"    // and were left again
	eventPeople   = "people"   // people changed settings
	eventSaid     = "said"     // a person told this program something
	eventPlan     = "plan"     // the plan changed: other code or schema
	eventVersion  = "version"  // another Spark
	eventCluster  = "cluster"
	eventDrift    = "drift" // volume or level, as the learner says
)

// events are what changed, by time.
func (h *history) events() []event {
	list := []event{}
	var last, whole *features.Run
	say := func(r *features.Run, kind, words string) {
		list = append(list, event{Night: r.Night, At: startOf(r), Kind: kind, Text: words})
	}
	for _, r := range h.runs {
		if j := h.train(r); j != nil {
			if last != nil {
				h.changed(last, r, say)
			} else if j.ours() {
				say(r, eventDeployed, "settings of recommendation "+show(r.RecommendationID)+" in force")
			}
			last = r
		}
		if r.Outcome != features.Succeeded || !r.Complete || r.Kind != features.Batch {
			continue
		}
		if whole != nil {
			if whole.PlanSignature != r.PlanSignature {
				say(r, eventPlan, "another plan: its code, schema or tables changed")
			}
			if whole.SparkVersion != r.SparkVersion {
				say(r, eventVersion, "Spark "+show(whole.SparkVersion)+" → "+show(r.SparkVersion))
			}
			if whole.ClusterID != r.ClusterID {
				say(r, eventCluster, "another cluster")
			}
		}
		whole = r
	}
	for _, d := range h.said {
		words := show(d.By) + ": " + show(d.Verb)
		if d.By == "" {
			words = show(d.Verb)
		}
		if d.Key != "" {
			words += " " + show(d.Key)
		}
		if d.Value != "" {
			words += "=" + show(d.Value)
		}
		list = append(list, event{Night: d.At.UTC().Format("2006-01-02"), At: d.At.Unix(), Kind: eventSaid, Text: words})
	}
	for _, d := range h.rec.Drift {
		if d.Kind == learner.DriftVolume || d.Kind == learner.DriftLevel { // the others are seen above
			list = append(list, event{Night: show(d.Since), At: nightStart(d.Since), Kind: eventDrift, Text: show(d.What)})
		}
	}
	slices.SortStableFunc(list, func(a, b event) int { return cmp.Compare(a.At, b.At) })
	return list
}

// changed says how the settings of two successive runs that train differ.
func (h *history) changed(before, now *features.Run, say func(*features.Run, string, string)) {
	a, b := h.train(before), h.train(now)
	switch {
	case b.ours() && (!a.ours() || before.RecommendationID != now.RecommendationID):
		say(now, eventDeployed, "settings of recommendation "+show(now.RecommendationID)+" in force: "+words(h.trials[b.trial].Changes))
	case a.ours() && !b.ours():
		say(now, eventEnded, "no longer with recommendation "+show(before.RecommendationID)+": "+words(h.trials[b.trial].Changes))
	case a.trial != b.trial:
		say(now, eventPeople, "people changed settings: "+words(h.trials[b.trial].Changes))
	}
}

// words are settings in a sentence.
func words(changes []assignment) string {
	if len(changes) == 0 {
		return "the baseline"
	}
	s := ""
	for i, a := range changes {
		if i > 0 {
			s += ", "
		}
		s += cutPrefix(a.Key) + "=" + cmp.Or(a.Value, "(unset)")
	}
	return s
}
