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
type Reward struct {
	source  string
	program *vm.Program
}

// CompileReward type-checks source and checks, around baselines of all sizes,
// that it never pays more for a night that is slower, dearer or fails more: the
// lower bound of a decision is the reward of its pessimistic end and would be
// none otherwise. Around a pipeline's own baseline it is checked once more before
// that pipeline's decision.
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
	r := &Reward{source, program}
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("reward: %w", err)
	}
	return r, nil
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
		return 0, err
	}
	f := v.(float64)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, fmt.Errorf("%g for a duration of %.4g s, a cost of %.4g and failures of %.2g", f, o.Duration, o.Cost, o.Failures)
	}
	return f, nil
}

// plainNight is a night that every reward has to have a value for.
var plainNight = Outcome{Duration: 600, Cost: 2, Failures: 0.01, BaselineDuration: 600, BaselineCost: 2, BaselineFailures: 0.01}

// Baselines around which a reward is checked before any is known: from a second
// to a day, from a hundredth of the currency to a hundred, and eight times either
// way.
var (
	plainSeconds = []float64{1, 3, 10, 30, 60, 100, 300, 600, 1e3, 3e3, 1e4, 3e4, 1e5}
	plainCosts   = []float64{0.01, 1, 100}
)

// check evaluates the expression around nights of all sizes. Where it has no
// value, as log(60-duration) beyond a minute, it pays nothing.
func (r *Reward) check() error {
	if _, err := r.Value(plainNight); err != nil {
		return fmt.Errorf("%w; a night like its baseline must have a value", err)
	}
	for _, seconds := range plainSeconds {
		for _, cost := range plainCosts {
			o := plainNight
			o.Duration, o.BaselineDuration, o.Cost, o.BaselineCost = seconds, seconds, cost, cost
			if err := r.around(o); err != nil {
				return err
			}
		}
	}
	return nil
}

// around walks from better to worse nights than a baseline, by one figure at a
// time, and fails where the worse one gets more.
func (r *Reward) around(base Outcome) error {
	for _, walk := range []struct {
		worse, unit string
		figure      func(*Outcome) *float64
		at          func(step float64) float64
	}{
		{"slower", " s", func(o *Outcome) *float64 { return &o.Duration }, func(x float64) float64 { return base.Duration * x }},
		{"dearer", "", func(o *Outcome) *float64 { return &o.Cost }, func(x float64) float64 { return base.Cost * x }},
		{"less reliable", " of nights", func(o *Outcome) *float64 { return &o.Failures }, func(x float64) float64 { return min(base.Failures*x+max(0, x-1)/10, 1) }},
	} {
		last, from := math.Inf(1), 0.0
		for _, x := range []float64{0.125, 0.25, 0.5, 0.7, 0.9, 1, 1.1, 1.5, 2, 4, 8} {
			o := base
			*walk.figure(&o) = walk.at(x)
			v, err := r.Value(o)
			if err != nil {
				continue
			}
			if v > last {
				return fmt.Errorf("a night that is %s gets more: %g for %.4g%s, %g for %.4g%s, where the baseline takes %.4g s and costs %.4g",
					walk.worse, v, walk.at(x), walk.unit, last, from, walk.unit, base.BaselineDuration, base.BaselineCost)
			}
			last, from = v, walk.at(x)
		}
	}
	return nil
}

// misfit says why the reward cannot decide on a pipeline: it has no value for a
// night of the baseline, or pays more for worse ones around it. Empty: it can.
func (j *judgement) misfit() string {
	base := j.baselineNight()
	_, err := j.reward.Value(base)
	if err == nil {
		err = j.reward.around(base)
	}
	if err == nil {
		return ""
	}
	return fmt.Sprintf("The reward %s does not fit this pipeline: %v.", j.reward.source, err)
}
