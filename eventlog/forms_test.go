package eventlog_test

import (
	"io/fs"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/spark-apprentice/apprentice/eventlog"
)

// read returns the records of a text; task events are copies.
func read(t *testing.T, text string) (records []eventlog.Record) {
	t.Helper()
	r := eventlog.Open(inMemory("log", []byte(text)), eventlog.Options{})
	defer r.Close()
	for r.Scan() {
		switch e := r.Record().(type) {
		case *eventlog.TaskStart:
			c := *e
			records = append(records, &c)
		case *eventlog.TaskEnd:
			c := *e
			c.Metrics.UpdatedBlocks = append([]eventlog.BlockStatus(nil), c.Metrics.UpdatedBlocks...)
			records = append(records, &c)
		case *eventlog.SyntaxError:
			t.Error(e)
		default:
			records = append(records, e)
		}
	}
	if r.Err() != nil {
		t.Error(r.Err())
	}
	return records
}

// TestForms reads the forms in which Spark 1 to 4 and vendors write events,
// one line each, as JsonProtocol of that version writes them.
func TestForms(t *testing.T) {
	exit := 137
	level := eventlog.StorageLevel{Memory: true, Deserialized: true, Replication: 1}
	at := func(line int) eventlog.Pos { return eventlog.Pos{Part: "log", Line: line} }
	files := os.DirFS("testdata/forms")
	texts, err := fs.Glob(files, "*.json")
	if err != nil || len(texts) == 0 {
		t.Fatal(texts, err)
	}
	for name, want := range map[string][]eventlog.Record{
		"spark1.json": {
			&eventlog.ApplicationStart{Pos: at(1), AppName: "old", User: "u", Time: 1400000000000},
			&eventlog.BlockManagerAdded{Pos: at(2), ID: "<driver>", MaxMemory: 278302556, Time: 1400000000001},
			&eventlog.StageSubmitted{Pos: at(3), Stage: eventlog.StageInfo{ID: 0, Name: "count at x.scala:5", Tasks: 2,
				RDDs: []eventlog.RDDInfo{{ID: 1, Name: "data", Storage: eventlog.StorageLevel{Memory: true, OffHeap: true, Deserialized: true, Replication: 1}, Partitions: 2}}}},
			&eventlog.TaskStart{Pos: at(4), Task: eventlog.TaskInfo{ID: 3, Index: 1, Launch: 1400000000010, ExecutorID: "0", Host: "h", Locality: "PROCESS_LOCAL"}},
			&eventlog.TaskEnd{Pos: at(5), Reason: eventlog.EndReason{Kind: "Success"},
				Task:       eventlog.TaskInfo{ID: 3, Index: 1, Launch: 1400000000010, Finish: 1400000000090, ExecutorID: "0", Host: "h", Locality: "PROCESS_LOCAL"},
				HasMetrics: true,
				Metrics: eventlog.TaskMetrics{ExecutorDeserializeTime: 4, ExecutorRunTime: 70, ResultSize: 900, JVMGCTime: 2, ResultSerializationTime: 1,
					InputBytes: 1024, UpdatedBlocks: []eventlog.BlockStatus{{BlockID: "rdd_1_1", Storage: level, MemorySize: 55}}}},
			&eventlog.TaskEnd{Pos: at(6), StageID: 1,
				Reason: eventlog.EndReason{Kind: "ExceptionFailure", ClassName: "java.lang.Error", Description: "no", StackTrace: "\tat a.B.c(B.scala:7)\n"},
				Task:   eventlog.TaskInfo{ID: 4, Launch: 1, Finish: 2, ExecutorID: "0", Host: "h", Locality: "ANY"}},
			&eventlog.TaskEnd{Pos: at(7), StageID: 1,
				Reason: eventlog.EndReason{Kind: "ExecutorLostFailure", ExecutorID: "2"},
				Task:   eventlog.TaskInfo{ID: 5, Launch: 1, Finish: 2, ExecutorID: "2", Host: "h", Locality: "ANY"}},
			&eventlog.JobEnd{Pos: at(8), Time: 1400000000100, Error: "aborted"},
		},
		"spark2.json": {
			&eventlog.LogStart{Pos: at(1), SparkVersion: "2.4.8"},
			&eventlog.Unread{Pos: at(2), Name: "SparkListenerExecutorBlacklisted"},
			&eventlog.Unread{Pos: at(3), Name: "SparkListenerNodeBlacklistedForStage"},
			&eventlog.TaskEnd{Pos: at(4), StageID: 2, StageAttempt: 1, Reason: eventlog.EndReason{Kind: "Success"},
				Task:       eventlog.TaskInfo{ID: 7, Index: 3, Attempt: 1, Launch: 10, Finish: 20, ExecutorID: "1", Host: "h", Locality: "RACK_LOCAL", Speculative: true},
				HasMetrics: true,
				Metrics: eventlog.TaskMetrics{ExecutorDeserializeTime: 1, ExecutorRunTime: 3, ExecutorCPUTime: 4, ResultSize: 5,
					JVMGCTime: 6, ResultSerializationTime: 7, MemoryBytesSpilled: 8, DiskBytesSpilled: 9,
					ShuffleReadFetchWait: 3, ShuffleReadRemoteBytes: 4,
					ShuffleReadLocalBytes: 6, ShuffleReadRecords: 7, ShuffleWriteBytes: 10, ShuffleWriteTime: 11, ShuffleWriteRecords: 12,
					InputBytes: 13, InputRecords: 14, OutputBytes: 15, OutputRecords: 16}},
			&eventlog.SQLExecutionStart{Pos: at(5), ID: 4, RootID: -1, Description: "d", Time: 3, Plan: &eventlog.PlanNode{Name: "Scan", Simple: "Scan x",
				Metrics: []eventlog.PlanMetric{{Name: "number of output rows", AccumulatorID: 1, Type: "sum"}}}},
			&eventlog.SQLExecutionEnd{Pos: at(6), ID: 4, Time: 5},
		},
		"spark4.json": {
			&eventlog.ApplicationEnd{Pos: at(1), Time: 9, ExitCode: &exit},
			&eventlog.Unread{Pos: at(2), Name: "SparkListenerNodeExcluded"},
			&eventlog.ResourceProfileAdded{Pos: at(3), ID: 1, ExecutorCores: 4, ExecutorMemory: 2 << 30, ExecutorOverhead: 512 << 20, ExecutorOffHeap: 0, PySparkMemory: 1 << 30, TaskCPUs: 0.5},
			&eventlog.SQLExecutionStart{Pos: at(4), ID: 5, RootID: 3, Description: "d", Time: 3, ModifiedConfigs: map[string]string{}},
			&eventlog.Unread{Pos: at(5), Name: "SparkListenerSQLAdaptiveSQLMetricUpdates"},
			&eventlog.DriverAccumUpdates{Pos: at(6), ID: 5, Updates: []eventlog.Accumulable{{ID: 37, Value: 4}, {ID: 38, Value: -1}}},
			&eventlog.SQLExecutionEnd{Pos: at(7), ID: 5, Time: 9, HasError: true},
			&eventlog.SQLExecutionEnd{Pos: at(8), ID: 6, Time: 9, HasError: true, Error: "boom"},
		},
		"databricks.json": {
			&eventlog.LogStart{Pos: at(1), SparkVersion: "3.2.1"},
			&eventlog.EnvironmentUpdate{Pos: at(2), Spark: map[string]string{"spark.eventLog.enabled": "false", "n": "5", "none": ""}},
			&eventlog.Unknown{Pos: at(3), Name: "SparkListenerQueryExecutionMetrics"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := fs.ReadFile(files, name)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, read(t, string(text))); diff != "" {
				t.Error(diff)
			}
		})
	}
}
