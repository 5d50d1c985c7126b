package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/features/dataset"
	"github.com/spark-apprentice/apprentice/learner"
	"github.com/spark-apprentice/apprentice/report"
	"github.com/spf13/pflag"
)

// A decision is what the dataset, what people said and the settings lead to.
type decision struct {
	cfg    *Config
	store  *dataset.Store
	tx     *dataset.Tx
	base   *baseFile
	agents []learner.Agent
	yaml   []byte // the agents' text
	rules  learner.Config
	naming []features.PipelineRule
	said   []learner.Directive // said now, stored with what it leads to
}

// newDecision reads the settings and what else decisions need beside the
// dataset, so that a broken setting is found before any log is read.
func newDecision(flags *pflag.FlagSet, t *terminal) (*decision, error) {
	cfg, err := loadConfig(flags, t)
	if err != nil {
		return nil, err
	}
	d := &decision{cfg: cfg}
	if d.base, err = newBaseFile(cfg.Base); err != nil {
		return nil, cfg.at("base", err)
	}
	if d.agents, d.yaml, err = readAgents(cfg); err != nil {
		return nil, err
	}
	d.rules = learner.DefaultConfig()
	d.rules.Mode, d.rules.Reward, d.rules.Confidence = cfg.Mode, cfg.Reward, cfg.Confidence
	d.rules.WhatIf = cfg.WhatIf
	d.rules.MinGain, d.rules.MinSeconds = cfg.MinGain, cfg.MinSeconds
	d.rules.MinMoney, d.rules.MaxSlowdown = cfg.MinMoney, cfg.MaxSlowdown
	d.rules.CorePrice, d.rules.MemoryPrice = cfg.CorePrice, cfg.MemoryPrice
	d.rules.Limits, d.rules.Prices, d.rules.Currency = cfg.learnerLimits(), cfg.learnerPrices(), cfg.Currency
	d.rules.Seed, d.rules.Now, d.rules.Constraints = cfg.Seed, cfg.now, cfg.learnerConstraints()
	if d.rules.Explore, err = cfg.allowances(); err != nil {
		return nil, err
	}
	if _, err := learner.CompileReward(cfg.Reward); err != nil {
		return nil, cfg.at("reward", err)
	}
	extraction, err := cfg.extraction()
	d.naming = extraction.Pipelines
	return d, err
}

// inputs is a hash of all that a decision follows from. The time matters only
// where it says something: that a run without an end was killed, that a night
// after an accepted change left no log, or which night may try something.
func (d *decision) inputs(fleet learner.Fleet) (string, error) {
	bases, err := d.base.all(fleet)
	if err != nil {
		return "", d.cfg.at("base", err)
	}
	known := make([]string, len(fleet.Runs))
	for i := range fleet.Runs {
		r := &fleet.Runs[i]
		known[i] = fmt.Sprint(r.RunKey, " ", r.LogFingerprint, " ", d.provisional(r))
	}
	for _, r := range fleet.Previous {
		if r.Status == learner.StatusAccepted && len(r.File) > 0 {
			known = append(known, "expected on "+d.rules.Now.Format(time.DateOnly))
		}
	}
	if len(d.rules.Explore) > 0 {
		known = append(known, "drawn on "+d.rules.Now.Format(time.DateOnly))
	}
	slices.Sort(known)
	rules := d.rules
	rules.Now = time.Time{}
	h := sha256.New()
	for _, v := range []any{buildVersion(), features.ExtractorVersion, known, fleet.Directives, rules, d.naming, d.yaml, bases, d.cfg.Output} {
		b, err := json.Marshal(v)
		if err != nil {
			panic(err) // plain values marshal
		}
		h.Write(append(b, '\n'))
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}

// run judges, learns, writes the outputs and commits, unless the last decision
// followed from the same inputs and its files still stand; it reports whether
// it decided. Outputs are written before the commit: a kill between the two
// leaves a state that decides again. What people say now is stored with the
// results: a command that fails stores nothing.
func (d *decision) run(ctx context.Context, command string, night *report.Night) (decided bool, err error) {
	fleet, err := readKnown(ctx, d.store)
	if err != nil {
		return false, err
	}
	fleet.Directives = append(fleet.Directives, d.said...)
	nights, err := dataset.Read[nightRow](ctx, d.store, tableNights)
	if err != nil {
		return false, err
	}
	if len(nights) > 0 && nights[len(nights)-1].At.After(d.rules.Now) {
		d.rules.Now = nights[len(nights)-1].At // what a night saw happen has happened
	}
	night.Runs = len(fleet.Runs)
	for i := range fleet.Runs {
		if d.provisional(&fleet.Runs[i]) {
			night.InProgress++
		}
	}
	inputs, err := d.inputs(fleet)
	if err != nil {
		return false, err
	}
	if len(nights) > 0 && nights[len(nights)-1].Inputs == inputs && d.outputsStand(&fleet) {
		return false, d.tellUnreadable(&fleet, night)
	}
	result, err := d.learn(ctx, &fleet)
	if err != nil {
		return false, err
	}
	if err := checkPins(d.said, result.Recommendations); err != nil {
		return false, err
	}
	night.Excluded = exclusions(fleet.Runs)
	moved := changed(fleet.Previous, result.Recommendations, fleet.Runs)
	fleet.Previous = result.Recommendations // what the next run will find
	night.Recs = result.Recommendations
	if err := d.write(night, fleet.Runs); err != nil {
		return false, err
	}
	if err := d.writePage(ctx, &fleet, result); err != nil {
		return false, err
	}
	if inputs, err = d.inputs(fleet); err != nil {
		return false, err
	}
	err = firstError(
		d.storeSaid(),
		dataset.Replace(d.tx, tableEpisodes, result.Episodes),
		dataset.Replace(d.tx, tableQTables, result.QTable),
		dataset.Replace(d.tx, tableRecommendations, result.Recommendations),
		dataset.Append(d.tx, tableNights, []nightRow{{
			At: d.rules.Now, Inputs: inputs, Command: command, Logs: int64(night.Logs),
			Unreadable: int64(len(night.Unreadable)), LeftOver: int64(night.Skipped), Changed: moved,
		}}),
	)
	if err != nil {
		return false, err
	}
	_, err = d.tx.Commit()
	return true, err
}

// readKnown reads what tells whether there is anything to decide.
func readKnown(ctx context.Context, store *dataset.Store) (f learner.Fleet, err error) {
	errs := make([]error, 3)
	f.Runs, errs[0] = dataset.Read[features.Run](ctx, store, tableRuns)
	f.Directives, errs[1] = dataset.Read[learner.Directive](ctx, store, tableDirectives)
	f.Previous, errs[2] = dataset.Read[learner.Recommendation](ctx, store, tableRecommendations)
	return f, firstError(errs...)
}

// everything opens the dataset and reads all that decisions follow from, but for
// last night's.
func (d *decision) everything(ctx context.Context) (f learner.Fleet, err error) {
	if d.store, err = dataset.Open(d.cfg.State); err != nil {
		return f, err
	}
	if f, err = readKnown(ctx, d.store); err != nil {
		return f, err
	}
	f.Previous = nil
	features.Rename(f.Runs, d.naming)
	return f, d.readRows(ctx, &f)
}

// learn judges the runs and learns from them and their rows, which it adds to
// the fleet.
func (d *decision) learn(ctx context.Context, fleet *learner.Fleet) (*learner.Result, error) {
	if err := d.readRows(ctx, fleet); err != nil {
		return nil, err
	}
	if err := d.judge(fleet.Runs); err != nil {
		return nil, err
	}
	return learner.Learn(ctx, *fleet, d.agents, d.rules)
}

// readRows reads the tables that belong to the runs.
func (d *decision) readRows(ctx context.Context, f *learner.Fleet) error {
	errs := make([]error, 5)
	f.Stages, errs[0] = dataset.Read[features.Stage](ctx, d.store, tableStages)
	f.Executions, errs[1] = dataset.Read[features.Execution](ctx, d.store, tableExecutions)
	f.Executors, errs[2] = dataset.Read[features.Executor](ctx, d.store, tableExecutors)
	f.Caches, errs[3] = dataset.Read[features.Cache](ctx, d.store, tableCaches)
	f.Signals, errs[4] = dataset.Read[features.Signal](ctx, d.store, tableSignals)
	return firstError(errs...)
}

// judge names the runs by today's rules and sets what one log alone cannot say,
// in runs and in the dataset.
func (d *decision) judge(runs []features.Run) error {
	moved := features.Rename(runs, d.naming)
	moved = append(moved, features.Judge(runs, d.cfg.ignored)...)
	if len(moved) == 0 {
		return nil
	}
	changed := map[string]*features.Run{}
	for _, i := range moved {
		changed[runs[i].RunKey] = &runs[i]
	}
	return dataset.Revise(d.tx, tableRuns, func(r *features.Run) bool {
		now, ok := changed[r.RunKey]
		if ok {
			*r = *now
		}
		return ok
	})
}

// provisional reports whether a run had not ended when it was read and may go on.
func (d *decision) provisional(r *features.Run) bool {
	return r.Outcome == features.Incomplete && d.rules.Now.Sub(r.EndedAt.V) < killedAfter
}

// exclusions counts the runs that do not train, by reason.
func exclusions(runs []features.Run) map[string]int {
	m := map[string]int{}
	for _, r := range runs {
		if !r.Comparable {
			m[r.ExclusionReason]++
		}
	}
	return m
}
