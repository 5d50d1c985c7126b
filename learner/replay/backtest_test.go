package replay

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spark-apprentice/apprentice/features"
)

func rowsOf(apps []*features.App) (runs []features.Run, stages []features.Stage) {
	for _, a := range apps {
		runs, stages = append(runs, a.Run), append(stages, a.Stages...)
	}
	return runs, stages
}

// logged is a run as Open takes it.
func logged(a *features.App) (*features.Run, []*features.Stage) {
	return &a.Run, features.StagesByRun(a.Stages)[a.Run.RunKey]
}

// The fleet's own changed nights, predicted by models that have not seen them.
func TestBackTest(t *testing.T) {
	test := Fit(rowsOf(lab(t))).Tested
	for name, h := range map[string]Holdout{"settings left out": test.Settings, "pipelines left out": test.Pipelines} {
		t.Log(name, h.All)
		for _, s := range slices.Concat(h.ByKind, h.ByKeys) {
			t.Log("  ", s)
		}
		if a := h.All; a.Pairs < 20 || a.Covered < 0.8 || a.RightSigns < 0.8 || a.MedianError > 0.12 || a.Tau < 0.03 || a.Tau > 0.15 {
			t.Errorf("%s: %v", name, a)
		}
		kinds, keys := 0, 0
		for _, s := range h.ByKind {
			kinds += s.Pairs
		}
		for _, s := range h.ByKeys {
			keys += s.Pairs
		}
		if kinds != h.All.Pairs || keys != h.All.Pairs {
			t.Errorf("%s: %d pairs by kind, %d by keys, %d in all", name, kinds, keys, h.All.Pairs)
		}
	}
	if c := fitted(t); !reflect.DeepEqual(c.Tested, test) || c.Tau != test.Settings.All.Tau || c.Pairs != test.Settings.All.Pairs {
		t.Errorf("Fit says %v, BackTestOf %v", c.Tested.Settings.All, test.Settings.All)
	}
	if empty := Fit(nil, nil).Tested; empty.Earned() || empty.Settings.All.Pairs != 0 {
		t.Errorf("no runs: %+v", empty)
	}
}

// What is left out has no say: a pair whose nights took three times as long is
// predicted as before.
func TestLeftOutHasNoSay(t *testing.T) {
	apps := lab(t)
	slow := make([]*features.App, len(apps))
	changed := func(a *features.App) bool {
		return a.Run.Pipeline == "device-events" && a.Run.ConfEffective["spark.sql.files.maxPartitionBytes"].Value == "128m"
	}
	nights := 0
	for i, a := range apps {
		b := *a
		if slow[i] = &b; !changed(a) {
			continue
		}
		nights++
		b.Run.DurationS.V *= 3
		b.Stages = slices.Clone(a.Stages)
		for k := range b.Stages {
			s := &b.Stages[k]
			s.TaskBins = slices.Clone(s.TaskBins)
			for j := range s.TaskBins {
				s.TaskBins[j].DurationS *= 3
			}
		}
	}
	if nights < 3 {
		t.Fatalf("%d nights", nights)
	}
	find := func(apps []*features.App) (settings, pipeline Pair) {
		test := Fit(rowsOf(apps)).Tested
		is := func(p Pair) bool {
			return p.Pipeline == "device-events" && slices.Equal(p.Keys, []string{"spark.sql.files.maxPartitionBytes"})
		}
		return test.Settings.Pairs[slices.IndexFunc(test.Settings.Pairs, is)], test.Pipelines.Pairs[slices.IndexFunc(test.Pipelines.Pairs, is)]
	}
	a1, b1 := find(apps)
	a3, b3 := find(slow)
	for name, p := range map[string][2]Pair{"settings": {a1, a3}, "pipeline": {b1, b3}} {
		if d := math.Abs(math.Log(p[1].Predicted / p[0].Predicted)); d > 0.05 { // of log 3 = 1.1: the step is not quite a refit
			t.Errorf("%s left out: predicted %.3f, with slow nights %.3f", name, p[0].Predicted, p[1].Predicted)
		}
		if p[1].Observed < 2.5*p[0].Observed {
			t.Errorf("%s left out: observed %.3f, with slow nights %.3f", name, p[0].Observed, p[1].Observed)
		}
	}
}

// One step from the mode of all nights ends near the mode without some.
func TestWithoutIsNearARefit(t *testing.T) {
	apps := lab(t)
	st := newStudy(rowsOf(apps))
	st.constants()
	eq, ok := st.equations()
	if !ok {
		t.Fatal("no equations")
	}
	for _, nights := range byPipeline(st.nights) {
		p := nights[0].row.Pipeline
		near, refit := eq.without(p, nights).c, fitApps(apps, p)
		for i := range near.Terms {
			a, b := &near.Terms[i], &refit.Terms[i]
			if d := math.Abs(math.Log(a.Seconds / b.Seconds)); d > 0.1+b.SD {
				t.Errorf("without %s: %s %.5f, refitted %.5f, sd %.2f", p, a.Name, a.Seconds, b.Seconds, b.SD)
			}
		}
		if d := math.Abs(math.Log(near.Job.Seconds / refit.Job.Seconds)); d > 1e-6 {
			t.Errorf("without %s: a job %.5f, refitted %.5f", p, near.Job.Seconds, refit.Job.Seconds)
		}
	}
}

func TestEarned(t *testing.T) {
	good := Score{Pairs: 20, Covered: 0.9, Differ: 5, RightSigns: 0.9}
	for name, c := range map[string]struct {
		change func(*Score)
		earned bool
	}{
		"enough":               {func(*Score) {}, true},
		"too few pairs":        {func(s *Score) { s.Pairs = 19 }, false},
		"too sure":             {func(s *Score) { s.Covered = 0.89 }, false},
		"wrong ways":           {func(s *Score) { s.RightSigns = 0.89 }, false},
		"nothing ever changed": {func(s *Score) { s.Differ, s.RightSigns = 0, 0 }, false},
	} {
		b := BackTest{Settings: Holdout{All: good}}
		if c.change(&b.Settings.All); b.Earned() != c.earned {
			t.Errorf("%s: %v", name, b.Settings.All)
		}
	}
}

// A fleet whose changed nights have nothing to do with the settings earns
// nothing, and its interval is wide for it.
func TestWrongModelEarnsNothing(t *testing.T) {
	var apps []*features.App
	wrong := 0
	usual := map[string]string{}
	for _, a := range lab(t) {
		b := *a
		p := a.Run.Pipeline
		if usual[p] == "" {
			usual[p] = settingsKey(&night(t, p).Run)
		}
		if usual[p] != settingsKey(&a.Run) {
			wrong++
			b.Run.DurationS.V *= []float64{2.5, 0.4}[wrong%2]
		}
		apps = append(apps, &b)
	}
	honest, lying := fitted(t), fitApps(apps, "")
	if lying.Tested.Earned() || lying.Tau < 2*honest.Tau {
		t.Errorf("%v, of honest nights %v", lying.Tested.Settings.All, honest.Tested.Settings.All)
	}
}

// tauOf finds the error that pairs were made with, whatever their costs' spread.
func TestTauOf(t *testing.T) {
	var pairs []Pair
	z := []float64{-1.3, 0.4, 0.9, -0.6, 1.6, -0.2, 0.1, -1.1, 0.7, -0.5} // variance 0.77
	for i := range 200 {
		cost := []float64{0.01, 0.5}[i%2] // half of the pairs say nothing
		keys := []string{"spark.sql.shuffle.partitions", "spark.executor.memory"}[:1+i/2%2]
		v := 0.2*0.2*float64(len(keys)) + cost*cost
		pairs = append(pairs, Pair{Keys: keys, err: z[i%10] * math.Sqrt(v/0.77), costVar: cost * cost})
	}
	if tau := tauOf(pairs); math.Abs(tau-0.2) > 0.03 {
		t.Errorf("%v, made with 0.2", tau)
	}
	if tau := tauOf(nil); math.Abs(tau-Priors().Tau) > 0.002 {
		t.Errorf("no pairs: %v", tau)
	}
}

// Keys that move the same costs err together: more of them are less sure, but
// less so than each on its own would be, as keys of several costs are.
func TestDistance(t *testing.T) {
	byKind := map[string][]string{}
	for key := range modelled {
		kind := KindOfKey(key)
		if kind == KindFile || kind == KindJoin {
			kind = KindShuffle // they move the same costs
		}
		byKind[kind] = append(byKind[kind], key)
	}
	variance := func(keys ...string) float64 { return math.Pow(Distance(keys), 2) }
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-12 }
	var firsts []string
	for _, kind := range sortedKeys(byKind) {
		keys := byKind[kind]
		for i, k := range keys {
			if !near(variance(k), 1) {
				t.Errorf("%s: %v", k, variance(k))
			}
			if together := variance(keys[:i+1]...); i > 0 && (together <= variance(keys[:i]...) || together >= variance(keys[:i]...)+1) {
				t.Errorf("%v: %v, without the last %v", keys[:i+1], together, variance(keys[:i]...))
			}
		}
		before := variance(firsts...)
		if firsts = append(firsts, keys[0]); !near(variance(firsts...), before+1) {
			t.Errorf("%v: %v, without the last %v", firsts, variance(firsts...), before)
		}
		if other := append(slices.Clone(keys), "spark.task.cpus"); kind != KindCore && !near(variance(other...), variance(keys...)+1) {
			t.Errorf("%v: %v, without the last %v", other, variance(other...), variance(keys...))
		}
	}
	if Distance(nil) != 0 {
		t.Errorf("no key: %v", Distance(nil))
	}
}

// Each key that the model knows, by the work that Spark lets it decide about.
func TestKindOfKey(t *testing.T) {
	want := map[string]string{}
	for kind, keys := range map[string][]string{
		KindFile: {"sql.files.maxPartitionBytes", "sql.files.maxPartitionNum", "sql.files.minPartitionNum", "sql.files.openCostInBytes", "sql.leafNodeDefaultParallelism"},
		KindShuffle: {
			"default.parallelism", "sql.shuffle.partitions", "shuffle.sort.bypassMergeThreshold", "sql.adaptive.enabled", "sql.adaptive.advisoryPartitionSizeInBytes",
			"sql.adaptive.coalescePartitions.enabled", "sql.adaptive.coalescePartitions.initialPartitionNum", "sql.adaptive.coalescePartitions.minPartitionNum",
			"sql.adaptive.coalescePartitions.minPartitionSize", "sql.adaptive.coalescePartitions.parallelismFirst",
			"sql.adaptive.skewJoin.enabled", "sql.adaptive.skewJoin.skewedPartitionFactor", "sql.adaptive.skewJoin.skewedPartitionThresholdInBytes",
		},
		KindJoin: {"sql.autoBroadcastJoinThreshold", "sql.adaptive.autoBroadcastJoinThreshold", "sql.adaptive.nonEmptyPartitionRatioForBroadcastJoin"},
		KindMemory: {
			"executor.memory", "executor.memoryOverhead", "executor.memoryOverheadFactor", "executor.minMemoryOverhead", "executor.pyspark.memory", "kubernetes.memoryOverheadFactor",
			"memory.fraction", "memory.offHeap.enabled", "memory.offHeap.size",
		},
		KindCore: {
			"cores.max", "executor.cores", "executor.instances", "task.cpus", "dynamicAllocation.enabled", "dynamicAllocation.executorAllocationRatio",
			"dynamicAllocation.initialExecutors", "dynamicAllocation.maxExecutors", "dynamicAllocation.minExecutors",
			"dynamicAllocation.schedulerBacklogTimeout", "dynamicAllocation.sustainedSchedulerBacklogTimeout",
		},
		KindCache: {"memory.storageFraction", "sql.inMemoryColumnarStorage.compressed"},
		KindCodec: {"io.compression.codec", "shuffle.compress"},
	} {
		for _, k := range keys {
			want["spark."+k] = kind
		}
	}
	for key := range modelled {
		if want[key] == "" {
			t.Errorf("%s is modelled, and of no kind here", key)
		}
	}
	want["spark.rdd.compress"], want["spark.sql.inMemoryColumnarStorage.batchSize"] = KindCache, KindCache
	for key, kind := range want {
		if got := KindOfKey(key); got != kind {
			t.Errorf("%s: %s, want %s", key, got, kind)
		}
	}
}

// However many pipelines and nights there are, a bounded number is looked at.
func TestBackTestIsBounded(t *testing.T) {
	var nights []*run
	at := time.Date(2026, 1, 1, 2, 0, 0, 0, time.UTC)
	for p := range 100 {
		for k := range 30 {
			row := &features.Run{Pipeline: strings.Repeat("p", p+1), StartedAt: nullOf(at.AddDate(0, 0, -k)), ConfEffective: map[string]features.Setting{
				"spark.sql.shuffle.partitions": {Value: []string{"200", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", "18"}[k%12]},
			}}
			nights = append(nights, &run{row: row})
		}
	}
	pairs := (&study{nights: nights}).pairs()
	if len(pairs) != mostPairs {
		t.Errorf("%d pairs", len(pairs))
	}
	for _, p := range pairs {
		if d := at.Sub(p.nights[0].row.StartedAt.V); d > 8*24*time.Hour {
			t.Errorf("%s: a pair from %v before the newest", p.pipeline, d)
		}
	}
}
