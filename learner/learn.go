package learner

import (
	"context"
	"time"

	"github.com/spark-apprentice/apprentice/features"
)

// A Fleet is what is known: the dataset's rows, judged.
type Fleet struct {
	Runs       []features.Run
	Stages     []features.Stage
	Executions []features.Execution
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
	Constraints []Constraint
	CorePrice   float64 // per core-hour, for cost
	MemoryPrice float64 // per GiB-hour, for cost
	Seed        int64
	Now         time.Time
}

// A Constraint is a person's rule for the pipelines that match a pattern (path.Match).
type Constraint struct {
	Pipeline string            // pattern
	Enforce  map[string]string // these keys have these values
	Preserve []string          // these keys stay as they are
	Exclude  bool              // never tuned
	Ignore   []string          // nights (YYYY-MM-DD or from..to) that do not train
}

// A Result is what a night of learning gives; every slice is sorted.
type Result struct {
	Episodes        []Episode
	QTable          []QValue
	Recommendations []Recommendation
}

// Learn trains on the fleet and decides. Same fleet, agents and config: same
// result, whatever the number of processors.
func Learn(ctx context.Context, fleet Fleet, agents []Agent, cfg Config) (*Result, error) {
	panic("learner.Learn")
}
