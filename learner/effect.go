package learner

import (
	"slices"
	"strings"

	"github.com/spark-apprentice/apprentice/features"
)

// facts are what a pipeline's baseline runs say about which keys can matter.
type facts struct {
	sources map[string]bool // partitions_source of stages
	stages  bool            // stage rows are there to tell
	sql     bool
	joins   bool // some SQL execution joins
	reads   bool // some stage reads files
	caches  bool // something is persisted
}

func factsOf(nights []*night, caches map[string][]*features.Cache) facts {
	f := facts{sources: map[string]bool{}}
	for _, n := range nights {
		f.caches = f.caches || len(caches[n.run.RunKey]) > 0
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
		case strings.HasPrefix(key, "spark.sql.inMemoryColumnarStorage."), key == "spark.memory.storageFraction", key == "spark.rdd.compress":
			return f.stages && !f.caches
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
	if len(j.wanted(t)) == 0 || j.whatIf != nil && len(t.changed) > 0 && j.whatIf.same(nil, t.proposal()) {
		return "has no effect here: " + strings.Join(t.changed, ", ")
	}
	return ""
}

// wanted are the settings that a trial's proposal sets.
func (j *judgement) wanted(t *trial) map[string]string {
	m := map[string]string{}
	for _, k := range j.facts.effective(j.withFixed(t.set), t.changed) {
		m[k] = t.set[k]
	}
	return m
}
