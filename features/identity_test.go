package features

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// nights are the runs of fixtures/history by pipeline, oldest first.
func nights(t testing.TB) map[string][]*App {
	t.Helper()
	byPipeline := map[string][]*App{}
	for _, x := range everyRun(t) {
		if strings.Contains(filepath.ToSlash(x.log.Name), "/history/") {
			byPipeline[x.app.Run.Pipeline] = append(byPipeline[x.app.Run.Pipeline], x.app)
		}
	}
	for _, apps := range byPipeline {
		slices.SortFunc(apps, func(a, b *App) int { return compareRuns(&a.Run, &b.Run) })
	}
	return byPipeline
}

// Eight pipelines ran with adaptive execution on and off, broadcasts off and
// up to 10 MB, 2 to 800 partitions and several sizes of memory. The plan's
// signature sees none of that, and tells the pipelines apart.
func TestPlanSignatureSeesNoSettings(t *testing.T) {
	byPipeline := nights(t)
	want := []string{"DocTopics", "Sales star ETL", "clickstream-user-agg", "daily-revenue-report", "device-events", "feature-refine", "orders_enrich", "trips_by_city"}
	if got := slices.Sorted(maps.Keys(byPipeline)); !slices.Equal(got, want) {
		t.Fatalf("pipelines %q, want %q", got, want)
	}
	pipelines := map[string]string{}
	for name, apps := range byPipeline {
		settings := map[string]bool{}
		for _, a := range apps {
			r := &a.Run
			settings[settingKey(r.ConfEffective)] = true
			if r.PlanSignature != apps[0].Run.PlanSignature {
				t.Errorf("%s: plan %s on %s, %s on %s", name, r.PlanSignature, r.Night, apps[0].Run.PlanSignature, apps[0].Run.Night)
			}
		}
		if len(settings) < 2 {
			t.Errorf("%s: only one joint setting, which shows nothing", name)
		}
		if other, ok := pipelines[apps[0].Run.PlanSignature]; ok {
			t.Errorf("%s and %s have one plan signature", name, other)
		}
		pipelines[apps[0].Run.PlanSignature] = name
	}
}

// joins are the physical joins that a run ended up with: Spark chooses by the
// night's sizes too, and a broadcast join takes other stages than a merge join.
func joins(a *App) string {
	var kinds []string
	for _, x := range a.Executions {
		kinds = append(kinds, x.JoinKinds...)
	}
	return strings.Join(kinds, " ")
}

// Executions, and the stages of nights with equal settings and joins, are the
// same steps night after night, each once in a run.
func TestStepsAreTheSameEveryNight(t *testing.T) {
	for name, apps := range nights(t) {
		steps := map[string][]string{} // by joint setting
		var executions []string
		for _, a := range apps {
			if a.Run.Outcome != Succeeded {
				continue
			}
			var sigs, execs []string
			for _, s := range a.Stages {
				sigs = append(sigs, s.StageSignature)
			}
			for _, x := range a.Executions {
				execs = append(execs, executionStep(x.PlanSignature, x.Occurrence))
			}
			slices.Sort(sigs)
			if n := len(slices.Compact(slices.Clone(sigs))); n != len(sigs) {
				t.Errorf("%s, %s: %d stages have %d signatures", name, a.Run.Night, len(sigs), n)
			}
			if executions == nil {
				executions = execs
			} else if !slices.Equal(execs, executions) {
				t.Errorf("%s, %s: executions %v, before %v", name, a.Run.Night, execs, executions)
			}
			key := settingKey(a.Run.ConfEffective) + joins(a)
			if before, ok := steps[key]; ok && !slices.Equal(before, sigs) {
				t.Errorf("%s, %s: steps %v, before %v", name, a.Run.Night, sigs, before)
			}
			steps[key] = sigs
		}
	}
}

// The attempts of a stage are one step.
func TestAttemptsAreOneStep(t *testing.T) {
	retried := 0
	for _, x := range everyRun(t) {
		first := map[int64]string{}
		for _, s := range x.app.Stages {
			if s.StageAttemptID == 0 {
				first[s.StageID] = s.StageSignature
			} else if sig, ok := first[s.StageID]; ok {
				retried++
				if s.StageSignature != sig {
					t.Errorf("%s: stage %d.%d is step %s, its first attempt %s", x.log.Name, s.StageID, s.StageAttemptID, s.StageSignature, sig)
				}
			}
		}
	}
	if retried < 5 {
		t.Errorf("only %d retried stages", retried)
	}
}

// Adaptive execution, memory and the number of partitions leave most steps as
// they are, so that evidence under one setting speaks for another.
func TestStepsSurviveSettings(t *testing.T) {
	for name, apps := range nights(t) {
		byJoins := map[string]map[string]int{}
		runs := map[string]int{}
		for _, a := range apps {
			if a.Run.Outcome != Succeeded {
				continue
			}
			kinds := joins(a)
			runs[kinds]++
			if byJoins[kinds] == nil {
				byJoins[kinds] = map[string]int{}
			}
			for _, s := range a.Stages {
				byJoins[kinds][s.StageSignature]++
			}
		}
		for kinds, steps := range byJoins {
			everywhere := 0
			for _, n := range steps {
				if n == runs[kinds] {
					everywhere++
				}
			}
			if 4*everywhere < 3*len(steps) {
				t.Errorf("%s, joins %q: only %d of %d steps are in all %d nights", name, kinds, everywhere, len(steps), runs[kinds])
			}
		}
	}
}
