package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/spark-apprentice/apprentice/features"
)

// Diff writes what changed from a to b (input, plan, cluster, settings,
// signals) and what it did to each stage. Stages are matched by their
// signature; the lines add up to the difference of the durations.
func Diff(w io.Writer, a, b *features.App) error {
	d := newComparison(a, b)
	var p page
	d.header(&p)
	d.factTable(&p)
	d.settingTable(&p)
	d.signalTable(&p)
	d.timeTable(&p)
	_, err := w.Write(p.Bytes())
	return err
}

// DiffJSON writes the same as one object. Its parts add up: duration_s =
// stages[].charged_s + driver_only_s + executor_wait_s + unattributed_s.
func DiffJSON(w io.Writer, a, b *features.App) error { return writeJSON(w, newComparison(a, b)) }

func (d comparison) header(p *page) {
	title := d.A.Pipeline
	if d.B.Pipeline != title {
		title += " against " + d.B.Pipeline
	}
	p.linef("%s  %s", title, effect(d.Duration))
	p.linef("")
	t := table{columns: []column{{}, {}, {}, {right: true}, {}}}
	for i, s := range []side{d.A, d.B} {
		t.add(string(rune('a'+i)), s.Night, s.AppID, or(s.Duration, seconds), s.Outcome)
	}
	p.table(t)
	for _, n := range d.Notes {
		p.paragraph("  ! ", n, 2)
	}
}

// effect is a change of a time in words: 21.5 s -> 7.3 s (-14.2 s, -66%).
func effect(c change) string {
	if seconds(c.Delta) == "0" {
		return fmt.Sprintf("%s → %s (no change)", seconds(c.A), seconds(c.B))
	}
	s := fmt.Sprintf("%s → %s (%s", seconds(c.A), seconds(c.B), signed(c.Delta, seconds))
	if c.A > 0 {
		s += ", " + signed(c.Delta/c.A, percent)
	}
	return s + ")"
}

// signed writes a difference with its sign.
func signed(x float64, f func(float64) string) string {
	if x > 0 {
		return "+" + f(x)
	}
	return f(x)
}

func (d comparison) factTable(p *page) {
	p.heading("INPUT, PLAN, CLUSTER")
	t := table{columns: []column{{}, {head: "a", right: true, max: 32}, {head: "b", right: true, max: 32}, {}}}
	var same []string
	for _, f := range d.Facts {
		switch {
		case f.A == nil && f.B == nil:
		case f.show(f.A) == f.show(f.B):
			same = append(same, f.Name)
		default:
			t.add(f.Name, f.show(f.A), f.show(f.B), f.note())
		}
	}
	p.table(t)
	if len(same) > 0 {
		p.paragraph("  the same: ", strings.Join(same, ", "), 3)
	}
}

// show writes one value of a pair in its unit.
func (f pair) show(v any) string {
	switch v := v.(type) {
	case string:
		if v == "" {
			return unknown
		}
		return v
	case int64:
		switch f.Unit {
		case "bytes":
			return size(v)
		case "rows":
			return rows(v)
		}
		return thousands(v)
	case float64:
		switch f.Unit {
		case "share":
			return percent(v)
		case "byte·s":
			return thousands(int64(v/(1<<30)+0.5)) + " GiB·s"
		}
		return rounded(v) + " " + f.Unit
	}
	return unknown
}

// note says by how much b differs from a.
func (f pair) note() string {
	x, y := number(f.A), number(f.B)
	if x <= 0 || y <= 0 || f.Unit == "share" {
		return ""
	}
	return signed(y/x-1, percent)
}

func number(v any) float64 {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case float64:
		return v
	}
	return 0
}

func (d comparison) settingTable(p *page) {
	p.heading("SETTINGS THAT CHANGED")
	if len(d.Settings) == 0 {
		p.linef("  none of those that can be tuned")
		return
	}
	t := table{columns: []column{{}, {head: "a", max: 26}, {head: "b", max: 26}}}
	for _, s := range d.Settings {
		t.add(s.Key, settingText(s.A), settingText(s.B))
	}
	p.table(t)
}

func settingText(s *features.Setting) string {
	switch {
	case s == nil:
		return "none"
	case s.Source == features.FromUnknown:
		return unknown
	case s.Value == "":
		return "unset"
	case s.Source == features.FromDefault:
		return s.Value + " (default)"
	case s.Source == features.FromRuntimeSet:
		return s.Value + " (run time)"
	}
	return s.Value
}

func (d comparison) signalTable(p *page) {
	if len(d.Signals) == 0 {
		return
	}
	p.heading("SIGNALS THAT CHANGED")
	t := table{columns: []column{{}, {head: "a", right: true}, {head: "b", right: true}}}
	for _, s := range d.Signals {
		t.add(s.Kind, thousands(s.A), thousands(s.B))
	}
	p.table(t)
}

func (d comparison) timeTable(p *page) {
	p.heading("WHAT IT DID TO THE TIME")
	t := table{columns: []column{
		{head: "change", right: true}, {}, {head: "a", right: true}, {head: "b", right: true}, {head: "stage", max: 17},
		{head: "tasks", right: true}, {head: "shuffle", right: true}, {head: "spill", right: true}, {head: "what"},
	}}
	total := max(d.Duration.A, d.Duration.B)
	for _, l := range d.lines() {
		row := []string{signed(l.Delta, func(x float64) string { return exactSeconds(x, total) }), bar(l.length, 5),
			exactSeconds(l.A, total), exactSeconds(l.B, total), l.label, "", "", "", l.what}
		if s := l.stage; s != nil {
			row[5] = both(s, func(s *stageSum) int64 { return s.Tasks }, thousands)
			row[6] = both(s, func(s *stageSum) int64 { return s.ShuffleReadBytes + s.ShuffleWriteBytes }, size)
			row[7] = both(s, func(s *stageSum) int64 { return s.DiskSpilledBytes }, size)
		}
		t.add(row...)
	}
	p.table(t)
}

// both writes a figure of a stage in both runs, once where it is the same.
func both(s *stageChange, figure func(*stageSum) int64, f func(int64) string) string {
	var a, b int64
	if s.A != nil {
		a = figure(s.A)
	}
	if s.B != nil {
		b = figure(s.B)
	}
	switch {
	case a == 0 && b == 0:
		return ""
	case s.A == nil:
		return f(b)
	case s.B == nil, f(a) == f(b):
		return f(a)
	}
	return f(a) + " → " + f(b)
}
