package evaluate

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
	"github.com/spark-apprentice/apprentice/learner"
)

// A rival chooses a configuration for a pipeline from its history alone; nil
// draws one of the measured at random.
type rival struct {
	name   string
	choose func(*pipeline) map[string]string
}

// ours chooses as the learner does on the whole history, in a mode.
func ours(t *testing.T, name, mode string, whatIf bool) rival {
	t.Helper()
	res, err := options(mode, 1, whatIf).Learn(t.Context(), lab(t), time.Date(2026, 12, 1, 6, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return rival{name, func(p *pipeline) map[string]string {
		for _, r := range res.Recommendations {
			if r.Pipeline == p.name {
				return p.with(r.File)
			}
		}
		return p.baseline
	}}
}

// seconds of a run as a naive learner rewards it.
func seconds(r *features.Run) float64 { return r.DurationS.V }

// independentQ is a table for each agent, Q(action) moved towards the negative
// run time by a tenth for each night, and the best action of each agent. Zero
// starts make what was never tried look best; without them only what was tried
// counts.
func independentQ(zero bool) func(*pipeline) map[string]string {
	return func(p *pipeline) map[string]string {
		choice := map[string]string{}
		for _, a := range learner.DefaultAgents() {
			q, actions := map[string]float64{}, []map[string]string{}
			add := func(set map[string]string) string {
				id := text(set)
				if _, ok := q[id]; !ok {
					q[id] = 0
					actions = append(actions, set)
				}
				return id
			}
			of := func(r *features.Run) map[string]string {
				set := map[string]string{}
				for _, k := range a.Keys {
					if _, ok := p.baseline[k.Name]; ok && k.Name != columns["executor_cores"] {
						set[k.Name], _ = r.InForce(k.Name)
					}
				}
				return set
			}
			for _, r := range p.runs {
				id := add(of(r))
				if !zero && q[id] == 0 {
					q[id] = -seconds(r)
				}
				q[id] += 0.1 * (-seconds(r) - q[id])
			}
			if zero {
				base := of(p.usual[0])
				for _, k := range a.Keys {
					if _, ok := base[k.Name]; !ok {
						continue
					}
					for _, c := range k.Candidates {
						set := of(p.usual[0])
						set[k.Name] = c
						add(set)
					}
				}
			}
			best := actions[0]
			for _, set := range actions {
				if q[text(set)] > q[text(best)] {
					best = set
				}
			}
			for k, v := range best {
				choice[k] = v
			}
		}
		return p.with(choice)
	}
}

// fastestNight is random search over the history: the settings of the night
// that was over first.
func fastestNight(p *pipeline) map[string]string {
	r := slices.MinFunc(p.runs, func(a, b *features.Run) int { return int(math.Copysign(1, seconds(a)-seconds(b))) })
	set := map[string]string{}
	for k := range p.baseline {
		if v, ok := r.InForce(k); ok || k != columns["executor_cores"] {
			set[k] = v
		}
	}
	return p.with(set)
}

const mib = 1 << 20

// autoTuner is what remains of the AutoTuner of NVIDIA's spark-rapids-tools
// without a GPU (tuning/AutoTuner.scala and tuningConfigs.yaml, read in 2026):
// twice the partitions where a shuffle spilled to disk and no spilling stage is
// skewed; maxPartitionBytes as set, else 512m, times 128 MB over the largest
// task's input where that is less, over what it is of 256 MB where it is more, at
// most 4g; 2g of memory a core. Its advisory and initial sizes for AQE go by the
// model of the GPU, and it never computes a broadcast threshold. That AQE is off
// it only remarks upon; heeded follows the remark, with the advisory size of 128m
// that it gives for tasks of little input.
func autoTuner(heeded bool) func(*pipeline) map[string]string {
	return func(p *pipeline) map[string]string {
		newest := p.usual[len(p.usual)-1]
		var spilled, skewed bool
		var largest int64
		var input, tasks float64
		for _, s := range p.fleet.Stages {
			if s.RunKey != newest.RunKey {
				continue
			}
			if s.DiskSpilledBytes > 0 && s.ShuffleReadBytes > 0 {
				spilled = true
				skewed = skewed || s.SkewBytes.Or(0) > 3 && len(s.LargestTasks) > 0 && s.LargestTasks[0].Bytes > 100*mib
			}
			if s.InputBytes > 0 && len(s.LargestTasks) > 0 {
				largest = max(largest, s.LargestTasks[0].Bytes)
			}
			input, tasks = input+float64(s.InputBytes), tasks+float64(s.Tasks)
		}
		set := map[string]string{columns["executor_memory"]: "4g"}
		if n := p.baseline[columns["shuffle_partitions"]]; spilled && !skewed {
			var parts int
			fmt.Sscan(n, &parts)
			set[columns["shuffle_partitions"]] = fmt.Sprint(2 * parts)
		}
		size := 512.0
		if c := newest.ConfEffective[columns["max_partition_bytes"]]; c.Source != features.FromDefault && c.Source != features.FromUnknown && c.Value != "" {
			if bytes, err := sparkconf.ParseSize(c.Value, 1); err == nil {
				size = float64(bytes) / mib
			}
		}
		if at := float64(largest) / mib; at > 0 && at < 128 {
			set[columns["max_partition_bytes"]] = fmt.Sprintf("%.0fm", math.Floor(min(size*128/at, 4096)))
		} else if at > 256 {
			set[columns["max_partition_bytes"]] = fmt.Sprintf("%.0fm", math.Floor(min(size/(at/256), 4096)))
		}
		if heeded {
			set[columns["aqe"]] = "true"
			if newest.ConfEffective[columns["advisory"]].Source == features.FromDefault && input/max(tasks, 1) < 35000 {
				set[columns["advisory"]] = "128m"
			}
		}
		return p.with(set)
	}
}

// drElephant follows the heuristics of Dr. Elephant and its Spark branch: Kryo;
// memory up the ladder 4, 6, 8, 10 GB where tasks spill more than 1 % of the
// largest data a stage moves; twice the memory where collection takes more than 8 % of the run time.
func drElephant(p *pipeline) map[string]string {
	newest := p.usual[len(p.usual)-1]
	set := map[string]string{"spark.serializer": serializers["kryo"]}
	var most float64
	for _, s := range p.fleet.Stages {
		if s.RunKey == newest.RunKey {
			most = max(most, float64(max(s.InputBytes, s.ShuffleReadBytes, s.ShuffleWriteBytes)))
		}
	}
	switch {
	case most > 0 && float64(newest.MemorySpilledBytes) > 0.01*most:
		set[columns["executor_memory"]] = "4g"
	case newest.JVMGCTimeS > 0.08*newest.ExecutorRunTimeS:
		set[columns["executor_memory"]] = map[string]string{"512m": "1g", "1g": "2g", "2g": "4g"}[p.baseline[columns["executor_memory"]]]
	}
	return p.with(set)
}

// Our rows.
const advise, auto = "apprentice, advise", "apprentice, auto"

// Rivals that look at the grid, or draw from it.
const oneForAll, anyOne, oracle = "one fixed setting for all", "one measured setting at random", "oracle: best measured"

var fromTheGrid = []string{oneForAll, anyOne, oracle}

func rivals(t *testing.T) []rival {
	return []rival{
		ours(t, advise, learner.ModeAdvise, true),
		ours(t, auto, learner.ModeAuto, true),
		ours(t, "apprentice, observed alone", learner.ModeAdvise, false),
		{"no change", func(p *pipeline) map[string]string { return p.baseline }},
		{"Spark's defaults, AQE on", func(p *pipeline) map[string]string { return p.defaults() }},
		{oneForAll, func(p *pipeline) map[string]string {
			conf := p.defaults()
			conf[columns["executor_memory"]], conf[columns["aqe"]], conf[columns["shuffle_partitions"]], conf[columns["broadcast"]] = "2g", "false", "4", "64m"
			return conf
		}},
		{"independent Q, from zero", independentQ(true)},
		{"independent Q, of what was tried", independentQ(false)},
		{"settings of the fastest night", fastestNight},
		{anyOne, nil},
		{"AutoTuner's rules (CPU)", autoTuner(false)},
		{"the same, AQE on as it remarks", autoTuner(true)},
		{"Dr. Elephant's rules", drElephant},
		{oracle, func(p *pipeline) map[string]string { return p.best().conf }},
	}
}
