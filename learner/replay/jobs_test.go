package replay

import (
	"math"
	"testing"

	"github.com/spark-apprentice/apprentice/features"
)

// What Spark made of other settings on the measured runs: its jobs, and the
// tasks of all joins and shuffles, are what the rules say.
func TestMeasuredPlans(t *testing.T) {
	apps := lab(t)
	m := New(fitted(t))
	nights := map[string][]*features.App{}
	for _, a := range apps {
		nights[a.Run.Pipeline] = append(nights[a.Run.Pipeline], a)
	}
	joins, compared := 0, 0
	for _, x := range measurements(t, apps) {
		if x.scale != "1.0" {
			continue
		}
		a := usualNights(nights[x.pipeline])[0]
		r, ok := m.Open(logged(a))
		if !ok {
			t.Fatalf("%s: nothing to replay", x.pipeline)
		}
		p := newPlan(r.r, &m.c, newSetup(r.r.row, x.settings), 1)
		slack := 0.0
		if r.r.stored > 0 && p.at.aqe {
			slack = 1 // filling a cache is a job of AQE's too, once
		}
		jobs, tasks := float64(a.Run.Jobs)+p.jobs, r.Predict(x.settings, 1).Tasks
		if math.Abs(jobs-x.jobs) > slack {
			t.Errorf("%s %v: %.0f jobs, measured %.0f", x.pipeline, x.settings, jobs, x.jobs)
		}
		if math.Abs(tasks-x.tasks) > 5 { // files of other nights are cut otherwise
			t.Errorf("%s %v: %.0f tasks, measured %.0f", x.pipeline, x.settings, tasks, x.tasks)
		}
		compared++
		if x.pipeline != "Sales star ETL" {
			continue
		}
		// One of its tables is read in part: 9.2 MiB of 17.2 MiB of files. The
		// optimizer counts the files, so that 10m do not let it be broadcast.
		want := map[string]int{"-1": 0, "10m": 2, "64m": 3}[x.settings["spark.sql.autoBroadcastJoinThreshold"]]
		got := 0
		for i := range p.stages {
			if p.stages[i].dead {
				got++
			}
		}
		if joins++; got != want {
			t.Errorf("%v: %d joins broadcast, want %d", x.settings, got, want)
		}
	}
	if compared < 130 || joins < 15 {
		t.Errorf("only %d measured runs, %d with joins", compared, joins)
	}
}
