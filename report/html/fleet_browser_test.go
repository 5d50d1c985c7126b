//go:build browser

package html

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/spark-apprentice/apprentice/internal/browser"
)

var desktop = browser.Window{Width: 1440, Height: 900}

// fleetFile writes the page of a synthetic fleet.
func fleetFile(t *testing.T, pipelines, nights int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.html")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := Write(f, synthetic(pipelines, nights)); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestBrowserThousandPipelines: a fleet of 1,000 pipelines with 120 nights each is
// small enough to be opened at once, and its first rows are drawn before the
// pipelines' own data is read. How fast that is, is said and not judged.
func TestBrowserThousandPipelines(t *testing.T) {
	path := fleetFile(t, 1000, 120)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if most := int64(8 << 20); info.Size() > most {
		t.Errorf("the page has %d bytes, more than %d", info.Size(), most)
	}
	p := browser.Open(t, path, "", desktop)
	p.Wait(`document.querySelectorAll("table.fleet tbody tr").length === 1000`)
	all, script, layout := p.CPU()
	first := browser.Eval[struct {
		State string  `json:"state"`
		Rows  int     `json:"rows"`
		At    float64 `json:"at"`
	}](p, `(() => { const m = performance.getEntriesByName("view")[0]; return { ...m.detail, at: m.startTime }; })()`)
	if first.State != "loading" || first.Rows < 60 {
		t.Errorf("the first view came with the document %s and had %d rows: want them while it is loading", first.State, first.Rows)
	}
	t.Logf("1,000 pipelines x 120 nights, %.1f MB: first rows after %.0f ms by the clock; until all rows are there and all data is read %.0f ms of processor time (scripts %.0f, style and layout %.0f)",
		float64(info.Size())/1e6, first.At, 1000*all, 1000*script, 1000*layout)
	p.Clean()
}

var screenshots = flag.String("screenshots", "", "keep the screenshots of a synthetic fleet in this directory")

// The screenshots of docs/screenshots that no demo can show: a large fleet, and
// a pipeline whose runs followed recommendations (make screenshots).
func TestBrowserScreenshots(t *testing.T) {
	dir := *screenshots
	if dir == "" {
		dir = t.TempDir()
	}
	file := fleetFile(t, 1000, 120)
	p := browser.Open(t, file, "", desktop)
	p.Wait(`document.querySelectorAll("table.fleet tbody tr").length === 1000`)
	p.Screenshot(filepath.Join(dir, "thousand-light.png"), false)
	regressed := browser.Eval[string](p, `document.querySelector("table.fleet tbody th a").getAttribute("href")`)
	p.Clean()
	p = browser.Open(t, file, regressed, browser.Window{Width: 1440, Height: 900, Dark: true})
	p.Wait(`document.querySelector("h1") && document.querySelectorAll("canvas").length >= 4`)
	p.Screenshot(filepath.Join(dir, "regression-dark.png"), false)
	p.Clean()
}
