package replay

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/spark-apprentice/apprentice/features"
)

// A run's stages are linked although AQE's jobs name parents that were skipped.
func TestParentsByBytes(t *testing.T) {
	var a *features.App
	for _, x := range lab(t) {
		if x.Run.Pipeline == "orders_enrich" && x.Run.ConfEffective["spark.sql.adaptive.enabled"].Value == "true" {
			a = x
		}
	}
	r := newRun(logged(a))
	var got [][]int
	for i := range r.stages {
		got = append(got, r.stages[i].parents)
	}
	if want := [][]int{nil, nil, nil, nil, {2, 3}, {4}}; !slices.EqualFunc(got, want, func(a, b []int) bool { return slices.Equal(a, b) }) {
		t.Errorf("parents %v, want %v", got, want)
	}
	// Neighbouring blocks are fetched as one: at most one for each pair of tasks.
	join := &r.stages[4]
	if maps := r.stages[2].n + r.stages[3].n; join.work[perFetch] != maps*join.n {
		t.Errorf("%v blocks fetched by %v tasks from %v", join.work[perFetch], join.n, maps)
	}
	plan := open(t, New(Priors()), a).plan(nil)
	if plan.stages[4].demand[perFetch] != join.work[perFetch] {
		t.Errorf("as logged: %v blocks fetched, not %v", plan.stages[4].demand[perFetch], join.work[perFetch])
	}
	if !slices.Equal(r.writersOf(4, 2), []int{2, 3}) || r.writersOf(4, 1) != nil {
		t.Error("what one stage wrote is not what the join read")
	}
}

// A join that was not broadcast though it was small enough has its reasons.
func TestJoinsThatStay(t *testing.T) {
	a := *night(t, "orders_enrich")
	a.Run.ConfEffective = map[string]features.Setting{}
	for k, v := range night(t, "orders_enrich").Run.ConfEffective {
		a.Run.ConfEffective[k] = v
	}
	wide := map[string]string{"spark.sql.autoBroadcastJoinThreshold": "128m"}
	if p := open(t, New(Priors()), &a).plan(wide); !p.stages[4].dead {
		t.Error("a threshold above the table takes no shuffle away")
	}
	a.Run.ConfEffective["spark.sql.autoBroadcastJoinThreshold"] = features.Setting{Value: "64m"}
	if p := open(t, New(Priors()), &a).plan(wide); p.stages[4].dead {
		t.Error("a join that 64m did not broadcast is broadcast by 128m")
	}
}

// A stage cut in two where its broadcast join became a shuffled one reads what
// both sides write.
func TestBroadcastTakenBack(t *testing.T) {
	r := open(t, New(Priors()), night(t, "daily-revenue-report"))
	p := r.plan(map[string]string{"spark.sql.autoBroadcastJoinThreshold": "-1"})
	if len(p.stages) != len(r.r.stages)+1 || p.jobs != -1 {
		t.Fatalf("%d stages and %v jobs, logged %d", len(p.stages), p.jobs, len(r.r.stages))
	}
	added := p.stages[len(r.r.stages)]
	at := slices.IndexFunc(p.stages, func(s planned) bool { return s.start < 0 })
	join := &p.stages[at]
	if join.step != added.step || join.tasks != 200 || join.writes || added.tasks != r.r.stages[at].n || !slices.Contains(join.parents, len(r.r.stages)) {
		t.Errorf("join %+v of %+v", join, added)
	}
	if got := r.Predict(map[string]string{"spark.sql.autoBroadcastJoinThreshold": "-1"}, 1).Seconds; got <= r.Predict(nil, 1).Seconds {
		t.Errorf("%v s with another 200 tasks", got)
	}
}

// Equal files need no list to be packed.
func TestPackEqual(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for range 20_000 {
		scan := Scan{
			MaxPartition: 1 + r.Int64N(1<<r.IntN(12)), OpenCost: r.Int64N(1 << r.IntN(10)),
			MinNum: r.Int64N(64), MaxNum: max(r.Int64N(64)-32, 0),
		}
		n, size := 1+r.IntN(60), r.Int64N(1<<r.IntN(13))
		want := int64(len(packed(scan, slices.Repeat([]int64{size}, n))))
		if got := scan.packEqual(int64(n), size); got != want {
			t.Fatalf("%d files of %d bytes, %+v: %d tasks, want %d", n, size, scan, got, want)
		}
	}
}

// Any number of files is packed as a list of them would be.
func TestScanTasks(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for range 300 {
		scan := Scan{MaxPartition: int64(1+r.IntN(256)) * mib, OpenCost: int64(r.IntN(8)) * mib, MinNum: int64(1 + r.IntN(400)), MaxNum: max(int64(r.IntN(800))-400, 0)}
		n := math.Floor(math.Exp(9.5 * r.Float64()))
		bytes := n * math.Exp(10+8*r.Float64())
		files := make([]int64, int(n))
		for i := range files {
			files[i] = int64(bytes / n)
		}
		want := float64(len(packed(scan, files)))
		if got := scanTasks(bytes, n, scan); got != want {
			t.Errorf("%v files of %.0f bytes, %+v: %v tasks, want %v", n, bytes/n, scan, got, want)
		}
	}
	many := Scan{MaxPartition: 128 * mib, OpenCost: 4 * mib, MinNum: 200, MaxNum: 2000}
	if got, want := scanTasks(1e5*1e7, 1e5, many), float64(len(packed(many, repeat(1e7, 1e5)))); got != want || want > 2000 {
		t.Errorf("100,000 files in at most 2,000 tasks: %v, want %v", got, want)
	}
	for _, tasks := range []float64{1, 7, 40, 600} {
		scan := Scan{MaxPartition: 128 * mib, OpenCost: 4 * mib, MinNum: 1000}
		if f := filesFor(tasks*3e6, tasks, scan); math.Abs(scanTasks(tasks*3e6, f, scan)-tasks) > 0.05*tasks {
			t.Errorf("%v tasks of 3 MB: %v files, which give %v", tasks, f, scanTasks(tasks*3e6, f, scan))
		}
	}
	// 200 small files, measured: 50 tasks with 16m, 7 with 128m, 2 with 512m.
	a := night(t, "device-events")
	rep := open(t, New(Priors()), a)
	for size, want := range map[string]float64{"16m": 50, "128m": 7, "512m": 2} {
		p := newPlan(rep.r, &rep.m.c, newSetup(&a.Run, map[string]string{"spark.sql.files.maxPartitionBytes": size}), 200/float64(a.Run.SourceFiles.V))
		if got := p.stages[1].tasks; math.Abs(got-want) > 1 {
			t.Errorf("%s: %v tasks, want %v", size, got, want)
		}
	}
}

func TestSpilled(t *testing.T) {
	n := need{floor: 10, perByte: 2, share: 1}
	for _, c := range [][3]float64{{20, 60, 0}, {30, 60, 60}, {100, 60, 180}, {100, 0, 0}} {
		if got := n.spilled(c[0], c[1]); got != c[2] {
			t.Errorf("%v bytes under %v: %v spilled, want %v", c[0], c[1], got, c[2])
		}
	}
	n.hash = true // all of it, once it does not fit
	for _, c := range [][3]float64{{20, 60, 0}, {30, 60, 70}, {100, 60, 210}, {100, 200, 210}} {
		if got := n.spilled(c[0], c[1]); got != c[2] {
			t.Errorf("a map of %v bytes under %v: %v spilled, want %v", c[0], c[1], got, c[2])
		}
	}
}

// Within a pipeline, more jobs mean more time of the driver.
func TestJobsCost(t *testing.T) {
	var nights []*run
	for p, base := range map[string]float64{"a": 3, "b": 40} {
		for i := range 12 {
			jobs := int64(2 + 4*(i%3))
			nights = append(nights, &run{row: &features.Run{Pipeline: p, Jobs: jobs, DriverOnlyS: nullOf(base + 0.2*float64(jobs) + 0.01*float64(i%2))}})
		}
	}
	c := Priors()
	c.fitDriver(nights)
	if math.Abs(c.Job.Seconds-0.2) > 0.01 || c.Job.Kind() != Fitted {
		t.Errorf("%+v, want 0.2 s", c.Job)
	}
	alone := Priors()
	alone.fitDriver(nights[:1])
	if alone.Job.Kind() != Prior {
		t.Errorf("one run: %+v", alone.Job)
	}
}

// The more a setting changes, the less sure the prediction is; costs that the
// fleet showed make it surer.
func TestSpreadGrowsWithChange(t *testing.T) {
	settings := func(n string) map[string]string { return map[string]string{"spark.sql.shuffle.partitions": n} }
	r := open(t, New(Priors()), night(t, "orders_enrich"))
	last := Priors().Tau
	for _, n := range []string{"150", "60", "8"} {
		sd := r.Predict(settings(n), 1).SD
		if sd <= last {
			t.Errorf("%s partitions: sd %.4f, no more than %.4f", n, sd, last)
		}
		last = sd
	}
	fitted := open(t, New(fitted(t)), night(t, "orders_enrich")).Predict(settings("8"), 1)
	if fitted.CostSD >= r.Predict(settings("8"), 1).CostSD {
		t.Errorf("fitted: sd %.4f, believed %.4f", fitted.CostSD, r.Predict(settings("8"), 1).CostSD)
	}
}
