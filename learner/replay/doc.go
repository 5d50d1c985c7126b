// Package replay predicts what a logged run would have cost under other settings.
//
//  1. Physics: Spark's own formulas, exactly: how files are split, how AQE merges
//     and splits shuffle partitions, when a join broadcasts, what memory a task
//     may use, how dynamic allocation grows, and how tasks fill slots.
package replay
