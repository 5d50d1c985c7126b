package features

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spark-apprentice/apprentice/eventlog"
)

// caseFile is what a fixture's case.json says of its log.
type caseFile struct {
	Counted struct {
		Events         int64
		TaskEnds       int64          `json:"task_ends"`
		JobsStarted    int64          `json:"jobs_started"`
		JobsEnded      map[string]int `json:"jobs_ended"`
		SQLExecutions  int            `json:"sql_executions"`
		TaskEndReasons map[string]int `json:"task_end_reasons"`
		MemorySpilled  int64          `json:"memory_bytes_spilled"`
		DiskSpilled    int64          `json:"disk_bytes_spilled"`
		ExecutorsAdded int            `json:"executors_added"`
		Application    bool           `json:"application_end"`
		App            map[string]any
		Speculative    int64 `json:"speculative_task_ends"`
	}
}

// What was counted in each log by other means.
func TestCounts(t *testing.T) {
	dirs, err := os.ReadDir(filepath.Join("..", "fixtures", "logs"))
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, d := range dirs {
		b, err := os.ReadFile(filepath.Join("..", "fixtures", "logs", d.Name(), "case.json"))
		if err != nil {
			t.Fatal(err)
		}
		var c caseFile
		if err := json.Unmarshal(b, &c); err != nil || c.Counted.App == nil {
			continue // several logs, counted one by one
		}
		compared++
		app := extract(t, logsOf(t, d.Name())[0])
		r, want := &app.Run, &c.Counted
		var speculative int64
		for _, s := range app.Stages {
			speculative += s.SpeculativeTasks
		}
		for _, x := range []struct {
			what      string
			got, want int64
		}{
			{"events", r.Events, want.Events},
			{"tasks", r.Tasks, want.TaskEnds},
			{"succeeded tasks", r.Tasks - r.FailedTasks - r.KilledTasks, int64(want.TaskEndReasons["Success"])},
			{"killed tasks", r.KilledTasks, int64(want.TaskEndReasons["TaskKilled"] + want.TaskEndReasons["TaskCommitDenied"])},
			{"jobs", r.Jobs, want.JobsStarted},
			{"failed jobs", r.FailedJobs, int64(want.JobsEnded["JobFailed"])},
			{"executions", int64(len(app.Executions)), int64(want.SQLExecutions)},
			{"executors", int64(len(app.Executors)), int64(want.ExecutorsAdded)},
			{"memory spilled", r.MemorySpilledBytes, want.MemorySpilled},
			{"disk spilled", r.DiskSpilledBytes, want.DiskSpilled},
			{"speculative tasks", speculative, want.Speculative},
		} {
			if x.got != x.want {
				t.Errorf("%s: %s: %d, want %d", d.Name(), x.what, x.got, x.want)
			}
		}
		if r.AppName != printableName(want.App["App Name"]) && d.Name() != "k_hostile_strings" || r.Complete != want.Application {
			t.Errorf("%s: app %q complete %v, want %v %v", d.Name(), r.AppName, r.Complete, want.App["App Name"], want.Application)
		}
	}
	if compared < 60 {
		t.Errorf("only %d cases compared", compared)
	}
}

func printableName(v any) string { s, _ := v.(string); return s }

// signalsOf lists an App's signals as "kind" or "kind?" where ambiguous.
func signalsOf(app *App) []string {
	var out []string
	for _, s := range app.Signals {
		name := s.Kind
		if s.Certainty == Ambiguous {
			name += "?"
		}
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
		if s.Evidence == "" || s.Count < 1 {
			out = append(out, name+" without evidence")
		}
	}
	return out
}

// What each case must show, and nothing else: an innocent log shows nothing.
func TestSignalsOfCases(t *testing.T) {
	tests := map[string]string{
		"c_no_spill":                    "",
		"c_spill_agg_aqe_on":            "spill",
		"c_spill_sort_aqe_off":          "spill",
		"c_spill_sort_aqe_on":           "spill",
		"d_skew_groupby_collect":        "skew",
		"d_skew_groupby_rdd":            "skew",
		"d_skew_groupby_window":         "skew",
		"d_skew_join_aqe_default":       "skew",
		"d_skew_join_aqe_off":           "skew",
		"d_skew_join_aqe_split":         "", // AQE has split the hot partition
		"e_oom_job_fails":               "heap_oom executor_lost",
		"e_oom_recovers":                "heap_oom executor_lost",
		"e_sigkill_137":                 "container_oom? executor_lost", // exit 137 may be the kernel's or anyone's
		"e_spark_oom":                   "spark_memory_oom",
		"e_spark_oom_v401":              "spark_memory_oom",
		"g_block_updates":               "",
		"g_cached_many":                 "",
		"g_cached_once":                 "cache_unused",
		"g_memory_and_disk":             "",
		"g_memory_only_evicted":         "cache_evicted?", // or never stored: the log does not tell
		"g_not_cached_reused":           "",
		"h_fetchfailed_executor_killed": "container_oom? executor_lost fetch_failed",
		"h_fetchfailed_files_deleted":   "fetch_failed",
		"h_speculation":                 "",
		"h_user_exception_local":        "",
		"i_agg_low_card":                "",
		"i_agg_unique_keys":             "",
		"i_broadcast_join_aqe_off":      "",
		"i_broadcast_join_aqe_on":       "",
		"i_max_result_size":             "result_too_large",
		"i_smj_to_bhj_aqe":              "",
		"i_sort_merge_join":             "",
		"j_dynamic_allocation":          "", // executors removed when idle are no loss
		"j_no_jobs":                     "",
		"j_python_udf":                  "",
		"j_rdd_only":                    "",
		"a_codec_none":                  "",
		"b_v334_single":                 "",
		"b_v401_default":                "",
		"k_secrets":                     "",
	}
	for name, want := range tests {
		if got := strings.Join(signalsOf(extract(t, logsOf(t, name)[0])), " "); got != want {
			t.Errorf("%s: signals %q, want %q", name, got, want)
		}
	}
}

// SIGTERM from outside is no OOM either; what the log shows beside it is a slow
// task on the executor that replaced the lost one.
func TestSigterm(t *testing.T) {
	app := extract(t, logsOf(t, "e_sigterm_143")[0])
	for _, s := range app.Signals {
		if s.Certainty == Certain && s.Kind != SignalExecutorLost {
			t.Errorf("certain %s: %s", s.Kind, s.Evidence)
		}
	}
	if app.Run.HeapOOMCount != 0 || app.Run.ExecutorLostCount != 1 {
		t.Errorf("heap_oom %d, executor_lost %d", app.Run.HeapOOMCount, app.Run.ExecutorLostCount)
	}
}

// Counts: one death of an executor is one OutOfMemoryError, whether the task's
// exception or only the exit code came through.
func TestOOMCounts(t *testing.T) {
	tests := []struct {
		name       string
		oom, lost  int64
		outcome    string
		failedJobs int64
	}{
		{"e_oom_job_fails", 3, 3, Failed, 1},
		{"e_oom_recovers", 1, 1, Succeeded, 0},
		{"e_sigkill_137", 0, 1, Succeeded, 0},
	}
	for _, tt := range tests {
		r := extract(t, logsOf(t, tt.name)[0]).Run
		if r.HeapOOMCount != tt.oom || r.ExecutorLostCount != tt.lost || r.Outcome != tt.outcome || r.FailedJobs != tt.failedJobs {
			t.Errorf("%s: heap_oom %d executor_lost %d %s failed jobs %d, want %+v", tt.name, r.HeapOOMCount, r.ExecutorLostCount, r.Outcome, r.FailedJobs, tt)
		}
	}
}

// The history server answers HTTP 500 for these; all complete events count.
func TestReadsMoreThanTheServer(t *testing.T) {
	tests := []struct {
		name   string
		tasks  int64
		events int64
		cut    bool
	}{
		{"b_rolling_zstd_compacted", 804, 1651, false},
		{"f_cut_snappy", 7, 51, true},
		{"f_cut_lzf", 8, 57, true},
	}
	for _, tt := range tests {
		r := extract(t, logsOf(t, tt.name)[0]).Run
		if r.Tasks != tt.tasks || r.Events != tt.events || r.Truncated != tt.cut {
			t.Errorf("%s: %d tasks, %d events, truncated %v; want %+v", tt.name, r.Tasks, r.Events, r.Truncated, tt)
		}
	}
}

// Cardinality: groups over the rows that were to be grouped, joined from SQL
// metrics of two stages.
func TestGroups(t *testing.T) {
	tests := []struct {
		name          string
		groups, input int64
	}{
		{"i_agg_low_card", 123, 50000},
		{"i_agg_mid_card", 5000, 40000},
		{"i_agg_unique_keys", 50000, 50000},
		{"c_spill_agg_aqe_on", 600000, 600000},
	}
	for _, tt := range tests {
		found := 0
		for _, s := range extract(t, logsOf(t, tt.name)[0]).Stages {
			if !s.Groups.OK {
				continue
			}
			found++
			if s.Groups.V != tt.groups || s.GroupRatio != known(float64(tt.groups)/float64(tt.input)) {
				t.Errorf("%s: %d groups, ratio %v; want %d of %d", tt.name, s.Groups.V, s.GroupRatio, tt.groups, tt.input)
			}
		}
		if found != 1 {
			t.Errorf("%s: %d stages with groups, want 1", tt.name, found)
		}
	}
}

func TestJoinKinds(t *testing.T) {
	tests := map[string]string{
		"i_broadcast_join_aqe_off": "BroadcastHashJoin",
		"i_broadcast_join_aqe_on":  "BroadcastHashJoin",
		"i_smj_to_bhj_aqe":         "BroadcastHashJoin", // planned as a SortMergeJoin
		"i_sort_merge_join":        "SortMergeJoin",
	}
	for name, want := range tests {
		app := extract(t, logsOf(t, name)[0])
		var got []string
		var bytes int64
		for _, x := range app.Executions {
			got = append(got, x.JoinKinds...)
			bytes += x.BroadcastBytes.V
		}
		if len(got) != 1 || got[0] != want {
			t.Errorf("%s: joins %v, want %s", name, got, want)
		}
		if (want == "BroadcastHashJoin") != (bytes > 0) {
			t.Errorf("%s: %d bytes broadcast", name, bytes)
		}
	}
}

func TestAdaptiveStages(t *testing.T) {
	tests := []struct {
		name      string
		coalesced bool
		splits    bool
	}{
		{"d_skew_join_aqe_default", true, false},
		{"d_skew_join_aqe_split", false, true},
		{"d_skew_join_aqe_off", false, false},
	}
	for _, tt := range tests {
		coalesced, splits := false, int64(0)
		for _, s := range extract(t, logsOf(t, tt.name)[0]).Stages {
			coalesced = coalesced || s.AQECoalesced.Or(false)
			splits += s.SkewSplitTasks.V
		}
		if coalesced != tt.coalesced || (splits > 0) != tt.splits {
			t.Errorf("%s: coalesced %v, %d splits; want %+v", tt.name, coalesced, splits, tt)
		}
	}
}

func TestCaches(t *testing.T) {
	tests := []struct {
		name        string
		caches      int
		reuse       []int64 // jobs after the one that fills it, by cache
		unpersisted bool
		blocks      bool
	}{
		{"g_cached_many", 1, []int64{5}, false, false},
		{"g_cached_once", 1, []int64{0}, true, false},
		{"g_memory_and_disk", 1, []int64{2}, false, false},
		{"g_memory_only_evicted", 2, []int64{3, 2}, false, false}, // the second is made from the first
		{"g_not_cached_reused", 0, nil, false, false},
	}
	for _, tt := range tests {
		caches := extract(t, logsOf(t, tt.name)[0]).Caches
		if len(caches) != tt.caches {
			t.Errorf("%s: %d caches, want %d", tt.name, len(caches), tt.caches)
		}
		for i, c := range caches {
			if c.Reuse != tt.reuse[i] || c.Unpersisted != tt.unpersisted || c.CachedPartitions.OK != tt.blocks {
				t.Errorf("%s: %+v, want %+v", tt.name, c, tt)
			}
		}
	}
	// With block updates in the log, sizes and evictions are known.
	for _, c := range extract(t, logsOf(t, "g_block_updates")[0]).Caches {
		disk := c.Level == "DISK_ONLY"
		want := int64(3)
		if disk {
			want = 4
		}
		if c.CachedPartitions != known(want) || c.Unpersisted != disk || c.Evictions != known(int64(0)) || (c.DiskBytes.V > 0) != disk || (c.MemoryBytes.V > 0) == disk {
			t.Errorf("g_block_updates: %+v", c)
		}
	}
}

func TestKindsOfCases(t *testing.T) {
	for name, want := range map[string]string{"j_streaming": Streaming, "j_rdd_only": Batch, "j_no_jobs": Batch, "m_medium": Batch, "k_secrets": Batch} {
		if got := extract(t, logsOf(t, name)[0]).Run.Kind; got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// No planted secret survives in any row.
func TestSecretsAreGone(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "fixtures", "logs", "k_secrets", "case.json"))
	if err != nil {
		t.Fatal(err)
	}
	var c struct{ Expect struct{ Secrets []string } }
	if err := json.Unmarshal(b, &c); err != nil || len(c.Expect.Secrets) < 15 {
		t.Fatal(err, c.Expect.Secrets)
	}
	rows, err := json.Marshal(extract(t, logsOf(t, "k_secrets")[0]))
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range c.Expect.Secrets {
		if strings.Contains(string(rows), secret) {
			t.Errorf("%s is in the rows", secret)
		}
	}
}

// TestMissingPart: a rolling log without one of its parts has an end, and yet
// is not the whole run.
func TestMissingPart(t *testing.T) {
	log := logsOf(t, "b_rolling_zstd")[0]
	whole := extract(t, log)
	if len(log.Parts) < 3 || len(log.Missing) != 0 || whole.Run.Truncated || !whole.Run.Complete {
		t.Fatal(len(log.Parts), log.Missing, whole.Run.Truncated, whole.Run.Complete)
	}
	log.Parts = slices.Delete(slices.Clone(log.Parts), 1, 2)
	log.Missing = []int{2}
	run := extract(t, log).Run
	if !run.Truncated || run.Tasks >= whole.Run.Tasks {
		t.Errorf("truncated %v, %d of %d tasks", run.Truncated, run.Tasks, whole.Run.Tasks)
	}
	for _, c := range []struct {
		run  Run
		want string
	}{
		{whole.Run, ""},
		{run, "log is cut, damaged or lacks a part"},
	} {
		runs := []Run{c.run}
		Judge(runs, nil)
		if runs[0].Comparable != (c.want == "") || runs[0].ExclusionReason != c.want {
			t.Errorf("truncated %v: comparable %v, %q, want %q", c.run.Truncated, runs[0].Comparable, runs[0].ExclusionReason, c.want)
		}
	}
}

// The files of each scan, whole, as the driver counted them: of one table all
// columns are read, of the other not.
func TestFileBytes(t *testing.T) {
	app := extract(t, logsOf(t, filepath.Join("..", "history", "app-20261123174528-0002.zstd"))[0])
	want := map[int64]Null[int64]{2: known(int64(22451094)), 3: known(int64(10738558))}
	for _, s := range app.Stages {
		if s.FileBytes != want[s.StageID] {
			t.Errorf("stage %d: %v, want %v", s.StageID, s.FileBytes, want[s.StageID])
		}
	}
	// The optimizer does not know what dynamic pruning leaves out, and a scan of
	// another source tells nothing.
	scan := func(id int64, names ...string) *eventlog.PlanNode {
		n := &eventlog.PlanNode{Name: "Scan parquet"}
		for i, name := range names {
			n.Metrics = append(n.Metrics, eventlog.PlanMetric{Name: name, AccumulatorID: id + int64(i)})
		}
		return n
	}
	b := newBuilder(Options{})
	plain, pruned, other := scan(1, filesSize), scan(10, filesSize, staticSize), scan(20, outputRows)
	for _, n := range []*eventlog.PlanNode{plain, pruned, other} {
		b.metrics.want(n)
	}
	b.metrics.take([]eventlog.Accumulable{{ID: 1, Value: 5}, {ID: 10, Value: 7}, {ID: 11, Value: 100}, {ID: 20, Value: 3}})
	if got := b.fileBytes([]*eventlog.PlanNode{plain, pruned}); got != known(int64(105)) {
		t.Errorf("%v, want 105", got)
	}
	if got := b.fileBytes([]*eventlog.PlanNode{plain, other}); got.OK {
		t.Errorf("%v of a scan that tells nothing", got)
	}
}
