package learner

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/learner/replay"
)

// A Fleet is what is known: the dataset's rows, judged.
type Fleet struct {
	Runs       []features.Run
	Stages     []features.Stage
	Executions []features.Execution
	Executors  []features.Executor
	Caches     []features.Cache
	Signals    []features.Signal
	Directives []Directive
	Previous   []Recommendation // last night's
}

// Config is how to decide. Its zero value is not usable; start from DefaultConfig.
type Config struct {
	Mode        string  // advise, approve, auto
	Reward      string  // expression over duration, cost, failures and their baselines
	Confidence  float64 // z of the lower confidence bound
	MinGain     float64 // least log speed-up that the bound must clear
	MinSeconds  float64 // and least seconds per night, 0: none
	MinMoney    float64 // or least money per night where the cluster has a price, 0: none
	MaxSlowdown float64 // how much slower than its baseline a run may get for a better reward
	Constraints []Constraint
	Limits      []Limit
	CorePrice   float64 // per core-hour, for cost
	MemoryPrice float64 // per GiB-hour, for cost
	Prices      []Price // by cluster; the first that matches stands in place of the two above
	Currency    string
	Seed        int64
	Now         time.Time
	coming      map[string]int64 // input bytes of a coming run, by pipeline, in place of the forecast
	WhatIf      bool             // predict untried settings; false: only observed evidence decides
	Explore     []Allowance
}

// A Constraint is a person's rule for the pipelines that match a pattern (path.Match).
type Constraint struct {
	Pipeline string            // pattern
	Enforce  map[string]string // these keys have these values
	Preserve []string          // these keys stay as they are
	Exclude  bool              // never tuned
	Ignore   []string          // nights (YYYY-MM-DD or from..to) that do not train, see Ignores
}

// A Result is what a night of learning gives; every slice is sorted.
type Result struct {
	Episodes        []Episode
	QTable          []QValue
	Recommendations []Recommendation
	// Costs are the what-if model's, fitted on the fleet with its back-test; nil
	// where nothing was predicted.
	Costs *replay.Constants
}

// Model is the what-if model that decided; where none did, one that is fitted
// now on the fleet that was learned from.
func (r *Result) Model(fleet *Fleet) *replay.Model {
	if r.Costs == nil {
		return replay.New(replay.Fit(fleet.Runs, fleet.Stages))
	}
	return replay.New(*r.Costs)
}

// DefaultConfig decides with 99 % confidence in each comparison and a margin of
// 3 %. The prices are weights in the proportion in which clouds list a
// core-hour and a GiB-hour of serverless containers, not anyone's bill.
func DefaultConfig() Config {
	return Config{
		Mode: ModeAdvise, Reward: defaultReward,
		Confidence: 2.33, MinGain: 0.03,
		CorePrice: 0.04, MemoryPrice: 0.0045,
		WhatIf: true,
	}
}

// Modes of Config.Mode.
const (
	ModeAdvise  = "advise"
	ModeApprove = "approve"
	ModeAuto    = "auto"
)

func (c Config) validate() error {
	switch c.Mode {
	case ModeAdvise, ModeApprove, ModeAuto:
	default:
		return fmt.Errorf("learner: mode %q: want %s, %s or %s", c.Mode, ModeAdvise, ModeApprove, ModeAuto)
	}
	if !(c.Confidence > 0) {
		return fmt.Errorf("learner: confidence %g: want a positive number of standard deviations, as 2.33", c.Confidence)
	}
	if !(c.MinGain >= 0) || !(c.MinSeconds >= 0) || !(c.MinMoney >= 0) || !(c.MaxSlowdown >= 0) {
		return errors.New("learner: the least gain, seconds and money and the slowdown must not be negative")
	}
	if !(c.CorePrice >= 0) || !(c.MemoryPrice >= 0) {
		return errors.New("learner: prices must not be negative")
	}
	return errors.Join(checkLimits(c.Limits), checkPrices(c.Prices), checkConstraints(c.Constraints), checkAllowances(c.Explore))
}

// Learn trains on the fleet and decides. Same fleet, agents and config: same
// result, whatever the order of the rows and the number of processors.
func Learn(ctx context.Context, fleet Fleet, agents []Agent, cfg Config) (*Result, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	reward, err := CompileReward(cfg.Reward)
	if err != nil {
		return nil, err
	}
	list := histories(fleet, agents, cfg)
	studies, spreads := make([]*study, len(list)), make([]spread, len(list))
	if err := each(ctx, len(list), func(i int) error {
		studies[i], spreads[i] = newStudy(list[i], agents)
		studies[i].index = i
		return nil
	}); err != nil {
		return nil, err
	}
	for i, n := range fleetNoise(spreads) {
		studies[i].noise = n
	}
	res := &Result{Recommendations: make([]Recommendation, len(list))}
	if cfg.WhatIf {
		costs := replay.Fit(fleet.Runs, fleet.Stages)
		res.Costs = &costs
		if err := foreseeAll(ctx, studies, costs); err != nil {
			return nil, err
		}
	}
	table, err := train(ctx, studies, agents)
	if err != nil {
		return nil, err
	}
	bounds, known := clusterLimits(fleet.Runs, cfg.Limits), indexFacts(fleet)
	judgements := make([]*judgement, len(list))
	first := make([]int, len(list)+1) // of each pipeline's episodes
	for i, s := range studies {
		first[i+1] = first[i] + s.countEpisodes(agents)
	}
	res.Episodes = make([]Episode, first[len(list)])
	qvalues := make([][]QValue, len(list))
	if err := each(ctx, len(list), func(i int) error {
		j := newJudgement(studies[i], agents, cfg, reward, table, bounds, known)
		j.decide()
		judgements[i] = j
		j.fillEpisodes(res.Episodes[first[i]:first[i+1]])
		qvalues[i] = j.qvalues()
		return nil
	}); err != nil {
		return nil, err
	}
	rollOut(judgements, cfg)
	withinFleet(judgements)
	for i, j := range judgements {
		j.explore()
		j.finish()
		res.Recommendations[i] = j.rec
	}
	res.QTable = slices.Concat(append(qvalues, table.parentRows())...)
	return res, nil
}

// train fits the tables of all pipelines.
func train(ctx context.Context, studies []*study, agents []Agent) (*table, error) {
	tau2 := spreadOfEffects(studies, agents)
	byName := map[string]float64{}
	for i, a := range agents {
		byName[a.Name] = tau2[i]
	}
	fits, groups := make([]*ridge, len(studies)), make([]string, len(studies))
	err := each(ctx, len(studies), func(i int) error {
		s := studies[i]
		var samples []sample
		for _, t := range s.trials {
			s.measure(t, agents)
			samples = append(samples, t.samples...)
		}
		fit, err := newRidge(samples, func(c cell) float64 { return byName[c.owner()] })
		s.fit, fits[i], groups[i] = fit, fit, s.group
		return err
	})
	if err != nil {
		return nil, err
	}
	return newTable(fits, groups)
}

// foreseeAll readies each pipeline's predictions by what the fleet's work costs.
func foreseeAll(ctx context.Context, studies []*study, costs replay.Constants) error {
	model, earned := replay.New(costs), notEarned(costs)
	return each(ctx, len(studies), func(i int) error {
		if s := studies[i]; len(s.kept) > 0 {
			s.whatIf = newWhatIf(s, model, costs.Tau, earned)
		}
		return nil
	})
}

// notEarned says why predictions may not decide by themselves (guard 4).
func notEarned(c replay.Constants) string {
	if c.Tested.Earned() {
		return ""
	}
	s := c.Tested.Settings.All
	return fmt.Sprintf("its back-test has %s, %.0f %% of nights within the 90 %% interval, %.0f %% of %s right; %d, %.0f %% and %.0f %% are asked for",
		count(s.Pairs, "changed pair"), 100*s.Covered, 100*s.RightSigns, count(s.Differ, "sign"), replay.EarnedPairs, 100*replay.EarnedCoverage, 100*replay.EarnedSigns)
}

// each calls f for 0..n-1 on all processors and returns the error of the lowest
// index.
func each(ctx context.Context, n int, f func(i int) error) error {
	errs := make([]error, n)
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for i := range next {
				errs[i] = f(i)
			}
		})
	}
	for i := range n {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	wg.Wait()
	return errors.Join(context.Cause(ctx), errors.Join(errs...))
}
