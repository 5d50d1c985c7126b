// Package replay predicts what a logged run would have cost under other settings.
//
//  1. Formulas: Spark's own rules, exactly: how files are split, how AQE merges
//     and splits shuffle partitions, when a join broadcasts, what memory a task
//     may use, how dynamic allocation grows, how tasks fill slots.
//  2. Run: a run's rows become stages with what they read, wrote and took, and
//     who waits for whom. Parents that AQE's jobs repeat are found by their bytes.
//  3. Terms: a stage's slot time is a sum of work × cost: tasks, shuffle blocks,
//     files, bytes, spill, JVMs that warm up. [Fit] learns the costs from a fleet:
//     one set for all, and for each step how far it is off, held by wide priors.
//     [Model.Open] finds the costs that reproduce the one run that is replayed.
//  4. Plan: other settings change how much work there is, by the formulas: task
//     counts, blocks, joins, spill, slots. What no setting changes keeps its time.
//  5. Prediction: the plan's tasks are scheduled on its slots; the run's time
//     changes as the makespan does. Each effect tells whether it is a formula, a
//     cost that the fleet's logs identified, or a prior: wide, and advice only.
//  6. Memory: what tasks hold and can spill costs time; what they hold and cannot
//     is a [MemoryRisk], bounded by the heaps under which runs lived and died.
//  7. Back-test: the fleet's own changed nights are predicted by models that have
//     not seen them ([BackTest]). That gives Tau, the error for each kind of
//     keys that change, and tells whether predictions may decide by themselves.
//
// Garbage collection (a form of this project's own, fitted), caches that do not
// fit (Spark's rule of eviction; what a block costs again is seen in the stage
// that filled it, or believed) and codecs (believed) count. Not predicted, and
// left to the evidence of runs: locality, speculation, serializers, caches'
// levels, what else ran on the cluster.
package replay
