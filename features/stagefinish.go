package features

import (
	"maps"
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

// take copies what is kept of a StageInfo: not its call stack, nor its RDDs
// and accumulables.
func (s *stageState) take(info *eventlog.StageInfo) {
	s.known = true
	s.info = *info
	s.info.Details, s.info.RDDs, s.info.Accumulables = "", nil, nil
	s.info.ParentIDs = slices.Clone(info.ParentIDs)
}

// finishStage joins a stage with its execution's plan, while the plan is there.
func (b *builder) finishStage(s *stageState, info *eventlog.StageInfo) {
	var x *executionState
	if s.sql.OK {
		x = b.executions[s.sql.V]
	}
	if x == nil || x.last == nil {
		s.operators = scopeNames(info.RDDs)
		s.signature = b.rddSignature(s, x)
		s.partitions = b.rddPartitions(s, info)
		return
	}
	p := x.plan()
	f := p.find(info.Accumulables, info.RDDs)
	if f == nil {
		s.operators = scopeNames(info.RDDs)
		s.signature = b.numbered(s, x, "scopes "+strings.Join(s.operators, " "))
		s.partitions = b.rddPartitions(s, info)
		return
	}
	s.operators = slices.Clone(f.names)
	position := f.position()
	for _, c := range p.filledCaches(f, info.Accumulables) {
		s.operators = append(s.operators, c.names...)
		if len(s.filled) == 0 {
			b.caches.recomputed(s)
			break
		}
		position += " fills " + c.position()
	}
	s.signature = b.numbered(s, x, position)
	s.partitions = b.sqlPartitions(s, f, info)
	b.aggregate(s, p, f)
	b.adaptive(s, f)
}

// numbered hashes a stage's place in the run: its execution's shape and number
// among equal ones, its place in the plan, and its number among the stages
// that share it (a sort's sampling job runs the same operators twice). A retry
// keeps the number of the first attempt.
func (b *builder) numbered(s *stageState, x *executionState, position string) string {
	if s.key.attempt > 0 {
		for attempt := s.key.attempt - 1; attempt >= 0; attempt-- {
			if first := b.stages[stageKey{s.key.id, attempt}]; first != nil && first.signature != "" {
				return first.signature
			}
		}
	}
	n := x.stageNumbers[position]
	x.stageNumbers[position]++
	return shortHash(executionStep(x.signature, x.occurrence), position, strconv.Itoa(n))
}

// rddSignature is a stage's identity outside SQL: the operations of its RDDs
// and its number among the run's stages with the same ones.
func (b *builder) rddSignature(s *stageState, x *executionState) string {
	if x != nil {
		return b.numbered(s, x, "scopes "+strings.Join(s.operators, " "))
	}
	return b.numbered(s, b.rdd, strings.Join(s.operators, " "))
}

// scopeNames are the operations of a stage's RDDs, in the order in which they
// were made, repeats left out.
func scopeNames(rdds []eventlog.RDDInfo) []string {
	rdds = slices.Clone(rdds)
	slices.SortFunc(rdds, func(a, b eventlog.RDDInfo) int { return a.ID - b.ID })
	var out []string
	for i := range rdds {
		name := operatorName(rdds[i].Scope)
		if strings.HasPrefix(rdds[i].Scope, "WholeStageCodegen") {
			name = "WholeStageCodegen"
		}
		if rdds[i].Scope == "" {
			name = operatorName(rdds[i].Name)
			if strings.ContainsAny(name, "/:") {
				name = "HadoopRDD" // a Hadoop RDD is named by its path
			}
		}
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// aggregate fills groups and what went into them.
func (b *builder) aggregate(s *stageState, p *plan, f *fragment) {
	for _, a := range p.aggregates {
		if a.fragment != f {
			continue
		}
		if n, ok := b.metrics.get(a.groups); ok {
			// The last in plan order is the one next to the shuffle.
			s.groups, s.groupInput = known(n), b.metrics.sum(a.input)
		}
	}
}

// adaptive fills what AQE did to the shuffle that a stage reads.
func (b *builder) adaptive(s *stageState, f *fragment) {
	if len(f.reads) == 0 {
		return
	}
	coalesced, splits := false, int64(0)
	for _, n := range f.shuffle {
		coalesced = coalesced || strings.Contains(n.Simple, "coalesced")
		if strings.Contains(n.Simple, "skewed") {
			v, _ := b.metrics.get(metricID(n, skewedSplits))
			splits += v
		}
	}
	s.coalesced, s.skewSplits = known(coalesced), known(splits)
}

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

// planSignature is the run's: the shapes of its SQL executions, or of its jobs
// where it has none. It is the set of shapes: a loop that runs twice more, or
// two threads that take turns, are no change of plan.
func (b *builder) planSignature() string {
	shapes := map[string]bool{}
	for _, x := range b.executions {
		if x.signature != "" {
			shapes[x.signature] = true
		}
	}
	if len(shapes) == 0 {
		shapes = b.rddShapes
	}
	if len(shapes) == 0 {
		return ""
	}
	return shortHash(slices.Sorted(maps.Keys(shapes))...)
}

// rddShape is a job's shape outside SQL: its action and its RDDs' operations.
func rddShape(e *eventlog.JobStart) string {
	names := map[string]bool{}
	action, last := "", -1
	for i := range e.Stages {
		st := &e.Stages[i]
		if st.ID > last { // the stage that gives the job its result
			last = st.ID
			action, _, _ = strings.Cut(st.Name, " at ")
		}
		for _, n := range scopeNames(st.RDDs) {
			names[n] = true
		}
	}
	return shortHash(append(slices.Sorted(maps.Keys(names)), action)...)
}
