package features

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spark-apprentice/apprentice/eventlog"
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
	position, scans := f.position(), slices.Clone(f.scans)
	for _, c := range p.filledCaches(f, info.Accumulables) {
		s.operators = append(s.operators, c.names...)
		scans = append(scans, c.scans...)
		if len(s.filled) == 0 {
			b.caches.recomputed(s)
			s.again = s.cached
			break
		}
		position += " fills " + c.position()
	}
	s.signature = b.numbered(s, x, position)
	s.partitions = b.sqlPartitions(s, f, info)
	b.aggregate(s, p, f)
	b.join(s, p, f)
	b.adaptive(s, f)
	s.fileBytes = b.fileBytes(scans)
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

// join fills the rows that came out of a stage's joins.
func (b *builder) join(s *stageState, p *plan, f *fragment) {
	var rows []int64
	for _, j := range p.joins {
		if j.fragment == f {
			rows = append(rows, j.rows)
		}
	}
	s.joinRows = b.metrics.sum(rows)
}

// fileBytes is the size of the files of scans, as the optimizer knows it: it does
// not know yet what dynamic pruning will leave out
// (FileSourceScanLike.setFilesNumAndSizeMetric).
func (b *builder) fileBytes(scans []*eventlog.PlanNode) Null[int64] {
	ids := make([]int64, len(scans))
	for i, n := range scans {
		ids[i] = metricID(n, filesSize)
		if id := metricID(n, staticSize); id != 0 {
			ids[i] = id
		}
	}
	return b.metrics.sum(ids)
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
