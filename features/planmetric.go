package features

import (
	"github.com/spark-apprentice/apprentice/eventlog"
)

// Names of SQL metrics (SQLMetrics.createMetric of the operators).
const (
	outputRows   = "number of output rows"
	filesRead    = "number of files read"
	filesSize    = "size of files read"
	staticSize   = "static size of files read" // before dynamic partition pruning
	dataSize     = "data size"
	skewedSplits = "number of skewed partition splits"
)

// metricID finds a node's accumulator by the metric's name; 0 where it has none.
func metricID(n *eventlog.PlanNode, name string) int64 {
	for _, m := range n.Metrics {
		if m.Name == name {
			return m.AccumulatorID
		}
	}
	return 0
}

// through follows single children past nodes that change no rows.
func through(n *eventlog.PlanNode) *eventlog.PlanNode {
	for len(n.Children) == 1 {
		if r, _ := roleOf(n); r != roleWrapper {
			break
		}
		n = n.Children[0]
	}
	return n
}

// belowShuffle returns the partial aggregate below a final one; nil where n is
// none, or where no shuffle lies between.
func belowShuffle(n *eventlog.PlanNode) *eventlog.PlanNode {
	if len(n.Children) != 1 {
		return nil
	}
	x := through(n.Children[0])
	if r, _ := roleOf(x); r != roleShuffle || len(x.Children) != 1 {
		return nil
	}
	partial := through(x.Children[0])
	if sameOperator[operatorName(baseName(partial))] != "Aggregate" {
		return nil
	}
	return partial
}

// inputRows are the accumulators of the rows that enter a node: those of the
// nearest nodes below it that count their output.
func inputRows(n *eventlog.PlanNode) (ids []int64) {
	for _, c := range n.Children {
		if id := metricID(c, outputRows); id != 0 {
			ids = append(ids, id)
		} else {
			ids = append(ids, inputRows(c)...)
		}
	}
	return ids
}

// metricValues holds the values of accumulators that columns are made of: what
// a stage's completion or the driver last said. An accumulator belongs to a
// node, not to a stage, so its value covers all stages that ran the node.
type metricValues map[int64]int64

// want makes room for a plan's accumulators; others are not kept.
func (v metricValues) want(n *eventlog.PlanNode) {
	for _, m := range n.Metrics {
		switch m.Name {
		case outputRows, filesRead, filesSize, staticSize, dataSize, skewedSplits:
			if _, ok := v[m.AccumulatorID]; !ok {
				v[m.AccumulatorID] = unset
			}
		}
	}
	for _, c := range n.Children {
		v.want(c)
	}
}

// unset marks an accumulator that has no value yet.
const unset = -1 << 62

// take takes values from a stage or from the driver itself.
func (v metricValues) take(accs []eventlog.Accumulable) {
	for i := range accs {
		if old, ok := v[accs[i].ID]; ok {
			v[accs[i].ID] = max(old, accs[i].Value)
		}
	}
}

// get returns a value; false where nothing set it.
func (v metricValues) get(id int64) (int64, bool) {
	n, ok := v[id]
	return n, ok && n != unset && id != 0
}

// sum adds up several; unknown where one is.
func (v metricValues) sum(ids []int64) Null[int64] {
	var total int64
	for _, id := range ids {
		n, ok := v.get(id)
		if !ok {
			return Null[int64]{}
		}
		total += n
	}
	return Null[int64]{V: total, OK: len(ids) > 0}
}

// drop forgets the accumulators of a plan.
func (v metricValues) drop(n *eventlog.PlanNode) {
	for _, m := range n.Metrics {
		delete(v, m.AccumulatorID)
	}
	for _, c := range n.Children {
		v.drop(c)
	}
}
