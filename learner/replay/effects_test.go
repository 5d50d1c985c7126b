package replay

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

func kindOf(p Prediction, what string) string {
	for _, e := range p.Effects {
		if strings.Contains(e.What, what) {
			return e.Kind
		}
	}
	return ""
}

// Each effect says whether it is Spark's rule, a cost that this fleet showed,
// or only believed.
func TestEffectsSayWhatTheyAre(t *testing.T) {
	c := fitted(t)
	r := open(t, New(c), night(t, "orders_enrich"))
	p := r.Predict(map[string]string{"spark.sql.shuffle.partitions": "8", "spark.sql.autoBroadcastJoinThreshold": "64m", "spark.shuffle.service.enabled": "true"}, 1)
	for what, want := range map[string]string{
		"8 tasks instead of 200": Formula, "broadcast join instead of two shuffles": Formula,
		"task: ": Fitted, "shuffle block, bypass writer: ": Fitted, "driver: broadcasts": Prior,
	} {
		if got := kindOf(p, what); got != want {
			t.Errorf("%q is of kind %q, want %q", what, got, want)
		}
	}
	if p.Changed != 2 || !slices.Equal(p.Unmodelled, []string{"spark.shuffle.service.enabled"}) {
		t.Errorf("%d settings changed, %v not modelled", p.Changed, p.Unmodelled)
	}
	believed := open(t, New(Priors()), night(t, "orders_enrich")).Predict(map[string]string{"spark.sql.shuffle.partitions": "8"}, 1)
	if got := kindOf(believed, "task: "); got != Prior {
		t.Errorf("without a fleet a task's cost is of kind %q", got)
	}
	if kept := r.Predict(nil, 1); len(kept.Effects) != 0 || kept.SD > 1e-6 {
		t.Errorf("nothing changes: %+v, sd %v", kept.Effects, kept.SD)
	}
}

// Memory decides what spills: 512m spilled on these nights, 1g too (measured),
// 2g did not (measured).
func TestSpillFollowsMemory(t *testing.T) {
	a := night(t, "clickstream-user-agg")
	r := open(t, New(Priors()), a)
	if got, want := r.Predict(nil, 1).SpillBytes, float64(a.Run.DiskSpilledBytes); math.Abs(got-want) > 1 || want == 0 {
		t.Errorf("as logged: %.0f bytes, want %.0f", got, want)
	}
	size := 59.5e6 / float64(a.Run.InputBytes) // the measured ones' input
	spill := func(memory string) float64 {
		return r.Predict(map[string]string{"spark.executor.memory": memory}, size).SpillBytes
	}
	// An aggregate: measured 480 of 544 MB in memory, 114 of 136 MB on disk, and no less time.
	if got := spill("1g"); got < 0.8*spill("512m") || got > 1.05*spill("512m") {
		t.Errorf("1g: %.0f MB spilled of %.0f", got/mb, spill("512m")/mb)
	}
	if got := spill("2g"); got != 0 {
		t.Errorf("2g: %.0f MB spilled", got/mb)
	}
	quiet := open(t, New(Priors()), night(t, "orders_enrich"))
	if got := quiet.Predict(nil, 1).SpillBytes; got != 0 {
		t.Errorf("a run that did not spill: %.0f MB", got/mb)
	}
}

// A cache that does not fit any more is read or computed again.
func TestCacheThatDoesNotFit(t *testing.T) {
	r := open(t, New(Priors()), night(t, "feature-refine")) // 97 MB cached
	small := map[string]string{"spark.executor.memory": "350m"}
	if p := r.Predict(small, 1); p.Seconds <= r.Predict(nil, 1).Seconds || kindOf(p, "of the cache does not fit") != Formula {
		t.Errorf("30 MB of unified memory: %+v", p.Effects)
	}
	if p := r.Predict(map[string]string{"spark.executor.memory": "4g"}, 1); kindOf(p, "of the cache") != "" {
		t.Errorf("4g: %+v", p.Effects)
	}
}

// Slots follow the settings as each cluster manager deals executors out.
func TestLayout(t *testing.T) {
	conf := func(kv ...string) map[string]features.Setting {
		out := map[string]features.Setting{}
		for i := 0; i < len(kv); i += 2 {
			out["spark."+kv[i]] = features.Setting{Value: kv[i+1]}
		}
		return out
	}
	yarn := features.Run{ClusterManager: "yarn", ExecutorsMax: 5, CoresMax: 20, ConfEffective: conf("executor.cores", "4", "executor.instances", "5")}
	standalone := features.Run{ClusterManager: "standalone", ExecutorsMax: 1, CoresMax: 8, ConfEffective: conf("cores.max", "8")}
	dynamic := features.Run{ClusterManager: "kubernetes", ExecutorsMax: 10, CoresMax: 40,
		ConfEffective: conf("executor.cores", "4", "dynamicAllocation.enabled", "true", "dynamicAllocation.maxExecutors", "10")}
	local := features.Run{ClusterManager: "local", ExecutorsMax: 1, CoresMax: 4}
	for _, c := range []struct {
		name             string
		run              *features.Run
		key, value       string
		executors, slots int
	}{
		{"yarn as logged", &yarn, "executor.cores", "4", 5, 20},
		{"yarn, more executors", &yarn, "executor.instances", "8", 8, 32},
		{"yarn, larger executors", &yarn, "executor.cores", "8", 5, 40},
		{"two CPUs a task", &yarn, "task.cpus", "2", 5, 10},
		{"standalone shares its cores out", &standalone, "executor.cores", "2", 4, 8},
		{"standalone, fewer cores", &standalone, "cores.max", "4", 1, 4},
		{"dynamic, a lower maximum", &dynamic, "dynamicAllocation.maxExecutors", "4", 4, 16},
		{"dynamic, a higher one that it would have used", &dynamic, "dynamicAllocation.maxExecutors", "20", 20, 80},
		{"dynamic, at its maximum", &dynamic, "dynamicAllocation.executorAllocationRatio", "0.5", 10, 40},
		{"dynamic, smaller executors", &dynamic, "executor.cores", "2", 10, 20},
		{"local", &local, "executor.cores", "2", 1, 4},
	} {
		l := newLayout(c.run, sparkconf.Version{}, values{c.run, map[string]string{"spark." + c.key: c.value}})
		if l.executors != c.executors || l.slots != c.slots {
			t.Errorf("%s: %d executors, %d slots, want %d and %d", c.name, l.executors, l.slots, c.executors, c.slots)
		}
	}
}
