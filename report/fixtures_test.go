package report

import (
	"bytes"
	"encoding/json"
	"math"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/spark-apprentice/apprentice/eventlog"
	"github.com/spark-apprentice/apprentice/eventlog/source"
	"github.com/spark-apprentice/apprentice/features"
)

// extract reads the one log at a path below fixtures.
func extract(t *testing.T, path string) *features.App {
	t.Helper()
	logs, problems, err := source.Find(t.Context(), []string{filepath.Join("../fixtures", path)})
	if err != nil || len(logs) != 1 {
		t.Fatalf("%s: %d logs, %v %v", path, len(logs), err, problems)
	}
	app, err := features.Extract(t.Context(), logs[0], eventlog.Options{}, features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return app
}

func TestInspectFixtures(t *testing.T) {
	for _, log := range []string{
		"d_skew_join_aqe_off", "c_spill_sort_aqe_on", "e_oom_job_fails", "f_cut_zstd", "j_streaming", "k_hostile_strings", "g_block_updates",
	} {
		t.Run(log, func(t *testing.T) {
			app := extract(t, "logs/"+log)
			golden(t, "inspect_"+log, render(t, func(w *bytes.Buffer) error { return Inspect(w, app) }))

			lines := timeLines(app)
			sum := 0.0
			for _, l := range lines[:len(lines)-1] {
				sum += l.seconds
			}
			if d := app.Run.DurationS; !d.OK || math.Abs(sum-d.V) > 1e-3*float64(len(lines)) {
				t.Errorf("lines add up to %g, the run took %v", sum, d)
			}
		})
	}
}

// What inspect writes as JSON is the whole of the rows: it reads back as them.
func TestInspectJSONReadsBack(t *testing.T) {
	for _, log := range []string{"logs/d_skew_join_aqe_off", "logs/e_oom_job_fails", "logs/g_block_updates", "history/app-20261123180553-0090.zstd"} {
		app := extract(t, log)
		var back features.App
		if err := json.Unmarshal(render(t, func(w *bytes.Buffer) error { return InspectJSON(w, app) }), &back); err != nil {
			t.Fatal(err)
		}
		want := notNil(reflect.ValueOf(*app)).Interface()
		if got := notNil(reflect.ValueOf(back)).Interface(); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: not what was written", log)
		}
	}
}

// Two nights of one pipeline, without and with adaptive execution; and a night
// that ran out of memory against one that did not.
func TestDiffFixtures(t *testing.T) {
	for name, nights := range map[string][2]string{
		"diff_adaptive": {"app-20261123180553-0090", "app-20261123184631-0008"},
		"diff_memory":   {"app-920261123184052-0000", "app-20261123174601-0004"},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := extract(t, "history/"+nights[0]+".zstd"), extract(t, "history/"+nights[1]+".zstd")
			golden(t, name, render(t, func(w *bytes.Buffer) error { return Diff(w, a, b) }))

			c := newComparison(a, b)
			sum := c.Driver.Delta + c.Wait.Delta
			for _, s := range c.Stages {
				sum += s.Charged.Delta
			}
			if math.Abs(sum-c.Duration.Delta) > 1e-6 {
				t.Errorf("stages, driver and wait add up to %g, the runs differ by %g", sum, c.Duration.Delta)
			}
		})
	}
}
