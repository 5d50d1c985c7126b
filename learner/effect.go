package learner

import (
	"slices"
	"strings"

	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// facts are what a pipeline's baseline runs say about which keys can matter.
type facts struct {
	sources map[string]bool // partitions_source of stages
	stages  bool            // stage rows are there to tell
	sql     bool
	joins   bool // some SQL execution joins
	reads   bool // some stage reads files
}

func factsOf(nights []*night) facts {
	f := facts{sources: map[string]bool{}}
	for _, n := range nights {
		for _, s := range n.stages {
			f.stages = true
			f.sources[s.PartitionsSource] = true
			f.reads = f.reads || s.InputBytes > 0
		}
		f.reads = f.reads || n.run.SourceBytes.Or(0) > 0
		f.sql = f.sql || len(n.plans) > 0
		f.joins = f.joins || n.joins
	}
	return f
}

const adaptive = "spark.sql.adaptive."

// effective drops the changed keys that cannot have an effect under the
// settings that a trial runs with (guard 8), by Spark's rules:
// AdaptiveSparkPlanExec reads adaptive.* only where it is enabled,
// CoalesceShufflePartitions its keys only where coalescing is, EnsureRequirements
// takes initialPartitionNum in place of shuffle.partitions where both are on.
func (f facts) effective(s settings, changed []string) []string {
	on := func(key string) bool { return s[key] != "false" }
	aqe := on(adaptive + "enabled")
	coalesce := aqe && on(adaptive+"coalescePartitions.enabled")
	initial := coalesce && s[adaptive+"coalescePartitions.initialPartitionNum"] != ""
	return slices.DeleteFunc(slices.Clone(changed), func(key string) bool {
		switch {
		case strings.HasPrefix(key, "spark.sql.") && f.stages && !f.sql:
			return true
		case key == adaptive+"enabled":
			return false
		case strings.HasPrefix(key, adaptive+"skewJoin."):
			return !aqe || f.stages && !f.joins || key != adaptive+"skewJoin.enabled" && !on(adaptive+"skewJoin.enabled")
		case strings.HasPrefix(key, adaptive+"coalescePartitions.") && key != adaptive+"coalescePartitions.enabled":
			return !coalesce
		case key == adaptive+"autoBroadcastJoinThreshold":
			return !aqe || f.stages && !f.joins
		case strings.HasPrefix(key, adaptive):
			return !aqe
		case key == "spark.sql.autoBroadcastJoinThreshold":
			return f.stages && !f.joins
		case key == "spark.sql.shuffle.partitions":
			return initial || f.stages && !f.mayBe("sql_conf", "initial_partition_num")
		case key == "spark.default.parallelism":
			// SQL reads it too: as the least number of partitions of scans and of coalescing.
			return f.stages && !f.sql && !f.mayBe("default_parallelism")
		case strings.HasPrefix(key, "spark.sql.files."):
			return f.stages && !f.reads
		}
		return false
	})
}

// mayBe reports whether some stage takes its number of partitions from one of
// the sources, or from one that the log does not tell.
func (f facts) mayBe(sources ...string) bool {
	return f.sources["unknown"] || f.sources[""] || slices.ContainsFunc(sources, func(s string) bool { return f.sources[s] })
}

// guardEffect: a change without effect is no advice.
func guardEffect(j *judgement, t *trial) string {
	if len(j.wanted(t)) == 0 {
		return "has no effect here: " + strings.Join(t.changed, ", ")
	}
	return ""
}

// wanted are the settings that a trial's proposal sets.
func (j *judgement) wanted(t *trial) map[string]string {
	m := map[string]string{}
	for _, k := range j.facts.effective(t.set, t.changed) {
		m[k] = t.set[k]
	}
	return m
}

// limits are the hard bounds of a cluster, as its runs showed them.
type limits struct {
	container int64 // largest executor container that ran, bytes
	cores     int64 // most cores of an executor that ran
}

// broadcastShare: the driver collects a broadcast's rows, the relation built
// from them and its serialised blocks (BroadcastExchangeExec).
const broadcastShare = 10

// guardLimits: the container and its cores are ones that the cluster has given
// before, and the driver can hold what may be broadcast.
func guardLimits(j *judgement, t *trial) string {
	c, ok := container(t.set, j.cluster)
	if ok && c > j.limits.container && changes(t, "spark.executor.memory", "spark.executor.memoryOverhead", "spark.executor.memoryOverheadFactor", "spark.executor.pyspark.memory") {
		return "needs a container of " + sparkconf.FormatSize(c) + ", larger than any that ran on this cluster"
	}
	if n, err := sparkconf.ParseSize(t.set["spark.executor.cores"], 1); err == nil && n > j.limits.cores && changes(t, "spark.executor.cores") {
		return "needs more cores per executor than any that ran on this cluster"
	}
	driver := sparkconf.GiB // Spark's default
	if n, err := sparkconf.ParseSize(t.set["spark.driver.memory"], sparkconf.MiB); err == nil {
		driver = n
	}
	for _, k := range []string{"spark.sql.autoBroadcastJoinThreshold", adaptive + "autoBroadcastJoinThreshold"} {
		if n, err := sparkconf.ParseSize(t.set[k], 1); err == nil && changes(t, k) && n*broadcastShare > driver {
			return k + " is more than a tenth of the driver's memory"
		}
	}
	return ""
}

func changes(t *trial, keys ...string) bool {
	return slices.ContainsFunc(keys, func(k string) bool { return slices.Contains(t.changed, k) })
}

// container is an executor's memory as the cluster manager counts it:
// heap + overhead + Python memory; overhead defaults to a tenth of the heap and
// at least 384 MiB (ResourceProfile), standalone workers count the heap alone.
func container(s settings, c sparkconf.Cluster) (int64, bool) {
	heap, err := sparkconf.ParseSize(s["spark.executor.memory"], sparkconf.MiB)
	if err != nil {
		return 0, false
	}
	if c.Manager == "standalone" {
		return heap, true
	}
	overhead, err := sparkconf.ParseSize(s["spark.executor.memoryOverhead"], sparkconf.MiB)
	if err != nil {
		factor := 0.1
		if f, ok := amount("spark.executor.memoryOverheadFactor", s["spark.executor.memoryOverheadFactor"]); ok {
			factor = f
		}
		overhead = max(384*sparkconf.MiB, int64(factor*float64(heap)))
	}
	python, err := sparkconf.ParseSize(s["spark.executor.pyspark.memory"], sparkconf.MiB)
	if err != nil || !c.Python {
		python = 0
	}
	return heap + overhead + python, true
}
