package replay

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/spark-apprentice/apprentice/features"
)

// fixture is the one run of a case.
func fixture(t testing.TB, name string) *features.App {
	t.Helper()
	apps, err := extract(filepath.Join("..", "..", "fixtures", "logs", name))
	if err != nil || len(apps) != 1 {
		t.Fatalf("%s: %d runs, %v", name, len(apps), err)
	}
	return apps[0]
}

func open(t testing.TB, m *Model, a *features.App) *Replay {
	t.Helper()
	r, ok := m.Open(logged(a))
	if !ok {
		t.Fatalf("%s cannot be replayed", a.Run.AppName)
	}
	return r
}

// tasksOf are the tasks of a run's shuffle reads, by stage; 0 where a
// broadcast took the stage away.
func tasksOf(r *Replay, settings map[string]string) (out []int) {
	p := r.plan(settings)
	for i := range p.stages {
		if s := &p.stages[i]; s.cut == cutSQL {
			out = append(out, int(s.tasks))
		}
	}
	return out
}

// Two logs of one query under different settings: the first, replayed under
// the second's settings, has the second's tasks.
func TestTasksAsRealSparkHadThem(t *testing.T) {
	m := New(Priors())
	for _, pair := range [][2]string{
		{"d_skew_join_aqe_off", "d_skew_join_aqe_split"},     // coalesced and split at the hot key
		{"d_skew_join_aqe_off", "d_skew_join_aqe_default"},   // coalesced
		{"d_skew_join_aqe_default", "d_skew_join_aqe_split"}, // from the coalesced to the split
		{"c_spill_sort_aqe_off", "c_spill_sort_aqe_on"},
		{"d_skew_join_aqe_split", "d_skew_join_aqe_off"}, // and back
	} {
		from, to := fixture(t, pair[0]), fixture(t, pair[1])
		got := tasksOf(open(t, m, from), settingsOf(newRun(logged(to))))
		want := tasksOf(open(t, m, to), nil)
		if want = want[len(want)-len(got):]; !slices.Equal(got, want) {
			t.Errorf("%s under the settings of %s: %v tasks, want %v", pair[0], pair[1], got, want)
		}
	}
}

// Joins change between broadcast and shuffled as real Spark changed them.
func TestJoinsAsRealSparkHadThem(t *testing.T) {
	m := New(Priors())
	for _, c := range []struct {
		from, to string
		tasks    float64
	}{
		{"i_sort_merge_join", "i_broadcast_join_aqe_off", 6}, // the side's size is known: no shuffle
		{"i_broadcast_join_aqe_off", "i_sort_merge_join", 10},
		{"i_broadcast_join_aqe_on", "i_broadcast_join_aqe_off", 6}, // planned so, with AQE or without
		{"i_broadcast_join_aqe_off", "i_broadcast_join_aqe_on", 6},
		{"i_smj_to_bhj_aqe", "i_sort_merge_join", 10}, // AQE had broadcast it at run time
	} {
		to := fixture(t, c.to)
		if got := open(t, m, fixture(t, c.from)).Predict(settingsOf(newRun(logged(to))), 1).Tasks; got != c.tasks {
			t.Errorf("%s under the settings of %s: %v tasks, want %v", c.from, c.to, got, c.tasks)
		}
	}
	// A side that only its run-time size lets AQE broadcast: both shuffles stay,
	// the big one is read where it lies.
	r := open(t, m, night(t, "orders_enrich"))
	p := r.plan(map[string]string{"spark.sql.adaptive.enabled": "true", "spark.sql.autoBroadcastJoinThreshold": "1m", "spark.sql.adaptive.autoBroadcastJoinThreshold": "256m"})
	join := slices.IndexFunc(p.stages, func(s planned) bool { return s.join })
	if s := &p.stages[join]; s.dead || s.local < 0 || len(s.parents) != 2 || s.tasks != p.stages[s.local].tasks {
		t.Errorf("join %+v", s)
	}
}

// night is a usual night of a pipeline of the lab.
func night(t testing.TB, pipeline string) *features.App {
	t.Helper()
	var apps []*features.App
	for _, a := range lab(t) {
		if a.Run.Pipeline == pipeline {
			apps = append(apps, a)
		}
	}
	return usualNights(apps)[0]
}

func TestPlans(t *testing.T) {
	m := New(Priors())
	conf := func(kv ...string) map[string]string {
		out := map[string]string{}
		for i := 0; i < len(kv); i += 2 {
			out[kv[i]] = kv[i+1]
		}
		return out
	}
	const parts, aqe, broadcast = "spark.sql.shuffle.partitions", "spark.sql.adaptive.enabled", "spark.sql.autoBroadcastJoinThreshold"
	for _, c := range []struct {
		name, pipeline string
		settings       map[string]string
		tasks          []int   // of SQL shuffle reads
		jobs           float64 // more or less
	}{
		{"as logged", "orders_enrich", nil, []int{200, 200}, 0},
		{"fewer partitions", "orders_enrich", conf(parts, "8"), []int{8, 8}, 0},
		{"AQE, a hot key kept whole", "orders_enrich", conf(aqe, "true"), []int{2, 1}, 3},
		{"AQE without coalescing", "orders_enrich", conf(aqe, "true", "spark.sql.adaptive.coalescePartitions.enabled", "false"), []int{200, 200}, 3},
		{"AQE's own number of partitions", "orders_enrich",
			conf(aqe, "true", "spark.sql.adaptive.coalescePartitions.enabled", "true", "spark.sql.adaptive.coalescePartitions.initialPartitionNum", "2"), []int{2, 1}, 3},
		{"a broadcast takes the join's shuffles away", "orders_enrich", conf(broadcast, "64m"), []int{0, 200}, 1},
		{"a join broadcast as logged stays", "daily-revenue-report", conf(broadcast, "64m"), []int{200, 200, 200, 12}, 0},
		{"a sort finds no more bounds than keys", "daily-revenue-report", conf(parts, "1000"), []int{1000, 1000, 1000, 12}, 0},
		{"AQE on tiny data", "daily-revenue-report", conf(aqe, "true"), []int{1, 1, 1, 1}, 3},
		{"AQE off", "Sales star ETL", conf(aqe, "false", parts, "4"), []int{4, 4, 4, 4, 4}, -8},
		{"three broadcasts", "Sales star ETL", conf(broadcast, "64m"), []int{0, 0, 0, 2, 2}, -3},
	} {
		r := open(t, m, night(t, c.pipeline))
		if got, p := tasksOf(r, c.settings), r.plan(c.settings); !slices.Equal(got, c.tasks) || p.jobs != c.jobs {
			t.Errorf("%s: tasks %v and %v jobs, want %v and %v", c.name, got, p.jobs, c.tasks, c.jobs)
		}
	}
}

// What a stage aggregates it writes once for each task that holds a key.
func TestPartialAggregatesGrowWithTasks(t *testing.T) {
	r := open(t, New(Priors()), night(t, "orders_enrich"))
	p := r.plan(map[string]string{"spark.sql.shuffle.partitions": "8"})
	join := &p.stages[4]
	// 240 groups, found in each of 200 tasks and in each of 8.
	if rows, _ := p.aggregated(join); join.rowsOut != 200*240 || rows < 0.99*8*240 || rows > 1.01*8*240 {
		t.Errorf("%v rows under 8 partitions, %v logged", rows, join.rowsOut)
	}
}

func TestSamePlan(t *testing.T) {
	r := open(t, New(Priors()), night(t, "orders_enrich")) // 60 MB, AQE off, 200 partitions
	for _, c := range []struct {
		name string
		a, b map[string]string
		same bool
	}{
		{"nothing", nil, nil, true},
		{"what is there already", nil, map[string]string{"spark.sql.shuffle.partitions": "200"}, true},
		{"another spelling", nil, map[string]string{"spark.executor.memory": "1024m"}, true},
		{"AQE's keys without AQE", nil, map[string]string{"spark.sql.adaptive.advisoryPartitionSizeInBytes": "1m"}, true},
		{"splits larger than an even share", nil, map[string]string{"spark.sql.files.maxPartitionBytes": "256m"}, true},
		{"splits smaller than it", nil, map[string]string{"spark.sql.files.maxPartitionBytes": "8m"}, false},
		{"thresholds with no table between them", nil, map[string]string{"spark.sql.autoBroadcastJoinThreshold": "11m"}, true},
		{"a threshold above a table", nil, map[string]string{"spark.sql.autoBroadcastJoinThreshold": "64m"}, false},
		{"memory", nil, map[string]string{"spark.executor.memory": "2g"}, false},
		{"memory of another kind", nil, map[string]string{"spark.memory.fraction": "0.7"}, false},
		{"partitions", nil, map[string]string{"spark.sql.shuffle.partitions": "199"}, false},
		{"a key that no rule knows", nil, map[string]string{"spark.shuffle.compress": "false"}, false},
	} {
		if r.SamePlan(c.a, c.b) != c.same || r.SamePlan(c.b, c.a) != c.same {
			t.Errorf("%s: want %v", c.name, c.same)
		}
	}
}
