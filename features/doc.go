// Package features turns the events of one log into rows: a run, its stages,
// SQL executions, executors, caches and signals.
//
//  1. A builder takes the Reader's records one by one. Failures become findings
//     as they come, tasks go into their stage's sums, samples and bins, and
//     into the clock, which charges the run's time to the stages whose slots
//     are busy.
//  2. When a stage completes it is joined with the newest plan of its SQL
//     execution: what operators it ran, who chose its partitions, how many
//     groups it made. Its tasks are then summed up and forgotten.
//  3. When an execution ends, joins, broadcasts and files are read from its
//     last plan; the plan is then forgotten.
//  4. At the end of the log the rows are made: names, kind, settings in force,
//     slots over time, the driver's share of the time, signals.
//  5. Judge, over the runs of the whole dataset, says which are comparable.
//
// Memory grows with stages, executions and executors, not with tasks. Rows
// depend on the log alone: no clock, no order of a map. Text from a log is
// redacted here and escaped by whoever shows it.
//
// The next room, package learner, sees rows only; package dataset keeps them.
package features
