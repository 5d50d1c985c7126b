package replay

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// sleepingLab reads the logs of the sleeping lab: real Spark, tasks that sleep a
// constant and a time by their bytes. By scenario; the part of the name before
// the dash is the family.
func sleepingLab(t *testing.T) map[string]*features.App {
	t.Helper()
	dir := filepath.Join("..", "..", "fixtures", "sleep")
	logs, err := filepath.Glob(filepath.Join(dir, "*.zstd"))
	if err != nil || len(logs) < 30 {
		t.Fatalf("%d logs: %v", len(logs), err)
	}
	out := map[string]*features.App{}
	for _, log := range logs {
		apps, err := extract(log)
		if err != nil || len(apps) != 1 {
			t.Fatalf("%s: %d applications: %v", log, len(apps), err)
		}
		out[strings.TrimSuffix(filepath.Base(log), ".zstd")] = apps[0]
	}
	return out
}

// asked are the settings that make a run like a into one like b.
func asked(a, b *features.App) map[string]string {
	out := map[string]string{}
	had, want := values{run: &a.Run}, values{run: &b.Run}
	for k := range modelled {
		if v := want.text(k); sparkconf.Canonical(k, v) != sparkconf.Canonical(k, had.text(k)) {
			out[k] = v
		}
	}
	return out
}

// busyS is a run's time without what passes before its first executor is there
// and without any task: what slots, waves and allocation make of the tasks.
func busyS(a *features.App) float64 {
	return a.Run.DurationS.V - a.Run.ExecutorWaitS.V - a.Run.DriverOnlyS.V
}

// A miss is how far a prediction of one scenario from another is off.
type miss struct {
	from, to  string
	run, busy float64 // of the run's time; of its time with tasks
}

// Each scenario is predicted from each other one of its family, with costs
// fitted on all logs but the predicted one's. What the settings do to slots,
// waves and allocation shows in the time with tasks; the rest of the run is
// JVMs that start on a busy machine, and is logged alone.
func TestSleepingLab(t *testing.T) {
	byFamily := misses(t, sleepingLab(t))
	for _, family := range []string{"aqe", "branches", "ramp", "slots", "waves"} {
		var run, busy []float64
		for _, m := range byFamily[family] {
			t.Logf("%-16s as %-16s  run %+6.1f %%  tasks %+6.1f %%", m.from, m.to, 100*m.run, 100*m.busy)
			run, busy = append(run, math.Abs(m.run)), append(busy, math.Abs(m.busy))
		}
		slices.Sort(run)
		slices.Sort(busy)
		n := len(busy)
		t.Logf("%s: %d predictions; time with tasks off by %.1f %% (median), %.1f %% (worst); run time by %.1f %%, %.1f %%",
			family, n, 100*busy[n/2], 100*busy[n-1], 100*run[n/2], 100*run[n-1])
		most := 0.05
		if family == "branches" {
			most = 0.08 // only branches-96 tells what a task of its last stage costs, and it is not fitted on itself
		}
		if busy[n/2] > most || busy[n-1] > 0.2 {
			t.Errorf("%s: time with tasks off by %.1f %% (median), %.1f %% (worst)", family, 100*busy[n/2], 100*busy[n-1])
		}
	}
}

func misses(t *testing.T, apps map[string]*features.App) map[string][]miss {
	t.Helper()
	out := map[string][]miss{}
	for _, to := range sortedKeys(apps) {
		m := New(Fit(others(apps, to)))
		family, _, _ := strings.Cut(to, "-")
		for _, from := range sortedKeys(apps) {
			if f, _, _ := strings.Cut(from, "-"); f != family || from == to {
				continue
			}
			a, b := apps[from], apps[to]
			r, ok := m.Open(logged(a))
			if !ok {
				t.Fatalf("%s cannot be replayed", from)
			}
			p := r.Predict(asked(a, b), 1)
			busy := p.Seconds - p.Driver - a.Run.ExecutorWaitS.V
			out[family] = append(out[family], miss{from, to, p.Seconds/b.Run.DurationS.V - 1, busy/busyS(b) - 1})
		}
	}
	return out
}

// others are the rows of all runs but one.
func others(apps map[string]*features.App, without string) (runs []features.Run, stages []features.Stage) {
	for _, name := range sortedKeys(apps) {
		if name != without {
			runs = append(runs, apps[name].Run)
			stages = append(stages, apps[name].Stages...)
		}
	}
	return runs, stages
}
