package features

import (
	"regexp"
	"strings"

	"github.com/spark-apprentice/apprentice/eventlog"
)

// role says what a physical operator means for the plan's logical shape.
type role int

const (
	roleOperator  role = iota // part of the shape
	roleWrapper               // only its children count: how Spark runs the plan
	roleShuffle               // a wrapper, and the border between two stages
	roleBroadcast             // a wrapper, and the border of the stage that collects it
	roleReused                // a wrapper around a border that stands elsewhere in the plan
	roleCache                 // part of the shape, and the border of the cached plan
	roleSubquery              // part of the shape, and a border
	roleDropped               // it and all below it come and go with settings
)

// wrappers come and go with settings and sizes: adaptive execution, code
// generation, columnar readers, column pruning.
var wrappers = map[string]bool{
	"WholeStageCodegen": true, "InputAdapter": true, "AdaptiveSparkPlan": true, "ResultQueryStage": true,
	"ShuffleQueryStage": true, "BroadcastQueryStage": true, "TableCacheQueryStage": true, "QueryStage": true,
	"AQEShuffleRead": true, "CustomShuffleReader": true, "ColumnarToRow": true, "RowToColumnar": true,
	"Project": true, "CollectMetrics": true,
}

// shownWrappers are of interest to people who look at a stage.
var shownWrappers = map[string]bool{"Sort": true, "Project": true, "AQEShuffleRead": true, "CustomShuffleReader": true}

// sameOperator gives operators one name that Spark exchanges for each other by
// size and setting.
var sameOperator = map[string]string{
	"HashAggregate": "Aggregate", "SortAggregate": "Aggregate", "ObjectHashAggregate": "Aggregate",
	"SortMergeJoin": "EquiJoin", "BroadcastHashJoin": "EquiJoin", "ShuffledHashJoin": "EquiJoin",
	"BroadcastNestedLoopJoin": "Join", "CartesianProduct": "Join",
}

// baseName is a node's name without the number of a code generation stage and
// without what AQE did to it.
func baseName(n *eventlog.PlanNode) string {
	name := n.Name
	if i := strings.IndexByte(name, '('); i > 0 && strings.HasPrefix(name, "WholeStageCodegen") {
		name = name[:i]
	}
	return strings.TrimSpace(strings.TrimSuffix(name, "(skew=true)")) // a join whose skew AQE handles
}

// roleOf classifies a node and names it for the logical shape.
func roleOf(n *eventlog.PlanNode) (role, string) {
	name := baseName(n)
	switch {
	case wrappers[name], strings.HasSuffix(name, "QueryStage"):
		return roleWrapper, ""
	case name == "Sort" && !strings.Contains(n.Simple, "], true"):
		// A sort within partitions serves a merge join, a window, a sorted
		// aggregate or a partitioned write: settings decide who needs one.
		return roleWrapper, ""
	case name == "BroadcastExchange":
		return roleBroadcast, ""
	case name == "Exchange", name == "ShuffleExchange", strings.HasSuffix(name, "ColumnarExchange"):
		return roleShuffle, ""
	case name == "ReusedExchange":
		return roleReused, ""
	case name == "InMemoryTableScan":
		return roleCache, name
	case name == "SubqueryBroadcast", name == "SubqueryAdaptiveBroadcast", name == "ReusedSubquery":
		return roleDropped, "" // dynamic partition pruning needs a broadcast
	case name == "Subquery":
		if hasRuntimeFilter(n) {
			return roleDropped, ""
		}
		return roleSubquery, name
	}
	if same, ok := sameOperator[name]; ok {
		if strings.HasSuffix(same, "Join") {
			return roleOperator, same + "(" + joinType(n.Simple) + ")"
		}
		return roleOperator, same
	}
	return roleOperator, operatorName(name)
}

// hasRuntimeFilter finds the Bloom filters that the optimizer adds by size
// (InjectRuntimeFilter).
func hasRuntimeFilter(n *eventlog.PlanNode) bool {
	if strings.Contains(n.Simple, "bloom_filter_agg(") {
		return true
	}
	for _, c := range n.Children {
		if hasRuntimeFilter(c) {
			return true
		}
	}
	return false
}

var joinTypes = regexp.MustCompile(`\b(Inner|Cross|LeftOuter|RightOuter|FullOuter|LeftSemi|LeftAnti|ExistenceJoin)\b`)

// joinType reads the type out of a join's simple string, after its keys.
func joinType(simple string) string {
	rest := simple[strings.LastIndexByte(simple, ']')+1:]
	t := joinTypes.FindString(rest)
	if t == "" {
		t = joinTypes.FindString(simple)
	}
	if t == "" || t == "Cross" {
		return "Inner"
	}
	return t
}

// operatorName is an operator's name without what names data: tables, paths,
// ids. Of a scan the format stays.
func operatorName(name string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return "unknown"
	}
	switch words[0] {
	case "Scan", "FileScan", "BatchScan":
		if len(words) == 1 {
			return words[0]
		}
		format := words[1]
		if i := strings.IndexByte(format, '('); i >= 0 {
			format = format[:i]
		}
		if strings.ContainsAny(format, "/.:") { // a table or a path
			return words[0]
		}
		return words[0] + " " + format
	case "Execute": // a command: its class tells what it does
		return strings.Join(words[:min(2, len(words))], " ")
	}
	return strings.TrimRight(words[0], "(")
}

// isScan reports whether a logical operator reads data from outside.
func isScan(op string) bool {
	return strings.HasPrefix(op, "Scan") || strings.HasPrefix(op, "FileScan") || strings.HasPrefix(op, "BatchScan")
}
