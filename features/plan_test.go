package features

import (
	"cmp"
	"strings"
	"testing"

	"github.com/spark-apprentice/apprentice/eventlog"
)

// tree builds a plan from lines: a node's children are indented deeper. A line
// holds the node's name, then "|" and its simple string where that matters.
func tree(text string) *eventlog.PlanNode {
	root := &eventlog.PlanNode{}
	type level struct {
		indent int
		node   *eventlog.PlanNode
	}
	stack := []level{{-1, root}}
	var id int64
	for _, line := range strings.Split(text, "\n") {
		trimmed := strings.TrimLeft(line, " ")
		if trimmed == "" {
			continue
		}
		indent := len(line) - len(trimmed)
		name, simple, _ := strings.Cut(trimmed, "|")
		id++
		n := &eventlog.PlanNode{Name: name, Simple: cmp.Or(simple, name), Metrics: []eventlog.PlanMetric{{Name: outputRows, AccumulatorID: id}}}
		for stack[len(stack)-1].indent >= indent {
			stack = stack[:len(stack)-1]
		}
		parent := stack[len(stack)-1].node
		parent.Children = append(parent.Children, n)
		stack = append(stack, level{indent, n})
	}
	return root.Children[0]
}

const mergeJoin = `
WholeStageCodegen (3)
 HashAggregate|HashAggregate(keys=[city#1], functions=[sum(x#2)])
  InputAdapter
   Exchange|Exchange hashpartitioning(city#1, 200), ENSURE_REQUIREMENTS, [plan_id=1]
    WholeStageCodegen (2)
     HashAggregate|HashAggregate(keys=[city#1], functions=[partial_sum(x#2)])
      Project
       SortMergeJoin|SortMergeJoin [k#3], [k#4], LeftOuter
        InputAdapter
         Sort|Sort [k#3 ASC NULLS FIRST], false, 0
          Exchange|Exchange hashpartitioning(k#3, 200), ENSURE_REQUIREMENTS, [plan_id=2]
           Filter
            ColumnarToRow
             Scan parquet |FileScan parquet [k#3,city#1] Location: InMemoryFileIndex[file:/data/2026-10-03]
        InputAdapter
         Sort|Sort [k#4 ASC NULLS FIRST], false, 0
          Exchange|Exchange hashpartitioning(k#4, 200), ENSURE_REQUIREMENTS, [plan_id=3]
           Scan parquet |FileScan parquet [k#4,x#2] Location: InMemoryFileIndex[file:/dim/2026-10-03]
`

const broadcastJoin = `
AdaptiveSparkPlan|AdaptiveSparkPlan isFinalPlan=true
 HashAggregate|HashAggregate(keys=[city#11], functions=[sum(x#12)])
  AQEShuffleRead|AQEShuffleRead coalesced
   ShuffleQueryStage
    Exchange|Exchange hashpartitioning(city#11, 8), ENSURE_REQUIREMENTS, [plan_id=7]
     HashAggregate|HashAggregate(keys=[city#11], functions=[partial_sum(x#12)])
      BroadcastHashJoin|BroadcastHashJoin [k#13], [k#14], LeftOuter, BuildRight, false
       Filter
        Scan parquet |FileScan parquet [k#13,city#11] Location: InMemoryFileIndex[file:/data/2026-10-04], [Inner]
       BroadcastQueryStage
        BroadcastExchange
         Scan parquet |FileScan parquet [k#14,x#12] Location: InMemoryFileIndex[file:/dim/2026-10-04]
`

func TestSignatureOfEqualPlans(t *testing.T) {
	want := newPlan(tree(mergeJoin)).signature()
	same := map[string]string{
		"broadcast, adaptive, other night": broadcastJoin,
		"shuffled hash join":               strings.ReplaceAll(mergeJoin, "SortMergeJoin", "ShuffledHashJoin"),
		"skew join":                        strings.Replace(mergeJoin, "SortMergeJoin|", "SortMergeJoin(skew=true)|", 1),
		"sorted aggregate":                 strings.ReplaceAll(strings.ReplaceAll(mergeJoin, "HashAggregate", "SortAggregate"), "(keys=", "(key="),
		"other partitions and ids":         strings.ReplaceAll(strings.ReplaceAll(mergeJoin, "200", "8"), "k#3", "k#93"),
		"dynamic pruning": strings.Replace(mergeJoin, "           Filter\n            ColumnarToRow\n",
			"           Filter\n            SubqueryBroadcast\n             BroadcastExchange\n            ColumnarToRow\n", 1),
		"runtime filter": strings.Replace(mergeJoin, "           Filter\n            ColumnarToRow\n",
			"           Filter\n            Subquery\n             ObjectHashAggregate|ObjectHashAggregate(keys=[], functions=[bloom_filter_agg(xxhash64(k#4, 42), 1000)])\n            ColumnarToRow\n", 1),
	}
	for name, text := range same {
		if got := newPlan(tree(text)).signature(); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	twoKeys := strings.Replace(mergeJoin, "[k#3], [k#4]", "[j#5, k#3], [j#6, k#4]", 1)
	if a, b := newPlan(tree(twoKeys)).signature(), newPlan(tree(strings.Replace(twoKeys, "[j#5, k#3], [j#6, k#4]", "[k#3, j#5], [k#4, j#6]", 1))).signature(); a != b {
		t.Errorf("the order of join keys is seen: %s, %s", a, b)
	}
	other := map[string]string{
		"join type":     strings.Replace(mergeJoin, "LeftOuter", "Inner", 1),
		"one filter":    strings.Replace(mergeJoin, "           Filter\n            Col", "           Col", 1),
		"global sort":   "Sort|Sort [city#1 ASC NULLS FIRST], true, 0\n" + strings.ReplaceAll(mergeJoin, "\n", "\n "),
		"grouping":      strings.ReplaceAll(mergeJoin, "city#1]", "region#1]"),
		"function":      strings.ReplaceAll(mergeJoin, "sum(", "max("),
		"columns read":  strings.Replace(mergeJoin, "[k#3,city#1]", "[k#3,city#1,tax#9]", 1),
		"join keys":     strings.Replace(mergeJoin, "[k#3], [k#4]", "[k#3, j#5], [k#4, j#6]", 1),
		"file format":   strings.Replace(mergeJoin, "Scan parquet ", "Scan orc ", 1),
		"swapped sides": strings.Replace(strings.Replace(mergeJoin, "[k#3,city#1]", "[k#4,x#2]", 1), "[k#4,x#2] Location: InMemoryFileIndex[file:/dim", "[k#3,city#1] Location: InMemoryFileIndex[file:/dim", 1),
	}
	for name, text := range other {
		if text == mergeJoin {
			t.Fatalf("%s: nothing was changed", name)
		}
		if newPlan(tree(text)).signature() == want {
			t.Errorf("%s: not seen", name)
		}
	}
}

// A plan falls apart at its exchanges; the parts keep their place whatever the
// exchange.
func TestFragments(t *testing.T) {
	merge := newPlan(tree(mergeJoin))
	var writes []string
	for _, f := range merge.fragments {
		writes = append(writes, f.writes)
	}
	if got := strings.Join(writes, ","); got != ",shuffle,shuffle,shuffle" {
		t.Errorf("fragments of the merge join write %q", got)
	}
	broadcast := newPlan(tree(broadcastJoin))
	if a, b := merge.fragments[0].position(), broadcast.fragments[0].position(); a != b {
		t.Errorf("result: %q with a merge join, %q with a broadcast", a, b)
	}
	if a, b := merge.fragments[3].position(), broadcast.fragments[2].position(); a == b {
		t.Errorf("to scan for a shuffle and for a broadcast are one step: %q", a)
	}
	if len(broadcast.broadcasts) != 1 || len(broadcast.joins) != 1 || len(broadcast.aggregates) != 1 || len(broadcast.scans) != 2 {
		t.Errorf("broadcasts %d, joins %d, aggregates %d, scans %d", len(broadcast.broadcasts), len(broadcast.joins), len(broadcast.aggregates), len(broadcast.scans))
	}
}

func TestOperatorName(t *testing.T) {
	tests := map[string]string{
		"Scan parquet spark_catalog.default.orders_20261003": "Scan parquet",
		"Scan parquet ": "Scan parquet",
		"Scan JDBCRelation(db.orders) [numPartitions=4]":                 "Scan JDBCRelation",
		"BatchScan spark_catalog.db.orders":                              "BatchScan",
		"BatchScan parquet file:/data/2026-10-03":                        "BatchScan parquet",
		"Scan ExistingRDD":                                               "Scan ExistingRDD",
		"Execute InsertIntoHiveTable `db`.`orders_20261003`, org.apache": "Execute InsertIntoHiveTable",
		"Execute CreateViewCommand":                                      "Execute CreateViewCommand",
		"Window":                                                         "Window",
		"":                                                               "unknown",
	}
	for in, want := range tests {
		if got := operatorName(in); got != want {
			t.Errorf("operatorName(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestExchangePartitions(t *testing.T) {
	tests := []struct {
		simple string
		n      int64
		by     string
	}{
		{"Exchange hashpartitioning(k#1, 200), ENSURE_REQUIREMENTS, [plan_id=8]", 200, "conf"},
		{"Exchange hashpartitioning(k#1, j#2, 64), REPARTITION_BY_COL, [plan_id=8]", 64, "conf"},
		{"Exchange RoundRobinPartitioning(3), REPARTITION_BY_NUM, [plan_id=8]", 3, "code"},
		{"Exchange rangepartitioning(k#1 ASC NULLS FIRST, 16), ENSURE_REQUIREMENTS, [plan_id=8]", 16, "conf"},
		{"Exchange SinglePartition, ENSURE_REQUIREMENTS, [plan_id=8]", 1, "single"},
		{"Exchange hashpartitioning(k#1, 200), true, [id=#8]", 200, "conf"},
		{"Exchange RoundRobinPartitioning(3), false, [id=#8]", 3, "code"},
		{"Exchange hashpartitioning(k#1, 200)", 200, "conf"},
	}
	for _, tt := range tests {
		if n, by := exchangePartitions(&eventlog.PlanNode{Name: "Exchange", Simple: tt.simple}); n != tt.n || by != tt.by {
			t.Errorf("%s: %d by %s, want %d by %s", tt.simple, n, by, tt.n, tt.by)
		}
	}
}

// Every stage of the nights knows who chose its number of tasks.
func TestPartitionsSource(t *testing.T) {
	for name, apps := range nights(t) {
		for _, a := range apps {
			for _, s := range a.Stages {
				conf := a.Run.ConfEffective[keyPartitions].Value
				switch {
				case s.PartitionsSource == PartitionsUnknown:
					t.Errorf("%s, %s: stage %d (%v): unknown", name, a.Run.Night, s.StageID, s.Operators)
				case s.PartitionsSource == PartitionsSQLConf && lastNumber(conf) != s.PartitionsConfigured.V:
					t.Errorf("%s, %s: stage %d: configured %d, setting %s", name, a.Run.Night, s.StageID, s.PartitionsConfigured.V, conf)
				}
			}
		}
	}
}
