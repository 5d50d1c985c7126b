package report

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/learner/evaluate"
)

// Evaluate writes a back-test: how far predictions were off on nights that the
// learning had not seen, what its proposals did on the nights that then ran
// with them, and off-policy estimates or why there are none.
func Evaluate(w io.Writer, e *evaluate.Evaluation) error {
	var p page
	judged := e.Scores[len(e.Scores)-1].Runs
	pipelines := count(int64(e.Pipelines), "pipeline")
	if e.Pipelines < e.Of {
		pipelines = fmt.Sprintf("%s of %s pipelines", thousands(int64(e.Pipelines)), thousands(int64(e.Of)))
	}
	p.linef("BACK-TEST  %s of %s on %s, learned again before %s of them",
		count(int64(e.Runs), "run"), pipelines, count(int64(e.Nights), "night"), thousands(int64(len(e.Origins))))
	evaluationGist(&p, e)
	p.heading(fmt.Sprintf("RUN TIMES PREDICTED  %s held back", count(int64(judged), "run")))
	scoreTable(&p, e.Scores, "settings", func(s evaluate.Score) (string, string) { return knownText[s.Known], methodText[s.Method] })
	p.linef("  error: half of the runs are within it; skill: 1 − MAE/MAE of \"no change\", over changed settings;")
	p.linef("  signs: of clear effects; in 50%%: runs within the 50%% interval, which should be 50%% of them")
	for _, s := range e.Skipped {
		p.linef("  left out: %s, %s", count(int64(s.Runs), "run"), s.Why)
	}
	p.heading("BY PIPELINE")
	scoreTable(&p, e.ByPipeline[:min(len(e.ByPipeline), shownPipelines)], "pipeline", func(s evaluate.Score) (string, string) { return s.Name, "" })
	more(&p, len(e.ByPipeline)-shownPipelines, "more pipeline")
	originTable(&p, e.Origins)
	decisionTable(&p, e.Decisions)
	offPolicyTable(&p, e.OffPolicy)
	_, err := w.Write(p.Bytes())
	return err
}

// EvaluateJSON writes the same as one object, with every prediction and decision.
func EvaluateJSON(w io.Writer, e *evaluate.Evaluation) error { return writeJSON(w, e) }

const (
	shownPipelines = 20
	shownDecisions = 20
)

var knownText = map[string]string{
	evaluate.Usual: "usual", evaluate.Observed: "seen, ≥ 5 nights in 2 stretches", evaluate.Few: "seen on fewer nights", evaluate.Unseen: "never seen", "": "all",
}

var methodText = map[string]string{
	evaluate.Size: "input alone", evaluate.Learner: "learner", evaluate.Replay: "replay", "": "best of these",
}

// evaluationGist says in a few lines what the tables below say.
func evaluationGist(p *page, e *evaluate.Evaluation) {
	all := e.Scores[len(e.Scores)-1]
	p.linef("")
	nominal := all.Coverage[2]
	p.linef("  run times    half are within %s; skill over \"no change\" %s; %.0f%% intervals held %s",
		percent(all.MedianError), skill(all), 100*nominal.Nominal, percent(nominal.Covered))
	seen, wrong, faster, saved := 0, 0, 0, 0.0
	for i := range e.Decisions {
		d := &e.Decisions[i]
		if d.Verdict != evaluate.NotSeen {
			seen++
		}
		if d.Wrong() {
			wrong++
		}
		if d.Verdict == evaluate.Faster {
			faster++
		}
		saved += d.SavedS
	}
	said := "none"
	if n := len(e.Decisions); n > 0 {
		said = fmt.Sprintf("%d, of which %d then ran: %d faster, %d wrong, %s", n, seen, faster, wrong, savedOrLost(saved))
	}
	p.linef("  proposals    %s", said)
	off := e.OffPolicy[len(e.OffPolicy)-1]
	if off.NotIdentified != "" {
		p.paragraph("  off-policy   ", "not identifiable: "+off.NotIdentified, 2)
	} else {
		p.linef("  off-policy   worth of the decisions by %s drawn by chance: below", count(int64(off.Logged), "night"))
	}
}

func skill(s evaluate.Score) string {
	return ifKnown(s.Skill, func(x float64) string { return fmt.Sprintf("%.2f", x) })
}

func scoreTable(p *page, scores []evaluate.Score, head string, name func(evaluate.Score) (string, string)) {
	t := table{columns: []column{
		{head: head, max: 34}, {head: "predicted by"}, {head: "runs", right: true}, {head: "error", right: true}, {head: "skill", right: true}, {head: "signs", right: true},
		{head: "in 50%", right: true}, {head: "80%", right: true}, {head: "90%", right: true}, {head: "95%", right: true},
	}}
	for _, s := range scores {
		a, b := name(s)
		gain, signs := "", "" // where no effect exceeds the noise there is nothing to be skilled at
		if s.Signs > 0 {
			gain, signs = skill(s), fmt.Sprintf("%d/%d", s.SignsRight, s.Signs)
		}
		row := []string{a, b, thousands(int64(s.Runs)), fmt.Sprintf("%.1f%%", 100*s.MedianError), gain, signs}
		for _, l := range s.Coverage {
			row = append(row, percent(l.Covered))
		}
		t.add(row...)
	}
	p.table(t)
}

func originTable(p *page, origins []evaluate.Origin) {
	p.heading("DECISIONS BY NIGHT  regret: run time over that of the best settings that ran on 2 nights or more")
	t := table{columns: []column{
		{head: "learned until"}, {head: "runs known", right: true}, {head: "proposals", right: true}, {head: "pipelines judged", right: true},
		{head: "regret", right: true}, {head: "of no change", right: true},
	}}
	for _, o := range origins {
		t.add(o.Night, thousands(int64(o.Runs)), thousands(int64(o.Proposals)), thousands(int64(o.Judged)), or(o.Regret, percent), or(o.NoChange, percent))
	}
	p.table(t)
	p.linef("  judged: where the choice ran on 2 nights or more, or was no change and other settings did")
}

func decisionTable(p *page, decisions []evaluate.Decision) {
	p.heading("PROPOSALS AND THE NIGHTS THAT THEN RAN SO  ratios of the usual run time at equal input")
	if len(decisions) == 0 {
		p.linef("  no setting had the evidence at any of these nights")
		return
	}
	var seen []evaluate.Decision
	others := map[string]int{}
	for _, d := range decisions {
		if d.Later+d.Failures > 0 {
			seen = append(seen, d)
		} else {
			others[d.Evidence]++
		}
	}
	for _, d := range seen[:min(len(seen), shownDecisions)] {
		p.entry(fmt.Sprintf("%s: %s (%s, since %s)", d.Pipeline, settingsList(d.Settings), d.Evidence, d.Since), 2)
		measured := ""
		if d.Later > 0 {
			measured = fmt.Sprintf("measured %s on %s: %s, %s", ratioText(d.Ratio, d.RatioLow, d.RatioHi), count(int64(d.Later), "night"), d.Verdict, savedOrLost(d.SavedS))
		}
		if d.Failures > 0 {
			measured = listed(measured, fmt.Sprintf("%s failed", count(int64(d.Failures), "run")))
		}
		p.linef("      %s", listed("expected "+ratioText(d.Expected, d.Low, d.High), measured))
	}
	more(p, len(seen)-shownDecisions, "more proposal")
	var list []string
	for _, evidence := range slices.Sorted(maps.Keys(others)) {
		list = append(list, fmt.Sprintf("%d %s", others[evidence], evidence))
	}
	if len(list) > 0 {
		p.paragraph("  ", "Proposed, and no night ran so: "+strings.Join(list, ", ")+". What they were worth is not known.", 2)
	}
}

func savedOrLost(s float64) string {
	if s < 0 {
		return seconds(-s) + " lost"
	}
	return seconds(s) + " saved"
}

func ratioText(x, low, high features.Null[float64]) string {
	if !x.OK {
		return ""
	}
	if !low.OK || !high.OK {
		return fmt.Sprintf("%.2f", x.V)
	}
	return fmt.Sprintf("%.2f (%.2f–%.2f)", x.V, low.V, high.V)
}

// settingsList spells settings without the prefix that all keys share.
func settingsList(settings map[string]string) string {
	var list []string
	for k, v := range settings {
		list = append(list, strings.TrimPrefix(k, "spark.")+"="+v)
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

func offPolicyTable(p *page, list []evaluate.OffPolicy) {
	all := list[len(list)-1]
	p.heading("OFF-POLICY  what the decisions would have saved on nights whose settings were drawn by chance")
	if all.Logged == 0 {
		p.paragraph("  ", fmt.Sprintf("not identifiable: none of the %s has a logged probability of its settings. What nights under other settings took is no experiment: the tables above hold it against like nights.",
			count(int64(all.HeldBack), "held-back run")), 3)
		return
	}
	t := table{columns: []column{
		{head: "pipeline", max: 30}, {head: "nights", right: true}, {head: "as decided", right: true}, {head: "ESS", right: true},
		{head: "SNIPS", right: true}, {head: "DM", right: true}, {head: "DR", right: true}, {head: "95% of DR", lines: 2},
	}}
	for _, o := range list {
		name := o.Pipeline
		if name == "" {
			name = "all"
		}
		row := []string{name, thousands(int64(o.Logged)), thousands(int64(o.Matching))}
		if o.NotIdentified != "" {
			row = append(row, "", "", "", "", "not identifiable: "+o.NotIdentified)
		} else {
			dr := o.Estimates[2]
			row = append(row, fmt.Sprintf("%.1f", o.ESS))
			for _, x := range o.Estimates {
				row = append(row, savedText(x.Value))
			}
			row = append(row, savedText(dr.Low)+" to "+savedText(dr.High))
		}
		t.add(row...)
	}
	p.table(t)
}

// savedText writes a log speed-up as the share of time saved.
func savedText(log float64) string {
	return fmt.Sprintf("%.1f%%", math.Round(1000*(1-math.Exp(-log)))/10+0)
}
