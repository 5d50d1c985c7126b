package fleet

import (
	"context"
	"maps"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/learner"
)

// A Spec says which fleet lives for how long, and how it is decided for.
type Spec struct {
	Pipelines, Nights int
	Seed              uint64
	// Budget is what exploration may lose of each pipeline that opted in, in
	// nights of its own time; 0: nobody explores.
	Budget float64
	// Calm pipelines use their file from the first night on, opt in, and nothing
	// drifts: what exploration does can be told from all else.
	Calm   bool
	Rhythm Rhythm                // of calm pipelines; others have their own
	WhatIf bool                  // predictions take part
	Decide func(*learner.Config) // changes the defaults of mode auto
}

// Run lives through the nights and keeps the score.
func Run(ctx context.Context, spec Spec) (*Score, error) {
	cfg := learner.DefaultConfig()
	cfg.Mode, cfg.WhatIf = learner.ModeAuto, spec.WhatIf
	// What a team may have of the cluster is paid for: the oracle asks for no more either.
	cfg.Constraints = []learner.Constraint{{Pipeline: "*", Preserve: []string{"spark.cores.max"}}}
	if spec.Decide != nil {
		spec.Decide(&cfg)
	}
	agents := learner.DefaultAgents()
	var fleet learner.Fleet
	pipelines := make([]*pipeline, spec.Pipelines)
	holds := make(map[string]file, spec.Pipelines) // what each file holds, by pipeline
	for i := range pipelines {
		p := draw(spec.Seed, i, spec.Nights)
		pipelines[i] = p
		if spec.Calm {
			p.files, p.drift, p.people, p.trend, p.rhythm = files{share: 1, explore: true}, drift{after: func(*data) {}}, people{habit: steady}, 0, spec.Rhythm
		}
		if spec.Budget > 0 && p.files.explore {
			p.budget = spec.Budget * p.timeUnder(0, nil, 0) * float64(1+p.rhythm.More)
			cfg.Explore = append(cfg.Explore, learner.Allowance{Pipeline: p.name, BudgetS: p.budget})
		}
	}
	score := newScore(pipelines)
	for night := range spec.Nights {
		for _, p := range pipelines {
			for run := range p.runs(night) {
				g := p.play(night, run, holds[p.name])
				score.lived(p, night, run, g, holds[p.name])
				if !g.lost {
					g.logged(&fleet, p.dataOn(night).small > 0)
				}
			}
		}
		features.Judge(fleet.Runs, nil)
		cfg.Now = morning(night)
		res, err := learner.Learn(ctx, fleet, agents, cfg)
		if err != nil {
			return nil, err
		}
		fleet.Previous = res.Recommendations
		for i := range res.Recommendations {
			r := &res.Recommendations[i]
			f := fileOf(r)
			score.wrote(r.Pipeline, night, r, holds[r.Pipeline], f)
			holds[r.Pipeline] = f
		}
	}
	return score, nil
}

// logged adds a run's rows to what the fleet knows.
func (g *play) logged(fleet *learner.Fleet, joins bool) {
	fleet.Runs = append(fleet.Runs, g.log)
	if g.failed {
		return
	}
	fleet.Stages = append(fleet.Stages, g.stages...)
	kinds := []string{}
	if joins {
		kinds = append(kinds, "SortMergeJoin")
	}
	fleet.Executions = append(fleet.Executions, features.Execution{RunKey: g.log.RunKey, PlanSignature: g.log.PlanSignature, JoinKinds: kinds})
}

func fileOf(r *learner.Recommendation) file {
	f := file{settings: maps.Clone(r.File), id: r.FileID, propensity: r.Exploration.Propensity, from: maps.Clone(r.File), stands: r.StandingID()}
	if r.Exploration.Key != "" {
		f.explored, f.from = true, maps.Clone(r.Exploration.From)
	}
	return f
}
