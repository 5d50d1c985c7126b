//go:build browser

package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/spark-apprentice/apprentice/internal/browser"
)

var screenshots = flag.String("screenshots", "", "keep the screenshots of the demo in this directory")

// night runs the demo's night, with one hostile log among the good ones.
func nightPage(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	code, _, stderr := apprentice(t.Context(), "nightly", "--logs", "../../fixtures/history", "--logs", "../../fixtures/logs/k_hostile_strings",
		"--state", filepath.Join(dir, "state"), "--output", filepath.Join(dir, "out"), "--now", "2026-12-01T06:00:00Z")
	if code != exitGood {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	return filepath.Join(dir, "out", pageFile)
}

// Every pipeline of a real night opens, the hostile one too, and its log's
// page: no dialog, no error, no request.
func TestBrowserNight(t *testing.T) {
	desktop := browser.Window{Width: 1440, Height: 900}
	p := browser.Open(t, nightPage(t), "", desktop)
	p.Wait(`document.querySelectorAll("table.fleet tbody tr").length === 9`)
	type row struct{ Name, Href string }
	rows := browser.Eval[[]row](p, `[...document.querySelectorAll("table.fleet tbody th a")].map((a) => ({ Name: a.textContent, Href: a.getAttribute("href") }))`)
	curves := 0
	for _, r := range rows {
		p.Goto(r.Href, r.Name)
		browser.Eval[any](p, `document.querySelectorAll("details").forEach((d) => { d.open = true; }); document.querySelectorAll("button.opener").forEach((b) => b.click())`)
		p.Wait(`document.querySelectorAll("canvas").length > 0`)
		curves += browser.Eval[int](p, `document.querySelectorAll(".curve canvas").length`)
	}
	if curves < 8 {
		t.Errorf("%d what-if curves, want one for each pipeline of the lab at least", curves)
	}
	p.Goto("#/learner", "Learner")
	p.Clean()

	for _, log := range []string{"k_hostile_strings", "e_oom_job_fails", "f_cut_zstd", "j_no_jobs", "j_streaming"} {
		code, page, stderr := apprentice(t.Context(), "inspect", "../../fixtures/logs/"+log, "--format", "html")
		if code != exitGood {
			t.Fatalf("%s: exit code %d: %s", log, code, stderr)
		}
		file := filepath.Join(t.TempDir(), "run.html")
		if err := os.WriteFile(file, []byte(page), 0o600); err != nil {
			t.Fatal(err)
		}
		p := browser.Open(t, file, "", desktop)
		p.Wait(`document.querySelector("h1")`)
		browser.Eval[any](p, `document.querySelectorAll("button.opener").forEach((b) => b.click())`)
		p.Clean()
	}
}

// The screenshots of docs/screenshots, made from the demo (make screenshots).
func TestBrowserScreenshots(t *testing.T) {
	dir := *screenshots
	if dir == "" {
		dir = t.TempDir()
	}
	state := t.TempDir()
	code, _, stderr := apprentice(t.Context(), "nightly", "--logs", "../../fixtures/history",
		"--state", filepath.Join(state, "state"), "--output", filepath.Join(state, "out"), "--now", "2026-12-01T06:00:00Z")
	if code != exitGood {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	page := filepath.Join(state, "out", pageFile)
	code, run, stderr := apprentice(t.Context(), "inspect", "../../fixtures/logs/d_skew_join_aqe_off", "--format", "html")
	if code != exitGood {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	log := filepath.Join(state, "run.html")
	if err := os.WriteFile(log, []byte(run), 0o600); err != nil {
		t.Fatal(err)
	}
	const pipeline = "#/pipeline/trips_by_city"
	longest := `document.querySelectorAll("button.opener")[document.querySelectorAll("button.opener").length - 1].click()`
	for _, s := range []struct {
		name, page, fragment, section, then string
		dark, narrow                        bool
	}{
		{name: "fleet-light", page: page},
		{name: "fleet-dark", page: page, dark: true},
		{name: "fleet-narrow", page: page, narrow: true},
		{name: "pipeline-light", page: page, fragment: pipeline},
		{name: "pipeline-dark", page: page, fragment: pipeline, dark: true},
		{name: "pipeline-narrow", page: page, fragment: pipeline, narrow: true},
		{name: "what-if-light", page: page, fragment: pipeline, section: "s-what-if"},
		{name: "stages-dark", page: page, fragment: pipeline, section: "s-stages", then: longest, dark: true},
		{name: "q-values-light", page: page, fragment: pipeline, section: "s-signals"},
		{name: "learner-light", page: page, fragment: "#/learner"},
		{name: "inspect-light", page: log},
	} {
		w := browser.Window{Width: 1440, Height: 900, Dark: s.dark}
		if s.narrow {
			w.Width, w.Height = 390, 844
		}
		p := browser.Open(t, s.page, s.fragment, w)
		p.Wait(`document.querySelector("h1") && [...document.querySelectorAll(".plot")].every((b) => b.querySelector("canvas"))`)
		if s.then != "" {
			browser.Eval[any](p, s.then)
		}
		if s.section != "" {
			browser.Eval[any](p, fmt.Sprintf(`scrollTo(0, document.getElementById(%q).getBoundingClientRect().top + scrollY - 76)`, s.section))
		}
		p.Wait(`[...document.querySelectorAll(".plot")].every((b) => b.querySelector("canvas"))`)
		browser.Eval[bool](p, `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))`)
		p.Screenshot(filepath.Join(dir, s.name+".png"), false)
		p.Clean()
	}
}
