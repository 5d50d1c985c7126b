package replay

import (
	"cmp"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/spark-apprentice/apprentice/features"
)

const broadcastKey = "spark.sql.autoBroadcastJoinThreshold"

// A table is one that a join reads: MiB that tasks read of its files, and of
// the files, 0 where the log does not tell.
type table struct{ read, files float64 }

var csvScan, parquetScan = "Scan csv", "Scan parquet"

// withTable is a usual night of a pipeline as if its broadcast threshold were
// another and a table, which stage id reads, of another size and format.
func withTable(t *testing.T, pipeline, threshold string, id int64, scan string, size table) *Replay {
	t.Helper()
	a := *night(t, pipeline)
	a.Run.ConfEffective = maps.Clone(a.Run.ConfEffective)
	a.Run.ConfEffective[broadcastKey] = features.Setting{Value: threshold}
	a.Stages = slices.Clone(a.Stages)
	i := slices.IndexFunc(a.Stages, func(s features.Stage) bool { return s.StageID == id })
	s := &a.Stages[i]
	if s.InputBytes == 0 || !slices.Contains(s.Operators, parquetScan) {
		t.Fatalf("stage %d of %s reads no table", id, pipeline)
	}
	s.InputBytes = int64(size.read * float64(mib))
	s.FileBytes = features.Null[int64]{V: int64(size.files * float64(mib)), OK: size.files > 0}
	s.Operators = slices.Clone(s.Operators)
	s.Operators[slices.Index(s.Operators, parquetScan)] = scan
	return open(t, New(Priors()), &a)
}

func under(r *Replay, threshold string, scale float64) *plan {
	return newPlan(r.r, &r.m.c, newSetup(r.r.row, map[string]string{broadcastKey: threshold}), scale)
}

// kindOfNote is what a note of a plan rests on, empty where it has none.
func kindOfNote(p *plan, text string) string {
	for _, n := range p.notes {
		if n.text == text {
			return cmp.Or(n.kind, Formula)
		}
	}
	return ""
}

// A shuffled join is broadcast where the threshold holds all that the optimizer
// may believe of a table, and the logged one did not hold the least of it.
func TestShuffledJoinsByFileSize(t *testing.T) {
	const customers = 2 // the stage that reads them
	for _, c := range []struct {
		name, logged, scan string
		size               table
		at                 string
		scale              float64
		want               string // kind of the note; empty: no broadcast
	}{
		{"shrinks below the logged threshold", "10m", parquetScan, table{12, 12}, "10m", 0.75, Formula},
		{"and below a higher one", "10m", parquetScan, table{12, 12}, "16m", 0.75, Formula},
		{"and below a higher one, files unknown", "10m", csvScan, table{12, 0}, "16m", 0.75, Formula},
		{"was small enough: an outer join, or a hint", "10m", parquetScan, table{8, 8}, "32m", 1, ""},
		{"may have been small enough", "10m", parquetScan, table{8, 14}, "32m", 1, ""},
		{"all columns are read", "-1", csvScan, table{6, 6}, "10m", 1, Formula},
		{"footers are read twice", "-1", parquetScan, table{10.2, 9.9}, "10m", 1, Formula},
		{"half of the columns are read", "-1", parquetScan, table{9.2, 17.2}, "10m", 1, ""},
		{"and the threshold holds all", "-1", parquetScan, table{9.2, 17.2}, "18m", 1, Formula},
		{"three columns of sixty", "-1", parquetScan, table{3, 60}, "10m", 1, ""},
		{"files of unknown size", "-1", parquetScan, table{6, 0}, "10m", 1, Prior},
	} {
		p := under(withTable(t, "orders_enrich", c.logged, customers, c.scan, c.size), c.at, c.scale)
		if got := kindOfNote(p, "broadcast join instead of two shuffles"); got != c.want || p.stages[4].dead != (c.want != "") {
			t.Errorf("%s: broadcast %q, want %q", c.name, got, c.want)
		}
	}
}

// A broadcast join is shuffled where the threshold may not hold the table.
func TestBroadcastJoinsByFileSize(t *testing.T) {
	report := open(t, New(Priors()), night(t, "daily-revenue-report"))
	small := slices.IndexFunc(report.r.stages, func(s stage) bool { return s.broadcast })
	for _, c := range []struct {
		name, scan string
		size       table
		at, want   string
	}{
		{"half of the columns are read", parquetScan, table{9.2, 17.2}, "10m", Prior},
		{"and the threshold holds all", parquetScan, table{9.2, 17.2}, "18m", ""},
		{"and it holds not even what is read", parquetScan, table{9.2, 17.2}, "8m", Formula},
		{"all columns are read", csvScan, table{9.2, 9.2}, "10m", ""},
		{"all columns are read, and it is too large", csvScan, table{12, 12}, "10m", Formula},
		{"a hint", csvScan, table{70, 70}, "10m", ""},
	} {
		r := withTable(t, "daily-revenue-report", "64m", report.r.stages[small].id, c.scan, c.size)
		p := under(r, c.at, 1)
		if got := kindOfNote(p, "shuffled join instead of a broadcast"); got != c.want || len(p.stages) > len(r.r.stages) != (c.want != "") {
			t.Errorf("%s: shuffled %q, want %q", c.name, got, c.want)
		}
	}
}

// A join without equal keys is never a shuffled one.
func TestNestedLoopJoinsStay(t *testing.T) {
	a := *night(t, "daily-revenue-report")
	a.Stages = slices.Clone(a.Stages)
	for i := range a.Stages {
		ops := slices.Clone(a.Stages[i].Operators)
		for k := range ops {
			if ops[k] == "BroadcastHashJoin" {
				ops[k] = "BroadcastNestedLoopJoin"
			}
		}
		a.Stages[i].Operators = ops
	}
	r := open(t, New(Priors()), &a)
	if p := under(r, "-1", 1); len(p.stages) != len(r.r.stages) || p.jobs != 0 {
		t.Errorf("%d stages instead of %d, %v jobs more", len(p.stages), len(r.r.stages), p.jobs)
	}
}

// Real Spark's jobs where AQE turns a shuffled join into a broadcast one.
func TestJobsOfAdaptedJoins(t *testing.T) {
	shuffled, adapted := fixture(t, "i_sort_merge_join"), fixture(t, "i_smj_to_bhj_aqe")
	for _, c := range []struct {
		from, to *features.App
		settings map[string]string
	}{
		{adapted, shuffled, settingsOf(newRun(logged(shuffled)))},
		// By the size of its rows in the shuffle alone, as there.
		{shuffled, adapted, map[string]string{"spark.sql.adaptive.enabled": "true", broadcastKey: "-1", "spark.sql.adaptive.autoBroadcastJoinThreshold": "64m"}},
	} {
		p := open(t, New(Priors()), c.from).plan(c.settings)
		if got := float64(c.from.Run.Jobs) + p.jobs; got != float64(c.to.Run.Jobs) {
			t.Errorf("%s as %s: %v jobs, want %d", c.from.Run.AppName, c.to.Run.AppName, got, c.to.Run.Jobs)
		}
	}
}

// snowflake is a run that broadcasts a table into another, and that into a third.
func snowflake() (*features.Run, []*features.Stage) {
	run := &features.Run{
		RunKey: "r", SparkVersion: "3.5.7", ClusterManager: "yarn", ExecutorsMax: 2, CoresMax: 4, DurationS: nullOf(90.0), DriverOnlyS: nullOf(0.0), ExecutorWaitS: nullOf(0.0), Jobs: 3,
		ConfEffective: map[string]features.Setting{broadcastKey: {Value: "64m"}, "spark.sql.adaptive.enabled": {Value: "false"}, "spark.sql.shuffle.partitions": {Value: "8"}},
	}
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	scan := func(id, tasks, bytes int64, operators ...string) *features.Stage {
		return &features.Stage{
			RunKey: "r", StageID: id, StageSignature: operators[0], SQLExecutionID: nullOf(int64(0)), Outcome: features.StageComplete, Tasks: tasks,
			PartitionsSource: features.PartitionsInputSplit, Operators: operators,
			SubmittedAt: nullOf(at.Add(time.Duration(id) * 30 * time.Second)), CompletedAt: nullOf(at.Add(time.Duration(id+1)*30*time.Second - 1)),
			TaskBins: []features.TaskBin{{Log2Bytes: 20, Log2Time: 12, N: tasks, Bytes: bytes, DurationS: 5 * float64(tasks)}},
			TaskSums: features.TaskSums{InputBytes: bytes, InputRows: bytes / 100},
		}
	}
	return run, []*features.Stage{
		scan(0, 1, 2*mib, "BroadcastExchange", "Scan csv"),
		scan(1, 2, 20*mib, "BroadcastExchange", "BroadcastHashJoin", "Scan csv", "BroadcastExchange"),
		scan(2, 16, 2000*mib, "BroadcastHashJoin", "Scan csv", "BroadcastExchange"),
	}
}

// Where all of its broadcasts are taken back, each side's rows are shuffled and
// no job of a broadcast is left.
func TestSnowflakeTakenBack(t *testing.T) {
	run, stages := snowflake()
	r, ok := New(Priors()).Open(run, stages)
	if !ok {
		t.Fatal("cannot be replayed")
	}
	for aqe, jobs := range map[string]float64{"false": -2, "true": -2 + 4} {
		p := r.plan(map[string]string{broadcastKey: "-1", "spark.sql.adaptive.enabled": aqe})
		if len(p.stages) != 5 || p.jobs != jobs {
			t.Errorf("AQE %s: %d stages and %v jobs more, want 5 and %v", aqe, len(p.stages), p.jobs, jobs)
		}
		for i := range p.stages {
			if s := &p.stages[i]; s.broadcast || s.follows >= 0 != (s.written > 0) {
				t.Errorf("AQE %s: stage %d broadcasts %v and writes %.0f bytes for stage %d", aqe, i, s.broadcast, s.written, s.follows)
			}
		}
		if join := &p.stages[1]; join.written != join.read {
			t.Errorf("AQE %s: the inner join reads %.0f bytes and writes %.0f", aqe, join.read, join.written)
		}
	}
}
