package main

import (
	"time"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/features/dataset"
	"github.com/spark-apprentice/apprentice/learner"
)

// Names of the tables of the dataset.
const (
	tableRuns            = "runs"
	tableStages          = "stages"
	tableExecutions      = "executions"
	tableExecutors       = "executors"
	tableCaches          = "caches"
	tableSignals         = "signals"
	tableUnreadable      = "unreadable"
	tableEpisodes        = "episodes"
	tableQTables         = "qtables"
	tableRecommendations = "recommendations"
	tableDirectives      = "directives"
	tableNights          = "nights"
)

// A table is one table of the dataset and what commands do with its rows.
type table struct {
	dataset.Table
	drop func(tx *dataset.Tx, runs map[string]bool) error // nil: rows belong to no run
}

// tables lists the data contract. What package features makes of one log comes
// first, what package learner makes of all of them follows.
func tables() []table {
	return []table{
		runTable(tableRuns, "one row per application attempt", func(r *features.Run) string { return r.RunKey }),
		runTable(tableStages, "one row per stage attempt", func(r *features.Stage) string { return r.RunKey }),
		runTable(tableExecutions, "one row per SQL execution", func(r *features.Execution) string { return r.RunKey }),
		runTable(tableExecutors, "one row per executor", func(r *features.Executor) string { return r.RunKey }),
		runTable(tableCaches, "one row per RDD or dataset marked for storage", func(r *features.Cache) string { return r.RunKey }),
		runTable(tableSignals, "one row per finding in a run or stage", func(r *features.Signal) string { return r.RunKey }),
		newTable[features.Unreadable](tableUnreadable, "one row per log that gave no rows"),
		newTable[learner.Episode](tableEpisodes, "one row per step of a run and agent: the training set"),
		newTable[learner.QValue](tableQTables, "one row per cell of the Q-tables"),
		newTable[learner.Recommendation](tableRecommendations, "one row per pipeline: what was decided last"),
		newTable[learner.Directive](tableDirectives, "one row per thing that a person said"),
		newTable[nightRow](tableNights, "one row per night that changed something"),
	}
}

// A nightRow is one decision over the dataset: one row of the table nights.
type nightRow struct {
	At         time.Time `json:"at" doc:"when it was decided" from:"--now"`
	Inputs     string    `json:"inputs" doc:"hash of what it was decided from: runs, what people said, settings, agents, version" from:"this program"`
	Command    string    `json:"command" doc:"nightly, recommend, accept, …" from:"command line"`
	Logs       int64     `json:"logs" doc:"new logs read" from:"reader"`
	Unreadable int64     `json:"unreadable" doc:"new logs that gave no rows" from:"reader"`
	LeftOver   int64     `json:"left_over" doc:"logs left for the next night by max-duration" from:"this program"`
	Changed    []string  `json:"changed" doc:"pipelines whose settings file changed" from:"report"`
}

func newTable[T any](name, doc string) table {
	return table{Table: dataset.TableOf[T](name, doc)}
}

func runTable[T any](name, doc string, runKey func(*T) string) table {
	t := newTable[T](name, doc)
	t.drop = func(tx *dataset.Tx, runs map[string]bool) error {
		return dataset.Delete(tx, name, func(row *T) bool { return runs[runKey(row)] })
	}
	return t
}

// dropRuns deletes the rows of runs from every table that features fills.
func dropRuns(tx *dataset.Tx, runs map[string]bool) error {
	for _, t := range tables() {
		if t.drop == nil || len(runs) == 0 {
			continue
		}
		if err := t.drop(tx, runs); err != nil {
			return err
		}
	}
	return nil
}

// appendApps adds all rows of apps, in their order.
func appendApps(tx *dataset.Tx, apps []*features.App) error {
	var all features.App
	var runs []features.Run
	for _, a := range apps {
		runs = append(runs, a.Run)
		all.Stages = append(all.Stages, a.Stages...)
		all.Executions = append(all.Executions, a.Executions...)
		all.Executors = append(all.Executors, a.Executors...)
		all.Caches = append(all.Caches, a.Caches...)
		all.Signals = append(all.Signals, a.Signals...)
	}
	return firstError(
		dataset.Append(tx, tableRuns, runs),
		dataset.Append(tx, tableStages, all.Stages),
		dataset.Append(tx, tableExecutions, all.Executions),
		dataset.Append(tx, tableExecutors, all.Executors),
		dataset.Append(tx, tableCaches, all.Caches),
		dataset.Append(tx, tableSignals, all.Signals),
	)
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
