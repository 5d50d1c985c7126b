package features

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// No log of Spark 1 or 2 is among the fixtures. These tests take a real log of
// 3.5 back to what JsonProtocol of 2.4 and of 1.6 would have written of the same
// run: fields that did not exist are gone, sub-objects that 1.x leaves out where
// they are unused too, and, as it comes, the keys are in another order. The
// figures must stay.

// newFields are what Spark wrote after 2.4, at any depth.
var newFields = []string{
	"Partition ID", "Task Executor Metrics", "Peak Execution Memory", "Remote Requests Duration", "Push Based Shuffle",
	"Hadoop Properties", "Metrics Properties", "Resource Profile Id", "Shuffle Push Enabled", "Shuffle Push Mergers Count",
	"modifiedConfigs", "rootExecutionId", "jobTags", "jobGroupId", "errorMessage", "DeterministicLevel", "Use Off Heap",
}

// rewritten is a log with each of its events changed by f, which drops those of
// which it returns nil.
func rewritten(t *testing.T, fixture string, f func(object) object) *App {
	t.Helper()
	var out bytes.Buffer
	for line := range bytes.Lines(textOf(t, logsOf(t, fixture)[0])) {
		var e object
		d := json.NewDecoder(bytes.NewReader(line))
		d.UseNumber()
		if err := d.Decode(&e); err != nil {
			t.Fatal(err)
		}
		if e = f(e); e == nil {
			continue
		}
		b, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(append(b, '\n'))
	}
	return extract(t, stored(fixture, out.Bytes()))
}

// without drops keys from a JSON value, however deep.
func without(v any, keys []string) {
	switch v := v.(type) {
	case object:
		for _, k := range keys {
			delete(v, k)
		}
		for _, x := range v {
			without(x, keys)
		}
	case []any:
		for _, x := range v {
			without(x, keys)
		}
	}
}

func asSpark24(e object) object {
	switch name := e["Event"].(string); {
	case name == "SparkListenerLogStart":
		e["Spark Version"] = "2.4.8"
	case strings.HasSuffix(name, "ResourceProfileAdded"), strings.HasSuffix(name, "SQLAdaptiveExecutionUpdate"), strings.HasSuffix(name, "SQLAdaptiveSQLMetricUpdates"):
		return nil
	}
	without(e, newFields)
	return e
}

func asSpark16(e object) object {
	e = asSpark24(e)
	if e == nil || strings.HasPrefix(e["Event"].(string), "org.apache.spark.sql") {
		return nil
	}
	if e["Event"] == "SparkListenerLogStart" {
		e["Spark Version"] = "1.6.3"
	}
	without(e, []string{"Executor CPU Time", "Executor Deserialize CPU Time", "Remote Bytes Read To Disk", "Killed"})
	if m, ok := e["Task Metrics"].(object); ok {
		m["Host Name"] = "localhost"
		for name, used := range map[string]string{
			"Shuffle Read Metrics": "Total Records Read", "Shuffle Write Metrics": "Shuffle Records Written",
			"Input Metrics": "Records Read", "Output Metrics": "Records Written",
		} {
			if sub := m[name].(object); sub[used] == json.Number("0") {
				delete(m, name)
			} else if name == "Input Metrics" {
				sub["Data Read Method"] = "Hadoop"
			}
		}
	}
	return e
}

// figures are the columns of stages that old versions have too.
func figures(app *App) (out []Stage) {
	for _, s := range app.Stages {
		s.RunKey, s.StageSignature, s.SQLExecutionID = "", "", Null[int64]{}
		s.PeakExecutionMemoryBytes, s.HeapPeakBytes = Null[int64]{}, Null[int64]{}
		s.Operators, s.PartitionsSource, s.PartitionsConfigured = nil, "", Null[int64]{}
		s.AQECoalesced, s.SkewSplitTasks, s.Groups, s.GroupRatio, s.JoinRows = Null[bool]{}, Null[int64]{}, Null[int64]{}, Null[float64]{}, Null[int64]{}
		out = append(out, s)
	}
	return out
}

func TestSpark24(t *testing.T) {
	for _, fixture := range []string{"i_sort_merge_join", "i_agg_unique_keys", "h_fetchfailed_files_deleted", "e_oom_recovers", "j_rdd_only"} {
		t.Run(fixture, func(t *testing.T) {
			now, then := extract(t, logsOf(t, fixture)[0]), rewritten(t, fixture, asSpark24)
			if diff := cmp.Diff(figures(now), figures(then)); diff != "" {
				t.Error(diff)
			}
			if then.Run.SparkVersion != "2.4.8" || then.Run.PeakExecutionMemoryBytes.OK || then.Run.MalformedLines+then.Run.UnknownEvents > now.Run.UnknownEvents {
				t.Errorf("%+v", then.Run)
			}
			for i := range now.Executions { // AQE is off in these, so the plans are the same
				n, o := &now.Executions[i], &then.Executions[i]
				if n.PlanSignature != o.PlanSignature || n.JoinRows != o.JoinRows || n.Outcome != o.Outcome || n.DurationS != o.DurationS || o.RootExecutionID.OK {
					t.Errorf("execution %d: %+v, in 2.4 %+v", n.SQLExecutionID, n, o)
				}
			}
			if diff := cmp.Diff(signalsOf(now), signalsOf(then)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestDatabricks takes a real log to the form in which Databricks writes it: its
// own first event instead of LogStart, properties of its own, and no end.
func TestDatabricks(t *testing.T) {
	const fixture = "i_sort_merge_join"
	databricks := func(jobEnds bool) func(object) object {
		return func(e object) object {
			switch e["Event"] {
			case "SparkListenerLogStart":
				return object{"Event": "DBCEventLoggingListenerMetadata", "Spark Version": "3.5.0", "Timestamp": 1, "Rollover Number": 0, "SparkContext Id": 7}
			case "SparkListenerEnvironmentUpdate":
				e["Spark Properties"].(object)["spark.databricks.clusterUsageTags.clusterId"] = "1101-020000-abc"
			case "SparkListenerApplicationEnd":
				return nil
			case "SparkListenerJobEnd":
				if !jobEnds {
					return nil
				}
			}
			return e
		}
	}
	apache, done := extract(t, logsOf(t, fixture)[0]), rewritten(t, fixture, databricks(true))
	if diff := cmp.Diff(figures(apache), figures(done)); diff != "" {
		t.Error(diff)
	}
	if r := &done.Run; r.Platform != "databricks" || !r.Complete || r.Outcome != Succeeded {
		t.Errorf("%s, complete %v, %s", r.Platform, r.Complete, r.Outcome)
	}
	if r := rewritten(t, fixture, databricks(false)).Run; r.Complete || r.Outcome != Incomplete {
		t.Errorf("with a job that runs: complete %v, %s", r.Complete, r.Outcome)
	}
}

func TestSpark16(t *testing.T) {
	for _, fixture := range []string{"j_rdd_only", "d_skew_groupby_rdd", "e_oom_recovers"} {
		t.Run(fixture, func(t *testing.T) {
			now, then := extract(t, logsOf(t, fixture)[0]), rewritten(t, fixture, asSpark16)
			want := figures(now)
			for i := range want { // CPU time came with 2.1
				want[i].ExecutorCPUTimeS = 0
				for _, tasks := range [][]TaskSample{want[i].LongestTasks, want[i].LargestTasks} {
					for k := range tasks {
						tasks[k].CPUS = 0
					}
				}
				for k := range want[i].TaskBins {
					want[i].TaskBins[k].CPUS = 0
				}
			}
			if diff := cmp.Diff(want, figures(then)); diff != "" {
				t.Error(diff)
			}
			if then.Run.SparkVersion != "1.6.3" || then.Run.MalformedLines > 0 {
				t.Errorf("%+v", then.Run)
			}
		})
	}
}
