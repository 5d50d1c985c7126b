package replay

import (
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/spark-apprentice/apprentice/features"
)

// candidates draws settings from far and wide, senseless ones included.
func candidates(r *rand.Rand) map[string]string {
	pick := func(v ...string) string { return v[r.IntN(len(v))] }
	all := map[string]string{
		"spark.sql.adaptive.enabled":                                pick("true", "false", "perhaps"),
		"spark.sql.shuffle.partitions":                              pick("1", "7", "200", "201", "100000", "-3", ""),
		"spark.sql.adaptive.coalescePartitions.initialPartitionNum": pick("", "16", "4000"),
		"spark.sql.adaptive.advisoryPartitionSizeInBytes":           pick("1b", "64m", "1g"),
		"spark.sql.adaptive.coalescePartitions.parallelismFirst":    pick("true", "false"),
		"spark.sql.autoBroadcastJoinThreshold":                      pick("-1", "10m", "10g"),
		"spark.sql.files.maxPartitionBytes":                         pick("1b", "16m", "128m", "8g"),
		"spark.executor.memory":                                     pick("1m", "512m", "16g"),
		"spark.executor.cores":                                      pick("1", "5", "64", "0"),
		"spark.executor.instances":                                  pick("1", "40", "1000"),
		"spark.default.parallelism":                                 pick("", "3", "900"),
		"spark.memory.fraction":                                     pick("0.6", "0", "1", "x"),
		"spark.task.cpus":                                           pick("1", "2", "100"),
	}
	for k := range all {
		if r.IntN(2) == 0 {
			delete(all, k)
		}
	}
	return all
}

// Whatever the log and the settings, a prediction is a number, its interval
// holds it, its steps and driver add up to it, and unchanged settings change nothing.
func TestPredictionsHoldTogether(t *testing.T) {
	apps, err := extract(filepath.Join("..", "..", "fixtures", "logs"))
	if err != nil {
		t.Fatal(err)
	}
	apps = append(apps, lab(t)...)
	m := New(Priors())
	r := rand.New(rand.NewPCG(3, 4))
	opened := 0
	for _, a := range apps {
		replay, ok := m.Open(logged(a))
		if !ok {
			continue
		}
		opened++
		same := replay.Predict(nil, 1)
		if d, ok := a.Run.DurationS.V, a.Run.DurationS.OK; ok && a.Run.DriverOnlyS.OK && math.Abs(same.Seconds-d) > 0.005*d {
			t.Errorf("%s: unchanged, %v s instead of %v", a.Run.AppName, same.Seconds, d)
		}
		for range 20 {
			settings, scale := candidates(r), math.Exp(r.NormFloat64())
			check(t, a, settings, replay.Predict(settings, scale))
			checkLoads(t, replay.plan(settings))
			if !replay.SamePlan(settings, settings) {
				t.Errorf("%s: %v is not the same plan as itself", a.Run.AppName, settings)
			}
		}
	}
	if opened < 50 {
		t.Errorf("only %d runs were replayed", opened)
	}
}

func check(t *testing.T, a *features.App, settings map[string]string, p Prediction) {
	t.Helper()
	for _, v := range []float64{p.Seconds, p.SD, p.Low, p.High, p.Tasks, p.SpillBytes, p.CoreS, p.MemoryS} {
		if math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
			t.Fatalf("%s %v: %+v", a.Run.AppName, settings, p)
		}
	}
	if p.Low > p.Seconds || p.High < p.Seconds {
		t.Errorf("%s %v: %v outside [%v, %v]", a.Run.AppName, settings, p.Seconds, p.Low, p.High)
	}
	sum, tasks := p.Driver+a.Run.ExecutorWaitS.Or(0), 0.0
	for _, s := range p.Steps {
		sum += s.Seconds
		tasks += s.Tasks
	}
	if math.Abs(sum-p.Seconds) > 1e-6*p.Seconds || tasks != p.Tasks {
		t.Errorf("%s %v: steps add up to %v s and %v tasks, not %v and %v", a.Run.AppName, settings, sum, tasks, p.Seconds, p.Tasks)
	}
	for _, e := range p.Effects {
		if e.Kind != Formula && e.Kind != Fitted && e.Kind != Prior {
			t.Errorf("%s: effect %q is of kind %q", a.Run.AppName, e.What, e.Kind)
		}
	}
}

// checkLoads holds the scheduled tasks against the work that they stand for.
func checkLoads(t *testing.T, p *plan) {
	t.Helper()
	for i := range p.stages {
		s := &p.stages[i]
		if s.dead {
			continue
		}
		want := s.demand.times(s.cost).sum() + p.added(s) + s.gcMore + s.movedJVM*warmups(s.tasks, &p.at.layout)
		if got := work(step{Work: p.loads(s)}); math.Abs(got-want) > 0.02*want {
			t.Errorf("step %s, %v of %v tasks: %v s scheduled of %v", s.step, s.full, s.tasks, got, want)
		}
	}
}
