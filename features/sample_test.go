package features

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/spark-apprentice/apprentice/eventlog"
)

// serverQuantile is the definition: sorted, element min(floor(q·n), n−1).
func serverQuantile(values []int64, q float64) int64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

func TestSampleIsExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 3, 4, 7, 100, 4321, exactLimit} {
		var s sample
		var values []int64
		for range n {
			v := rng.Int64N(50) * rng.Int64N(3) * rng.Int64N(1000) // many zeros
			if rng.IntN(40) == 0 {
				v = -v
			}
			values = append(values, v)
			s.add(v)
		}
		for i, got := range s.all() {
			if want := serverQuantile(values, quantiles[i]); got != known(want) {
				t.Errorf("n = %d: p%g = %v, want %d", n, 100*quantiles[i], got, want)
			}
		}
	}
	var empty sample
	if got := empty.all(); got != [7]Null[int64]{} {
		t.Errorf("of nothing: %v", got)
	}
}

// Beyond the limit every quantile is within 1 %, and the ends are exact.
func TestSampleIsWithinOnePercent(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for name, draw := range map[string]func() int64{
		"lognormal":   func() int64 { return int64(math.Exp(10 + 2*rng.NormFloat64())) },
		"half zeros":  func() int64 { return max(0, rng.Int64N(2000)-1000) },
		"two values":  func() int64 { return 5 + 1e9*rng.Int64N(2) },
		"large bytes": func() int64 { return 1<<50 + rng.Int64N(1<<50) },
	} {
		var s sample
		var values []int64
		for range 5 * exactLimit {
			v := draw()
			values = append(values, v)
			s.add(v)
		}
		if cap(s.values) > 2*exactLimit {
			t.Errorf("%s: keeps %d values", name, cap(s.values))
		}
		qs := s.all()
		for i, got := range qs {
			want := serverQuantile(values, quantiles[i])
			if math.Abs(float64(got.V-want)) > sketchAccuracy*float64(want)+1 {
				t.Errorf("%s: p%g = %d, want %d", name, 100*quantiles[i], got.V, want)
			}
		}
		if qs[0].V != slices.Min(values) || qs[6].V != slices.Max(values) {
			t.Errorf("%s: ends %d and %d", name, qs[0].V, qs[6].V)
		}
		s.reset()
		s.add(7)
		if got, _ := s.quantile(0.5, s.n); got != 7 || s.sketch != nil {
			t.Errorf("%s: after reset: %d", name, got)
		}
	}
}

// Bins add up to the tasks, and the extremes are the extremes.
func TestBinsAddUp(t *testing.T) {
	for _, log := range logsOf(t, "m_medium") {
		for _, s := range extract(t, log).Stages {
			var n, bytes int64
			var run float64
			for i, b := range s.TaskBins {
				n, bytes, run = n+b.N, bytes+b.Bytes, run+b.RunS
				if lo := math.Exp2(float64(b.Log2Bytes)); b.Log2Bytes >= 0 && (float64(b.Bytes) < lo*float64(b.N) || float64(b.Bytes) >= 2*lo*float64(b.N)) {
					t.Errorf("stage %d, bin %d: %d bytes in %d tasks", s.StageID, i, b.Bytes, b.N)
				}
			}
			if n != s.EndedTasks || bytes != s.InputBytes+s.ShuffleReadBytes || math.Abs(run-s.ExecutorRunTimeS) > 1e-6 {
				t.Errorf("stage %d: bins hold %d tasks, %d bytes, %.3f s", s.StageID, n, bytes, run)
			}
			if len(s.LongestTasks) != extremes || s.LongestTasks[0].DurationS != s.SuccessDurationP100.V {
				t.Errorf("stage %d: %d longest, first %v, p100 %v", s.StageID, len(s.LongestTasks), s.LongestTasks[0].DurationS, s.SuccessDurationP100.V)
			}
			if !slices.IsSortedFunc(s.LargestTasks, func(a, b TaskSample) int { return int(b.Bytes - a.Bytes) }) {
				t.Errorf("stage %d: largest tasks are not in order", s.StageID)
			}
		}
	}
}

func taskEnd(id int64, stage int, launch, finish int64) *eventlog.TaskEnd {
	e := &eventlog.TaskEnd{StageID: stage, HasMetrics: true, Reason: eventlog.EndReason{Kind: "Success"}}
	e.Task = eventlog.TaskInfo{ID: id, Index: int(id), ExecutorID: "1", Launch: eventlog.Millis(launch), Finish: eventlog.Millis(finish), Locality: "ANY"}
	e.Metrics = eventlog.TaskMetrics{ExecutorRunTime: eventlog.Millis(finish - launch), InputBytes: 1000 + id%97, HasPeakExecutionMemory: true}
	return e
}

// A task costs no memory of its own once its stage is under way.
func TestNoAllocationPerTask(t *testing.T) {
	b := newBuilder(Options{})
	start, end := &eventlog.TaskStart{StageID: 1}, taskEnd(0, 1, 0, 0)
	id := int64(0)
	one := func() {
		at := eventlog.Millis(1000 + 10*id)
		start.Task = eventlog.TaskInfo{ID: id, ExecutorID: "1", Launch: at}
		b.add(start)
		end.Task.ID, end.Task.Index, end.Task.Launch, end.Task.Finish = id, int(id), at, at+50+eventlog.Millis(id%13)
		b.add(end)
		id++
	}
	for range reorderLimit {
		one()
	}
	if n := testing.AllocsPerRun(20000, one); n > 0 {
		t.Errorf("%v allocations per task", n)
	}
	if got := b.clock.waiting.len() + len(b.clock.running) + len(b.clock.started); got > reorderLimit+10 {
		t.Errorf("the clock keeps %d entries", got)
	}
}

// TestServerDurations: the server sorts all tasks and looks at as many as
// succeeded, exactly and where a sketch takes over.
func TestServerDurations(t *testing.T) {
	for _, n := range []int64{4, exactLimit + 1000} {
		d := newTaskDetail()
		for i := range n {
			d.task.ms = 100 + i
			d.duration.add(d.task.ms)
			if d.ended != nil {
				d.ended.add(d.task.ms)
			}
			if i == n/2 {
				d.addOther(1) // failed at once
				d.addOther(1 << 40)
			}
		}
		success, server := d.duration.allSeconds(), d.serverDurations()
		if success[0].V != 0.1 || success[6].V != seconds(100+n-1) {
			t.Errorf("%d tasks that succeeded: %v", n, success)
		}
		// The failed one is the shortest, so that the longest falls out.
		want := seconds(100 + n - 2)
		if server[0].V != 0.001 || server[6].V < want*(1-sketchAccuracy) || server[6].V > want*(1+sketchAccuracy) || n == 4 && server[6].V != want {
			t.Errorf("%d tasks: %v, longest %v wanted", n, server, want)
		}
		d.reset()
		if d.ended != nil {
			t.Error("the next stage begins with the tasks of this one")
		}
	}
}
