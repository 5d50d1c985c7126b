package report

import (
	"fmt"
	"time"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
	"github.com/spark-apprentice/apprentice/learner"
)

// madeRun is a run with every part of a report: more stages than are shown, a
// skewed one, losses, caches, joins, and names that a terminal would obey.
func madeRun() *features.App {
	start := time.Date(2026, 10, 3, 2, 10, 5, 0, time.UTC)
	app := &features.App{Run: features.Run{
		RunKey: "k1", Pipeline: "orders-enrich", AppID: "application_1700000000001_0042", AttemptID: "2",
		AppName: "orders enrich 2026-10-03\x1b[31m\n\u202ered", SparkVersion: "3.5.7", Platform: "apache", ClusterManager: "yarn",
		DeployMode: "cluster", Kind: features.Batch, PlanSignature: "plan-a", Night: "2026-10-02", Log: "/logs/application_1700000000001_0042.zstd",
		Complete: true, Events: 61771, StartedAt: null.Of(start), EndedAt: null.Of(start.Add(1000 * time.Second)), DurationS: null.Of(1000.0),
		ExecutorWaitS: null.Of(30.0), Outcome: features.Succeeded, Jobs: 12, Stages: 15, Tasks: 30720, FailedTasks: 4,
		SourceBytes: null.Of[int64](5 << 30), SourceRows: null.Of[int64](150_000_000), ExecutorsMax: 10, CoresMax: 40,
		CoreS: null.Of(38000.0), SlotUtilization: null.Of(0.62), DriverOnlyS: null.Of(70.0),
		ConfEffective: map[string]features.Setting{
			"spark.sql.shuffle.partitions": {Value: "800", Source: features.FromRuntimeSet},
			"spark.executor.memory":        {Value: "8g", Source: features.FromLog},
			"spark.sql.adaptive.enabled":   {Value: "true", Source: features.FromDefault},
			"spark.memory.fraction":        {Value: "0.6", Source: features.FromLog},
		},
	}}
	left := 900.0 // duration less driver and wait
	for i := range 15 {
		charged := float64(100 - 6*i)
		if i == 14 {
			charged = left
		}
		left -= charged
		app.Stages = append(app.Stages, features.Stage{
			StageID: int64(i), StageSignature: fmt.Sprintf("s%02d", i), Name: "count at Main.java:33", Outcome: "complete",
			ChargedS: null.Of(charged), Operators: []string{"Scan parquet orders", "Filter", "HashAggregate", "HashAggregate", "Exchange"},
			EndedTasks: 2048, SuccessDurationQuantiles: features.SuccessDurationQuantiles{SuccessDurationP50: null.Of(1.5), SuccessDurationP100: null.Of(120.0)},
			SkewDuration: null.Of(80.0), TaskSums: features.TaskSums{InputBytes: 3 << 30, ShuffleWriteBytes: 1200 << 20, DiskSpilledBytes: int64(i) << 28},
		})
	}
	app.Stages[2].Outcome, app.Stages[2].StageAttemptID = "failed", 1
	app.Signals = []features.Signal{
		{Kind: features.SignalSkew, StageID: null.Of[int64](3), Certainty: features.Certain, Count: 1, Evidence: "longest task 120 s is 80 x the median; it read 40 x the median bytes"},
		{Kind: features.SignalHeapOOM, StageID: null.Of[int64](2), StageAttemptID: null.Of[int64](1), Certainty: features.Certain, Count: 4, Evidence: "java.lang.OutOfMemoryError: Java heap space\n\tat java.base/java.util.Arrays.copyOf(Arrays.java:3537)"},
		{Kind: features.SignalSkew, StageID: null.Of[int64](7), Certainty: features.Certain, Count: 2, Evidence: "longest task 30 s is 12 x the median"},
	}
	app.Executors = []features.Executor{
		{ExecutorID: "1", Host: "node-1.example", Cores: 4, HeapBytes: null.Of[int64](8 << 30), OverheadBytes: null.Of[int64](819 << 20)},
		{ExecutorID: "2", Host: "node-2.example", Cores: 4, RemovedAt: null.Of(start.Add(time.Minute)), RemovedClass: "oom", RemovedReason: "Command exited with code 52", FailedTasks: 4},
		{ExecutorID: "3", Host: "node-2.example", Cores: 4, RemovedAt: null.Of(start.Add(time.Minute)), RemovedClass: "idle"},
	}
	app.Caches = []features.Cache{{RDDID: 7, Name: "*(1) Project [id#0]", Level: "Disk Memory Deserialized 1x Replicated", Partitions: 200, Reuse: 5}}
	app.Executions = []features.Execution{
		{SQLExecutionID: 3, Description: "save at Main.java:80", Outcome: "complete", ChargedS: null.Of(640.0), DurationS: null.Of(700.0), Jobs: 3, JoinKinds: []string{"SortMergeJoin", "SortMergeJoin", "BroadcastHashJoin"}, BroadcastBytes: null.Of[int64](11 << 20)},
		{SQLExecutionID: 4, Description: "count", Outcome: "failed", Error: "Job aborted due to stage failure", DurationS: null.Of(9.0), Jobs: 1},
	}
	return app
}

// laterRun is madeRun a night later: half the partitions, one stage gone, one
// new, less spill.
func laterRun() *features.App {
	app := madeRun()
	r := &app.Run
	r.RunKey, r.AppID, r.Night = "k2", "application_1700000000001_0043", "2026-10-03"
	r.DurationS, r.DriverOnlyS = null.Of(540.0), null.Of(60.0)
	r.SourceBytes = null.Of[int64](6 << 30)
	r.ConfEffective = map[string]features.Setting{
		"spark.sql.shuffle.partitions": {Value: "400", Source: features.FromLog},
		"spark.executor.memory":        {Value: "8g", Source: features.FromLog},
		"spark.sql.adaptive.enabled":   {Value: "false", Source: features.FromLog},
	}
	r.CoresMax, r.ExecutorsMax = 20, 5
	for i := range app.Stages {
		s := &app.Stages[i]
		s.ChargedS.V /= 2
		s.EndedTasks /= 2
		s.DiskSpilledBytes = 0
	}
	app.Stages[1].StageSignature = "new"
	app.Signals = app.Signals[:1]
	return app
}

// madeRecommendation proposes two settings with all that can be said of them.
func madeRecommendation() learner.Recommendation {
	return learner.Recommendation{
		Pipeline: "orders-enrich", ID: "r-0f3a9c", Mode: "advise", Status: "proposed", Runs: 14, LastNight: "2026-10-16",
		Reason:   "AQE on and a larger broadcast threshold were faster in every block of nights that had them.",
		Baseline: map[string]string{"spark.sql.adaptive.enabled": "false", "spark.sql.autoBroadcastJoinThreshold": "10485760", "spark.sql.shuffle.partitions": "200"},
		Settings: map[string]learner.Proposed{
			"spark.sql.adaptive.enabled":           {Value: "true", Current: "false", Evidence: "observed", Why: "6 runs in 2 blocks of nights took 0.34 of the baseline's time at the same size."},
			"spark.sql.autoBroadcastJoinThreshold": {Value: "64m", Current: "10m", Evidence: "neighbour", Why: "one step from what was observed."},
		},
		Expected: learner.Expected{RuntimeRatio: null.Of(0.31), Low: null.Of(0.28), High: null.Of(0.35), CostRatio: null.Of(0.33), BaselineS: null.Of(21.5)},
		Rejected: []learner.Rejected{{Settings: map[string]string{"spark.executor.memory": "512m"}, Why: "2 of 2 runs failed", Runs: 2, Blocks: 1}},
		File:     map[string]string{"spark.sql.shuffle.partitions": "64"}, FileID: "r-77aa01", Since: "2026-10-12",
		Advice: []string{"Stage 12 reads one key that holds 80% of the rows; no setting splits a group: salt the key."},
	}
}
