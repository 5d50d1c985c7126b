package replay

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/spark-apprentice/apprentice/features"
)

// The anchor reproduces a stage's slot time exactly as far as its sd says, and
// leaves a stage of a strange kind its costs per task.
func TestAnchor(t *testing.T) {
	fleet := Priors()
	costs := fleet.values()
	work := vec{perTask: 200, perRawBlock: 2000, readShuffle: 40, perJVM: 2, other: 1}
	for _, seconds := range []float64{0.5, 3, 6, 30, 600} {
		got := anchor([]observation{{work, seconds, totalSD}}, costs, nil)
		if d := math.Abs(math.Log(work.times(got).sum() / seconds)); d > 0.1 {
			t.Errorf("%v s: the anchored costs give %v s", seconds, work.times(got).sum())
		}
	}
	got := anchor([]observation{{work, 600, totalSD}}, costs, nil)
	if got[perTask] > 2*costs[perTask] || got[other] < 500 {
		t.Errorf("600 s where 3 are usual: a task costs %v s, %v s are unexplained", got[perTask], got[other])
	}
}

// Groups of tasks by size tell what a task costs from what a byte costs.
func TestAnchorTellsTasksFromBytes(t *testing.T) {
	row := asleep(1000, func(i int) float64 { return float64(1+i%8) * 1e6 }, 0.5, 0.05)
	s := newStage(&row)
	s.count(&setup{layout: layout{executors: 4, cores: 4, taskCPUs: 1, slots: 16}})
	c := anchor(s.observe(16, totalSD), new(Constants).priorValues(), nil)
	if task := c[perTask] + c[otherTask]; math.Abs(task-0.5) > 0.1 || math.Abs(c[readShuffle]-0.05) > 0.01 {
		t.Errorf("a task costs %.3f s and a MB %.4f s, want 0.5 and 0.05", task, c[readShuffle])
	}
}

func (c *Constants) priorValues() vec { p := Priors(); return p.values() }

// asleep is the row of a stage whose tasks take c0 and perMB a MB, exactly.
func asleep(n int, bytes func(i int) float64, c0, perMB float64) features.Stage {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s := features.Stage{
		RunKey: "r", StageSignature: "s", Outcome: features.StageComplete, Tasks: int64(n), SQLExecutionID: nullOf(int64(0)),
		PartitionsSource: features.PartitionsSQLConf, PartitionsConfigured: nullOf(int64(n)),
		SubmittedAt: nullOf(at), CompletedAt: nullOf(at.Add(time.Hour)), Operators: []string{"HashAggregate", "Exchange"},
	}
	bins := map[class]*features.TaskBin{}
	var all []features.TaskSample
	for i := range n {
		b := bytes(i)
		d := math.Round(1000*(c0+perMB*b/mb)) / 1000
		k := classOf(b, d)
		if bins[k] == nil {
			bins[k] = &features.TaskBin{Log2Bytes: int64(bits.Len64(uint64(b)) - 1), Log2Time: int64(k.ms)}
		}
		bins[k].N++
		bins[k].Bytes += int64(b)
		bins[k].DurationS += d
		s.ShuffleReadBytes += int64(b)
		all = append(all, features.TaskSample{Index: int64(i), Bytes: int64(b), DurationS: d})
	}
	for _, b := range bins {
		s.TaskBins = append(s.TaskBins, *b)
	}
	slices.SortFunc(s.TaskBins, func(a, b features.TaskBin) int {
		return int(64*(a.Log2Bytes-b.Log2Bytes) + a.Log2Time - b.Log2Time)
	})
	slices.SortStableFunc(all, func(a, b features.TaskSample) int { return int(1e6 * (b.DurationS - a.DurationS)) })
	s.LongestTasks = all[:min(16, n)]
	slices.SortStableFunc(all, func(a, b features.TaskSample) int { return int(b.Bytes - a.Bytes) })
	s.LargestTasks = all[:min(16, n)]
	return s
}

// Tasks that sleep c0 + bytes/θ: other numbers of slots and partitions give
// what the scheduler gives with the tasks themselves.
func TestSleepingTasks(t *testing.T) {
	const c0, perMB = 0.4, 0.08
	r := rand.New(rand.NewPCG(5, 6))
	for _, n := range []int{16, 100, 1000} {
		sizes := make([]float64, n)
		for i := range sizes {
			sizes[i] = math.Round(1e6 * math.Exp(2+0.5*r.NormFloat64()))
		}
		stage := asleep(n, func(i int) float64 { return sizes[i] }, c0, perMB)
		run := features.Run{
			RunKey: "r", Pipeline: "p", SparkVersion: "3.5.7", ClusterManager: "yarn", ExecutorsMax: 4, CoresMax: 16,
			ConfEffective: map[string]features.Setting{
				"spark.sql.shuffle.partitions": {Value: fmt.Sprint(n)}, "spark.sql.adaptive.enabled": {Value: "false"},
				"spark.executor.instances": {Value: "4"}, "spark.executor.cores": {Value: "4"},
			},
		}
		load := make([]load, n)
		for i, b := range sizes {
			load[i].Seconds = c0 + perMB*b/mb
		}
		truth := func(slots int) float64 { return makespan([]step{{Work: load}}, freeSlots(slots)) }
		run.DurationS, run.DriverOnlyS, run.ExecutorWaitS = nullOf(truth(16)+30), nullOf(20.0), nullOf(10.0)
		replay, _ := New(Priors()).Open(&run, []*features.Stage{&stage})
		for executors, slots := range map[string]int{"2": 8, "4": 16, "8": 32, "16": 64} {
			got := replay.Predict(map[string]string{"spark.executor.instances": executors}, 1).Seconds - 30
			most := 0.05
			if n < 4*slots {
				most = 0.08 // the order of the tasks matters, and rows do not keep it
			}
			if want := truth(slots); math.Abs(got-want) > most*want {
				t.Errorf("%d tasks on %d slots: %.2f s, want %.2f", n, slots, got, want)
			}
		}
	}
}

// Fit finds the costs that made a fleet's times, and says which it could not see.
func TestFitRecoversCosts(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	prior := Priors()
	truth := prior.values()
	truth[perTask], truth[readShuffle], truth[perRawBlock] = 0.025, 0.012, 0.0009
	var groups []group
	for range 60 {
		var off vec
		for k := range off {
			off[k] = priors[k].within * r.NormFloat64() / 2
		}
		off[other] = 0
		var g group
		for range 6 {
			n := math.Exp(1 + 4*r.Float64())
			work := vec{perTask: n, perRawBlock: n * math.Exp(3*r.Float64()), readShuffle: 100 * r.Float64(), perJVM: 1, other: 1}
			var cost vec
			for k := range cost {
				cost[k] = truth[k] * math.Exp(off[k])
			}
			g.obs = append(g.obs, observation{work, work.times(cost).sum() * math.Exp(0.05*r.NormFloat64()), stageTotalSD})
		}
		groups = append(groups, g)
	}
	f := newFitter(&prior)
	f.groups = groups
	f.run()
	for _, k := range []term{perTask, readShuffle, perRawBlock} {
		if d := math.Abs(f.log[k] - math.Log(truth[k])); d > 3*f.sd[k] || d > 0.3 {
			t.Errorf("%s: %.5f, made with %.5f, sd of log %.3f", priors[k].name, math.Exp(f.log[k]), truth[k], f.sd[k])
		}
		if f.sd[k] > 0.5*priors[k].spread {
			t.Errorf("%s: sd %.3f of prior %.3f, though the fleet shows it", priors[k].name, f.sd[k], priors[k].spread)
		}
	}
	if f.sd[spillDisk] < 0.99*priors[spillDisk].spread || math.Abs(f.log[spillDisk]-math.Log(truth[spillDisk])) > 1e-6 {
		t.Errorf("spill never seen: %.5f, sd %.3f", math.Exp(f.log[spillDisk]), f.sd[spillDisk])
	}
	// At the mode no single cost can be better.
	at := f.loss(f.log, nil)
	for k := range f.log {
		for _, d := range []float64{-0.02, 0.02} {
			log := f.log
			log[k] += d
			if f.loss(log, nil) < at-1e-3 {
				t.Errorf("%s: %+.2f is more likely", priors[k].name, d)
			}
		}
	}
}

// The order of rows means nothing, and neither do runs that failed.
func TestFitIsDeterministic(t *testing.T) {
	apps := slices.Clone(lab(t))
	want := fitApps(apps, "")
	slices.Reverse(apps)
	if got := fitApps(apps, ""); !reflect.DeepEqual(got, want) {
		t.Errorf("rows in another order: %+v, want %+v", got, want)
	}
	failed := apps[0].Run
	failed.RunKey, failed.Outcome = "failed", features.Failed
	if got := fitApps(append(apps, &features.App{Run: failed}), ""); !reflect.DeepEqual(got, want) {
		t.Error("a failed run changed the constants")
	}
	if want.Runs < 90 || want.Pairs < 15 {
		t.Errorf("%d runs, %d changed pairs", want.Runs, want.Pairs)
	}
	empty := Fit(nil, nil)
	for i, k := range empty.Terms {
		if k.Kind() != Prior || math.Abs(k.Seconds/priors[i].seconds-1) > 1e-9 {
			t.Errorf("no runs: %+v", k)
		}
	}
}

// What a step's nights showed is kept: a pipeline whose nights had two settings
// is predicted better from one to the other than by the fleet's costs alone.
func TestStepsKeepWhatTheirNightsShowed(t *testing.T) {
	c := fitted(t)
	strange := c
	strange.steps = nil
	wrong := func(c Constants) (sum float64) {
		runs, stages := rowsOf(lab(t))
		st := &study{nights: openAll(runs, features.StagesByRun(stages)), c: c}
		for _, p := range st.pairs() {
			if pair, ok := st.hold(New(c), p); ok && len(pair.Keys) == 1 && pair.Nights > 1 {
				sum += math.Abs(pair.err)
			}
		}
		return sum
	}
	known, unknown := wrong(c), wrong(strange)
	if known > 0.8*unknown || unknown == 0 {
		t.Errorf("sum of errors %.3f, by the fleet's costs alone %.3f", known, unknown)
	}
}

// Nights under the same settings are wrong together: however many they are,
// they weigh no more than their shared error allows.
func TestNightsAlikeAreTempered(t *testing.T) {
	whole, bin := observation{work: vec{other: 1}, sd: stageTotalSD}, observation{work: vec{perTask: 1}, sd: groupSD}
	for _, n := range []float64{1, 4, 16, 1e4} {
		if got := n / math.Pow(tempered(&whole, n), 2); got > 1/(sharedSD*sharedSD) || n == 1 && math.Abs(got-1/(stageTotalSD*stageTotalSD)) > 1e-9 {
			t.Errorf("%v nights: weight %v", n, got)
		}
		if got := n / math.Pow(tempered(&bin, n), 2); math.Abs(got-1/(groupSD*groupSD)) > 1e-9 {
			t.Errorf("%v nights: a bin weighs %v", n, got)
		}
	}
}
