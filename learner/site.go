package learner

import (
	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// siteOfRun is the place of one run, sized as that run had it.
func siteOfRun(r *features.Run, l limits) *site {
	p := &site{id: r.ClusterID, cluster: sparkconf.Detect(r.SparkVersion, r.ConfLogged), props: r.ConfLogged, limits: l}
	p.version, _ = sparkconf.ParseVersion(r.SparkVersion)
	p.see(r)
	return p
}

// see takes what a run had: the most executors, and the cores of one.
func (p *site) see(r *features.Run) {
	if r.ExecutorsMax <= 0 {
		return
	}
	p.executors = max(p.executors, r.ExecutorsMax)
	p.cores = max(p.cores, r.CoresMax/r.ExecutorsMax)
}

// siteOf is the place of a pipeline: its newest run's, sized by the baseline's
// runs, with the peaks and failures of all. profiles tells the runs whose
// executors have resource profiles of their own.
func siteOf(s *study, newest *features.Run, l limits, profiles map[string]bool) *site {
	p := siteOfRun(newest, l)
	if len(s.actions) > 0 {
		p.executors, p.cores = 0, 0
		for _, n := range s.base().runs {
			p.see(n.run)
		}
	}
	for _, r := range s.all {
		p.peak = max(p.peak, r.UnifiedPeakBytes.Or(0))
		p.profiles = p.profiles || profiles[r.RunKey]
		if failedRun(r, s.clock) || len(memoryFailures(r)) > 0 {
			p.failed = r.Night
		}
	}
	return p
}

// profiledRuns are the runs that had executors of a resource profile other than
// the default one, whose id is 0 (ResourceProfile.DEFAULT_RESOURCE_PROFILE_ID).
func profiledRuns(executors []features.Executor) map[string]bool {
	m := map[string]bool{}
	for i := range executors {
		if executors[i].ResourceProfileID != 0 {
			m[executors[i].RunKey] = true
		}
	}
	return m
}

// fleetFacts are the fleet's rows that advice looks up by run.
type fleetFacts struct {
	profiled   map[string]bool
	caches     map[string][]*features.Cache
	signals    map[string][]*features.Signal
	executions map[string][]*features.Execution
	stages     map[string][]*features.Stage
}

func indexFacts(f Fleet) *fleetFacts {
	return &fleetFacts{
		profiled:   profiledRuns(f.Executors),
		caches:     byRun(f.Caches, func(c *features.Cache) string { return c.RunKey }),
		signals:    byRun(f.Signals, func(s *features.Signal) string { return s.RunKey }),
		stages:     byRun(f.Stages, func(s *features.Stage) string { return s.RunKey }),
		executions: byRun(f.Executions, func(e *features.Execution) string { return e.RunKey }),
	}
}

func byRun[T any](rows []T, key func(*T) string) map[string][]*T {
	m := map[string][]*T{}
	for i := range rows {
		m[key(&rows[i])] = append(m[key(&rows[i])], &rows[i])
	}
	return m
}
