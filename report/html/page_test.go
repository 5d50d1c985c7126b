package html

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"math"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
	"github.com/spark-apprentice/apprentice/learner"
)

func pageOf(t *testing.T, n Night) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, n); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// readPage reads the fleet back from a page, and the pipelines in its order.
func readPage(t *testing.T, page string) (index fleet, details []pipeline) {
	t.Helper()
	data := regexp.MustCompile(`(?s)<script type="application/json" id="index">(.*?)</script>`).FindStringSubmatch(page)
	if err := json.Unmarshal([]byte(data[1]), &index); err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`<script type="text/plain" id="d\d+">(.*?)</script>`).FindAllStringSubmatch(page, -1) {
		packed, err := base64.StdEncoding.DecodeString(m[1])
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			t.Fatal(err)
		}
		var p pipeline
		if err := json.NewDecoder(z).Decode(&p); err != nil {
			t.Fatal(err)
		}
		details = append(details, p)
	}
	return index, details
}

// Same night, same bytes, whatever the order of the rows.
func TestSameBytes(t *testing.T) {
	want := pageOf(t, synthetic(12, 30))
	rng := rand.New(rand.NewPCG(1, 2))
	for range 3 {
		n := synthetic(12, 30)
		rng.Shuffle(len(n.Runs), func(i, j int) { n.Runs[i], n.Runs[j] = n.Runs[j], n.Runs[i] })
		if pageOf(t, n) != want {
			t.Fatal("another order of the rows gives another page")
		}
	}
}

// The i-th pipeline of the table is the i-th of the data behind it.
func TestDetailsFollowTheTable(t *testing.T) {
	index, details := readPage(t, pageOf(t, synthetic(40, 20)))
	if len(details) != 40 || len(index.Pipelines) != 40 {
		t.Fatalf("%d rows, %d details, want 40 of each", len(index.Pipelines), len(details))
	}
	for i, p := range details {
		if p.Name != index.Pipelines[i].Name {
			t.Errorf("row %d is %s, its data are of %s", i, index.Pipelines[i].Name, p.Name)
		}
	}
}

// attack ends scripts, attributes and strings of every kind, and says what a
// browser or a reader might obey.
const attack = `</script><script>alert(1)</script><img src=x onerror=alert(2)>"'><svg onload=alert(3)>` + "\u2028\u202e\x00javascript:alert(4)&lt;" + `{{7*7}}--><!--`

// hostileNight puts the attack wherever text comes from logs or from people.
func hostileNight() Night {
	n := synthetic(8, 20)
	renamed := func(name string) string { return attack + name }
	for i := range n.Runs {
		r := &n.Runs[i]
		r.Pipeline, r.AppID, r.AppName, r.Log, r.SparkVersion = renamed(r.Pipeline), attack+r.AppID, attack, attack, attack
		r.ConfEffective = map[string]features.Setting{attack: {Value: attack, Source: features.FromLog}}
		if r.RecommendationID != "" {
			r.RecommendationID = attack
		}
		if i%9 == 4 {
			r.Comparable, r.ExclusionReason = false, attack
		}
	}
	for i := range n.Stages {
		s := &n.Stages[i]
		s.Name, s.Operators, s.FailureReason, s.PartitionsSource, s.Outcome = attack, []string{attack}, attack, attack, "failed"
	}
	for i := range n.Signals {
		n.Signals[i].Kind, n.Signals[i].Certainty, n.Signals[i].Evidence = attack, attack, attack
	}
	for _, r := range n.Runs {
		n.Executions = append(n.Executions, features.Execution{RunKey: r.RunKey, Description: attack, Error: attack, Jobs: 1, JoinKinds: []string{attack}})
	}
	for i := range n.Directives {
		d := &n.Directives[i]
		d.Pipeline, d.Verb, d.Key, d.Value, d.By = renamed(d.Pipeline), attack, attack, attack, attack
	}
	for i := range n.Result.Episodes {
		e := &n.Result.Episodes[i]
		e.Pipeline, e.Action = renamed(e.Pipeline), e.Action+";"+strings.ReplaceAll(attack, ";", "%3B")+"=1"
	}
	for i := range n.Result.QTable {
		q := &n.Result.QTable[i]
		q.Pipeline, q.Agent, q.Action, q.Bucket, q.Evidence = renamed(q.Pipeline), attack, q.Action+attack, q.Bucket+attack, attack
	}
	shown := map[string]Shown{}
	for name, s := range n.Shown {
		for i := range s.Curves {
			s.Curves[i].Key = attack
			for k := range s.Curves[i].Points {
				s.Curves[i].Points[k].Value += attack
			}
		}
		shown[renamed(name)] = s
	}
	n.Shown = shown
	for i := range n.Result.Recommendations {
		r := &n.Result.Recommendations[i]
		r.Pipeline, r.Status, r.Reason, r.Mode, r.Advice = renamed(r.Pipeline), attack, attack, attack, []string{attack}
		r.Baseline[attack], r.File[attack] = attack, attack
		r.Adoption = learner.Adoption{State: learner.AdoptionOverridden, Key: attack, Value: attack, Why: attack, Since: attack}
		r.Exploration = learner.Exploration{Allowed: true, Key: attack, Value: attack, Current: attack, Why: attack}
		r.Drift, r.Said = []learner.Drift{{Kind: attack, Since: attack, What: attack, Handled: attack}}, []string{attack}
		r.Agents, r.Expected.Currency, r.Expected.BaselineCost = []learner.AgentNote{{Agent: attack, Saw: attack, Silent: attack}}, attack, null.Of(1.0)
		r.Settings[attack] = learner.Proposed{Value: attack, Current: attack, Evidence: attack, Why: attack}
		r.Rejected = append(r.Rejected, learner.Rejected{Settings: map[string]string{attack: attack}, Why: attack})
	}
	return n
}

// No text of a log ends the element that carries it, and what hides or reorders
// letters is spelled out.
func TestNoTextBecomesMarkup(t *testing.T) {
	page := pageOf(t, hostileNight())
	ours := pageOf(t, synthetic(8, 20))
	for _, tag := range []string{"<script", "</script", "<img", "<svg", "<!--"} {
		if got, want := strings.Count(page, tag), strings.Count(ours, tag); got != want {
			t.Errorf("%d times %s, %d without the attack", got, tag, want)
		}
	}
	index, details := readPage(t, page)
	for _, s := range []string{index.Pipelines[0].Name, details[0].Signals[0].Evidence, details[0].Run.Stages[0].Work} {
		if strings.ContainsAny(s, "\u2028\u202e\x00") || !strings.Contains(s, `\u202e`) {
			t.Errorf("%q: not escaped", s)
		}
	}
}

// The policy names the page's own scripts and its style, and nothing else.
func TestPolicyNamesWhatIsThere(t *testing.T) {
	page := pageOf(t, synthetic(1, 5))
	policy := regexp.MustCompile(`Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(page)[1]
	scripts := regexp.MustCompile(`(?s)<script>(.*?)</script>`).FindAllStringSubmatch(page, -1)
	style := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindStringSubmatch(page)[1]
	if len(scripts) != 2 || !strings.Contains(policy, "default-src 'none'; script-src "+hash(scripts[0][1])+" "+hash(scripts[1][1])+"; style-src "+hash(style)+";") {
		t.Errorf("%d scripts, policy %s", len(scripts), policy)
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "connect-src") {
		t.Errorf("the policy allows too much: %s", policy)
	}
}

// What is not known is null in the page, never 0.
func TestUnknownIsNull(t *testing.T) {
	run := features.Run{RunKey: "r", Pipeline: "p", Night: "2026-03-01", Outcome: features.Incomplete}
	n := Night{Runs: []features.Run{run}, Result: &learner.Result{Recommendations: []learner.Recommendation{{Pipeline: "p", Status: "unchanged"}}}, Shown: map[string]Shown{"p": {RunKey: "r"}}}
	index, details := readPage(t, pageOf(t, n))
	row, p := index.Pipelines[0], details[0]
	for what, v := range map[string]null.Null[float64]{
		"baseline": row.BaseS, "ratio": row.Ratio, "saving": row.SaveS, "bytes": row.Bytes, "noise": p.NoiseSD,
		"seconds": p.Nights.Seconds[0], "expected": p.Nights.Expected[0], "input": p.Nights.Bytes[0], "duration": p.Run.DurationS, "driver": p.Run.DriverS,
	} {
		if v.OK {
			t.Errorf("%s is %g, want it unknown", what, v.V)
		}
	}
	if row.Verified != nil || len(index.Health.Coverage) != 0 {
		t.Errorf("verified %v, coverage %v: want none", row.Verified, index.Health.Coverage)
	}
}

func near(a, b, by float64) bool { return math.Abs(a-b) <= by }

func BenchmarkThousandPipelines(b *testing.B) {
	n := synthetic(1000, 120)
	for b.Loop() {
		var page bytes.Buffer
		if err := Write(&page, n); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(page.Len())/1e6, "MB")
	}
}
