package evaluate

import (
	"encoding/csv"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
	"github.com/spark-apprentice/apprentice/learner"
	"github.com/spark-apprentice/apprentice/learner/replay"
)

// columns of the measured grid that are settings.
var columns = map[string]string{
	"shuffle_partitions": "spark.sql.shuffle.partitions", "default_parallelism": "spark.default.parallelism",
	"aqe": "spark.sql.adaptive.enabled", "advisory": "spark.sql.adaptive.advisoryPartitionSizeInBytes",
	"executor_memory": "spark.executor.memory", "executor_cores": "spark.executor.cores",
	"memory_fraction": "spark.memory.fraction", "storage_fraction": "spark.memory.storageFraction",
	"max_partition_bytes": "spark.sql.files.maxPartitionBytes", "open_cost": "spark.sql.files.openCostInBytes",
	"broadcast": "spark.sql.autoBroadcastJoinThreshold", "rdd_compress": "spark.rdd.compress", "serializer": "spark.serializer",
}

var serializers = map[string]string{"java": "org.apache.spark.serializer.JavaSerializer", "kryo": "org.apache.spark.serializer.KryoSerializer"}

// A place is one configuration of a pipeline that was measured at scale 1.
type place struct {
	conf   map[string]string
	logS   []float64 // of the seconds from the first job to the last
	failed bool      // a run failed under it, at whatever scale
}

func (p *place) seconds() float64 {
	var m float64
	for _, x := range p.logS {
		m += x / float64(len(p.logS))
	}
	return math.Exp(m)
}

// A pipeline is what is known of one pipeline of the lab.
type pipeline struct {
	name     string
	runs     []*features.Run // history, by time
	usual    []*features.Run
	baseline map[string]string // of the grid's keys
	places   []*place
	play     *replay.Replay // of the usual night that is nearest to scale 1
	fleet    *learner.Fleet
	wait     float64 // of the same night, until the first executor
	caches   bool    // it keeps data in memory
}

// grid reads the measured runs of the lab's pipelines.
func grid(t *testing.T) []*pipeline {
	t.Helper()
	fleet := lab(t)
	f, err := os.Open("../../fixtures/measured/results.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	res, err := options(learner.ModeAdvise, 1, false).Learn(t.Context(), fleet, firstNight)
	if err != nil {
		t.Fatal(err)
	}
	model := replay.New(replay.Fit(fleet.Runs, fleet.Stages))
	film := newFilm(fleet, options(learner.ModeAdvise, 1, false))
	var list []*pipeline
	for _, rec := range res.Recommendations {
		p := &pipeline{name: rec.Pipeline, runs: film.byPipeline[rec.Pipeline], baseline: map[string]string{}, fleet: &film.fleet}
		p.usual = usual(p.runs, rec.Baseline, learner.DefaultAgents())
		newest := p.usual[len(p.usual)-1]
		for _, key := range columns {
			p.baseline[key], _ = newest.InForce(key)
		}
		if p.baseline["spark.executor.cores"] == "" { // standalone: all cores of the worker
			p.baseline["spark.executor.cores"] = "2"
		}
		bytes := p.read(t, rows)
		nearest := slices.MinFunc(p.usual, func(a, b *features.Run) int {
			off := func(r *features.Run) float64 { return math.Abs(float64(r.InputBytes) - bytes) }
			return int(math.Copysign(1, off(a)-off(b)))
		})
		p.wait = nearest.ExecutorWaitS.V
		for _, s := range film.stages[nearest.RunKey] {
			p.caches = p.caches || slices.Contains(s.Operators, "InMemoryTableScan")
		}
		p.play, _ = model.Open(nearest, film.stages[nearest.RunKey])
		list = append(list, p)
	}
	return list
}

// read takes a pipeline's rows of the grid and tells the input at scale 1.
func (p *pipeline) read(t *testing.T, rows [][]string) (bytes float64) {
	for _, row := range rows[1:] {
		get := func(column string) string { return row[slices.Index(rows[0], column)] }
		if !strings.HasPrefix(get("app_name"), p.name) || get("set") == "calibration" {
			continue
		}
		conf := map[string]string{}
		for column, key := range columns {
			v := get(column)
			if column == "serializer" {
				v = serializers[v]
			}
			if conf[key] = ""; v != "" {
				conf[key] = sparkconf.Canonical(key, v)
			}
		}
		at := p.exact(conf)
		if at == nil {
			at = &place{conf: conf}
			p.places = append(p.places, at)
		}
		seconds, err := strconv.ParseFloat(get("job_s"), 64)
		switch {
		case get("status") != "ok":
			at.failed = true
		case err != nil:
			t.Fatal(err)
		case get("scale") == "1.0":
			at.logS = append(at.logS, math.Log(seconds))
			bytes, _ = strconv.ParseFloat(get("input_bytes"), 64)
		}
	}
	return bytes
}

// exact finds a configuration among the measured ones. SQL reads neither the
// serializer (it has its own) nor, without AQE, an advisory size; what is kept
// for storage is execution's where nothing is cached.
func (p *pipeline) exact(conf map[string]string) *place {
	for _, at := range p.places {
		same := true
		for k, v := range at.conf {
			switch {
			case k == "spark.serializer" && p.sql():
			case k == columns["advisory"] && conf[columns["aqe"]] == "false":
			case k == columns["storage_fraction"] && !p.caches:
			default:
				same = same && conf[k] == v
			}
		}
		if same && len(conf) == len(at.conf) {
			return at
		}
	}
	return nil
}

func (p *pipeline) sql() bool {
	return slices.ContainsFunc(p.fleet.Executions, func(x features.Execution) bool { return x.RunKey == p.usual[0].RunKey })
}

// measured finds what a configuration took: measured itself, or planned by Spark
// like one that was. Nil: not measured.
func (p *pipeline) measured(conf map[string]string) *place {
	if at := p.exact(conf); at != nil && (len(at.logS) > 0 || at.failed) {
		return at
	}
	ours := maps.Clone(conf)
	delete(ours, "spark.serializer")
	if !p.caches {
		delete(ours, columns["storage_fraction"])
	}
	for _, at := range p.places {
		theirs := maps.Clone(at.conf)
		delete(theirs, "spark.serializer")
		same := p.sql() || conf["spark.serializer"] == at.conf["spark.serializer"]
		if same && len(at.logS) > 0 && p.play.SamePlan(ours, theirs) {
			return at
		}
	}
	return nil
}

// nearest is the measured configuration that is nearest to one: in doublings of
// numbers and sizes, a switch or a missing value counting three. What Spark does not
// read there is left aside, as in exact. Of equals it is the first of the grid.
func (p *pipeline) nearest(conf map[string]string) (best *place) {
	least := math.Inf(1)
	for _, at := range p.places {
		if len(at.logS) == 0 {
			continue
		}
		if d := p.far(conf, at); d < least {
			best, least = at, d
		}
	}
	return best
}

// far is how far a configuration is from a measured one. The grid's runs had the
// history's value of a key that is no column of it.
func (p *pipeline) far(conf map[string]string, at *place) (sum float64) {
	const other = 3
	keys := slices.Concat(slices.Collect(maps.Keys(conf)), slices.Collect(maps.Keys(at.conf)))
	slices.Sort(keys) // sums of floats depend on the order
	for _, k := range slices.Compact(keys) {
		theirs, measured := at.conf[k]
		if !measured {
			theirs, _ = p.usual[len(p.usual)-1].InForce(k)
		}
		switch {
		case conf[k] == theirs, k == "spark.serializer" && p.sql(), k == columns["storage_fraction"] && !p.caches:
		case k == columns["advisory"] && conf[columns["aqe"]] == "false":
		default:
			a, ok1 := amount(theirs)
			b, ok2 := amount(conf[k])
			if !ok1 || !ok2 {
				sum += other
				continue
			}
			sum += math.Abs(math.Log2(a / b))
		}
	}
	return sum
}

// amount is the number or size that a value is; false where it is none that can
// be doubled.
func amount(v string) (float64, bool) {
	if n, err := sparkconf.ParseSize(v, 1); err == nil {
		return float64(n), n > 0
	}
	f, err := strconv.ParseFloat(v, 64)
	return f, err == nil && f > 0
}

// Distances can be worked out by hand, keys that the grid lacks and fractions
// among them.
func TestNearest(t *testing.T) {
	key := func(column string) string { return columns[column] }
	at := func(conf ...string) *place {
		p := &place{conf: map[string]string{key("aqe"): "true", key("shuffle_partitions"): "200", key("memory_fraction"): "0.6", key("broadcast"): "10m"}, logS: []float64{0}}
		for i := 0; i < len(conf); i += 2 {
			p.conf[conf[i]] = conf[i+1]
		}
		return p
	}
	const coalesce = "spark.sql.adaptive.coalescePartitions.enabled"
	usual := &features.Run{RunKey: "a", ConfEffective: map[string]features.Setting{coalesce: {Value: "true"}}}
	p := &pipeline{usual: []*features.Run{usual}, fleet: &learner.Fleet{}}
	for _, c := range []struct {
		what string
		conf *place
		far  float64
	}{
		{"itself", at(), 0},
		{"two doublings", at(key("shuffle_partitions"), "50"), 2},
		{"half a fraction", at(key("memory_fraction"), "0.3"), 1},
		{"a switch", at(key("aqe"), "false"), 3},
		{"a switch and two halvings", at(key("aqe"), "false", key("broadcast"), "40m"), 5},
		{"off has no doublings", at(key("broadcast"), "-1"), 3},
		{"a key that no column has", at("spark.executor.pyspark.memory", "1g"), 3},
		{"the same, as it was", at(coalesce, "true"), 0},
		{"the same, otherwise", at(coalesce, "false"), 3},
	} {
		if got := p.far(c.conf.conf, at()); math.Abs(got-c.far) > 1e-12 {
			t.Errorf("%s: %v, want %v", c.what, got, c.far)
		}
	}
	first, second := at(key("shuffle_partitions"), "100"), at(key("shuffle_partitions"), "400")
	if p.places = []*place{first, second}; p.nearest(at().conf) != first {
		t.Error("of equals the first is not taken")
	}
}

// predicted is what the replay model, fitted on history, makes of a
// configuration that was not measured, from the measured baseline.
func (p *pipeline) predicted(conf map[string]string) float64 {
	conf = maps.Clone(conf)
	delete(conf, "spark.serializer")
	base := maps.Clone(p.baseline)
	delete(base, "spark.serializer")
	ratio := (p.play.Predict(conf, 1).Seconds - p.wait) / (p.play.Predict(base, 1).Seconds - p.wait)
	return ratio * p.measured(p.baseline).seconds()
}

// with is the baseline under other settings.
func (p *pipeline) with(settings map[string]string) map[string]string {
	conf := maps.Clone(p.baseline)
	for k, v := range settings {
		conf[k] = v
		if v != "" {
			conf[k] = sparkconf.Canonical(k, v)
		}
	}
	return conf
}

// defaults are Spark 3.5's, with the container's memory and cores that the lab gives.
func (p *pipeline) defaults() map[string]string {
	return p.with(map[string]string{
		columns["shuffle_partitions"]: "200", columns["default_parallelism"]: "", columns["aqe"]: "true", columns["advisory"]: "64m",
		columns["executor_memory"]: "1g", columns["max_partition_bytes"]: "128m", columns["broadcast"]: "10m",
	})
}

// best is the fastest configuration that never failed among those measured twice
// or more: a single run may be the fastest by luck.
func (p *pipeline) best() *place {
	var best *place
	for _, at := range p.places {
		if len(at.logS) > 1 && !at.failed && (best == nil || at.seconds() < best.seconds()) {
			best = at
		}
	}
	return best
}
