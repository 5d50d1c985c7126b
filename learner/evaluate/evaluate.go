package evaluate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/learner"
	"github.com/spark-apprentice/apprentice/learner/ope"
)

// Options say how to look back.
type Options struct {
	Origins int // nights at which to learn again, at least 1; time grows with them
	// Pipelines bounds how many pipelines are looked at, drawn by Seed; 0: all.
	Pipelines int
	Agents    []learner.Agent
	// Learn decides at a time from what was known then: the nightly decision.
	Learn func(ctx context.Context, past learner.Fleet, now time.Time) (*learner.Result, error)
	// Ignored tells the nights that do not train, as features.Judge takes it; nil: none.
	Ignored func(pipeline, night string) bool
	Seed    int64 // of the draw of pipelines and of the bootstrap
}

// An Evaluation is the back-test of one dataset.
type Evaluation struct {
	Runs        int          `json:"runs"`      // comparable ones
	Pipelines   int          `json:"pipelines"` // with comparable runs, looked at
	Of          int          `json:"of_pipelines"`
	Nights      int          `json:"nights"`
	Origins     []Origin     `json:"origins"`
	Predictions []Prediction `json:"predictions"`
	Skipped     []Skip       `json:"skipped"` // held-back runs that are in no score
	Scores      []Score      `json:"scores"`  // by what was known of the settings, then of all
	ByPipeline  []Score      `json:"by_pipeline"`
	Decisions   []Decision   `json:"decisions"`
	OffPolicy   []OffPolicy  `json:"off_policy"` // by pipeline, then of all
}

// A Skip counts held-back runs that could not be predicted, and why.
type Skip struct {
	Why  string `json:"why"`
	Runs int    `json:"runs"`
}

// ErrTooFew says that a dataset has too few nights to hold any back.
var ErrTooFew = errors.New("too few nights to hold any back")

// Run looks back over a fleet. Same fleet, same options: same evaluation.
func Run(ctx context.Context, fleet learner.Fleet, opt Options) (*Evaluation, error) {
	if opt.Origins < 1 {
		return nil, errors.New("evaluate: at least one origin is needed")
	}
	fleet, of := sample(fleet, opt)
	f := newFilm(fleet, opt)
	origins := f.origins(opt.Origins)
	if len(origins) == 0 {
		return nil, ErrTooFew
	}
	e := &Evaluation{Predictions: []Prediction{}, Skipped: []Skip{}, Decisions: []Decision{}, Runs: len(f.comparable), Pipelines: len(f.byPipeline), Of: of, Nights: len(f.nights())}
	skipped := map[string]int{}
	drawn, heldBack := map[string][]ope.Round{}, map[string]int{}
	truth := newHindsight(f)
	for i, night := range origins {
		until := "" // the end
		if i+1 < len(origins) {
			until = origins[i+1]
		}
		p, err := f.past(ctx, night)
		if err != nil {
			return nil, err
		}
		for _, r := range f.between(night, until) {
			list, why := p.predict(r)
			if why != "" {
				skipped[why]++
				continue
			}
			e.Predictions = append(e.Predictions, list...)
			heldBack[r.Workload()]++
			if r.Propensity.OK {
				drawn[r.Workload()] = append(drawn[r.Workload()], p.draw(r, list))
			}
		}
		e.Origins = append(e.Origins, truth.judge(p, &e.Decisions))
	}
	for why, n := range skipped {
		e.Skipped = append(e.Skipped, Skip{why, n})
	}
	slices.SortFunc(e.Skipped, func(a, b Skip) int { return cmp.Or(cmp.Compare(b.Runs, a.Runs), cmp.Compare(a.Why, b.Why)) })
	e.Scores, e.ByPipeline = scores(e.Predictions)
	e.OffPolicy = offPolicies(drawn, heldBack, rand.New(rand.NewPCG(uint64(opt.Seed), 0x6f7065)))
	return e, nil
}

// sample keeps the runs of at most so many pipelines and tells how many there are.
func sample(fleet learner.Fleet, opt Options) (learner.Fleet, int) {
	rank := map[string]uint64{}
	for i := range fleet.Runs {
		h := fnv.New64a()
		fmt.Fprintf(h, "%d\x00%s", opt.Seed, fleet.Runs[i].Pipeline)
		rank[fleet.Runs[i].Pipeline] = h.Sum64()
	}
	if opt.Pipelines == 0 || len(rank) <= opt.Pipelines {
		return fleet, len(rank)
	}
	names := slices.SortedFunc(maps.Keys(rank), func(a, b string) int { return cmp.Or(cmp.Compare(rank[a], rank[b]), cmp.Compare(a, b)) })
	kept := map[string]bool{}
	for _, name := range names[:opt.Pipelines] {
		kept[name] = true
	}
	fleet.Runs = slices.DeleteFunc(slices.Clone(fleet.Runs), func(r features.Run) bool { return !kept[r.Pipeline] })
	return fleet, len(rank)
}

// A film is a fleet in the order of time, so that what was known at an origin is
// a prefix of each table.
type film struct {
	opt        Options
	fleet      learner.Fleet
	nightOf    map[string]string            // by run key
	stages     map[string][]*features.Stage // by run key
	comparable []*features.Run              // judged with all that is known, by night
	byPipeline map[string][]*features.Run
}

func newFilm(fleet learner.Fleet, opt Options) *film {
	f := &film{opt: opt, nightOf: map[string]string{}, byPipeline: map[string][]*features.Run{}}
	f.fleet.Runs = slices.Clone(fleet.Runs)
	features.Judge(f.fleet.Runs, opt.Ignored)
	slices.SortStableFunc(f.fleet.Runs, func(a, b features.Run) int {
		return cmp.Or(cmp.Compare(a.Night, b.Night), a.StartedAt.V.Compare(b.StartedAt.V), cmp.Compare(a.RunKey, b.RunKey))
	})
	for i := range f.fleet.Runs {
		r := &f.fleet.Runs[i]
		f.nightOf[r.RunKey] = r.Night
		if r.Comparable && r.DurationS.OK && r.Night != "" {
			f.comparable = append(f.comparable, r)
			f.byPipeline[r.Workload()] = append(f.byPipeline[r.Workload()], r)
		}
	}
	f.fleet.Stages = byNight(f, fleet.Stages, func(s *features.Stage) string { return s.RunKey })
	f.fleet.Executions = byNight(f, fleet.Executions, func(x *features.Execution) string { return x.RunKey })
	f.fleet.Executors = byNight(f, fleet.Executors, func(x *features.Executor) string { return x.RunKey })
	f.fleet.Caches = byNight(f, fleet.Caches, func(c *features.Cache) string { return c.RunKey })
	f.fleet.Signals = byNight(f, fleet.Signals, func(s *features.Signal) string { return s.RunKey })
	f.stages = features.StagesByRun(f.fleet.Stages)
	f.fleet.Directives = fleet.Directives
	return f
}

// byNight orders the rows of the film's runs by night, and drops others.
func byNight[T any](f *film, rows []T, run func(*T) string) []T {
	rows = slices.DeleteFunc(slices.Clone(rows), func(row T) bool { _, ok := f.nightOf[run(&row)]; return !ok })
	slices.SortStableFunc(rows, func(a, b T) int { return cmp.Compare(f.nightOf[run(&a)], f.nightOf[run(&b)]) })
	return rows
}

// until are the rows of nights before one.
func until[T any](f *film, night string, rows []T, run func(*T) string) []T {
	n, _ := slices.BinarySearchFunc(rows, night, func(row T, at string) int { return cmp.Compare(f.nightOf[run(&row)], at) })
	return slices.Clip(rows[:n])
}

func (f *film) nights() []string {
	var list []string
	for _, r := range f.comparable {
		list = append(list, r.Night)
	}
	return slices.Compact(list)
}

// origins are at most n nights that cut the comparable runs into parts of like
// size, the first of which is never held back.
func (f *film) origins(n int) []string {
	var list []string
	for i := range n {
		k := (i + 1) * len(f.comparable) / (n + 1)
		if k > 0 && k < len(f.comparable) && f.comparable[k].Night > f.comparable[0].Night {
			list = append(list, f.comparable[k].Night)
		}
	}
	return slices.Compact(list)
}

// between lists the comparable runs of nights in [from, until); no until: all
// that follow.
func (f *film) between(from, until string) []*features.Run {
	var list []*features.Run
	for _, r := range f.comparable {
		if r.Night >= from && (until == "" || r.Night < until) {
			list = append(list, r)
		}
	}
	return list
}

// before is what was known when a night began.
func (f *film) before(night string, now time.Time) learner.Fleet {
	var past learner.Fleet
	n, _ := slices.BinarySearchFunc(f.fleet.Runs, night, func(r features.Run, at string) int { return cmp.Compare(r.Night, at) })
	past.Runs = slices.Clone(f.fleet.Runs[:n])
	for i := range past.Runs { // what hindsight judged is forgotten
		r := &past.Runs[i]
		r.Comparable, r.ExclusionReason, r.Variant, r.RetryGroup = false, "", "", ""
	}
	features.Judge(past.Runs, f.opt.Ignored)
	past.Stages = until(f, night, f.fleet.Stages, func(s *features.Stage) string { return s.RunKey })
	past.Executions = until(f, night, f.fleet.Executions, func(x *features.Execution) string { return x.RunKey })
	past.Executors = until(f, night, f.fleet.Executors, func(x *features.Executor) string { return x.RunKey })
	past.Caches = until(f, night, f.fleet.Caches, func(c *features.Cache) string { return c.RunKey })
	past.Signals = until(f, night, f.fleet.Signals, func(s *features.Signal) string { return s.RunKey })
	for _, d := range f.fleet.Directives {
		if d.At.Before(now) {
			past.Directives = append(past.Directives, d)
		}
	}
	return past
}
