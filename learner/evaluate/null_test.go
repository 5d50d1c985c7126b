package evaluate

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/learner"
)

// delta is the share of pipelines that may get a wrong setting.
const delta = 0.05

// decisions counts the pipelines with proposed settings.
func decisions(t *testing.T, f learner.Fleet, mode string) (changed, all int) {
	t.Helper()
	res, err := options(mode, 1, false).Learn(t.Context(), f, time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	for i := range res.Recommendations {
		if len(proposed(&res.Recommendations[i])) > 0 {
			changed++
		}
	}
	return changed, len(res.Recommendations)
}

// Acceptance: real logs of single settings change nothing by themselves, in any
// mode, without a model of what untried settings do.
func TestSingleSettingsOfRealLogs(t *testing.T) {
	f := lab(t)
	if n, _ := decisions(t, f, learner.ModeAdvise); n == 0 {
		t.Fatal("the whole history changes nothing either: the test shows nothing")
	}
	res, err := options(learner.ModeAdvise, 1, false).Learn(t.Context(), f, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	baseline := map[string]map[string]string{}
	for _, r := range res.Recommendations {
		baseline[r.Pipeline] = r.Baseline
	}
	f.Runs = slices.DeleteFunc(slices.Clone(f.Runs), func(r features.Run) bool { return !has(&r, baseline[r.Pipeline], learner.DefaultAgents()) })
	features.Judge(f.Runs, nil)
	if len(f.Runs) < 50 {
		t.Fatalf("%d runs under usual settings", len(f.Runs))
	}
	for _, mode := range []string{learner.ModeAdvise, learner.ModeApprove, learner.ModeAuto} {
		if n, all := decisions(t, f, mode); n != 0 || all != 8 {
			t.Errorf("mode %s: %d of %d pipelines change on a single setting", mode, n, all)
		}
	}
}

// Acceptance: with settings dealt out at random over the nights of real logs,
// whose times stay, what looks faster is so by chance: at most delta of the
// pipelines change.
func TestPermutedSettingsOfRealLogs(t *testing.T) {
	const deals = 25
	wrong, n := 0, 0
	for seed := range uint64(deals) {
		f := lab(t)
		f.Runs = slices.Clone(f.Runs)
		byPipeline := map[string][]int{}
		for i, r := range f.Runs {
			if r.Comparable {
				byPipeline[r.Pipeline] = append(byPipeline[r.Pipeline], i)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(byPipeline)) {
			at := byPipeline[name]
			rng := rand.New(rand.NewPCG(seed, uint64(len(name))))
			was := make([]map[string]features.Setting, len(at))
			for i, k := range at {
				was[i] = f.Runs[k].ConfEffective
			}
			for i, j := range rng.Perm(len(at)) {
				f.Runs[at[i]].ConfEffective = was[j]
			}
		}
		features.Judge(f.Runs, nil)
		changed, all := decisions(t, f, learner.ModeAdvise)
		wrong, n = wrong+changed, n+all
	}
	t.Logf("%d of %d pipelines changed", wrong, n)
	if n != 8*deals || float64(wrong) > delta*float64(n) {
		t.Errorf("%d of %d pipelines changed on settings dealt out at random", wrong, n)
	}
}
