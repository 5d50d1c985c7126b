package replay

import (
	"cmp"
	"context"
	"encoding/csv"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/spark-apprentice/apprentice/eventlog"
	"github.com/spark-apprentice/apprentice/eventlog/source"
	"github.com/spark-apprentice/apprentice/features"
)

// history is what 104 real nightly logs of eight pipelines give.
var history = sync.OnceValues(func() ([]*features.App, error) {
	return extract(filepath.Join("..", "..", "fixtures", "history"))
})

// extract reads all logs below a path that give rows.
func extract(path string) (apps []*features.App, err error) {
	logs, _, err := source.Find(context.Background(), []string{path})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(logs, func(a, b eventlog.Log) int { return strings.Compare(a.Name, b.Name) }) // not by the files' times, which a clone makes
	for _, l := range logs {
		if a, err := features.Extract(context.Background(), l, eventlog.Options{}, features.Options{}); err == nil {
			apps = append(apps, a)
		}
	}
	return apps, nil
}

func lab(t testing.TB) []*features.App {
	t.Helper()
	apps, err := history()
	if err != nil || len(apps) < 100 {
		t.Fatalf("%d logs: %v", len(apps), err)
	}
	return apps
}

// fitApps fits on all pipelines but one.
func fitApps(apps []*features.App, without string) Constants {
	var runs []features.Run
	var stages []features.Stage
	for _, a := range apps {
		if a.Run.Pipeline != without {
			runs = append(runs, a.Run)
			stages = append(stages, a.Stages...)
		}
	}
	return Fit(runs, stages)
}

// fitted is what the whole fleet gives.
func fitted(t testing.TB) Constants {
	lab(t)
	return fleetOnce()
}

var fleetOnce = sync.OnceValue(func() Constants {
	apps, _ := history()
	return fitApps(apps, "")
})

// usualNights are the runs under a pipeline's most frequent settings.
func usualNights(apps []*features.App) (out []*features.App) {
	count := map[string]int{}
	for _, a := range apps {
		count[settingsKey(&a.Run)]++
	}
	modal := slices.MaxFunc(sortedKeys(count), func(a, b string) int { return cmp.Compare(count[a], count[b]) })
	for _, a := range apps {
		if settingsKey(&a.Run) == modal && a.Run.Outcome == features.Succeeded {
			out = append(out, a)
		}
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// measured is one run under settings that history had rarely or never.
type measured struct {
	pipeline, scale     string
	input               float64
	seconds, jobSeconds float64
	jobs, tasks         float64
	settings            map[string]string
}

// columns of results.csv that are settings.
var columns = map[string]string{
	"shuffle_partitions": "spark.sql.shuffle.partitions", "default_parallelism": "spark.default.parallelism",
	"aqe": "spark.sql.adaptive.enabled", "advisory": "spark.sql.adaptive.advisoryPartitionSizeInBytes",
	"executor_memory": "spark.executor.memory", "executor_cores": "spark.executor.cores",
	"memory_fraction": "spark.memory.fraction", "storage_fraction": "spark.memory.storageFraction",
	"max_partition_bytes": "spark.sql.files.maxPartitionBytes", "open_cost": "spark.sql.files.openCostInBytes",
	"broadcast": "spark.sql.autoBroadcastJoinThreshold",
}

// measurements reads the measured runs that succeeded, without the repetitions
// that calibrated the machine; pipelines are named as in the logs.
func measurements(t testing.TB, apps []*features.App) (out []measured) {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "fixtures", "measured", "results.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		get := func(column string) string { return row[slices.Index(rows[0], column)] }
		number := func(column string) float64 {
			v, err := strconv.ParseFloat(get(column), 64)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		if get("status") != "ok" || get("set") == "calibration" {
			continue
		}
		m := measured{
			scale: get("scale"), input: number("input_bytes"), seconds: number("app_s"), jobSeconds: number("job_s"), jobs: number("jobs"), tasks: number("tasks"),
			settings: map[string]string{},
		}
		for _, a := range apps {
			if strings.HasPrefix(get("app_name"), a.Run.Pipeline) {
				m.pipeline = a.Run.Pipeline
			}
		}
		for column, key := range columns {
			m.settings[key] = get(column)
		}
		out = append(out, m)
	}
	return out
}
