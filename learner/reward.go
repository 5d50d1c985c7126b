package learner

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"
)

// defaultReward is the log speed-up less a fifth of the log increase of cost.
const defaultReward = "log(baseline_duration/duration) - 0.2*log(cost/baseline_cost)"

// rewardPresets are rewards by name, see docs/rewards.md.
var rewardPresets = map[string]string{
	"time":     "log(baseline_duration/duration)",
	"cost":     "log(baseline_cost/cost)",
	"balanced": defaultReward,
}

// An Outcome is what a reward is a function of: a setting's figures beside the
// baseline's. Durations in seconds, costs in units of the configured prices,
// failures as the expected share of nights that fail.
type Outcome struct {
	Duration         float64 `expr:"duration"`
	Cost             float64 `expr:"cost"`
	Failures         float64 `expr:"failures"`
	BaselineDuration float64 `expr:"baseline_duration"`
	BaselineCost     float64 `expr:"baseline_cost"`
	BaselineFailures float64 `expr:"baseline_failures"`
}

// A Reward is the engineer's expression over an Outcome, in the language of
// expr-lang/expr with log, log2, exp and sqrt added.
type Reward struct{ program *vm.Program }

// CompileReward type-checks source and checks that it never pays more for a
// night that is slower, dearer or fails more: the lower bound of a decision is
// the reward of its pessimistic end and would be none otherwise.
// A preset's name stands for its expression.
func CompileReward(source string) (*Reward, error) {
	if preset, ok := rewardPresets[strings.TrimSpace(source)]; ok {
		source = preset
	}
	if strings.TrimSpace(source) == "" {
		return nil, errors.New("reward: the expression is empty; the default is " + defaultReward)
	}
	options := []expr.Option{expr.Env(Outcome{}), expr.AsFloat64()}
	for name, f := range map[string]func(float64) float64{"log": math.Log, "log2": math.Log2, "exp": math.Exp, "sqrt": math.Sqrt} {
		options = append(options, expr.Function(name, func(args ...any) (any, error) { return f(number(args[0])), nil },
			new(func(float64) float64), new(func(int) float64)))
	}
	program, err := expr.Compile(source, options...)
	if err != nil {
		return nil, fmt.Errorf("reward: %w\nknown are duration, cost, failures, baseline_duration, baseline_cost, baseline_failures, and log, log2, exp, sqrt", err)
	}
	r := &Reward{program}
	return r, r.check()
}

func number(v any) float64 {
	if n, ok := v.(int); ok {
		return float64(n)
	}
	return v.(float64)
}

// Value is the reward of an outcome. An error says that it is no finite number.
func (r *Reward) Value(o Outcome) (float64, error) {
	v, err := expr.Run(r.program, o)
	if err != nil {
		return 0, fmt.Errorf("reward: %w", err)
	}
	f := v.(float64)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, fmt.Errorf("reward: %g for duration %g s, cost %g, failures %g", f, o.Duration, o.Cost, o.Failures)
	}
	return f, nil
}

// check evaluates the expression around a plain night.
func (r *Reward) check() error {
	base := Outcome{Duration: 600, Cost: 2, Failures: 0.01, BaselineDuration: 600, BaselineCost: 2, BaselineFailures: 0.01}
	last, err := r.Value(base)
	if err != nil {
		return fmt.Errorf("%w; a night like its baseline must have a value", err)
	}
	for _, worse := range []struct {
		what string
		make func(*Outcome)
	}{
		{"slower", func(o *Outcome) { o.Duration *= 1.5 }},
		{"dearer", func(o *Outcome) { o.Cost *= 1.5 }},
		{"less reliable", func(o *Outcome) { o.Failures += 0.1 }},
	} {
		o := base
		worse.make(&o)
		v, err := r.Value(o)
		if err != nil {
			return err
		}
		if v > last {
			return fmt.Errorf("reward: a night that is %s than its baseline gets more, %g instead of %g", worse.what, v, last)
		}
	}
	return nil
}
