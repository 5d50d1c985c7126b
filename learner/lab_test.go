package learner

import (
	"context"
	"encoding/csv"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spark-apprentice/apprentice/eventlog"
	"github.com/spark-apprentice/apprentice/eventlog/source"
	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// labFleet is what the real nightly logs of eight pipelines give.
var labFleet = sync.OnceValues(func() (Fleet, error) {
	logs, _, err := source.Find(context.Background(), []string{"../fixtures/history"})
	if err != nil {
		return Fleet{}, err
	}
	slices.SortFunc(logs, func(a, b eventlog.Log) int { return strings.Compare(a.Name, b.Name) }) // not by the files' times, which a clone makes
	apps := make([]*features.App, len(logs))
	if err := each(context.Background(), len(logs), func(i int) (err error) {
		apps[i], err = features.Extract(context.Background(), logs[i], eventlog.Options{}, features.Options{})
		return err
	}); err != nil {
		return Fleet{}, err
	}
	var f Fleet
	for _, a := range apps {
		f.Runs = append(f.Runs, a.Run)
		f.Stages = append(f.Stages, a.Stages...)
		f.Executions = append(f.Executions, a.Executions...)
		f.Executors = append(f.Executors, a.Executors...)
		f.Caches = append(f.Caches, a.Caches...)
		f.Signals = append(f.Signals, a.Signals...)
	}
	features.Judge(f.Runs, nil)
	return f, nil
})

func lab(t testing.TB) Fleet {
	t.Helper()
	f, err := labFleet()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// On the real history three pipelines had five nights in two blocks under a
// faster setting; everything else stays, with a reason.
func TestDecisionsOnRealHistory(t *testing.T) {
	got := map[string]map[string]string{}
	for _, r := range learn(t, lab(t), nil).Recommendations {
		got[r.Pipeline] = values(r.Settings)
		if r.Reason == "" {
			t.Errorf("%s: no reason", r.Pipeline)
		}
		for k, p := range r.Settings {
			if p.Evidence != observed || p.Why == "" {
				t.Errorf("%s: %s by %s evidence: %q", r.Pipeline, k, p.Evidence, p.Why)
			}
		}
	}
	none := map[string]string{}
	want := map[string]map[string]string{
		"DocTopics": {"spark.default.parallelism": "8"}, "trips_by_city": {aqeKey: "true"},
		"device-events":  {"spark.sql.files.maxPartitionBytes": "128m"},
		"Sales star ETL": none, "clickstream-user-agg": none, "daily-revenue-report": none, "feature-refine": none, "orders_enrich": none,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("settings (-want +got):\n%s", d)
	}
}

// What failed at any size is named and never proposed; what was not faster is
// refused with its interval.
func TestRefusalsOnRealHistory(t *testing.T) {
	res := learn(t, lab(t), nil)
	reason := func(pipeline, key, value string) string {
		for _, r := range rec(t, res, pipeline).Rejected {
			if r.Settings[key] == value {
				return r.Why
			}
		}
		return ""
	}
	for _, test := range []struct{ pipeline, key, value, why string }{
		{"DocTopics", memoryKey, "512m", "failed on 2 runs of 2 runs"},
		{"clickstream-user-agg", partsKey, "32", "not faster"},
		{"clickstream-user-agg", partsKey, "800", "1 comparable run in 1 block seen; 5 in 2 are needed"},
		{"orders_enrich", aqeKey, "true", "1 comparable run in 1 block seen; 5 in 2 are needed"},
	} {
		if got := reason(test.pipeline, test.key, test.value); !strings.Contains(got, test.why) {
			t.Errorf("%s, %s=%s: %q, want %q", test.pipeline, test.key, test.value, got, test.why)
		}
	}
	if advice := strings.Join(rec(t, res, "orders_enrich").Advice, "\n"); !strings.Contains(advice, aqeKey+"=true ran in 0.3") {
		t.Errorf("one night of a third of the time is no advice: %q", advice)
	}
}

// measuredKeys are the columns of the measured grid that are settings.
var measuredKeys = map[string]string{
	"shuffle_partitions": partsKey, "default_parallelism": "spark.default.parallelism", "aqe": aqeKey,
	"executor_memory": memoryKey, "executor_cores": coresKey, "memory_fraction": "spark.memory.fraction",
	"max_partition_bytes": "spark.sql.files.maxPartitionBytes", "broadcast": "spark.sql.autoBroadcastJoinThreshold",
	"advisory": "spark.sql.adaptive.advisoryPartitionSizeInBytes", "rdd_compress": "spark.rdd.compress", "serializer": "",
	"storage_fraction": "spark.memory.storageFraction", "open_cost": "spark.sql.files.openCostInBytes",
}

// measurements reads the grid: log run times at scale 1.0 by pipeline and settings.
func measurements(t *testing.T) map[string][]float64 {
	f, err := os.Open("../fixtures/measured/results.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	grid := map[string][]float64{}
	for _, row := range rows[1:] {
		col := map[string]string{}
		for i, name := range rows[0] {
			col[name] = row[i]
		}
		seconds, err := strconv.ParseFloat(col["app_s"], 64)
		if err != nil || col["status"] != "ok" || col["scale"] != "1.0" {
			continue
		}
		s := settings{}
		for c, key := range measuredKeys {
			if key == "" {
				key = c
			}
			s[key] = sparkconf.Canonical(key, col[c])
		}
		name := col["app_name"]
		grid[name[:min(len(name), 8)]+gridText(s)] = append(grid[name[:min(len(name), 8)]+gridText(s)], math.Log(seconds))
	}
	return grid
}

func gridText(s settings) string { return s.text(slices.Sorted(maps.Keys(s))) }

// None of the proposals is slower than its baseline where both were measured.
func TestProposalsAgainstTheMeasuredGrid(t *testing.T) {
	grid := measurements(t)
	judged := 0
	for _, r := range learn(t, lab(t), nil).Recommendations {
		if len(r.Settings) == 0 {
			continue
		}
		before, after := settings{"serializer": "java"}, settings{"serializer": "java"}
		for _, key := range measuredKeys {
			if key == "" {
				continue
			}
			before[key], after[key] = r.Baseline[key], r.Baseline[key]
			if key == coresKey && before[key] == "" { // standalone: all cores of the worker
				before[key], after[key] = "2", "2"
			}
			if p, ok := r.Settings[key]; ok {
				after[key] = p.Value
			}
		}
		name := r.Pipeline[:min(len(r.Pipeline), 8)]
		b, a := grid[name+gridText(before)], grid[name+gridText(after)]
		if len(a) == 0 || len(b) == 0 {
			t.Logf("%s: not measured: %s", r.Pipeline, gridText(after))
			continue
		}
		judged++
		ratio := math.Exp(mean(a) - mean(b))
		t.Logf("%s: measured %.2f of the baseline, expected %.2f (%.2f to %.2f)", r.Pipeline, ratio, r.Expected.RuntimeRatio.V, r.Expected.Low.V, r.Expected.High.V)
		if ratio > 1 {
			t.Errorf("%s: proposed settings measured %.2f of the baseline's time", r.Pipeline, ratio)
		}
		if ratio < r.Expected.Low.V*0.95 || ratio > r.Expected.High.V*1.05 {
			t.Errorf("%s: measured %.2f, outside of what was expected, %.2f to %.2f", r.Pipeline, ratio, r.Expected.Low.V, r.Expected.High.V)
		}
	}
	if judged < 3 {
		t.Errorf("only %d proposals could be judged", judged)
	}
}
