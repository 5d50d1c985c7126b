package features

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// compare checks all that columns share with the server's answers.
func (c *oracleCase) compare(app *App, answers map[string]json.RawMessage) {
	c.stages(app, answers)
	c.executors(app, answers)
	c.executions(app, answers)
	var jobs []object
	c.decode(answers, "jobs.json", &jobs)
	failed := 0
	for _, j := range jobs {
		if j["status"] == "FAILED" {
			failed++
		}
	}
	c.same("jobs", object{}, "jobs", float64(len(jobs)), float64(app.Run.Jobs))
	c.same("jobs", object{}, "failed_jobs", float64(failed), float64(app.Run.FailedJobs))
}

func (c *oracleCase) decode(answers map[string]json.RawMessage, name string, to any) {
	c.t.Helper()
	if err := json.Unmarshal(answers[name], to); err != nil {
		c.t.Fatalf("%s: %v", name, err)
	}
}

// serverStatus maps a stage's status to our outcome.
var serverStatus = map[any]string{
	"COMPLETE": StageComplete, "FAILED": StageFailed, "ACTIVE": StageRunning, "PENDING": StageRunning, "SKIPPED": "skipped",
}

func (c *oracleCase) stages(app *App, answers map[string]json.RawMessage) {
	ours := map[string]*Stage{}
	for i := range app.Stages {
		s := &app.Stages[i]
		ours[fmt.Sprintf("%d_%d", s.StageID, s.StageAttemptID)] = s
	}
	var list []object
	c.decode(answers, "stages.json", &list)
	for _, srv := range list {
		id := fmt.Sprintf("%v_%v", srv["stageId"], srv["attemptId"])
		srv["id"] = id
		s := ours[id]
		delete(ours, id)
		if s == nil {
			if !c.excused("stages", srv, "row") {
				c.t.Errorf("stage %s: server %v, ours: no row", id, srv["status"])
			}
			continue
		}
		c.stage(s, srv)
		if detail, ok := answers["stages/"+id+".json"]; ok {
			var d struct {
				TaskMetricsDistributions object
			}
			if err := json.Unmarshal(detail, &d); err != nil {
				c.t.Fatal(err)
			}
			c.quantiles(s, srv, d.TaskMetricsDistributions)
		}
	}
	for id := range ours {
		c.t.Errorf("stage %s: ours only", id)
	}
}

func (c *oracleCase) stage(s *Stage, srv object) {
	same := func(column, field string, got float64) { c.same("stages", srv, column, srv[field], got) }
	c.same("stages", srv, "outcome", serverStatus[srv["status"]], s.Outcome)
	c.same("stages", srv, "name", srv["name"], s.Name)
	same("tasks", "numTasks", float64(s.Tasks))
	same("failed_tasks", "numFailedTasks", float64(s.FailedTasks))
	same("killed_tasks", "numKilledTasks", float64(s.KilledTasks))
	same("ended_tasks", "numCompleteTasks", float64(s.EndedTasks-s.FailedTasks-s.KilledTasks))
	same("executor_run_time_s", "executorRunTime", s.ExecutorRunTimeS*1e3)
	same("executor_cpu_time_s", "executorCpuTime", s.ExecutorCPUTimeS*1e9)
	same("executor_deserialize_time_s", "executorDeserializeTime", s.ExecutorDeserializeTimeS*1e3)
	same("jvm_gc_time_s", "jvmGcTime", s.JVMGCTimeS*1e3)
	same("result_serialization_time_s", "resultSerializationTime", s.ResultSerializationTimeS*1e3)
	same("result_size_bytes", "resultSize", float64(s.ResultSizeBytes))
	same("memory_spilled_bytes", "memoryBytesSpilled", float64(s.MemorySpilledBytes))
	same("disk_spilled_bytes", "diskBytesSpilled", float64(s.DiskSpilledBytes))
	same("input_bytes", "inputBytes", float64(s.InputBytes))
	same("input_rows", "inputRecords", float64(s.InputRows))
	same("output_bytes", "outputBytes", float64(s.OutputBytes))
	same("output_rows", "outputRecords", float64(s.OutputRows))
	same("shuffle_read_bytes", "shuffleReadBytes", float64(s.ShuffleReadBytes))
	same("shuffle_remote_read_bytes", "shuffleRemoteBytesRead", float64(s.ShuffleRemoteReadBytes))
	same("shuffle_read_rows", "shuffleReadRecords", float64(s.ShuffleReadRows))
	same("shuffle_fetch_wait_s", "shuffleFetchWaitTime", s.ShuffleFetchWaitS*1e3)
	same("shuffle_write_bytes", "shuffleWriteBytes", float64(s.ShuffleWriteBytes))
	same("shuffle_write_rows", "shuffleWriteRecords", float64(s.ShuffleWriteRows))
	same("shuffle_write_time_s", "shuffleWriteTime", s.ShuffleWriteTimeS*1e9)
	same("peak_execution_memory_bytes", "peakExecutionMemory", float64(s.PeakExecutionMemoryBytes.V))
	c.same("stages", srv, "submitted_at", text(srv["submissionTime"]), gmt(s.SubmittedAt))
	c.same("stages", srv, "completed_at", text(srv["completionTime"]), gmt(s.CompletedAt))
}

// quantiles compares p0, p25, p50, p75, p99 and p100, as the server was asked.
func (c *oracleCase) quantiles(s *Stage, srv, dist object) {
	if dist == nil {
		if s.DurationP0.OK {
			c.t.Errorf("stage %v: the server has no quantiles", srv["id"])
		}
		return
	}
	group := func(name string) object { g, _ := dist[name].(object); return g }
	six := func(column string, want any, got ...float64) {
		list, _ := want.([]any)
		if len(list) != len(got) {
			c.t.Fatalf("stage %v: %s: %v", srv["id"], column, want)
		}
		for i, w := range list {
			c.same("stages", srv, column, w, got[i])
		}
	}
	d, g := s.DurationQuantiles, s.GCQuantiles
	six("duration_p_s", dist["duration"], 1e3*d.DurationP0.V, 1e3*d.DurationP25.V, 1e3*d.DurationP50.V, 1e3*d.DurationP75.V, 1e3*d.DurationP99.V, 1e3*d.DurationP100.V)
	six("gc_p_s", dist["jvmGcTime"], 1e3*g.GCP0.V, 1e3*g.GCP25.V, 1e3*g.GCP50.V, 1e3*g.GCP75.V, 1e3*g.GCP99.V, 1e3*g.GCP100.V)
	i, h, p := s.InputQuantiles, s.ShuffleReadQuantiles, s.SpillQuantiles
	six("input_p_bytes", group("inputMetrics")["bytesRead"], float64(i.InputP0.V), float64(i.InputP25.V), float64(i.InputP50.V), float64(i.InputP75.V), float64(i.InputP99.V), float64(i.InputP100.V))
	six("shuffle_read_p_bytes", group("shuffleReadMetrics")["readBytes"], float64(h.ShuffleReadP0.V), float64(h.ShuffleReadP25.V), float64(h.ShuffleReadP50.V), float64(h.ShuffleReadP75.V), float64(h.ShuffleReadP99.V), float64(h.ShuffleReadP100.V))
	six("spill_p_bytes", dist["memoryBytesSpilled"], float64(p.SpillP0.V), float64(p.SpillP25.V), float64(p.SpillP50.V), float64(p.SpillP75.V), float64(p.SpillP99.V), float64(p.SpillP100.V))
	if s.FailedTasks+s.KilledTasks == 0 {
		peaks, _ := dist["peakExecutionMemory"].([]any)
		c.same("stages", srv, "largest peak", peaks[5], float64(s.PeakExecutionMemoryBytes.V))
		delays, _ := dist["schedulerDelay"].([]any)
		low, high := delays[0].(float64)*float64(s.EndedTasks), delays[5].(float64)*float64(s.EndedTasks)
		if got := s.SchedulerDelayS.V * 1e3; got < low-0.5 || got > high+0.5 {
			c.t.Errorf("stage %v: scheduler delay %v ms, outside of [%v, %v]", srv["id"], got, low, high)
		}
	}
}

func (c *oracleCase) executors(app *App, answers map[string]json.RawMessage) {
	ours := map[any]*Executor{}
	for i := range app.Executors {
		ours[app.Executors[i].ExecutorID] = &app.Executors[i]
	}
	var list []object
	c.decode(answers, "allexecutors.json", &list)
	for _, srv := range list {
		x := ours[srv["id"]]
		delete(ours, srv["id"])
		if x == nil {
			if !c.excused("executors", srv, "row") {
				c.t.Errorf("executor %v: ours: no row", srv["id"])
			}
			continue
		}
		same := func(column, field string, got float64) { c.same("executors", srv, column, srv[field], got) }
		same("cores", "totalCores", float64(x.Cores))
		c.same("executors", srv, "tasks", srv["totalTasks"].(float64)-srv["activeTasks"].(float64), float64(x.Tasks))
		same("failed_tasks", "failedTasks", float64(x.FailedTasks))
		same("task_time_s", "totalDuration", x.TaskTimeS*1e3)
		same("gc_time_s", "totalGCTime", x.GCTimeS*1e3)
		same("unified_bytes", "maxMemory", float64(x.UnifiedBytes.V))
		c.same("executors", srv, "removed_at", text(srv["removeTime"]), gmt(x.RemovedAt))
		c.same("executors", srv, "removed_reason", text(srv["removeReason"]), x.RemovedReason)
		c.same("executors", srv, "added_at", text(srv["addTime"]), gmt(x.AddedAt))
		peak, _ := srv["peakMemoryMetrics"].(object)
		heap, _ := peak["JVMHeapMemory"].(float64)
		unified, _ := peak["OnHeapUnifiedMemory"].(float64)
		c.same("executors", srv, "heap_peak_bytes", heap, float64(x.HeapPeakBytes.V))
		c.same("executors", srv, "unified_peak_bytes", unified, float64(x.UnifiedPeakBytes.V))
	}
	for id := range ours {
		c.t.Errorf("executor %v: ours only", id)
	}
}

func (c *oracleCase) executions(app *App, answers map[string]json.RawMessage) {
	var list []object
	c.decode(answers, "sql.json", &list)
	ours := map[float64]*Execution{}
	for i := range app.Executions {
		ours[float64(app.Executions[i].SQLExecutionID)] = &app.Executions[i]
	}
	status := map[any]string{"COMPLETED": StageComplete, "FAILED": StageFailed, "RUNNING": StageRunning}
	for _, srv := range list {
		x := ours[srv["id"].(float64)]
		delete(ours, srv["id"].(float64))
		if x == nil {
			c.t.Errorf("execution %v: ours: no row", srv["id"])
			continue
		}
		c.same("sql", srv, "outcome", status[srv["status"]], x.Outcome)
		c.same("sql", srv, "submitted_at", text(srv["submissionTime"]), gmt(x.SubmittedAt))
		if x.DurationS.OK {
			c.same("sql", srv, "duration_s", srv["duration"], x.DurationS.V*1e3)
		}
		n := 0
		for _, field := range []string{"successJobIds", "failedJobIds", "runningJobIds"} {
			ids, _ := srv[field].([]any)
			n += len(ids)
		}
		c.same("sql", srv, "jobs", float64(n), float64(x.Jobs))
		var joins []string
		rows, rowsKnown := 0.0, false
		nodes, _ := srv["nodes"].([]any)
		for _, node := range nodes {
			if name := strings.TrimSuffix(node.(object)["nodeName"].(string), "(skew=true)"); strings.HasSuffix(name, "Join") || name == "CartesianProduct" {
				joins = append(joins, name)
				if n, ok := serverMetric(node.(object), outputRows); ok {
					rows, rowsKnown = rows+n, true
				}
			}
		}
		if rowsKnown || x.JoinRows.OK {
			c.same("sql", srv, "join_rows", rows, float64(x.JoinRows.V))
			c.same("sql", srv, "join_rows of its stages", rows, joinedInStages(app, x.SQLExecutionID))
		}
		got := slices.Clone(x.JoinKinds)
		slices.Sort(joins)
		slices.Sort(got)
		c.same("sql", srv, "join_kinds", fmt.Sprint(joins), fmt.Sprint(got))
	}
	for id := range ours {
		c.t.Errorf("execution %v: ours only", id)
	}
}

// serverMetric reads a metric of a plan node, such as "12,345".
func serverMetric(node object, name string) (float64, bool) {
	metrics, _ := node["metrics"].([]any)
	for _, m := range metrics {
		if m := m.(object); m["name"] == name {
			n, err := strconv.ParseFloat(strings.ReplaceAll(m["value"].(string), ",", ""), 64)
			return n, err == nil
		}
	}
	return 0, false
}

// joinedInStages adds up the stages' share, retries once.
func joinedInStages(app *App, execution int64) (sum float64) {
	seen := map[string]bool{}
	for i := range app.Stages {
		if s := &app.Stages[i]; s.SQLExecutionID.V == execution && s.SQLExecutionID.OK && s.JoinRows.OK && !seen[s.StageSignature] {
			seen[s.StageSignature] = true
			sum += float64(s.JoinRows.V)
		}
	}
	return sum
}

func text(v any) string { s, _ := v.(string); return s }

// gmt writes a time as the server does.
func gmt(t Null[time.Time]) string {
	if !t.OK {
		return ""
	}
	return t.V.Format("2006-01-02T15:04:05.000") + "GMT"
}
