package report

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/escape"
	"github.com/spark-apprentice/apprentice/learner"
)

// hostile is what an attacker may name an application: escapes that recolour
// or retitle, a line that looks like another report's, bidirectional
// overrides, C1 controls, tags, bad UTF-8, wide and combining letters.
var hostile = "\x1b[2J\x1b]0;owned\x07\r\nSETTINGS\n  spark.executor.memory 1m\u202e\u2066\u009b31m\U000e0041\u2028\x00\x7f\xff\xfe" +
	strings.Repeat("数据e\u0301", 40)

// poison replaces every string in v.
func poison(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		poison(v.Elem())
	case reflect.String:
		v.SetString(hostile)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() && v.Type().PkgPath() != "time" {
				poison(v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i))
		}
	case reflect.Map:
		if v.Len() > 0 {
			value := reflect.New(v.Type().Elem()).Elem()
			value.Set(v.MapIndex(v.MapKeys()[0]))
			poison(value)
			v.Clear()
			v.SetMapIndex(reflect.ValueOf(hostile), value)
		}
	}
}

func TestHostileStringsAreEscaped(t *testing.T) {
	a, b, rec := madeRun(), laterRun(), madeRecommendation()
	q := []learner.QValue{{}, {}}
	poison(reflect.ValueOf(a))
	poison(reflect.ValueOf(b))
	poison(reflect.ValueOf(&rec))
	poison(reflect.ValueOf(&q))
	q[0].Level = "pipeline"
	night := Night{
		Recs: []learner.Recommendation{rec, {Pipeline: hostile, Status: hostile, Reason: hostile}}, Output: hostile,
		Unreadable: []features.Unreadable{{Log: hostile, Reason: hostile}}, Excluded: map[string]int{hostile: 1},
	}
	for name, f := range map[string]func(*bytes.Buffer) error{
		"inspect":              func(w *bytes.Buffer) error { return Inspect(w, a) },
		"inspect.json":         func(w *bytes.Buffer) error { return InspectJSON(w, a) },
		"diff":                 func(w *bytes.Buffer) error { return Diff(w, a, b) },
		"diff.json":            func(w *bytes.Buffer) error { return DiffJSON(w, a, b) },
		"explain":              func(w *bytes.Buffer) error { return Explain(w, rec, q) },
		"summary":              func(w *bytes.Buffer) error { return Summary(w, night) },
		"recommendations.json": func(w *bytes.Buffer) error { return Recommendations(w, []learner.Recommendation{rec}) },
	} {
		t.Run(name, func(t *testing.T) {
			out := render(t, f)
			isJSON := strings.HasSuffix(name, "json")
			if isJSON && !json.Valid(out) {
				t.Fatal("no valid JSON")
			}
			for i, line := range strings.Split(string(out), "\n") {
				if !utf8.ValidString(line) {
					t.Errorf("line %d is no UTF-8: %q", i+1, line)
				}
				if at := strings.IndexFunc(line, escape.Obeyed); at >= 0 {
					t.Errorf("line %d reaches the terminal unescaped: %q", i+1, line[at:])
				}
				if w := cells(line); !isJSON && w > pageWidth {
					t.Errorf("line %d is %d cells wide: %s", i+1, w, line)
				}
				if strings.HasPrefix(line, "  spark.executor.memory 1m") {
					t.Errorf("line %d was injected: %q", i+1, line)
				}
			}
		})
	}
}

func TestEmptyValues(t *testing.T) {
	for name, f := range map[string]func(*bytes.Buffer) error{
		"inspect": func(w *bytes.Buffer) error { return Inspect(w, &features.App{}) },
		"diff":    func(w *bytes.Buffer) error { return Diff(w, &features.App{}, &features.App{}) },
		"explain": func(w *bytes.Buffer) error { return Explain(w, learner.Recommendation{}, nil) },
		"summary": func(w *bytes.Buffer) error { return Summary(w, Night{}) },
	} {
		if out := render(t, f); len(out) == 0 || bytes.Contains(out, []byte("NaN")) || bytes.Contains(out, []byte("%!")) {
			t.Errorf("%s: %q", name, out)
		}
	}
	out := render(t, func(w *bytes.Buffer) error { return InspectJSON(w, &features.App{}) })
	var app map[string]any
	if err := json.Unmarshal(out, &app); err != nil {
		t.Fatal(err)
	}
	for _, list := range []string{"stages", "executions", "executors", "caches", "signals"} {
		if rows, ok := app[list].([]any); !ok || len(rows) != 0 {
			t.Errorf("%s is %v, want an empty list", list, app[list])
		}
	}
	if run := app["run"].(map[string]any); len(app) != 6 || run["duration_s"] != nil || run["conf_logged"] == nil {
		t.Errorf("six names, unknown as null, maps never null: %v", app)
	}
	if out := render(t, func(w *bytes.Buffer) error { return Recommendations(w, nil) }); string(out) != "[]\n" {
		t.Errorf("no recommendations: %q, want an empty list", out)
	}
}

// The parts of a difference must add up, whatever is known of either run.
func TestDiffAddsUp(t *testing.T) {
	drop := func(app *features.App) *features.App {
		app.Run.ExecutorWaitS.OK, app.Stages[3].ChargedS.OK = false, false
		return app
	}
	unended := func(app *features.App) *features.App {
		app.Run.DurationS.OK = false
		return app
	}
	for name, runs := range map[string][2]*features.App{
		"whole":   {madeRun(), laterRun()},
		"gaps":    {drop(madeRun()), laterRun()},
		"gaps b":  {madeRun(), drop(laterRun())},
		"unended": {madeRun(), unended(laterRun())},
		"empty":   {madeRun(), {}},
	} {
		c := newComparison(runs[0], runs[1])
		sum := c.Driver.Delta + c.Wait.Delta + c.Other.Delta
		for _, s := range c.Stages {
			sum += s.Charged.Delta
		}
		if math.Abs(sum-c.Duration.Delta) > 1e-9 {
			t.Errorf("%s: parts add up to %g, duration changed by %g", name, sum, c.Duration.Delta)
		}
		lines := c.lines()
		shown := 0.0
		for _, l := range lines[:len(lines)-1] {
			shown += l.Delta
		}
		if math.Abs(shown-lines[len(lines)-1].Delta) > 1e-3 {
			t.Errorf("%s: lines add up to %g, the last one says %g", name, shown, lines[len(lines)-1].Delta)
		}
	}
}

func TestTimesAddUp(t *testing.T) {
	for _, app := range []*features.App{madeRun(), laterRun()} {
		lines := timeLines(app)
		sum := 0.0
		for _, l := range lines[:len(lines)-1] {
			sum += l.seconds
		}
		if total := lines[len(lines)-1].seconds; math.Abs(sum-total) > 1e-3 || total != app.Run.DurationS.V {
			t.Errorf("lines add up to %g, the run took %g, the last line says %g", sum, app.Run.DurationS.V, total)
		}
	}
}

func TestSummaryFitsAScreen(t *testing.T) {
	for n := range 60 {
		night := Night{Excluded: map[string]int{}}
		for i := range n {
			r := madeRecommendation()
			r.Pipeline = strings.Repeat("x", i)
			u := learner.Recommendation{Pipeline: r.Pipeline, Status: "unchanged", Reason: strings.Repeat("long reason ", 60-i)}
			if i%4 == 0 {
				night.Recs = append(night.Recs, r)
			}
			night.Recs = append(night.Recs, u)
			night.Unreadable = append(night.Unreadable, features.Unreadable{Log: r.Pipeline, Reason: "log is empty"})
			night.Excluded[r.Pipeline] = i
		}
		out := render(t, func(w *bytes.Buffer) error { return Summary(w, night) })
		if lines := bytes.Count(out, []byte("\n")); lines > 40 {
			t.Fatalf("%d lines, want at most 40:\n%s", lines, out)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add(hostile, 20, 3)
	f.Add("one two  three", 1, 2)
	f.Add("\u202e数据\xff", 4, 0)
	f.Fuzz(func(t *testing.T, s string, width, n int) {
		if width < 4 || width > 200 || n > 50 {
			return
		}
		text := plain(s)
		if !utf8.ValidString(text) || strings.IndexFunc(text, escape.Obeyed) >= 0 || plain(text) != text {
			t.Fatalf("plain(%q) = %q", s, text)
		}
		lines := wrap(text, width, n)
		if len(lines) > max(n, 1) {
			t.Errorf("wrap into %d lines gave %d", n, len(lines))
		}
		for _, line := range lines {
			if w := cells(line); w > width {
				t.Errorf("wrap(%q, %d): %q is %d cells wide", text, width, line, w)
			}
		}
		var b bytes.Buffer
		if err := writeJSON(&b, s); err != nil {
			t.Fatal(err)
		}
		var back string
		if err := json.Unmarshal(b.Bytes(), &back); err != nil || back != strings.ToValidUTF8(s, "\ufffd") && utf8.ValidString(s) {
			t.Errorf("JSON of %q reads back as %q, %v", s, back, err)
		}
	})
}
