package report

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
	"github.com/spark-apprentice/apprentice/learner"
)

func TestFindings(t *testing.T) {
	signal := func(kind, certainty string, stage, count int64) features.Signal {
		return features.Signal{Kind: kind, Certainty: certainty, StageID: null.Of(stage), Count: count, Evidence: fmt.Sprint(kind, stage)}
	}
	found := findings([]features.Signal{
		signal("made_up", features.Certain, 1, 1),
		signal(features.SignalSkew, features.Ambiguous, 1, 1),
		signal(features.SignalSkew, features.Certain, 2, 1),
		signal(features.SignalSkew, features.Certain, 3, 5),
		signal(features.SignalSkew, features.Certain, 3, 2),
		signal(features.SignalHeapOOM, features.Ambiguous, 9, 1),
	})
	var got []string
	for _, f := range found {
		got = append(got, fmt.Sprintf("%s %s %d in %s as %s", f.Kind, f.Certainty, f.total, strings.Join(f.stages, "+"), f.Evidence))
	}
	want := []string{
		"heap_oom ambiguous 1 in 9 as heap_oom9",
		"skew certain 8 in 2+3 as skew3",
		"skew ambiguous 1 in 1 as skew1",
		"made_up certain 1 in 1 as made_up1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("worst kind first, what is certain first, the strongest evidence (-want +got):\n%s", diff)
	}
}

func TestNotes(t *testing.T) {
	for name, change := range map[string]func(*features.Run){
		"different pipelines": func(r *features.Run) { r.Pipeline = "other" },
		"one run":             func(r *features.Run) { r.RunKey = "k1" },
		"plans differ":        func(r *features.Run) { r.PlanSignature = "other" },
		"Not both":            func(r *features.Run) { r.Outcome = features.Failed },
		"more than twice":     func(r *features.Run) { r.SourceBytes = null.Of(2*r.SourceBytes.V + 1) },
		"":                    func(r *features.Run) { r.SourceBytes = null.Of(2 * r.SourceBytes.V) },
	} {
		a, b := madeRun().Run, madeRun().Run
		b.RunKey = "k2"
		change(&b)
		if got := strings.Join(notes(&a, &b), " "); name == "" && got != "" || !strings.Contains(got, name) {
			t.Errorf("want a note on %q, got %q", name, got)
		}
		a, b = b, a
		if got := strings.Join(notes(&a, &b), " "); !strings.Contains(got, name) {
			t.Errorf("the other way round: want a note on %q, got %q", name, got)
		}
	}
}

func TestVerdict(t *testing.T) {
	for want, r := range map[string]features.Run{
		"succeeded in 12.0 s":                   {Outcome: features.Succeeded, DurationS: null.Of(12.0), ExitCode: null.Of[int64](0)},
		"failed after 12.0 s, exit code 1":      {Outcome: features.Failed, DurationS: null.Of(12.0), ExitCode: null.Of[int64](1)},
		"failed after 12.0 s":                   {Outcome: features.Failed, DurationS: null.Of(12.0)},
		"incomplete; the log ends after 12.0 s": {Outcome: features.Incomplete, DurationS: null.Of(12.0)},
		"incomplete":                            {Outcome: features.Incomplete},
	} {
		if got := verdict(&r); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestTopActions(t *testing.T) {
	q := []learner.QValue{
		{Level: "group", Pipeline: "p", Agent: "memory", Action: "of the group", Q: 9},
		{Level: "pipeline", Pipeline: "other", Agent: "memory", Action: "of another", Q: 9},
		{Level: "pipeline", Pipeline: "p", Agent: "partition", Action: "baseline", Baseline: true},
		{Level: "pipeline", Pipeline: "p", Agent: "core", Action: "core", Q: -1},
	}
	for i := range 2 * shownActions {
		q = append(q, learner.QValue{Level: "pipeline", Pipeline: "p", Agent: "partition", Action: fmt.Sprint(i), Q: float64(i)})
	}
	var got []string
	for _, v := range topActions("p", q) {
		got = append(got, v.Action)
	}
	if diff := cmp.Diff([]string{"core", "9", "8", "7", "6", "5"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// A name that a shell would take apart is not put into a command to copy.
func TestCommandsToCopy(t *testing.T) {
	for _, name := range []string{"$(reboot)", "a b", "", "x;y", "数据", strings.Repeat("x", 49)} {
		rec := madeRecommendation()
		rec.Pipeline = name
		out := render(t, func(w *bytes.Buffer) error { return Explain(w, rec, nil) })
		if !bytes.Contains(out, []byte("  apprentice reject PIPELINE ")) {
			t.Errorf("%q: the command is not neutral:\n%s", name, out)
		}
	}
}

func TestJSONIsReadable(t *testing.T) {
	out := render(t, func(w *bytes.Buffer) error {
		return Recommendations(w, []learner.Recommendation{{Reason: "a < b & c"}})
	})
	if !bytes.Contains(out, []byte(`"a < b & c"`)) {
		t.Errorf("letters that only HTML minds were escaped: %s", out)
	}
}
