package features

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/spark-apprentice/apprentice/eventlog"
)

// Whatever a log says, in whatever order: rows that can be written, no panic,
// and no second charged twice.
func TestAnyRecords(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 11))
		b := newBuilder(Options{})
		b.add(&eventlog.ApplicationStart{AppName: "x", Time: anyTime(rng)})
		for range rng.IntN(200) {
			b.add(anyRecord(rng))
		}
		app := b.finish()
		if _, err := json.Marshal(app); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		runs := []Run{app.Run}
		Judge(runs, nil)
		r := &app.Run
		if !r.DurationS.OK {
			continue
		}
		window := r.DurationS.V - r.ExecutorWaitS.V
		got := sumStages(app.Stages) + r.DriverOnlyS.V
		if math.Abs(got-window) > 1e-6*max(1, window) || r.DriverOnlyS.V < 0 {
			t.Fatalf("seed %d: charges sum to %v s, want %v s", seed, got, window)
		}
	}
}

func anyTime(rng *rand.Rand) eventlog.Millis {
	switch rng.IntN(20) {
	case 0:
		return 0
	case 1:
		return -5
	case 2:
		return math.MaxInt64
	case 3:
		return math.MinInt64
	}
	return 1_700_000_000_000 + eventlog.Millis(rng.IntN(100_000))
}

func anyStage(rng *rand.Rand) eventlog.StageInfo {
	s := eventlog.StageInfo{ID: rng.IntN(6), Attempt: rng.IntN(3), Name: "n", Tasks: rng.IntN(5), Submitted: anyTime(rng), Completed: anyTime(rng)}
	for range rng.IntN(4) {
		s.ParentIDs = append(s.ParentIDs, rng.IntN(6)) // its own parent, too
		s.RDDs = append(s.RDDs, eventlog.RDDInfo{ID: rng.IntN(5), Name: "r", ParentIDs: []int{rng.IntN(5)}, Storage: eventlog.StorageLevel{Memory: rng.IntN(2) == 0}})
		s.Accumulables = append(s.Accumulables, eventlog.Accumulable{ID: rng.Int64N(9), Value: rng.Int64()})
	}
	return s
}

func anyPlan(rng *rand.Rand, depth int) *eventlog.PlanNode {
	names := []string{"", "Exchange", "HashAggregate", "WholeStageCodegen (1)", "InMemoryTableScan", "ReusedExchange", "BroadcastExchange", "SortMergeJoin", "AQEShuffleRead", "Scan", "Subquery", "Sort"}
	n := &eventlog.PlanNode{Name: names[rng.IntN(len(names))], Simple: "x [a#1", Metrics: []eventlog.PlanMetric{{Name: outputRows, AccumulatorID: rng.Int64N(9)}}}
	if depth < 6 {
		for range rng.IntN(3) {
			n.Children = append(n.Children, anyPlan(rng, depth+1))
		}
	}
	return n
}

func anyRecord(rng *rand.Rand) eventlog.Record {
	id, exec := rng.Int64N(12), string(rune('0'+rng.IntN(3)))
	task := eventlog.TaskInfo{ID: id, ExecutorID: exec, Launch: anyTime(rng), Finish: anyTime(rng), Speculative: rng.IntN(3) == 0}
	kinds := []string{"Success", "Success", "Resubmitted", "FetchFailed", "ExceptionFailure", "TaskKilled", "ExecutorLostFailure", "new"}
	switch rng.IntN(16) {
	case 0, 1, 2:
		return &eventlog.TaskStart{StageID: rng.IntN(6), StageAttempt: rng.IntN(3), Task: task}
	case 3, 4, 5:
		return &eventlog.TaskEnd{
			StageID: rng.IntN(6), StageAttempt: rng.IntN(3), Task: task, Reason: eventlog.EndReason{Kind: kinds[rng.IntN(len(kinds))]},
			HasMetrics: rng.IntN(2) == 0, Metrics: eventlog.TaskMetrics{InputBytes: rng.Int64() >> rng.IntN(63), ExecutorRunTime: anyTime(rng)},
		}
	case 6:
		return &eventlog.StageSubmitted{Stage: anyStage(rng), Properties: map[string]string{"spark.sql.execution.id": "1"}}
	case 7:
		return &eventlog.StageCompleted{Stage: anyStage(rng)}
	case 8:
		return &eventlog.JobStart{ID: rng.IntN(4), Time: anyTime(rng), StageIDs: []int{rng.IntN(6), rng.IntN(6)}, Stages: []eventlog.StageInfo{anyStage(rng)}}
	case 9:
		return &eventlog.JobEnd{ID: rng.IntN(4), Time: anyTime(rng), Succeeded: rng.IntN(2) == 0}
	case 10:
		return &eventlog.ExecutorAdded{ID: exec, Cores: rng.IntN(4), Time: anyTime(rng)}
	case 11:
		return &eventlog.ExecutorRemoved{ID: exec, Reason: "Command exited with code 52", Time: anyTime(rng)}
	case 12:
		return &eventlog.SQLExecutionStart{ID: rng.Int64N(3), Time: anyTime(rng), Plan: anyPlan(rng, 0)}
	case 13:
		return &eventlog.SQLAdaptiveExecutionUpdate{ID: rng.Int64N(3), Plan: anyPlan(rng, 0)}
	case 14:
		return &eventlog.SQLExecutionEnd{ID: rng.Int64N(3), Time: anyTime(rng)}
	}
	return &eventlog.ApplicationEnd{Time: anyTime(rng)}
}
