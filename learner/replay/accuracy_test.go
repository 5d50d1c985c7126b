package replay

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spark-apprentice/apprentice/eventlog"
	"github.com/spark-apprentice/apprentice/eventlog/source"
	"github.com/spark-apprentice/apprentice/features"
)

// ended is a task as the log tells of it. Seconds.
type ended struct{ took, ran float64 }

// explicit reads the tasks of a log one by one, by stage, in launch order.
func explicit(t testing.TB, log eventlog.Log) map[int64][]ended {
	t.Helper()
	type launched struct {
		at, id int64
		ended
	}
	byStage := map[int64][]launched{}
	r := eventlog.Open(log, eventlog.Options{})
	defer r.Close()
	for r.Scan() {
		if e, ok := r.Record().(*eventlog.TaskEnd); ok && e.Reason.Success() && e.HasMetrics {
			byStage[int64(e.StageID)] = append(byStage[int64(e.StageID)], launched{int64(e.Task.Launch), e.Task.ID, ended{float64(e.Task.Duration()) / 1000, float64(e.Metrics.ExecutorRunTime) / 1000}})
		}
	}
	out := map[int64][]ended{}
	for id, tasks := range byStage {
		slices.SortFunc(tasks, func(a, b launched) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id)) })
		for _, l := range tasks {
			out[id] = append(out[id], l.ended)
		}
	}
	return out
}

// holding are the tasks for as long as they held slots, which was no more than so
// many seconds: each waited for the driver as long as the others, but ran as long
// as it says.
func holding(tasks []ended, most float64) []load {
	held := func(wait float64) (out []load, sum float64) {
		for _, e := range tasks {
			l := load{Seconds: max(e.took-wait, min(e.ran, e.took))}
			out, sum = append(out, l), sum+l.Seconds
		}
		return out, sum
	}
	low, high := 0.0, 1e6
	for range 100 {
		if _, sum := held((low + high) / 2); sum > most {
			low = (low + high) / 2
		} else {
			high = (low + high) / 2
		}
	}
	out, _ := held(low)
	return out
}

// What the rows keep of the tasks gives, on any number of slots, the makespan
// that the tasks themselves give.
func TestMakespanFromRows(t *testing.T) {
	var cases []eventlog.Log
	for _, path := range []string{"history", "logs/m_medium", "logs/h_speculation", "logs/d_skew_groupby_rdd"} {
		logs, _, err := source.Find(context.Background(), []string{filepath.Join("..", "..", "fixtures", path)})
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(logs, func(a, b eventlog.Log) int { return strings.Compare(a.Name, b.Name) }) // not by the files' times, which a clone makes
		cases = append(cases, logs[:min(len(logs), 24)]...)
	}
	var worst float64
	compared := 0
	for _, log := range cases {
		a, err := features.Extract(context.Background(), log, eventlog.Options{}, features.Options{})
		if err != nil {
			t.Fatal(err)
		}
		r := newRun(logged(a))
		tasks := explicit(t, log)
		ids := stageIDs(a.Stages)
		if len(ids) != len(r.stages) || a.Run.FailedTasks > 0 {
			continue // tasks of several attempts
		}
		held := map[int64][]load{}
		for _, s := range a.Stages {
			held[s.StageID] = holding(tasks[s.StageID], float64(a.Run.CoresMax)*s.DurationS.Or(0))
		}
		for _, slots := range []int{1, 2, 3, 4, 7, 16, 64} {
			steps, rows := r.steps(), r.steps()
			for i, id := range ids {
				steps[i].Work = held[id]
				rows[i].Work = listed(r.stages[i].load, 0, slots)
			}
			want, got := makespan(steps, freeSlots(slots)), makespan(rows, freeSlots(slots))
			off := math.Abs(got-want) / want
			worst = max(worst, off)
			compared++
			if off > 0.02 {
				t.Errorf("%s on %d slots: %.3f s from rows, %.3f s from tasks", a.Run.AppName, slots, got, want)
			}
		}
	}
	if compared < 100 {
		t.Errorf("only %d comparisons", compared)
	}
	t.Logf("%d comparisons, worst %.2f %%", compared, 100*worst)
}

// A driver that is behind lets more tasks seem to run than there are slots: up to
// 91 on the two of m_medium. Their replay takes no longer than the run did.
func TestReplayOfBusyDrivers(t *testing.T) {
	lapped := 0
	for _, name := range []string{"m_medium", "b_rolling_lz4", "b_rolling_zstd", "c_no_spill", "i_sort_merge_join"} {
		apps, err := extract(filepath.Join("..", "..", "fixtures", "logs", name))
		if err != nil || len(apps) == 0 {
			t.Fatalf("%s: %d runs: %v", name, len(apps), err)
		}
		for _, a := range apps {
			r, ok := New(Priors()).Open(logged(a))
			if !ok {
				t.Fatalf("%s: nothing to replay", name)
			}
			if off := r.Predict(nil, 1).Scheduled/a.Run.DurationS.V - 1; math.Abs(off) > 0.05 {
				t.Errorf("%s: the replay's own time is %+.1f %% off", name, 100*off)
			}
			for i := range a.Stages {
				s := &a.Stages[i]
				most, took := float64(a.Run.CoresMax)*s.DurationS.V, 0.0
				for _, b := range s.TaskBins {
					took += b.DurationS
				}
				if 0.98*took > most {
					lapped++
				}
			}
			for i := range r.r.stages {
				s := &r.r.stages[i]
				if most := float64(a.Run.CoresMax) * r.r.row.DurationS.V; s.slotTime > most {
					t.Errorf("%s: stage %d held slots for %v s of %v", name, s.id, s.slotTime, most)
				}
			}
		}
	}
	if lapped < 20 {
		t.Errorf("only %d stages had more tasks than slots", lapped)
	}
}

// stageIDs are the stages that newRun keeps, in its order.
func stageIDs(rows []features.Stage) (ids []int64) {
	var kept []features.Stage
	for _, s := range rows {
		if s.Outcome == features.StageComplete && len(s.TaskBins) > 0 {
			kept = append(kept, s)
		}
	}
	slices.SortStableFunc(kept, func(a, b features.Stage) int {
		return cmp.Or(a.SubmittedAt.V.Compare(b.SubmittedAt.V), cmp.Compare(a.StageID, b.StageID))
	})
	for _, s := range kept {
		ids = append(ids, s.StageID)
	}
	return ids
}

// bigRun is a run of ten stages with 100,000 tasks.
func bigRun() *features.App {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	a := &features.App{Run: features.Run{
		RunKey: "big", Pipeline: "big", SparkVersion: "3.5.7", ClusterManager: "yarn", Kind: features.Batch, Outcome: features.Succeeded, Complete: true,
		ExecutorsMax: 50, CoresMax: 200, DurationS: nullOf(1200.0), DriverOnlyS: nullOf(20.0), ExecutorWaitS: nullOf(10.0),
		ConfEffective: map[string]features.Setting{"spark.sql.shuffle.partitions": {Value: "10000"}, "spark.sql.adaptive.enabled": {Value: "false"}},
	}}
	for i := range int64(10) {
		s := features.Stage{
			RunKey: "big", StageID: i, StageSignature: fmt.Sprint("s", i), SQLExecutionID: nullOf(int64(0)), Outcome: features.StageComplete, Tasks: 10000,
			PartitionsSource: features.PartitionsSQLConf, PartitionsConfigured: nullOf(int64(10000)),
			SubmittedAt: nullOf(at.Add(time.Duration(i) * 2 * time.Minute)), CompletedAt: nullOf(at.Add(time.Duration(i+1)*2*time.Minute - time.Second)),
			Operators: []string{"Exchange", "HashAggregate", "Exchange"},
		}
		for b := range int64(40) {
			bin := features.TaskBin{Log2Bytes: 20 + b/8, Log2Time: 9 + b%8, N: 250}
			bin.Bytes, bin.DurationS = bin.N<<bin.Log2Bytes, float64(bin.N<<bin.Log2Time)/1000
			s.TaskBins = append(s.TaskBins, bin)
			s.ShuffleReadBytes += bin.Bytes
		}
		s.ShuffleWriteBytes, s.ShuffleReadRows, s.ShuffleWriteRows = s.ShuffleReadBytes, 1e9, 1e8
		s.PeakExecutionMemoryBytes = nullOf(int64(256 << 20))
		if i > 0 {
			s.ParentStageIDs = []int64{i - 1}
		}
		for k := range int64(16) {
			s.LongestTasks = append(s.LongestTasks, features.TaskSample{Index: k * 600, Bytes: 30 << 20, DurationS: 90})
			s.LargestTasks = append(s.LargestTasks, features.TaskSample{Index: k * 500, Bytes: 40 << 20, DurationS: 60})
		}
		a.Stages = append(a.Stages, s)
	}
	return a
}

func nullOf[T any](v T) features.Null[T] { return features.Null[T]{V: v, OK: true} }

// A run of 100,000 tasks under 1,000 candidate settings.
func BenchmarkThousandCandidates(b *testing.B) {
	a := bigRun()
	m := New(Priors())
	b.ReportAllocs()
	for b.Loop() {
		r, _ := m.Open(logged(a))
		for i := range 1000 {
			r.Predict(map[string]string{
				"spark.sql.shuffle.partitions": fmt.Sprint(100 + 37*i), "spark.sql.adaptive.enabled": []string{"true", "false"}[i%2],
				"spark.executor.instances": fmt.Sprint(10 + i%90), "spark.executor.memory": fmt.Sprint(1+i%8, "g"),
			}, 1)
		}
	}
}
