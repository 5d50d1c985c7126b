package html

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spark-apprentice/apprentice/eventlog"
	"github.com/spark-apprentice/apprentice/eventlog/source"
	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
	"github.com/spark-apprentice/apprentice/learner"
)

// nightsOf is a pipeline of runs, each given as its seconds over the baseline's
// 100 s, who chose its settings, and whether it failed.
func nightsOf(status string, runs ...any) Night {
	n := Night{Result: &learner.Result{Recommendations: []learner.Recommendation{{Pipeline: "p", ID: "id", FileID: "id", Status: "accepted", Adoption: learner.Adoption{State: status}}}}}
	for i, r := range runs {
		key := fmt.Sprint("run", i)
		night := firstNight.AddDate(0, 0, i)
		run := features.Run{RunKey: key, Pipeline: "p", Night: night.Format(time.DateOnly), StartedAt: null.Of(night), Outcome: features.Succeeded, Comparable: true, Kind: features.Batch}
		e := learner.Episode{RunKey: key, Pipeline: "p", Night: run.Night, Step: "run", Agent: "a", Action: "k=1", Baseline: "k=1", BaselineS: 100, Behaviour: "human"}
		switch r := r.(type) {
		case float64:
			e.ChargedS = 100 * r
		case string: // ours, with its ratio
			if _, err := fmt.Sscan(strings.TrimLeft(r, "re"), &e.ChargedS); err != nil {
				panic(err)
			}
			e.ChargedS *= 100
			e.Action, run.RecommendationID, e.Behaviour = "k=2", "id", "recommended"
			if r[0] == 'e' {
				e.Behaviour = "explored"
			}
		case nil:
			run.Outcome, run.Comparable, run.ExclusionReason = features.Failed, false, "failed: heap_oom 1"
		case time.Duration: // killed: its log grew so long
			run.Outcome, run.Comparable, run.EndedAt = features.Incomplete, false, null.Of(night.Add(r))
		}
		n.Runs = append(n.Runs, run)
		n.Now = night.Add(30 * time.Hour)
		if run.Comparable {
			n.Result.Episodes = append(n.Result.Episodes, e)
		}
	}
	n.addSavings()
	return n
}

// addSavings gives each recommendation what its runs that train saved.
func (n *Night) addSavings() {
	byName := map[string]*learner.Recommendation{}
	for i := range n.Result.Recommendations {
		byName[n.Result.Recommendations[i].Pipeline] = &n.Result.Recommendations[i]
	}
	for _, e := range n.Result.Episodes {
		if (e.Behaviour == "recommended" || e.Behaviour == "explored") && e.Agent == n.Result.Episodes[0].Agent {
			s := &byName[e.Pipeline].Savings.All
			s.Runs, s.SavedS, s.BaselineS = s.Runs+1, s.SavedS+e.BaselineS-e.ChargedS, s.BaselineS+e.BaselineS
		}
	}
}

func TestVerifiedSavings(t *testing.T) {
	index, details := readPage(t, pageOf(t, nightsOf("in_force", 1.02, 0.98, 1.01, 0.99, 1.0, "r0.5", "r0.5", "e0.5")))
	row := index.Pipelines[0]
	v := row.Verified
	if v == nil || v.Runs != 3 || !near(v.Ratio.V, 0.5, 1e-3) || !near(v.AllS, 150, 1e-6) || !(v.Low.V < 0.5 && v.High.V > 0.5 && v.High.V < 0.55) {
		t.Errorf("verified %+v, want 3 runs at 0.5 and 150 s saved", v)
	}
	if len(row.Alerts) != 0 {
		t.Errorf("alerts %v, want none", row.Alerts)
	}
	d := details[0].Deployed
	if len(d) != 1 || d[0].Explored != 1 || len(d[0].Changes) != 1 || d[0].Changes[0] != (assignment{"k", "2"}) {
		t.Errorf("deployments %+v", d)
	}
	e := index.Health.Explore
	if e.Runs != 1 || e.Won != 50 || e.Lost != 0 {
		t.Errorf("exploration %+v, want 50 s won in one run", e)
	}
	if g := index.Health.Gains; len(g) != 3 || g[2].Followed != 100 || g[2].Explored != 50 {
		t.Errorf("gains %+v, want 100 s followed and 50 s explored", g)
	}
	var kinds []string
	for _, e := range details[0].Events {
		kinds = append(kinds, e.Kind)
	}
	if fmt.Sprint(kinds) != "[deployed]" {
		t.Errorf("events %v, want one deployment", kinds)
	}
}

func TestAlerts(t *testing.T) {
	steady := []any{1.02, 0.98, 1.01, 0.99, 1.0, 1.01, 0.99}
	beside := pageOf(t, func() Night {
		n := nightsOf("proposed", steady...)
		n.Result.Recommendations[0].TakenBack = learner.Adoption{State: learner.AdoptionRolledBack, Why: "rolled back: <heap oom>"}
		return n
	}())
	if index, _ := readPage(t, beside); len(index.Pipelines[0].Alerts) != 1 || index.Pipelines[0].Alerts[0].Kind != "rolled_back" {
		t.Errorf("taken back beside a proposal: alerts %v", index.Pipelines[0].Alerts)
	}
	for name, c := range map[string]struct {
		status string
		runs   []any
		want   string
	}{
		"quiet":       {"unchanged", steady, ""},
		"slower":      {"in_force", append(steady[:7:7], "r1.3", "r1.28", "r1.31"), "slower"},
		"one of many": {"in_force", append(steady[:7:7], "r1.01", "r0.99", "r1.02"), ""},
		"failing":     {"unchanged", append(steady[:7:7], nil), "failing"},
		"killed":      {"unchanged", append(steady[:7:7], 5*time.Hour), "failing"},
		"going on":    {"unchanged", append(steady[:7:7], 29*time.Hour), ""},
		"failed once": {"unchanged", append(steady[:5:5], nil, 1.0), ""},
		"drift":       {"unchanged", append(steady[:7:7], 1.0, 1.4, 1.35), "drift"},
		"one bad":     {"unchanged", append(steady[:7:7], 1.0, 1.4, 1.0), ""},
		"rolled back": {"rolled_back", steady, "rolled_back"},
		"quarantined": {"quarantined", steady, ""}, // taken back on an earlier night
	} {
		t.Run(name, func(t *testing.T) {
			index, _ := readPage(t, pageOf(t, nightsOf(c.status, c.runs...)))
			var got []string
			for _, a := range index.Pipelines[0].Alerts {
				got = append(got, a.Kind)
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("alerts %v, want %q", index.Pipelines[0].Alerts, c.want)
			}
		})
	}
}

// What was verified stands though no run of it trains any more, and what failed
// runs cost is taken off.
func TestSavingsOfOtherTimes(t *testing.T) {
	n := nightsOf("in_force", 1.02, 0.98, 1.01, 0.99, 1.0, "r0.5")
	n.Result.Recommendations[0].Savings.All = learner.Saving{Runs: 9, Failed: 3, SavedS: -60, BaselineS: 900}
	index, _ := readPage(t, pageOf(t, n))
	v, total := index.Pipelines[0].Verified, index.Totals
	if v == nil || v.Runs != 1 || v.AllRuns != 9 || v.Failed != 3 || v.AllS != -60 {
		t.Errorf("verified %+v, want one run now, 9 in all, 60 s lost", v)
	}
	if total.Adopted != 9 || total.Failed != 3 || total.VerifiedS != -60 || total.Expected != 900 || total.Following != 1 {
		t.Errorf("totals %+v", total)
	}
	n = nightsOf("rolled_back", 1.02, 0.98, 1.01, 0.99, nil, nil, nil)
	n.Result.Recommendations[0].Savings.All = learner.Saving{Runs: 3, Failed: 3, SavedS: -450, BaselineS: 300}
	index, _ = readPage(t, pageOf(t, n))
	if v := index.Pipelines[0].Verified; v == nil || v.Ratio.OK || v.AllS != -450 {
		t.Errorf("verified %+v: three runs died and nothing is said of them", v)
	}
}

// A promise is held against what the file was written with, and not against
// what is expected since its runs came; without one nothing is judged.
func TestPromises(t *testing.T) {
	some := null.Of[float64]
	n := nightsOf("in_force", 1.02, 0.98, 1.01, 0.99, 1.0, "r0.95", "r0.95", "r0.95")
	r := &n.Result.Recommendations[0]
	r.Expected = learner.Expected{RuntimeRatio: some(0.95), Low: some(0.9), High: some(1.0), BaselineS: some(100)}
	r.Files = []learner.Written{{ID: "id", Since: "2026-03-05", Promised: some(0.6), PromisedLow: some(0.55), PromisedHigh: some(0.66)}}
	index, _ := readPage(t, pageOf(t, n))
	h := index.Health
	if len(h.Promises) != 1 || h.Promises[0].Expected.V != 0.6 || h.Promises[0].Since != "2026-03-05" || h.Judged != 1 || h.Kept != 0 || h.Promises[0].Verdict != broken {
		t.Errorf("%d of %d kept, %+v: want 0.6 and broken", h.Kept, h.Judged, h.Promises)
	}
	r.Files[0].Promised, r.Files[0].PromisedLow, r.Files[0].PromisedHigh = some(0.93), some(0.9), some(0.96)
	if index, _ = readPage(t, pageOf(t, n)); index.Health.Judged != 1 || index.Health.Kept != 1 {
		t.Errorf("%d of %d kept, want one", index.Health.Kept, index.Health.Judged)
	}
	r.Files[0].Promised, r.Files[0].PromisedLow, r.Files[0].PromisedHigh = some(1.2), some(1.1), some(1.3)
	if index, _ = readPage(t, pageOf(t, n)); index.Health.Kept != 1 || index.Health.Promises[0].Verdict != exceeded {
		t.Errorf("%d kept, %+v: want more than promised", index.Health.Kept, index.Health.Promises)
	}
	r.Files = []learner.Written{{ID: "id", Since: "2026-03-05"}}
	if index, _ = readPage(t, pageOf(t, n)); len(index.Health.Promises) != 1 || index.Health.Promises[0].Expected.OK || index.Health.Judged != 0 {
		t.Errorf("without a promise: %d judged, %+v", index.Health.Judged, index.Health.Promises)
	}
}

// Runs carry the marker of their pipeline's one file; each variant has them in
// its own name, and the page follows it.
func TestVariantsHaveTheirPipelinesMarkers(t *testing.T) {
	some := null.Of[float64]
	n := nightsOf("in_force", 1.02, 0.98, 1.01, 0.99, 1.0, "r0.6", "r0.6", "r0.6")
	set := map[string]string{"k": "2"}
	of, own := learner.RecommendationID("p", set), learner.RecommendationID("p@a", set)
	for i := range n.Runs {
		if n.Runs[i].Variant = "a"; n.Runs[i].RecommendationID != "" {
			n.Runs[i].RecommendationID = of
		}
		n.Result.Episodes[i].Pipeline = "p@a"
	}
	r := &n.Result.Recommendations[0]
	r.Pipeline, r.ID, r.FileID, r.File, r.Settings = "p@a", own, own, set, map[string]learner.Proposed{"k": {Value: "2"}}
	r.Adoption.ID, r.Adoption.Ratio, r.Adoption.Low, r.Adoption.High = own, some(0.61), some(0.51), some(0.71)
	r.Expected = learner.Expected{RuntimeRatio: some(0.6), BaselineS: some(100)}
	r.Files = []learner.Written{{ID: own, Since: "2026-03-05", Settings: set, Promised: some(0.6), PromisedLow: some(0.55), PromisedHigh: some(0.66)}}
	index, details := readPage(t, pageOf(t, n))
	h := index.Health
	if len(h.Promises) != 1 || h.Promises[0].ID != own || h.Judged != 1 || h.Kept != 1 {
		t.Errorf("%d of %d kept, %+v: want one of %s", h.Kept, h.Judged, h.Promises, own)
	}
	if h.Proposed != 1 || h.Open != 0 {
		t.Errorf("%d of %d proposals not taken", h.Open, h.Proposed)
	}
	if d := details[0].Deployed; len(d) != 1 || d[0].ID != own || d[0].Ratio.V != 0.61 {
		t.Errorf("deployed %+v, want the learner's word on %s", d, own)
	}
	if n.Runs[7].RecommendationID != of {
		t.Error("the night's own rows are changed")
	}
}

// What is not taken is what a proposal of the learner's would save, where the
// newest run that nobody drew by chance does not follow it.
func TestNotTaken(t *testing.T) {
	steady := []any{1.02, 0.98, 1.01, 0.99, 1.0}
	for name, c := range map[string]struct {
		runs  []any
		tweak func(*learner.Recommendation)
		open  int
	}{
		"nobody uses it":    {steady, nil, 1},
		"followed":          {append(steady[:5:5], "r0.8"), nil, 0},
		"left again":        {append(steady[:5:5], "r0.8", 1.0), nil, 1},
		"an old file":       {append(steady[:5:5], "r0.8"), func(r *learner.Recommendation) { r.ID, r.FileID = "new", "new" }, 1},
		"waits for accept":  {append(steady[:5:5], "r0.8"), func(r *learner.Recommendation) { r.ID, r.File = "new", map[string]string{} }, 1},
		"beside a pin":      {append(steady[:5:5], "r0.8"), func(r *learner.Recommendation) { r.ID = "new"; enforceToo(r) }, 0},
		"only a pin":        {steady, func(r *learner.Recommendation) { enforceToo(r); delete(r.Settings, "k"); delete(r.File, "k") }, 0},
		"frozen":            {steady, func(r *learner.Recommendation) { r.Status = learner.StatusFrozen }, 0},
		"taken back":        {steady, func(r *learner.Recommendation) { r.Status = learner.StatusRejected }, 0},
		"explored tonight":  {append(steady[:5:5], "r0.8", "e0.9"), drawnLast, 0},
		"explored, instead": {append(steady[:5:5], 1.0, "e0.9"), drawnLast, 1},
		"once explored":     {append(steady[:5:5], "r0.8"), func(r *learner.Recommendation) { r.Files = []learner.Written{{ID: "id", Explored: true}} }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			n := nightsOf("in_force", c.runs...)
			if last := &n.Result.Episodes[len(n.Result.Episodes)-1]; last.Behaviour == "explored" {
				r := &n.Runs[len(n.Runs)-1]
				r.RecommendationID, r.Propensity = "drawn", null.Of(0.1)
			}
			r := &n.Result.Recommendations[0]
			r.Settings, r.File = map[string]learner.Proposed{"k": {Value: "2"}}, map[string]string{"k": "2"}
			r.Expected = learner.Expected{RuntimeRatio: null.Of(0.8), BaselineS: null.Of(100.0)}
			if c.tweak != nil {
				c.tweak(r)
			}
			index, _ := readPage(t, pageOf(t, n))
			if h := index.Health; h.Open != c.open || !near(h.OpenS, 20*float64(c.open), 1e-9) {
				t.Errorf("%d not taken, %g s; want %d", h.Open, h.OpenS, c.open)
			}
		})
	}
}

func enforceToo(r *learner.Recommendation) {
	r.Settings["pinned"] = learner.Proposed{Value: "1", Evidence: "enforced"}
	r.File["pinned"] = "1"
}

func drawnLast(r *learner.Recommendation) {
	r.Files = []learner.Written{{ID: "id"}, {ID: "drawn", Explored: true}}
}

// Those that need attention come first, regressions before failures before
// drift, then the largest saving.
func TestOrderOfPipelines(t *testing.T) {
	index, _ := readPage(t, pageOf(t, synthetic(200, 60)))
	rank := map[string]int{"slower": 4, "failing": 3, "rolled_back": 3, "drift": 2}
	last, saving := 5, math.Inf(1)
	for _, r := range index.Pipelines {
		now := 0
		for _, a := range r.Alerts {
			now = max(now, rank[a.Kind])
		}
		if now > last {
			t.Fatalf("%s with %v comes after less urgent ones", r.Name, r.Alerts)
		}
		if now < last {
			saving = math.Inf(1)
		}
		if s := r.SaveS.Or(0); s > saving {
			t.Fatalf("%s saves %g and comes after %g", r.Name, s, saving)
		}
		last, saving = now, r.SaveS.Or(0)
	}
}

// Nights drawn around their expectation are covered as often as the level says,
// and evenly; nights with more noise than the others let expect are not.
func TestCalibration(t *testing.T) {
	index, _ := readPage(t, pageOf(t, synthetic(120, 60)))
	h := index.Health
	for _, c := range h.Coverage {
		// 3 standard errors of a share of so many nights.
		if by := 3 * math.Sqrt(c.Nominal*(1-c.Nominal)/float64(h.Nights)); !near(c.Share, c.Nominal, by+0.005) {
			t.Errorf("%.0f %% intervals hold %.3f of %d nights", 100*c.Nominal, c.Share, h.Nights)
		}
	}
	wild, _ := readPage(t, pageOf(t, nightsOf("unchanged", 1.0, 1.01, 0.99, 1.0, 1.0, 1.01, 0.99, 3.0)))
	if c := wild.Health.Coverage; c[len(c)-1].Share != 0.875 {
		t.Errorf("coverage %v: the night of thrice the time lies outside of every interval", c)
	}
}

// On real logs: each run that trains takes what its log says, less its wait for
// executors, and a run's parts add up to the run.
func TestRealHistory(t *testing.T) {
	logs, _, err := source.Find(t.Context(), []string{"../../fixtures/history"})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(logs, func(a, b eventlog.Log) int { return strings.Compare(a.Name, b.Name) }) // not by the files' times, which a clone makes
	var f learner.Fleet
	n := Night{Shown: map[string]Shown{}}
	for _, log := range logs {
		app, err := features.Extract(t.Context(), log, eventlog.Options{}, features.Options{})
		if err != nil {
			t.Fatal(err)
		}
		f.Runs = append(f.Runs, app.Run)
		f.Stages = append(f.Stages, app.Stages...)
		f.Executions = append(f.Executions, app.Executions...)
		n.Signals = append(n.Signals, app.Signals...)
		n.Shown[app.Run.Pipeline] = Shown{RunKey: app.Run.RunKey}
		checkParts(t, filepath.Base(log.Name), newRun(app))
	}
	features.Judge(f.Runs, nil)
	cfg := learner.DefaultConfig()
	cfg.Now = time.Date(2026, 12, 1, 6, 0, 0, 0, time.UTC)
	if n.Result, err = learner.Learn(t.Context(), f, learner.DefaultAgents(), cfg); err != nil {
		t.Fatal(err)
	}
	n.Runs, n.Stages, n.Executions = f.Runs, f.Stages, f.Executions
	index, details := readPage(t, pageOf(t, n))
	if index.Totals.Runs != 101 || index.Totals.Pipelines != 8 {
		t.Errorf("%d runs of %d pipelines, want 101 of 8", index.Totals.Runs, index.Totals.Pipelines)
	}
	want := map[string]features.Run{}
	for _, r := range f.Runs {
		want[r.AppID+r.Night] = r
	}
	trained := 0
	for _, p := range details {
		for i, s := range p.Nights.Seconds {
			r := want[p.Nights.App[i]+p.Nights.Night[i]]
			if took := r.DurationS.V - r.ExecutorWaitS.Or(0); !near(s.V, took, 5e-4*took) {
				t.Errorf("%s on %s: %g s, the log says %g", p.Name, r.Night, s.V, took)
			}
			if p.Nights.Trial[i] >= 0 {
				trained++
			}
		}
		if p.Run == nil || len(p.Run.Stages) == 0 || len(p.QTables) == 0 {
			t.Errorf("%s: no stages or no Q-values", p.Name)
		}
	}
	if trained != 99 {
		t.Errorf("%d runs train, want 99: two failed", trained)
	}
}

func checkParts(t *testing.T, name string, d runDoc) {
	t.Helper()
	if !d.DurationS.OK || !d.DriverS.OK {
		return
	}
	sum := d.DriverS.V + d.WaitS.Or(0) + d.OtherS.Or(0) + d.LackingS.Or(0)
	for _, s := range d.Stages {
		sum += s.Charged.Or(0)
		for _, b := range s.Times {
			if b.N < 0 || b.From > b.To {
				t.Errorf("%s: stage %s has a bin %+v", name, s.ID, b)
			}
		}
	}
	if !near(sum, d.DurationS.V, 2e-3*d.DurationS.V+1e-3) {
		t.Errorf("%s: the parts add up to %g of %g", name, sum, d.DurationS.V)
	}
}

// Every kind of log has a page, and its parts add up.
func TestInspectEveryFixture(t *testing.T) {
	dirs, err := filepath.Glob("../../fixtures/logs/*")
	if err != nil || len(dirs) < 60 {
		t.Fatalf("%d fixtures, %v", len(dirs), err)
	}
	for _, dir := range dirs {
		if strings.HasSuffix(dir, "m_medium") {
			continue // large, and like the others
		}
		logs, _, err := source.Find(t.Context(), []string{dir})
		if err != nil || len(logs) == 0 {
			t.Fatalf("%s: %d logs, %v", dir, len(logs), err)
		}
		app, err := features.Extract(t.Context(), logs[0], eventlog.Options{}, features.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if err := WriteRun(&b, app); err != nil {
			t.Fatal(err)
		}
		checkParts(t, filepath.Base(dir), newRun(app))
	}
}
