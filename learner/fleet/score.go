package fleet

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/spark-apprentice/apprentice/learner"
)

// What counts, as ratios of true run times at equal input.
const (
	wrongRatio = 1.01 // a deployment that is slower than the team's settings
	badRatio   = 1.3  // a regression that must not last
	worseRatio = 1.1  // one that is counted beside
	mostNights = 2    // so long it may last
)

// A Score is what came of a fleet's nights.
type Score struct {
	Runs, LostLogs, Failures int
	Deployments, Wrong       int
	Story                    []string // what was deployed and taken back
	RolledBack               int
	Kept                     int                // regressions of 30 % kept for more than two adopted nights in a row
	KeptWorse                int                // the same for 10 %
	LongestWorse             int                // the longest of these
	Deaths, ExploredDeaths   int                // out of memory where the team's settings would have lived
	Adopted, Explored        int                // runs
	LostS, BudgetS           float64            // what exploration lost in truth, never set off against what it gained, and might
	Over                     map[string]float64 // pipelines whose loss was beyond the budget at some time, and its share
	Shares                   []Share            // by night

	pipelines map[string]*pipeline
	bad       map[string]int // adopted nights in a row with a regression
	worse     map[string]int
	lost      map[string]float64
}

// A Share is the fleet's gain on a night, as the sum of log speed-ups over the
// team's settings.
type Share struct {
	Oracle float64 // pipelines that use files
	Used   float64 // of these, what their file gives
	All    float64 // the oracle's, all pipelines
	Stands float64 // what all files would give
	// The same of the pipelines that opt in to exploration, whether or not there
	// is a budget for it.
	OptedOracle, OptedUsed float64
	// Tried is the best of what people try themselves on the pipelines that use
	// files: where nobody explores and no prediction decides, no evidence
	// reaches beyond it.
	Tried float64
}

func newScore(pipelines []*pipeline) *Score {
	s := &Score{pipelines: map[string]*pipeline{}, bad: map[string]int{}, worse: map[string]int{}, lost: map[string]float64{}, Over: map[string]float64{}}
	for _, p := range pipelines {
		s.pipelines[p.name] = p
		s.BudgetS += p.budget
	}
	return s
}

// effect is the true log speed-up of a file's settings over the team's.
func (p *pipeline) effect(night int, settings map[string]string) float64 {
	x := p.logSize(night)
	return math.Log(p.timeUnder(night, nil, x) / p.timeUnder(night, settings, x))
}

// bestTried is the largest effect of what its people try: all of it together,
// or a part.
func (p *pipeline) bestTried(night int) (best float64) {
	if p.habit == steady {
		return 0
	}
	keys := slices.Sorted(maps.Keys(p.other))
	for part := range 1 << len(keys) {
		set := map[string]string{}
		for i, k := range keys {
			if part>>i&1 == 1 {
				set[k] = p.other[k]
			}
		}
		if t := p.truthUnder(night, set, p.logSize(night)+math.Log(1.5)); !t.dies {
			best = max(best, p.effect(night, set))
		}
	}
	return best
}

func (p *pipeline) timeUnder(night int, settings map[string]string, logSize float64) float64 {
	return p.truthUnder(night, settings, logSize).seconds
}

func (p *pipeline) truthUnder(night int, settings map[string]string, logSize float64) truth {
	set := maps.Clone(p.team)
	maps.Copy(set, settings)
	if p.files.setBy != "" {
		set[p.files.beats] = p.files.value
	}
	return surface(p.dataOn(night), read(set), logSize)
}

// lived counts a run as it happened. Gains and how long regressions were kept
// count by nights, whose last run speaks for them.
func (s *Score) lived(p *pipeline, night, run int, g play, f file) {
	if s.Runs++; g.failed {
		s.Failures++
	}
	if g.lost {
		s.LostLogs++
	}
	last := run == p.rhythm.More
	if last {
		s.share(p, night, g, f)
	}
	if !g.used {
		return
	}
	if len(f.settings) == 0 && !f.explored {
		s.bad[p.name], s.worse[p.name] = 0, 0
		return
	}
	x, e := p.logSize(night), p.effect(night, f.settings)
	dies := g.truth.dies && !p.truthUnder(night, nil, x).dies
	if f.explored {
		s.Explored++
		lost := max(0, p.timeUnder(night, f.settings, x)-p.timeUnder(night, f.from, x))
		if dies {
			lost = p.timeUnder(night, f.settings, x)
		}
		s.lost[p.name] += lost
		// One night on which everything but the team's settings turned 2.2 times as
		// slow is beyond any bound that was learned before it. To hold a night back
		// for it would leave budgets of a night nothing to try.
		if s.LostS += lost; s.lost[p.name] > p.budget*(1+0.5*b2f(p.drift.kind == turns)) {
			s.Over[p.name] = s.lost[p.name] / p.budget
			s.Story = append(s.Story, fmt.Sprintf("night %d, %s (drift: %s at %d): %v tried in place of %v lost %.0f s, died %v, of %.0f s; its log is lost: %v", night, p.name, p.drift.kind, p.drift.at, f.settings, f.from, lost, dies, p.budget, g.lost))
		}
		s.ExploredDeaths += int(b2f(dies))
		return
	}
	s.Adopted++
	if s.Deaths += int(b2f(dies)); !last {
		return
	}
	count := func(row map[string]int, ratio float64, kept *int) {
		if math.Exp(-e) <= ratio {
			row[p.name] = 0
			return
		}
		if row[p.name]++; row[p.name] == mostNights+1 {
			*kept++
		}
	}
	count(s.bad, badRatio, &s.Kept)
	count(s.worse, worseRatio, &s.KeptWorse)
	s.LongestWorse = max(s.LongestWorse, s.worse[p.name])
}

// share adds a night of a pipeline to the fleet's.
func (s *Score) share(p *pipeline, night int, g play, f file) {
	for len(s.Shares) <= night {
		s.Shares = append(s.Shares, Share{})
	}
	x := p.logSize(night)
	best := math.Log(p.timeUnder(night, nil, x) / p.oracle(night, x))
	sh, e := &s.Shares[night], p.effect(night, f.settings)
	sh.All += best
	sh.Stands += e
	if p.files.from >= 0 {
		sh.Oracle += best
		sh.Tried += p.bestTried(night)
		sh.Used += e * b2f(g.used)
	}
	if p.files.explore {
		sh.OptedOracle += best
		sh.OptedUsed += e * b2f(g.used)
	}
}

// wrote counts what a night decided, draws aside.
func (s *Score) wrote(name string, night int, r *learner.Recommendation, before, after file) {
	p := s.pipelines[name]
	told := func(what string) {
		s.Story = append(s.Story, fmt.Sprintf("night %d, %s (people: %s; drift: %s at %d): %s", night, name, p.habit, p.drift.kind, p.drift.at, what))
	}
	if r.Status == learner.StatusRejected && len(before.from) > 0 {
		s.RolledBack++
		told(fmt.Sprintf("%v taken back: %s", before.from, r.Reason))
	}
	if before.stands == after.stands || len(after.from) == 0 {
		return
	}
	s.Deployments++
	ratio := math.Exp(-p.effect(night, after.from))
	told(fmt.Sprintf("%v deployed, in truth %.3f of the time", after.from, ratio))
	if ratio > wrongRatio {
		s.Wrong++
	}
}

// At is the share of the oracle's gain, in the five nights that end with a
// night: of the pipelines that use files, of what all files hold, and of the
// pipelines that opt in to exploration.
func (s *Score) At(night int) (used, stands, opted float64) {
	var sum Share
	for _, x := range s.Shares[max(0, night-5):min(night, len(s.Shares))] {
		sum.Oracle += x.Oracle
		sum.Used += x.Used
		sum.All += x.All
		sum.Stands += x.Stands
		sum.OptedOracle += x.OptedOracle
		sum.OptedUsed += x.OptedUsed
	}
	return sum.Used / sum.Oracle, sum.Stands / sum.All, sum.OptedUsed / sum.OptedOracle
}

// TriedAt is the share of the oracle's gain that people's own tries hold, in
// the same nights, of the pipelines that use files.
func (s *Score) TriedAt(night int) float64 {
	var tried, oracle float64
	for _, x := range s.Shares[max(0, night-5):min(night, len(s.Shares))] {
		tried += x.Tried
		oracle += x.Oracle
	}
	return tried / oracle
}

// Table writes the score for people.
func (s *Score) Table(w io.Writer) error {
	var b strings.Builder
	row := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-52s %s\n", name, fmt.Sprintf(format, args...))
	}
	row("runs, of these failed, logs lost", "%d, %d, %d", s.Runs, s.Failures, s.LostLogs)
	row("runs under a recommendation, explored", "%d, %d", s.Adopted, s.Explored)
	row("deployments, of these > 1 % slower in truth", "%d, %d (%.1f %%)", s.Deployments, s.Wrong, 100*float64(s.Wrong)/max(float64(s.Deployments), 1))
	row("taken back", "%d", s.RolledBack)
	row("regressions of 30 % kept > 2 adopted nights", "%d", s.Kept)
	row("regressions of 10 % kept > 2 adopted nights, longest", "%d, %d nights", s.KeptWorse, s.LongestWorse)
	row("deaths by memory after a recommendation, explored", "%d, %d", s.Deaths, s.ExploredDeaths)
	row("exploration lost, of budgets; pipelines beyond theirs", "%.0f s, %.0f s; %d", s.LostS, s.BudgetS, len(s.Over))
	for _, night := range []int{30, 60, 120, 1000} {
		if night <= len(s.Shares) {
			used, stands, opted := s.At(night)
			row(fmt.Sprintf("share of the oracle's gain by night %d", night), "%.1f %% where files are used (people's tries hold %.1f %%), %.1f %% in all files, %.1f %% where people opted in to exploration", 100*used, 100*s.TriedAt(night), 100*stands, 100*opted)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Habits lists how many pipelines have which habit and drift.
func (s *Score) Habits() string {
	n := map[string]int{}
	for _, p := range s.pipelines {
		n[p.habit]++
		n["drift: "+p.drift.kind]++
	}
	var list []string
	for _, k := range slices.Sorted(maps.Keys(n)) {
		list = append(list, fmt.Sprintf("%s %d", k, n[k]))
	}
	return strings.Join(list, ", ")
}
