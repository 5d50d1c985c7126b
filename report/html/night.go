package html

import (
	"cmp"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/learner"
	"github.com/spark-apprentice/apprentice/report"
)

// A Night is what report.html shows: judged rows and what was learned from them.
type Night struct {
	Runs       []features.Run
	Stages     []features.Stage     // of the runs that Shown names
	Executions []features.Execution // of the same
	Signals    []features.Signal    // of all runs
	Directives []learner.Directive
	Result     *learner.Result
	Shown      map[string]Shown // by pipeline
	Now        time.Time        // of the decision: tells runs that were killed from those that go on
}

// Shown is the run of a pipeline whose stages are shown, and what it would take
// under other settings.
type Shown struct {
	RunKey string
	Curves []report.Curve
}

// Write writes the page of a night.
func Write(w io.Writer, n Night) error {
	histories := newHistories(n)
	fleet := newFleet(histories)
	fleet.Excluded = exclusions(n.Runs)
	rows := newRows(n)
	return writePage(w, "Spark Apprentice", fleet, func(yield func(any) bool) {
		for _, p := range fleet.Pipelines {
			if !yield(newPipeline(p.history, rows)) {
				return
			}
		}
	})
}

// A history is one pipeline: its recommendation and its runs by time.
type history struct {
	rec    *learner.Recommendation
	runs   []*features.Run
	judged map[string]*judged // runs that train, by run key
	trials []trial            // their settings, the baseline first
	noise  noise
	cells  []learner.QValue
	said   []learner.Directive
	shown  Shown
	now    time.Time
}

// failed reports whether a run of h failed, or was killed and left no end.
func (h *history) failed(r *features.Run) bool { return learner.FailedRun(r, h.now) }

// judged is a run that trains, as its episode says: seconds are the run's
// without its wait for executors, expected those of the baseline at its size,
// found without this run.
type judged struct {
	seconds, expected float64
	agent             string // whose rows count its time
	behaviour         string
	changes           map[string]string // settings that are not the baseline's
	trial             int               // index into history.trials
}

// ours reports whether the run followed a recommendation.
func (j *judged) ours() bool { return j.behaviour == "recommended" || j.behaviour == "explored" }

// newHistories groups a night's rows by pipeline, in the order of its
// recommendations.
func newHistories(n Night) []*history {
	list := make([]*history, len(n.Result.Recommendations))
	byName := map[string]*history{}
	variants := map[string][]*history{}
	for i := range n.Result.Recommendations {
		rec := &n.Result.Recommendations[i]
		list[i] = &history{rec: rec, judged: map[string]*judged{}, shown: n.Shown[rec.Pipeline], now: n.Now}
		byName[rec.Pipeline] = list[i]
	}
	for i := range n.Runs {
		r := &n.Runs[i]
		h := byName[r.Workload()]
		if h != nil {
			h.runs = append(h.runs, r)
		}
		if r.Variant != "" && h != nil && !slices.Contains(variants[r.Pipeline], h) {
			variants[r.Pipeline] = append(variants[r.Pipeline], h)
		}
	}
	for i := range n.Runs {
		// As in package learner: a run that failed before its plan was complete
		// speaks of each variant of its pipeline.
		if r := &n.Runs[i]; r.Variant == "" && r.Outcome == features.Failed && byName[r.Pipeline] == nil {
			for _, h := range variants[r.Pipeline] {
				h.runs = append(h.runs, r)
			}
		}
	}
	for name, of := range learner.VariantsOf(n.Runs) {
		if h := byName[name]; h != nil {
			h.translate(h.rec.OwnMarkers(of))
		}
	}
	for _, e := range n.Result.Episodes {
		if h := byName[e.Pipeline]; h != nil {
			h.add(e)
		}
	}
	for _, q := range n.Result.QTable {
		if h := byName[q.Pipeline]; h != nil && q.Level == "pipeline" {
			h.cells = append(h.cells, q)
		}
	}
	for _, d := range n.Directives {
		if h := byName[d.Pipeline]; h != nil {
			h.said = append(h.said, d)
		}
		for _, h := range variants[d.Pipeline] { // said of a pipeline, it goes for its variants
			h.said = append(h.said, d)
		}
	}
	for _, h := range list {
		slices.SortStableFunc(h.runs, func(a, b *features.Run) int {
			return cmp.Or(cmp.Compare(a.Night, b.Night), a.StartedAt.V.Compare(b.StartedAt.V), cmp.Compare(a.RunKey, b.RunKey))
		})
		h.setTrials()
		h.noise = noiseOf(h)
	}
	return list
}

// translate gives runs that carry the marker of their pipeline's file that of
// their variant, as package learner does: in copies, since a failed run may be in
// the history of each.
func (h *history) translate(own map[string]string) {
	for i, r := range h.runs {
		if id, ok := own[r.RecommendationID]; ok {
			mine := *r
			mine.RecommendationID = id
			h.runs[i] = &mine
		}
	}
}

// add takes one row of episodes. A step has a row for each agent, which say the
// same of its time and each a part of the settings.
func (h *history) add(e learner.Episode) {
	j := h.judged[e.RunKey]
	if j == nil {
		j = &judged{behaviour: e.Behaviour, agent: e.Agent, changes: map[string]string{}}
		h.judged[e.RunKey] = j
	}
	if e.Agent == j.agent {
		j.seconds += e.ChargedS
		j.expected += e.BaselineS
	}
	if e.Action != e.Baseline {
		base := parseAction(e.Baseline)
		for k, v := range parseAction(e.Action) {
			if v != base[k] {
				j.changes[k] = v
			}
		}
	}
}

// parseAction reads episodes' "key=value;key=value", whose values escape what
// it is made of as %XX.
func parseAction(s string) map[string]string {
	m := map[string]string{}
	for part := range strings.SplitSeq(s, ";") {
		if k, v, ok := strings.Cut(part, "="); ok {
			if plain, err := url.PathUnescape(v); err == nil {
				v = plain
			}
			m[k] = v
		}
	}
	return m
}

// train is what h's run r is as an episode; nil where it does not train.
func (h *history) train(r *features.Run) *judged { return h.judged[r.RunKey] }
