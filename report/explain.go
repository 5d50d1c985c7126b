package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spark-apprentice/apprentice/internal/sparkconf"
	"github.com/spark-apprentice/apprentice/learner"
)

// Rows of an explanation.
const (
	shownRejected = 8
	shownActions  = 5 // of each agent
)

// Explain writes what was decided for a pipeline and why: each setting, the
// expected effect with its interval, what was rejected, the Q-values behind
// it, advice, and how to say yes or no. Of q it shows the pipeline's own cells.
func Explain(w io.Writer, rec learner.Recommendation, q []learner.QValue) error {
	var p page
	p.linef("%s  %s", cut(plain(rec.Pipeline), 70), strings.ReplaceAll(rec.Status, "_", " "))
	p.linef("")
	t := table{columns: []column{{}, {lines: 4}}}
	t.add("why", rec.Reason)
	t.add("from", listed(count(rec.Runs, "comparable run"), "newest night "+unset(rec.LastNight)))
	t.add("mode", rec.Mode)
	t.add("proposal", listed(rec.ID, since(rec)))
	t.add("expected", effectOf(rec.Expected))
	t.add("file", inFile(rec))
	told := func(name, text string) {
		if text != "" {
			t.add(name, text)
		}
	}
	told("adoption", adopted(rec.Adoption))
	told("taken back", takenBack(rec, rec.TakenBack))
	told("people", strings.Join(rec.Said, ", "))
	for _, d := range rec.Drift {
		told("drift", drifted(d))
	}
	told("exploration", tried(rec.Exploration))
	p.table(t)
	proposals(&p, rec)
	rejected(&p, rec)
	agents(&p, rec)
	if len(rec.Advice) > 0 {
		p.heading("ADVICE")
		for _, a := range rec.Advice {
			p.paragraph("  - ", a, 4)
		}
	}
	usage(&p, rec)
	qtable(&p, topActions(rec.Pipeline, q))
	baseline(&p, rec)
	_, err := w.Write(p.Bytes())
	return err
}

func effectOf(e learner.Expected) string {
	s := expected(e)
	if e.CostRatio.OK {
		s += fmt.Sprintf(", cost ratio %.2f", e.CostRatio.V)
	}
	if e.BaselineCost.OK && !e.CostRatio.OK {
		s += fmt.Sprintf(", a night costs %.4g %s", e.BaselineCost.V, e.Currency)
	}
	return s
}

func since(rec learner.Recommendation) string {
	if rec.Since == "" {
		return ""
	}
	return "stands since " + rec.Since
}

// inFile is what the settings file holds, which in modes approve and auto need
// not be the proposal.
func inFile(rec learner.Recommendation) string {
	switch {
	case len(rec.File) == 0:
		return "holds no settings of ours"
	case rec.Exploration.Key != "":
		return "holds " + rec.FileID + ", one step off what stands: " + assignments(rec.File)
	case rec.FileID == rec.ID:
		return "holds the proposal"
	}
	return "holds " + rec.FileID + ": " + assignments(rec.File)
}

func proposals(p *page, rec learner.Recommendation) {
	p.heading("SETTINGS")
	if len(rec.Settings) == 0 {
		p.linef("  nothing changes")
		return
	}
	for _, key := range slices.Sorted(maps.Keys(rec.Settings)) {
		s := rec.Settings[key]
		p.linef("  %s  %s → %s  (%s)", key, unset(s.Current), unset(s.Value), s.Evidence)
		p.paragraph("      ", s.Why, 4)
	}
}

func rejected(p *page, rec learner.Recommendation) {
	if len(rec.Rejected) == 0 {
		return
	}
	p.heading("LOOKED AT AND NOT TAKEN")
	t := table{columns: []column{
		{head: "ratio", right: true}, {head: "at worst", right: true}, {head: "runs", right: true}, {head: "blocks", right: true}, {head: "settings and why", lines: 4},
	}}
	two := func(x float64) string { return fmt.Sprintf("%.2f", x) }
	for _, r := range rec.Rejected[:min(len(rec.Rejected), shownRejected)] {
		t.add(or(r.Runtime, two), or(r.High, two), thousands(r.Runs), thousands(r.Blocks), assignments(r.Settings)+": "+r.Why)
	}
	p.table(t)
	more(p, len(rec.Rejected)-shownRejected, "more candidate")
}

// agents says what Memory, Core and Cache looked at, and why they are silent.
func agents(p *page, rec learner.Recommendation) {
	if len(rec.Agents) == 0 {
		return
	}
	p.heading("WHAT THE AGENTS SAW")
	t := table{columns: []column{{}, {lines: 6}}}
	for _, a := range rec.Agents {
		text := a.Saw
		if a.Silent != "" {
			text += ". Silent: " + a.Silent
		}
		t.add(a.Agent, text)
	}
	p.table(t)
}

// assignments lists settings as key=value, without the prefix all share.
func assignments(settings map[string]string) string {
	var list []string
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		list = append(list, strings.TrimPrefix(key, "spark.")+"="+settings[key])
	}
	return strings.Join(list, " ")
}

func baseline(p *page, rec learner.Recommendation) {
	if len(rec.Baseline) == 0 {
		return
	}
	p.heading("BASELINE: what most comparable runs had")
	t := table{columns: []column{{}, {}}}
	for _, key := range slices.Sorted(maps.Keys(rec.Baseline)) {
		t.add(key, unset(rec.Baseline[key]))
	}
	p.table(t)
}

// topActions selects the pipeline's own cells: of each agent those with the
// highest q, the baseline's left out, which is 0 by definition.
func topActions(pipeline string, q []learner.QValue) []learner.QValue {
	var own []learner.QValue
	for _, v := range q {
		if v.Pipeline == pipeline && v.Level == "pipeline" && !v.Baseline {
			own = append(own, v)
		}
	}
	slices.SortStableFunc(own, func(a, b learner.QValue) int {
		return cmp.Or(strings.Compare(a.Agent, b.Agent), cmp.Compare(b.Q, a.Q), strings.Compare(a.Action, b.Action), strings.Compare(a.Bucket, b.Bucket))
	})
	of := map[string]int{}
	return slices.DeleteFunc(own, func(v learner.QValue) bool {
		of[v.Agent]++
		return of[v.Agent] > shownActions
	})
}

func qtable(p *page, cells []learner.QValue) {
	if len(cells) == 0 {
		return
	}
	p.heading("Q-VALUES: log speed-up expected when one agent alone leaves the baseline")
	t := table{columns: []column{
		{head: "agent"}, {head: "q", right: true}, {head: "sd", right: true}, {head: "runs", right: true}, {head: "blocks", right: true},
		{head: "evidence"}, {head: "action, in which state", lines: 3},
	}}
	for _, v := range cells {
		t.add(v.Agent, fmt.Sprintf("%+.3f", v.Q), fmt.Sprintf("%.3f", v.SD), thousands(v.Runs), thousands(v.Blocks), v.Evidence,
			strings.ReplaceAll(v.Action, "spark.", "")+aside(strings.ReplaceAll(v.Bucket, "|", ", ")))
	}
	p.table(t)
}

func usage(p *page, rec learner.Recommendation) {
	name := rec.Pipeline
	if !bareWord(name) {
		name = "PIPELINE"
	}
	if len(rec.Settings) > 0 {
		dir := "OUTPUT/" + dirName(rec.Pipeline)
		p.heading("HOW TO USE")
		p.linef("  spark-submit --properties-file %s/spark-defaults.conf …", dir)
		p.linef("      replaces Spark's own spark-defaults.conf: `base` names it, so that it is part of the file")
		p.linef("  spark-submit --load-spark-defaults --properties-file %s/overrides.conf …", dir)
		p.linef("      adds to it (Spark 4)")
		p.linef("  A run counts for these settings when its log shows %s.", sparkconf.RecommendationKey)
	}
	p.heading("HOW TO SAY NO")
	t := table{columns: []column{{}, {}}}
	if len(rec.Settings) > 0 {
		t.add("apprentice reject "+name, "not this again, nor nearly the same")
	}
	if len(rec.Held()) > 0 {
		t.add("apprentice rollback "+name, "our settings out, until newer runs")
	}
	t.add("apprentice pin "+name+" KEY=VALUE", "this key keeps this value")
	t.add("apprentice freeze "+name, "nothing changes until unfreeze")
	p.table(t)
}

// bareWord reports whether a shell takes s as one word and a line holds it.
func bareWord(s string) bool {
	return s != "" && len(s) <= 48 && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./@:+,", r))
	}) < 0
}
