package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/learner"
)

// A Night is what a nightly run did.
type Night struct {
	Logs       int // new logs read
	Events     int64
	Runs       int // in the dataset
	InProgress int // of these, provisional
	Skipped    int // left for the next night by --max-duration
	Unreadable []features.Unreadable
	Excluded   map[string]int // reason: runs that do not train
	Recs       []learner.Recommendation
	Changed    []string // files written
	Output     string
}

// Lines of a summary: it is read in ten seconds and fits a screen.
const (
	summaryLines    = 40
	reasonLines     = 4
	excludedLines   = 3
	newsLines       = 3 // of each kind
	unreadableLines = 3
)

// Summary writes summary.txt: the night in one line, one entry per pipeline
// with changes first, then warnings; at most 40 lines, what does not fit is
// counted by reason.
func Summary(w io.Writer, n Night) error {
	var p, warned page
	p.linef("%s", listed(
		"read "+count(int64(n.Logs), "new log"),
		some(int64(len(n.Unreadable)), func(n int64) string { return thousands(n) + " unreadable" }),
		some(int64(n.InProgress), func(n int64) string { return thousands(n) + " still running" }),
		some(int64(n.Skipped), func(n int64) string { return thousands(n) + " left for the next night" }),
		some(n.Events, func(n int64) string { return rows(n) + " events" }),
	))
	changed, unchanged := sorted(n.Recs)
	back := slices.DeleteFunc(slices.Clone(n.Recs), func(r learner.Recommendation) bool { return wentBack(r) == "" })
	p.linef("%s", listed(fmt.Sprintf("%s of %s: %s", count(int64(n.Runs), "run"), count(int64(len(n.Recs)), "pipeline"), count(int64(len(changed)), "change")),
		some(int64(len(back)), func(n int64) string { return thousands(n) + " taken back" }), thousands(int64(len(unchanged)))+" unchanged"))
	news(&p, "TAKEN BACK", back, func(r learner.Recommendation) []string { return []string{wentBack(r)} })
	news(&warned, "LEFT OUT", n.Recs, func(r learner.Recommendation) []string { return r.LeftOut })
	news(&warned, "DRIFT", n.Recs, func(r learner.Recommendation) (lines []string) {
		for _, d := range r.Drift {
			lines = append(lines, drifted(d))
		}
		return lines
	})
	news(&warned, "TRIED TONIGHT", n.Recs, func(r learner.Recommendation) []string {
		if r.Exploration.Key == "" {
			return nil
		}
		return []string{strings.TrimPrefix(tried(r.Exploration), "tonight ")}
	})
	warnings(&warned, n)
	end := summaryLines - 2 - warned.lines()
	reserved := 0
	if len(unchanged) > 0 {
		reserved = 2 + reasonLines + 1
	}
	changes(&p, changed, end-reserved)
	rest(&p, unchanged, end)
	p.Write(warned.Bytes())
	p.linef("\nFiles: %s (%d written)", n.Output, len(n.Changed))
	_, err := w.Write(p.Bytes())
	return err
}

// sorted parts pipelines into those with a change, largest saving first, and the
// others by name, without those whose change was taken back: that is told before.
func sorted(recs []learner.Recommendation) (changed, unchanged []learner.Recommendation) {
	for _, r := range recs {
		switch {
		case len(r.Settings) > 0:
			changed = append(changed, r)
		case wentBack(r) == "":
			unchanged = append(unchanged, r)
		}
	}
	saving := func(r learner.Recommendation) float64 {
		return r.Expected.BaselineS.Or(1) * (1 - r.Expected.RuntimeRatio.Or(1))
	}
	slices.SortStableFunc(changed, func(a, b learner.Recommendation) int {
		return cmp.Or(cmp.Compare(saving(b), saving(a)), strings.Compare(a.Pipeline, b.Pipeline))
	})
	slices.SortStableFunc(unchanged, func(a, b learner.Recommendation) int { return strings.Compare(a.Pipeline, b.Pipeline) })
	return changed, unchanged
}

// news lists what pipelines have to tell of one kind, by name.
func news(p *page, title string, recs []learner.Recommendation, of func(learner.Recommendation) []string) {
	printed := 0
	for _, r := range recs {
		for _, line := range of(r) {
			if printed++; printed == 1 {
				p.heading(title)
			}
			if printed <= newsLines {
				p.entry(cut(plain(r.Pipeline), 36)+"  "+line, 2)
			}
		}
	}
	more(p, printed-newsLines, "more line")
}

// changes lists pipelines with new settings, up to line end of the page.
func changes(p *page, recs []learner.Recommendation, end int) {
	if len(recs) == 0 {
		return
	}
	p.heading("CHANGES")
	for i, r := range recs {
		state := r.Adoption.State
		told := 0
		if state != "" && state != learner.AdoptionProposed {
			told = 1
		}
		if i > 0 && p.lines()+1+told+len(r.Settings) >= end {
			more(p, len(recs)-i, "more pipeline")
			return
		}
		p.linef("  %s  %s, %s: %s", cut(plain(r.Pipeline), 36), count(r.Runs, "run"), r.Status, expected(r.Expected))
		keys := slices.Sorted(maps.Keys(r.Settings))
		for _, key := range keys[:min(len(keys), max(1, end-p.lines()-1-told))] {
			s := r.Settings[key]
			p.linef("      %s  %s → %s  (%s)", key, unset(s.Current), unset(s.Value), s.Evidence)
		}
		if told == 1 {
			p.paragraph("      ", adopted(r.Adoption), 1)
		}
	}
}

// expected is the effect in words: 21.5 s -> 6.7 s (ratio 0.31, 90% 0.28 to 0.35).
func expected(e learner.Expected) string {
	if !e.RuntimeRatio.OK {
		return "no estimate"
	}
	s := fmt.Sprintf("ratio %.2f", e.RuntimeRatio.V)
	if e.Low.OK && e.High.OK {
		s += fmt.Sprintf(", 90%% interval %.2f to %.2f", e.Low.V, e.High.V)
	}
	if e.BaselineS.OK {
		s = fmt.Sprintf("%s → %s (%s)", seconds(e.BaselineS.V), seconds(e.BaselineS.V*e.RuntimeRatio.V), s)
	}
	if e.BaselineCost.OK && e.CostRatio.OK {
		s += fmt.Sprintf(", %.4g → %.4g %s a night", e.BaselineCost.V, e.BaselineCost.V*e.CostRatio.V, e.Currency)
	}
	return s
}

func unset(value string) string {
	if value == "" {
		return "unset"
	}
	return value
}

// rest lists pipelines that stay as they are; where they do not fit above line
// end of the page it counts them by the first clause of their reason.
func rest(p *page, recs []learner.Recommendation, end int) {
	if len(recs) == 0 {
		return
	}
	p.heading("UNCHANGED")
	if space := end - p.lines(); len(recs) <= space {
		for _, r := range recs {
			p.entry(fmt.Sprintf("%s  %s: %s", cut(plain(r.Pipeline), 36), count(r.Runs, "run"), reason(r)), min(3, space/len(recs)))
		}
		return
	}
	clauses := map[string]int{}
	for _, r := range recs {
		clause, _, _ := strings.Cut(r.Reason, ": ")
		r.Reason, _, _ = strings.Cut(clause, ". ")
		clauses[reason(r)]++
	}
	tally(p, clauses, "pipeline", reasonLines)
}

func reason(r learner.Recommendation) string {
	status := strings.ReplaceAll(r.Status, "_", " ")
	switch {
	case r.Reason == "":
		return status
	case r.Status == "" || r.Status == "unchanged":
		return r.Reason
	}
	return status + ": " + r.Reason
}

// tally prints counts by reason, most frequent first, at most n reasons.
func tally(p *page, reasons map[string]int, noun string, n int) {
	order := slices.SortedFunc(maps.Keys(reasons), func(a, b string) int {
		return cmp.Or(cmp.Compare(reasons[b], reasons[a]), strings.Compare(a, b))
	})
	t := table{columns: []column{{right: true}, {}}}
	others := 0
	for i, r := range order {
		if i >= n {
			others += reasons[r]
			continue
		}
		t.add(count(int64(reasons[r]), noun), r)
	}
	if others > 0 {
		t.add(count(int64(others), noun), "for "+count(int64(len(order)-n), "other reason"))
	}
	p.table(t)
}

// metSignals is the reason of a run that failed with signals in its log.
var metSignals = regexp.MustCompile(`^failed: [a-z_]+ \d`)

// countedReasons says what the numbers behind signals count: one failed run has
// several tasks and executors that end so.
func countedReasons(reasons map[string]int) map[string]int {
	m := map[string]int{}
	for r, n := range reasons {
		if metSignals.MatchString(r) {
			r += " (times in each run)"
		}
		m[r] += n
	}
	return m
}

func warnings(p *page, n Night) {
	if len(n.Excluded) > 0 {
		p.heading("RUNS THAT DO NOT TRAIN")
		tally(p, countedReasons(n.Excluded), "run", excludedLines)
	}
	if len(n.Unreadable) > 0 {
		p.heading("UNREADABLE LOGS")
		byLog := slices.SortedFunc(slices.Values(n.Unreadable), func(a, b features.Unreadable) int {
			return cmp.Or(strings.Compare(a.Log, b.Log), strings.Compare(a.Reason, b.Reason))
		})
		for i, u := range byLog {
			if i == unreadableLines {
				more(p, len(n.Unreadable)-i, "more log")
				break
			}
			p.linef("  %s: %s", u.Log, u.Reason)
		}
	}
}
