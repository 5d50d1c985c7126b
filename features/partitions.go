package features

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spark-apprentice/apprentice/eventlog"
)

// partitioning says who chose a stage's number of tasks.
type partitioning struct {
	source     string
	configured Null[int64]
}

// Sources of a stage's number of tasks.
const (
	PartitionsSQLConf            = "sql_conf"
	PartitionsInitialNum         = "initial_partition_num"
	PartitionsDefaultParallelism = "default_parallelism"
	PartitionsCode               = "code"
	PartitionsInputSplit         = "input_split"
	PartitionsCached             = "cached"
	PartitionsUnknown            = "unknown"
)

// sqlPartitions says who chose the number of partitions of a SQL stage.
func (b *builder) sqlPartitions(s *stageState, f *fragment, info *eventlog.StageInfo) partitioning {
	execution := s.sql.V
	configured := func(source string, n int64) partitioning { return partitioning{source, known(n)} }
	for _, n := range f.reads {
		count, by := exchangePartitions(n)
		switch {
		case by == "single":
			return configured(PartitionsCode, 1)
		case count == 0:
			continue
		case by == "code":
			return configured(PartitionsCode, count)
		case b.setting(execution, "spark.sql.adaptive.coalescePartitions.initialPartitionNum") == strconv.FormatInt(count, 10):
			return configured(PartitionsInitialNum, count)
		case b.setting(execution, "spark.sql.shuffle.partitions") == strconv.FormatInt(count, 10):
			return configured(PartitionsSQLConf, count)
		}
		return configured(PartitionsCode, count) // the other side of a join had its own number
	}
	if len(f.reads) > 0 {
		return partitioning{source: PartitionsUnknown}
	}
	if s.reads&readsCache != 0 {
		return configured(PartitionsCached, int64(info.Tasks))
	}
	for _, op := range f.logical {
		if isScan(op.name) && op.name != "Scan ExistingRDD" {
			return configured(PartitionsInputSplit, int64(info.Tasks))
		}
	}
	return b.rddPartitions(s, info)
}

// exchangePartitions reads an Exchange's simple string, as in
// "Exchange hashpartitioning(k#1, 200), ENSURE_REQUIREMENTS, [plan_id=8]": the
// number, and who asked for it: single, code (repartition(n)) or conf.
func exchangePartitions(n *eventlog.PlanNode) (int64, string) {
	if baseName(n) == "ReusedExchange" && len(n.Children) == 1 {
		n = n.Children[0]
	}
	s := n.Simple
	if strings.Contains(s, "SinglePartition") {
		return 1, "single"
	}
	if i := strings.Index(s, "), "); i >= 0 {
		rest := s[i+3:]
		s = s[:i]
		if strings.HasPrefix(rest, "REPARTITION_BY_NUM") || strings.HasPrefix(rest, "false") {
			return lastNumber(s), "code"
		}
	}
	return lastNumber(strings.TrimRight(s, ")")), "conf"
}

// lastNumber reads the digits at the end of s.
func lastNumber(s string) int64 {
	i := len(s)
	for i > 0 && '0' <= s[i-1] && s[i-1] <= '9' {
		i--
	}
	n, _ := strconv.ParseInt(s[i:], 10, 64)
	return n
}

// rddPartitions says who chose the number of partitions outside SQL. A retry
// runs fewer tasks than the stage has partitions.
func (b *builder) rddPartitions(s *stageState, info *eventlog.StageInfo) partitioning {
	n := int64(info.Tasks)
	for i := range info.RDDs {
		n = max(n, int64(info.RDDs[i].Partitions))
	}
	out := partitioning{PartitionsUnknown, known(n)}
	parallelism := b.props["spark.default.parallelism"]
	isDefault := parallelism == strconv.FormatInt(n, 10) || parallelism == "" && n == b.cores()
	leaf := len(info.ParentIDs) == 0
	switch {
	case s.reads&readsCache != 0:
		out.source = PartitionsCached
	case leaf && slices.ContainsFunc(info.RDDs, readsFiles):
		out.source = PartitionsInputSplit
	case isDefault && (leaf || parallelism != ""):
		out.source = PartitionsDefaultParallelism
	case leaf, parallelism != "":
		out.source = PartitionsCode
	case n == b.largestParent(info):
		// Without a default, a shuffle has as many partitions as the largest
		// of its inputs (Partitioner.defaultPartitioner).
		out.source = PartitionsInputSplit
	}
	return out
}

// largestParent is the largest number of tasks among a stage's parents.
func (b *builder) largestParent(info *eventlog.StageInfo) (n int64) {
	for _, id := range info.ParentIDs {
		if s := b.stages[stageKey{id, 0}]; s != nil {
			n = max(n, int64(s.info.Tasks))
		}
	}
	return n
}

// cores is Spark's default parallelism: the cores of the executors registered
// now, at least 2 (CoarseGrainedSchedulerBackend), in local mode the machine's.
func (b *builder) cores() int64 {
	var n int64
	for _, x := range b.executors {
		if !x.gone {
			n += int64(x.cores)
		}
	}
	if b.executors["driver"] != nil {
		return n
	}
	return max(n, 2)
}

// setting is a key's value in an execution, "" where it is not set and has no default.
func (b *builder) setting(execution int64, key string) string {
	if v, ok := b.settings.overrides[execution][key]; ok {
		return v
	}
	set, _ := b.settings.base(key, b.version, b.versionKnown)
	return set.Value
}
