package features

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/spark-apprentice/apprentice/eventlog"
)

// interval is a task's time in a slot.
type interval struct {
	stage    stageKey
	from, to int64
}

// bruteCharge charges all intervals at once: the definition, without a stream.
func bruteCharge(tasks []interval) map[stageKey]float64 {
	var cuts []int64
	for _, t := range tasks {
		cuts = append(cuts, t.from, t.to)
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	slices.SortFunc(tasks, func(a, b interval) int { return cmp.Compare(a.from, b.from) })
	charged := map[stageKey]float64{}
	var open []interval
	next := 0
	for i := 0; i+1 < len(cuts); i++ {
		for next < len(tasks) && tasks[next].from <= cuts[i] {
			open = append(open, tasks[next])
			next++
		}
		open = slices.DeleteFunc(open, func(t interval) bool { return t.to <= cuts[i] })
		for _, t := range open {
			charged[t.stage] += float64(cuts[i+1]-cuts[i]) / 1e3 / float64(len(open))
		}
	}
	return charged
}

// intervalsOf reads a log's tasks in their simplest form: each id from its
// first launch to its first end, an end that never comes at the executor's
// removal or at the run's end.
func intervalsOf(t *testing.T, log eventlog.Log, end int64) []interval {
	t.Helper()
	r := eventlog.Open(log, eventlog.Options{})
	defer r.Close()
	open := map[int64]interval{}
	on := map[int64]string{}
	removed := map[string]int64{}
	var all []interval
	for r.Scan() {
		switch e := r.Record().(type) {
		case *eventlog.TaskStart:
			open[e.Task.ID] = interval{stageKey{e.StageID, e.StageAttempt}, int64(e.Task.Launch), 0}
			on[e.Task.ID] = e.Task.ExecutorID
		case *eventlog.TaskEnd:
			if x, ok := open[e.Task.ID]; ok && e.Reason.Kind != "Resubmitted" {
				x.to = int64(e.Task.Finish)
				all = append(all, x)
				delete(open, e.Task.ID)
			}
		case *eventlog.ExecutorRemoved:
			removed[e.ID] = int64(e.Time)
		}
	}
	for id, x := range open {
		x.to = end
		if at, ok := removed[on[id]]; ok {
			x.to = at
		}
		all = append(all, x)
	}
	for i := range all {
		all[i].to = min(all[i].to, end)
	}
	return slices.DeleteFunc(all, func(x interval) bool { return x.to <= x.from })
}

// Every second of every run is charged once: to stages by their share of the
// busy slots, to the driver where no slot is busy.
func TestChargedTimeOfEveryLog(t *testing.T) {
	for _, x := range everyRun(t) {
		log, app := x.log, x.app
		r := &app.Run
		want := r.DurationS.V - r.ExecutorWaitS.V
		if got := sumStages(app.Stages) + r.DriverOnlyS.V; math.Abs(got-want) > 1e-9*max(1, want) {
			t.Errorf("%s: charges sum to %.9f s, want %.9f s", log.Name, got, want)
		}
		brute := bruteCharge(intervalsOf(t, log, r.EndedAt.V.UnixMilli()))
		for i := range app.Stages {
			s := &app.Stages[i]
			k := stageKey{int(s.StageID), int(s.StageAttemptID)}
			if math.Abs(s.ChargedS.V-brute[k]) > 1e-6 {
				t.Errorf("%s: stage %v: charged %.9f s, brute force %.9f s", log.Name, k, s.ChargedS.V, brute[k])
			}
			delete(brute, k)
		}
		if len(brute) > 0 {
			t.Errorf("%s: not charged: %v", log.Name, brute)
		}
	}
}

// feed gives a clock tasks in an order that is nearly that of time.
func feed(c *clock, tasks []interval, stages map[stageKey]*busy, jitter int64, rng *rand.Rand) {
	type event struct {
		at    int64
		task  int
		start bool
	}
	var events []event
	for i, t := range tasks {
		from := t.from + rng.Int64N(jitter+1)
		events = append(events, event{from, i, true}, event{max(from, t.to+rng.Int64N(jitter+1)), i, false})
	}
	slices.SortStableFunc(events, func(a, b event) int { return cmp.Compare(a.at, b.at) })
	for _, e := range events {
		t := tasks[e.task]
		info := &eventlog.TaskInfo{ID: int64(e.task), ExecutorID: "1", Launch: eventlog.Millis(t.from), Finish: eventlog.Millis(t.to)}
		if e.start {
			c.start(stages[t.stage], info)
		} else {
			c.end(stages[t.stage], info)
		}
	}
}

// Random runs, among them longer ones than the reorder buffer: the stream
// charges what the definition charges.
func TestClockEqualsBruteForce(t *testing.T) {
	for _, n := range []int{1, 7, 200, 2 * reorderLimit} {
		rng := rand.New(rand.NewPCG(1, uint64(n)))
		tasks := make([]interval, n)
		stages := map[stageKey]*busy{}
		for i := range tasks {
			k := stageKey{rng.IntN(5), 0}
			stages[k] = &busy{}
			from := 1000 + int64(i)*10 + rng.Int64N(50)
			tasks[i] = interval{k, from, from + 1 + rng.Int64N(400)}
		}
		c := newClock()
		feed(c, tasks, stages, 300, rng)
		c.finish(1 << 40)
		for k, want := range bruteCharge(slices.Clone(tasks)) {
			if got := stages[k].charged; math.Abs(got-want) > 1e-6*max(1, want) {
				t.Errorf("%d tasks: stage %v: %.9f s, want %.9f s", n, k, got, want)
			}
		}
		if c.total != 0 {
			t.Errorf("%d tasks: %d slots stay busy", n, c.total)
		}
	}
}

func TestClockHazards(t *testing.T) {
	task := func(id, from, to int64) *eventlog.TaskInfo {
		return &eventlog.TaskInfo{ID: id, ExecutorID: "1", Launch: eventlog.Millis(from), Finish: eventlog.Millis(to)}
	}
	tests := []struct {
		name string
		do   func(c *clock, b *busy)
		want float64
	}{
		{"one task", func(c *clock, b *busy) { c.start(b, task(0, 1000, 0)); c.end(b, task(0, 1000, 3000)) }, 2},
		{"a Resubmitted end repeats an ended task", func(c *clock, b *busy) {
			c.start(b, task(0, 1000, 0))
			c.end(b, task(0, 1000, 3000))
			c.end(b, task(0, 1000, 9000))
		}, 2},
		{"start is missing", func(c *clock, b *busy) { c.end(b, task(5, 1000, 3000)) }, 2},
		{"end is missing: the run's end", func(c *clock, b *busy) { c.start(b, task(0, 1000, 0)) }, 9},
		{"end is missing: the executor's end", func(c *clock, b *busy) { c.start(b, task(0, 1000, 0)); c.lose("1", 4000) }, 3},
		{"end follows the executor's removal", func(c *clock, b *busy) {
			c.start(b, task(0, 1000, 0))
			c.lose("1", 4000)
			c.end(b, task(0, 1000, 4500))
		}, 3.5},
		{"end long after the executor's removal", func(c *clock, b *busy) {
			c.start(b, task(0, 1000, 0))
			c.lose("1", 4000)
			for i := int64(1); i <= lostGrace; i++ {
				c.age()
			}
			c.end(b, task(0, 1000, 8000))
		}, 3},
		{"launched before the run", func(c *clock, b *busy) { c.from = 2000; c.start(b, task(0, -5, 0)); c.end(b, task(0, -5, 3000)) }, 1},
		{"finish before launch", func(c *clock, b *busy) { c.start(b, task(0, 3000, 0)); c.end(b, task(0, 3000, 1000)) }, 0},
		{"end after the run's", func(c *clock, b *busy) { c.start(b, task(0, 1000, 0)); c.end(b, task(0, 1000, 99000)) }, 9},
	}
	for _, tt := range tests {
		c, b := newClock(), &busy{}
		tt.do(c, b)
		c.finish(10000)
		if math.Abs(b.charged-tt.want) > 1e-9 {
			t.Errorf("%s: charged %v s, want %v s", tt.name, b.charged, tt.want)
		}
	}
}

func TestIDSet(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	var s idSet
	seen := map[int64]bool{}
	for range 5000 {
		id := rng.Int64N(1500)
		if got := s.add(id); got == seen[id] {
			t.Fatalf("add(%d) = %v after %v", id, got, seen[id])
		}
		seen[id] = true
	}
	if len(s) > 300 {
		t.Errorf("%d intervals for %d ids", len(s), len(seen))
	}
	for id := int64(0); id < 3*2*idSetLimit; id += 3 {
		s.add(1_000_000 + id)
	}
	if len(s) > idSetLimit {
		t.Errorf("%d intervals, limit %d", len(s), idSetLimit)
	}
}
