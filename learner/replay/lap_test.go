package replay

import (
	"math"
	"testing"
	"time"

	"github.com/spark-apprentice/apprentice/features"
)

// lapping is a run of 4 slots whose one stage took 61 s: a task of 60 s and 20,000
// that the driver let seem to take 12 ms, of which they ran for some.
func lapping(cores int64, hotRan, ran float64) (*features.Run, []*features.Stage) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	const short = 20_000
	run := &features.Run{RunKey: "r", SparkVersion: "3.5.7", ClusterManager: "yarn", ExecutorsMax: min(cores, 1), CoresMax: cores, DurationS: nullOf(61.0), DriverOnlyS: nullOf(0.0), ExecutorWaitS: nullOf(0.0)}
	return run, []*features.Stage{{
		RunKey: "r", StageSignature: "s", Outcome: features.StageComplete, Tasks: short + 1, SubmittedAt: nullOf(at), CompletedAt: nullOf(at.Add(61 * time.Second)), DurationS: nullOf(61.0),
		TaskBins: []features.TaskBin{
			{Log2Bytes: 10, Log2Time: 3, N: short, Bytes: short << 10, DurationS: 240, RunS: short * ran},
			{Log2Bytes: 20, Log2Time: 15, N: 1, Bytes: 1 << 20, DurationS: 60, RunS: hotRan},
		},
		LongestTasks: []features.TaskSample{{Index: 9000, Bytes: 1 << 20, DurationS: 60, RunS: hotRan}},
	}}
}

// What a task waited for the driver is no share of what it took.
func TestLaggingDriver(t *testing.T) {
	for _, c := range []struct {
		name           string
		cores          int64
		hotRan, ran    float64
		hot, each, all float64 // seconds afterwards
	}{
		{"as long for each", 4, 59.9, 0.005, 60 - 56.0/20_001, 0.012 - 56.0/20_001, 244},
		{"nobody said how long they ran", 4, 0, 0, 60 - 56.0/20_001, 0.012 - 56.0/20_001, 244},
		{"none longer than it did not run", 4, 60, 0.005, 60, 0.012 - 56.0/20_000, 244},
		{"all of that is not enough", 4, 60, 0.010, 60 * 244 / 260.0, 0.010 * 244 / 260, 244},
		{"no core is known", 0, 59.9, 0.005, 60, 0.012, 300},
		{"slots enough", 5, 59.9, 0.005, 60, 0.012, 300},
	} {
		r := newRun(lapping(c.cores, c.hotRan, c.ran))
		s := &r.stages[0]
		near := func(a, b float64) bool { return math.Abs(a-b) < 1e-6*b }
		sum := 0.0
		for _, b := range s.load {
			sum += b.n * b.seconds
		}
		if !near(s.times[1].seconds, c.hot) || !near(s.longest[0].seconds, c.hot) || !near(s.times[0].seconds, c.each) || !near(s.slotTime, c.all) || !near(sum, c.all) {
			t.Errorf("%s: %v s, %v s and %v s each; %v s of slots, %v s to schedule", c.name, s.times[1].seconds, s.longest[0].seconds, s.times[0].seconds, s.slotTime, sum)
		}
	}
}
