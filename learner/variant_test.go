package learner

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
)

// turnedNights use a file for six nights; another plan takes turns on the last.
func turnedNights(id string) (nights []simNight) {
	for i := range 6 {
		n := adopt(simNight{}, id, 1+0.01*float64(i%3))
		if i == 3 || i == 5 {
			old := n.tweak
			n.tweak = func(r *features.Run) { old(r); r.PlanSignature = "plan two" }
		}
		nights = append(nights, n)
	}
	return nights
}

// turned are proven nights whose file was used for six nights, on the last two
// of which another plan took turns; what was decided on the night before the
// pipeline went on as variants; and the marker of its file.
func turned(t *testing.T, tweak func(*Config), said ...Directive) (f Fleet, before Recommendation, id string) {
	t.Helper()
	id = RecommendationID("p", aqeSettings)
	nights := append(provenNights(4, ""), turnedNights(id)...)
	var previous []Recommendation
	for _, to := range []int{16, 21} {
		f = judged(nights[:to])
		f.Previous, f.Directives = previous, said
		previous = learn(t, f, func(c *Config) { c.Mode, c.Now = ModeAuto, at(to-1); tweak(c) }).Recommendations
	}
	if before = previous[0]; len(previous) != 1 {
		t.Fatalf("%d pipelines before the second plan came back", len(previous))
	}
	f = judged(nights)
	f.Previous, f.Directives = previous, said
	return f, before, id
}

// What people said of a pipeline, its file and what exploration spent go on when
// its plans take turns.
func TestVariantsInherit(t *testing.T) {
	none := func(*Config) {}
	night := func(f Fleet, tweak func(*Config)) (a, b Recommendation, res *Result) {
		res = learn(t, f, func(c *Config) { c.Mode, c.Now = ModeAuto, at(len(f.Runs)-1); tweak(c) })
		return rec(t, res, "p@a"), rec(t, res, "p@b"), res
	}
	f, before, id := turned(t, none)
	if !cmp.Equal(before.File, aqeSettings) || before.FileID != id {
		t.Fatalf("before: file %v, %s", before.File, before.FileID)
	}
	a, b, res := night(f, none)
	for _, r := range []Recommendation{a, b} {
		d, ok := driftOf(r, DriftVariants)
		if !cmp.Equal(r.File, aqeSettings) || r.FileID != RecommendationID(r.Pipeline, aqeSettings) || !ok || !strings.Contains(d.What, "p → "+r.Pipeline) {
			t.Errorf("%s: %s, file %v, %+v: %s", r.Pipeline, r.Status, r.File, r.Drift, r.Reason)
		}
		if r.Adoption.Adopted == 0 || r.Adoption.Overridden > 0 || r.Adoption.State != AdoptionInForce && r.Adoption.State != AdoptionConfirmed {
			t.Errorf("%s: runs with the pipeline's marker are not its own: %+v", r.Pipeline, r.Adoption)
		}
	}
	// The job's one file goes on while its variants want the same.
	files := Shared(f.Runs, res.Recommendations)
	if len(files) != 1 || files[0].Pipeline != "p" || files[0].FileID != id || !cmp.Equal(files[0].File, aqeSettings) {
		t.Errorf("the pipeline's file: %+v", files)
	}

	// A regression under one plan takes its variant's file back, though the runs
	// carry the pipeline's marker; what the job's file holds ends with it.
	f.Previous = res.Recommendations
	var more []simNight
	for i := range 6 {
		n := adopt(simNight{}, id, 1)
		if i%2 == 1 {
			old := n.tweak
			n.seconds *= 2
			n.tweak = func(r *features.Run) { old(r); r.HeapOOMCount, r.PlanSignature = 3, "plan two" }
		}
		more = append(more, n)
	}
	whole := append(provenNights(4, ""), turnedNights(id)...)
	g := judged(append(whole, more...))
	g.Previous = res.Recommendations
	a, b, res = night(g, none)
	if !cmp.Equal(a.File, aqeSettings) || len(b.File) > 0 || b.Adoption.State != AdoptionRolledBack {
		t.Errorf("%v and %v, %+v: %s", a.File, b.File, b.Adoption, b.Reason)
	}
	files = Shared(g.Runs, res.Recommendations)
	if len(files) != 1 || len(files[0].File) > 0 || !strings.Contains(files[0].Reason, "p@a, p@b") {
		t.Errorf("the pipeline's file: %+v", files)
	}
	if d, ok := driftOf(b, DriftVariants); !ok || d.Since != "2026-01-21" {
		t.Errorf("six runs later: %+v", b.Drift)
	}

	// Frozen, pinned, refused.
	f, before, _ = turned(t, none, Directive{Pipeline: "p", Verb: VerbPin, Key: partsKey, Value: "64", At: at(17)}, Directive{Pipeline: "p", Verb: VerbFreeze, At: at(18)})
	if a, b, _ = night(f, none); a.Status != StatusFrozen || b.Status != StatusFrozen || !cmp.Equal(a.File, before.File) || !cmp.Equal(b.File, before.File) {
		t.Errorf("frozen before: %s %v, %s %v", a.Status, a.File, b.Status, b.File)
	}
	// A plan that joins later has run with the common file, and takes that over.
	f.Previous = []Recommendation{a, b}
	third := adopt(simNight{}, id, 1)
	third.tweak = func(r *features.Run) { r.RecommendationID, r.PlanSignature = id, "plan three" }
	g = judged(slices.Concat(provenNights(4, ""), turnedNights(id), []simNight{third, third, third}))
	g.Previous, g.Directives = f.Previous, f.Directives
	_, _, res = night(g, none)
	if c := rec(t, res, "p@c"); c.Status != StatusFrozen || !cmp.Equal(c.File, before.File) {
		t.Errorf("a third plan of a frozen pipeline: %s, file %v", c.Status, c.File)
	}
	if files := Shared(g.Runs, res.Recommendations); !cmp.Equal(files[0].File, before.File) || files[0].FileID != before.FileID {
		t.Errorf("the frozen pipeline's file: %v", files[0].File)
	}
	f, _, _ = turned(t, none)
	for _, verb := range []string{VerbReject, VerbRollback} {
		f.Directives = []Directive{{Pipeline: "p", Verb: verb, ID: id, Settings: aqeSettings, At: at(20)}}
		a, b, _ = night(f, none)
		if len(a.File)+len(b.File) > 0 || len(a.Said) != 1 || !strings.HasSuffix(a.Said[0], RecommendationID("p@a", aqeSettings)) {
			t.Errorf("%s: files %v and %v, said %v", verb, a.File, b.File, a.Said)
		}
	}
	f.Directives = append(f.Directives, Directive{Pipeline: "p@a", Verb: VerbFreeze, At: at(21)})
	if a, b, _ = night(f, none); a.Status != StatusFrozen || b.Status == StatusFrozen {
		t.Errorf("one variant frozen: %s and %s", a.Status, b.Status)
	}

	// Spent and quarantined.
	f, _, _ = turned(t, none)
	bad := map[string]string{partsKey: "4000"}
	f.Previous[0].Exploration.SpentS = 70
	f.Previous[0].Files = append(f.Previous[0].Files, Written{ID: RecommendationID("p", bad), Since: "2026-01-12", Settings: bad, Bad: "rolled back: made up", BadSince: "2026-01-15"})
	f.Runs[0].RecommendationID = RecommendationID("p", bad)
	a, b, _ = night(f, func(c *Config) { c.Explore = []Allowance{{Pipeline: "p", BudgetS: 100}} })
	for _, r := range []Recommendation{a, b} {
		if r.Exploration.SpentS < 70 {
			t.Errorf("%s: %.0f of 70 s spent", r.Pipeline, r.Exploration.SpentS)
		}
		kept := false
		for _, w := range r.Files {
			kept = kept || w.ID == RecommendationID(r.Pipeline, bad) && w.Bad != ""
		}
		if !kept {
			t.Errorf("%s forgets what was quarantined: %+v", r.Pipeline, r.Files)
		}
	}
}

// A fleet has saved what it has saved, whatever its pipelines go on as: a split
// counts no run twice, nor does a plan that joins later, nor a run that failed
// before its plan was known.
func TestVariantsSaveOnce(t *testing.T) {
	f, before, id := turned(t, func(*Config) {})
	var newest *features.Run
	night := func() (sum Saving, res *Result) {
		res = learn(t, f, func(c *Config) { c.Mode, c.Now = ModeAuto, at(len(f.Runs)) })
		for _, r := range res.Recommendations {
			sum = sum.plus(r.Savings.All)
		}
		newest, f.Previous = &f.Runs[len(f.Runs)-1], res.Recommendations
		return sum, res
	}
	was := before.Savings.All
	if was.Runs < 4 || was.SavedS < 100 {
		t.Fatalf("before: %+v", was)
	}
	// No run of the new night has a baseline of its plan to be compared with.
	split, res := night()
	if len(res.Recommendations) != 2 || split != was {
		t.Fatalf("split: %d pipelines saved %+v, one had %+v", len(res.Recommendations), split, was)
	}
	if again, _ := night(); again != split {
		t.Errorf("once more: %+v, want %+v", again, split)
	}

	nights := append(provenNights(4, ""), turnedNights(id)...)
	died := adopt(simNight{}, id, 1)
	died.tweak = func(r *features.Run) {
		r.RecommendationID, r.PlanSignature, r.Outcome, r.Complete = id, "", features.Failed, false
	}
	previous := f.Previous
	f = judged(append(nights, died))
	f.Previous = previous
	failed, _ := night()
	if newest.Variant != "" || failed.Runs != split.Runs+1 || failed.Failed != 1 {
		t.Errorf("one run failed: %+v after %+v", failed, split)
	}

	third := adopt(simNight{}, id, 1)
	third.tweak = func(r *features.Run) { r.RecommendationID, r.PlanSignature = id, "plan three" }
	previous = f.Previous
	f = judged(append(nights, died, third, third, third))
	f.Previous = previous
	joined, res := night()
	if len(res.Recommendations) != 3 || joined.Runs > failed.Runs+3 || joined.Failed != 1 || math.Abs(joined.SavedS-failed.SavedS) > 150 {
		t.Errorf("%d pipelines after a plan joined: %+v, before it %+v", len(res.Recommendations), joined, failed)
	}
	for _, r := range Shared(f.Runs, res.Recommendations) {
		if r.Savings.All != (Saving{}) {
			t.Errorf("what %s holds for all is charged again: %+v", r.Pipeline, r.Savings)
		}
	}
}

// What was taken back goes on in a variant's name, as what stands.
func TestVariantsKnowWhatWasTakenBack(t *testing.T) {
	back := map[string]string{partsKey: "64"}
	r := Recommendation{Pipeline: "p", TakenBack: Adoption{ID: RecommendationID("p", back)}, Files: []Written{{ID: RecommendationID("p", back), Settings: back}}}
	if got, want := r.As("p@a").TakenBack.ID, RecommendationID("p@a", back); got != want {
		t.Errorf("taken back: %s, want %s", got, want)
	}
}

// What people fixed for all variants stays in the job's file when they part.
func TestSharedKeepsWhatPeopleFixed(t *testing.T) {
	pin := map[string]Proposed{partsKey: {Value: "64", Evidence: enforced}}
	recs := []Recommendation{
		{Pipeline: "p@a", Settings: pin, File: map[string]string{partsKey: "64", aqeKey: "true"}},
		{Pipeline: "p@b", Settings: pin, File: map[string]string{partsKey: "64"}},
		{Pipeline: "q", File: aqeSettings},
		{Pipeline: "mail@home", File: aqeSettings},
	}
	runs := []features.Run{{Pipeline: "p", Variant: "a"}, {Pipeline: "p", Variant: "b"}, {Pipeline: "q"}, {Pipeline: "mail@home"}}
	files := Shared(runs, recs)
	if len(files) != 1 || files[0].Pipeline != "p" || !cmp.Equal(files[0].File, map[string]string{partsKey: "64"}) {
		t.Errorf("%+v", files)
	}
}

// What another plan's runs showed of a file is in quarantine for a variant
// whatever was pinned beside it, and after a failure of memory what is near too.
func TestVariantsInheritWhatWasLearned(t *testing.T) {
	f, _, _ := turned(t, func(*Config) {})
	bad, file := map[string]string{partsKey: "4000"}, map[string]string{partsKey: "4000", "spark.locality.wait": "1s"}
	w := Written{ID: RecommendationID("p", file), Since: "2026-01-12", Settings: file, Fixed: []string{"spark.locality.wait"}, Bad: "rolled back: made up", BadSince: "2026-01-15"}
	f.Runs[0].RecommendationID = w.ID
	files := f.Previous[0].Files
	for _, memory := range []bool{false, true} {
		w.BadMemory = null.Of(memory)
		f.Previous[0].Files = append(slices.Clone(files), w)
		js := judgements(t, f, func(c *Config) { c.Now = at(21) })
		if len(js) != 2 {
			t.Fatalf("%d variants", len(js))
		}
		for _, j := range js {
			if why := j.bad.of(j.name, bad); why != w.Bad {
				t.Errorf("%s: %q", j.name, why)
			}
			if why := j.bad.like(map[string]string{partsKey: "3000"}); (why != "") != memory {
				t.Errorf("%s, of memory %v: nearly the same: %q", j.name, memory, why)
			}
			j.level, j.levelAfter = &Drift{}, "2026-01-14"
			if why := j.quarantine().of(j.name, bad); why != "" {
				t.Errorf("%s: the level changed before: %q", j.name, why)
			}
		}
	}
}
