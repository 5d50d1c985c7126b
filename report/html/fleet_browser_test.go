//go:build browser

package html

import (
	"bytes"
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

// What a fleet of 1,000 pipelines with 120 nights each may cost a browser. A
// clock would judge the machine; what makes the page open at once is that little
// is read, built and laid out before it is first seen. Measured: 0.81 MB of 7.6
// before the first pipeline's data, 60 rows, 1,678 elements, and in all 1.4 to 1.6 s
// of processor time on a machine busy with other work.
const (
	mostBytes      = 8 << 20
	mostIndexBytes = 1_000_000 // the view is drawn once these are read
	mostRows       = 60
	mostNodes      = 2000
	mostCPU        = 5.0 // seconds of the main thread until all rows are there and all data is read
)

func TestBrowserThousandPipelines(t *testing.T) {
	path := fleetFile(t, 1000, 120)
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before := bytes.Index(page, []byte(`id="d0"`))
	if len(page) > mostBytes || before < 0 || before > mostIndexBytes {
		t.Errorf("the page has %d bytes, %d before the first pipeline's data; at most %d and %d", len(page), before, mostBytes, mostIndexBytes)
	}
	p := browser.Open(t, path, "", desktop)
	p.Wait(`document.querySelectorAll("table.fleet tbody tr").length === 1000`)
	all, script, layout := p.CPU()
	first := browser.Eval[struct {
		State string  `json:"state"`
		Rows  int     `json:"rows"`
		Nodes int     `json:"nodes"`
		At    float64 `json:"at"`
	}](p, `(() => { const m = performance.getEntriesByName("view")[0]; return { ...m.detail, at: m.startTime }; })()`)
	if first.State != "loading" || first.Rows == 0 || first.Rows > mostRows || first.Nodes > mostNodes {
		t.Errorf("the first view came with the document %s and had %d rows and %d elements: want it while the document is loading, with at most %d and %d",
			first.State, first.Rows, first.Nodes, mostRows, mostNodes)
	}
	if all > mostCPU {
		t.Errorf("%.1f s of processor time until all rows are there (scripts %.1f, style and layout %.1f), more than %g", all, script, layout, mostCPU)
	}
	t.Logf("1,000 pipelines x 120 nights, %.1f MB, %.2f of them before the first view of %d elements; first rows after %.0f ms by the clock; until all rows are there and all data is read %.0f ms of processor time (scripts %.0f, style and layout %.0f)",
		float64(len(page))/1e6, float64(before)/1e6, first.Nodes, first.At, 1000*all, 1000*script, 1000*layout)
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
