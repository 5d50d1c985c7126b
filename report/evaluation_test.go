package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/spark-apprentice/apprentice/internal/escape"
	"github.com/spark-apprentice/apprentice/internal/null"
	"github.com/spark-apprentice/apprentice/learner/evaluate"
)

// madeEvaluation has a right, a wrong and an unseen proposal, a pipeline whose
// nights were drawn by chance and one whose were not.
func madeEvaluation() *evaluate.Evaluation {
	some := null.Of[float64]
	score := func(known, method, name string, runs int, skill float64, signs int) evaluate.Score {
		return evaluate.Score{
			Known: known, Method: method, Name: name, Runs: runs, MedianError: 0.042, MAE: 3.1, Skill: null.If(skill, skill != 0), Signs: signs, SignsRight: max(signs-1, 0),
			Coverage: []evaluate.Level{{Nominal: 0.5, Covered: 0.48}, {Nominal: 0.8, Covered: 0.83}, {Nominal: 0.9, Covered: 0.92}, {Nominal: 0.95, Covered: 1}}, Bound: 0.97,
		}
	}
	prediction := func(known, method string, observed, predicted float64) evaluate.Prediction {
		return evaluate.Prediction{RunKey: "k", Pipeline: "sales", Night: "2026-10-04", Origin: "2026-10-03", Settings: map[string]string{}, Known: known, Method: method, Best: true, ObservedS: observed, Predicted: predicted, NoChangeS: 100, SD: 0.07}
	}
	partitions := map[string]string{"spark.sql.shuffle.partitions": "64", "spark.sql.adaptive.coalescePartitions.initialPartitionNum": "400", "spark.executor.memory": "4g"}
	return &evaluate.Evaluation{
		Runs: 1204, Pipelines: 100, Of: 1830, Nights: 61,
		Origins: []evaluate.Origin{{Night: "2026-10-03", Runs: 400, Proposals: 1}, {Night: "2026-11-03", Runs: 800, Proposals: 3, Judged: 41, Regret: some(0.081), NoChange: some(0.34)}},
		Predictions: []evaluate.Prediction{
			prediction(evaluate.Usual, evaluate.Size, 98, 101), prediction(evaluate.Observed, evaluate.Learner, 51, 48),
			prediction(evaluate.Few, evaluate.Replay, 72, 70), prediction(evaluate.Unseen, evaluate.Replay, 9.4, 12.1),
		},
		Skipped: []evaluate.Skip{{Why: "fewer than 2 usual nights before", Runs: 31}},
		Scores: []evaluate.Score{
			score(evaluate.Usual, evaluate.Size, "", 600, 0, 0), score(evaluate.Observed, evaluate.Learner, "", 120, 0.81, 61),
			score(evaluate.Few, evaluate.Replay, "", 50, 0.7, 20), score(evaluate.Unseen, evaluate.Replay, "", 34, -0.2, 3), score("", "", "", 804, 0.72, 84),
		},
		ByPipeline: []evaluate.Score{score("", "", "a pipeline with a name that is longer than the column", 7, 0, 0), score("", "", "sales", 90, 0.91, 40)},
		Decisions: []evaluate.Decision{
			{Pipeline: "sales", Since: "2026-10-03", Origins: 4, Settings: partitions, Evidence: "observed", Expected: some(0.52), Low: some(0.45), High: some(0.6), Later: 12, Ratio: some(0.5), RatioLow: some(0.47), RatioHi: some(0.54), SavedS: 612, Verdict: evaluate.Faster},
			{Pipeline: "orders", Since: "2026-11-03", Origins: 1, Settings: map[string]string{"spark.executor.memory": "2g"}, Evidence: "simulated", Expected: some(0.9), Later: 2, Failures: 1, Ratio: some(1.3), RatioLow: some(1.2), RatioHi: some(1.42), SavedS: -31, Verdict: evaluate.Failed},
			{Pipeline: "clicks", Since: "2026-11-03", Origins: 1, Settings: map[string]string{"spark.executor.cores": "4"}, Evidence: "simulated", Verdict: evaluate.NotSeen},
		},
		OffPolicy: []evaluate.OffPolicy{
			{Pipeline: "sales", HeldBack: 90, Logged: 40, Matching: 12, ESS: 10.4, Estimates: []evaluate.Estimate{
				{Name: "SNIPS", Value: 0.61, Low: 0.4, High: 0.8, Bound: some(0.45)}, {Name: "DM", Value: 0.66, Low: 0.6, High: 0.7}, {Name: "DR", Value: 0.64, Low: 0.52, High: 0.75, Bound: some(0.55)},
			}},
			{Pipeline: "orders", HeldBack: 70, Logged: 3, Estimates: []evaluate.Estimate{}, NotIdentified: "none of the 3 decisions is one that the policy would take"},
			{HeldBack: 804, Logged: 43, Matching: 12, ESS: 10.9, Estimates: []evaluate.Estimate{{Name: "SNIPS", Value: 0.6, Low: 0.4, High: 0.8}, {Name: "DM", Value: 0.5, Low: 0.4, High: 0.6}, {Name: "DR", Value: 0.55, Low: 0.45, High: 0.7}}},
		},
	}
}

func TestMadeEvaluation(t *testing.T) {
	e := madeEvaluation()
	text := render(t, func(w *bytes.Buffer) error { return Evaluate(w, e) })
	golden(t, "evaluation", text)
	for line := range strings.Lines(string(text)) {
		if cells(strings.TrimRight(line, "\n")) > pageWidth {
			t.Errorf("too wide: %s", line)
		}
	}
	e.Decisions, e.Skipped = nil, nil
	e.OffPolicy = []evaluate.OffPolicy{{HeldBack: 804, Estimates: []evaluate.Estimate{}, NotIdentified: "no decision is logged with its probability"}}
	golden(t, "evaluation_bare", render(t, func(w *bytes.Buffer) error { return Evaluate(w, e) }))
	var back evaluate.Evaluation
	if err := json.Unmarshal(render(t, func(w *bytes.Buffer) error { return EvaluateJSON(w, madeEvaluation()) }), &back); err != nil || !reflect.DeepEqual(&back, madeEvaluation()) {
		t.Errorf("JSON does not give back what it was made of: %v", err)
	}
}

// The picture is one SVG that any XML reader takes, the same each time, with a
// mark for each run and each interval; names of pipelines are not in it.
func TestEvaluationPlot(t *testing.T) {
	e := madeEvaluation()
	svg := render(t, func(w *bytes.Buffer) error { return EvaluatePlot(w, e) })
	if again := render(t, func(w *bytes.Buffer) error { return EvaluatePlot(w, e) }); !bytes.Equal(svg, again) {
		t.Error("not the same twice")
	}
	count := map[string]int{}
	texts := ""
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			count[token.Name.Local]++
		case xml.CharData:
			texts += string(token)
		}
	}
	for _, want := range []string{"Predicted and observed run time", "settings never seen (1)", "settings seen often, by learner (120)", "usual settings, by input alone (600)"} {
		if !strings.Contains(texts, want) {
			t.Errorf("no %q in the picture", want)
		}
	}
	if count["svg"] != 1 || count["path"] < 60 || count["script"] > 0 {
		t.Errorf("elements: %v", count)
	}
	poison(reflect.ValueOf(e))
	if hurt := render(t, func(w *bytes.Buffer) error { return EvaluatePlot(w, e) }); bytes.Contains(hurt, []byte("owned")) {
		t.Error("a name of a log is in the picture")
	}
	e.Predictions, e.Scores = nil, nil
	if empty := render(t, func(w *bytes.Buffer) error { return EvaluatePlot(w, e) }); xml.Unmarshal(empty, new(struct{})) != nil {
		t.Error("no runs, no picture")
	}
}

func TestHostileEvaluation(t *testing.T) {
	e := madeEvaluation()
	poison(reflect.ValueOf(e))
	for name, f := range map[string]func(io.Writer, *evaluate.Evaluation) error{"text": Evaluate, "JSON": EvaluateJSON} {
		out := render(t, func(w *bytes.Buffer) error { return f(w, e) })
		for _, r := range string(out) {
			if r != '\n' && escape.Obeyed(r) {
				t.Fatalf("%s: a terminal obeys %q", name, r)
			}
		}
	}
}
