package evaluate

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spark-apprentice/apprentice/eventlog"
	"github.com/spark-apprentice/apprentice/eventlog/source"
	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/learner"
)

// labFleet is what the real nightly logs of eight pipelines give.
var labFleet = sync.OnceValues(func() (f learner.Fleet, err error) {
	logs, _, err := source.Find(context.Background(), []string{"../../fixtures/history"})
	if err != nil {
		return f, err
	}
	slices.SortFunc(logs, func(a, b eventlog.Log) int { return strings.Compare(a.Name, b.Name) }) // not by the files' times, which a clone makes
	for _, l := range logs {
		a, err := features.Extract(context.Background(), l, eventlog.Options{}, features.Options{})
		if err != nil {
			return f, err
		}
		f.Runs = append(f.Runs, a.Run)
		f.Stages = append(f.Stages, a.Stages...)
		f.Executions = append(f.Executions, a.Executions...)
		f.Executors = append(f.Executors, a.Executors...)
		f.Caches = append(f.Caches, a.Caches...)
		f.Signals = append(f.Signals, a.Signals...)
	}
	features.Judge(f.Runs, nil)
	return f, nil
})

func lab(t testing.TB) learner.Fleet {
	t.Helper()
	f, err := labFleet()
	if err != nil || len(f.Runs) < 100 {
		t.Fatalf("%d runs: %v", len(f.Runs), err)
	}
	return f
}

// options are those of the command, in a mode, with or without a model of what
// untried settings do.
func options(mode string, origins int, whatIf bool) Options {
	agents := learner.DefaultAgents()
	return Options{Origins: origins, Agents: agents, Learn: func(ctx context.Context, past learner.Fleet, now time.Time) (*learner.Result, error) {
		cfg := learner.DefaultConfig()
		cfg.Mode, cfg.Now, cfg.WhatIf = mode, now, whatIf
		return learner.Learn(ctx, past, agents, cfg)
	}}
}
