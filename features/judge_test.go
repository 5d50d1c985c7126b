package features

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var firstNight = time.Date(2026, 10, 1, 2, 10, 0, 0, time.UTC)

// night makes a run that is comparable unless do says otherwise.
func night(n int, do ...func(*Run)) Run {
	start := firstNight.AddDate(0, 0, n)
	r := Run{
		RunKey: fmt.Sprintf("run%02d", n), Pipeline: "sales", Kind: Batch, PlanSignature: "p1", Night: start.Format(time.DateOnly),
		SparkVersion: "3.5.7", Platform: "apache", ClusterManager: "yarn", ClusterID: "c1",
		Complete: true, Outcome: Succeeded, Jobs: 3, StartedAt: known(start), EndedAt: known(start.Add(time.Minute)), DurationS: known(60.0),
		SourceBytes:   known(int64(1000 << 20)),
		ConfEffective: map[string]Setting{"spark.sql.shuffle.partitions": {Value: "200", Source: FromDefault}},
	}
	r.OutputRows = 100
	for _, f := range do {
		f(&r)
	}
	return r
}

func withPlan(sig string) func(*Run) { return func(r *Run) { r.PlanSignature = sig } }
func input(b int64) func(*Run)       { return func(r *Run) { r.SourceBytes = known(b) } }
func partitions(n string) func(*Run) {
	return func(r *Run) {
		r.ConfEffective = map[string]Setting{"spark.sql.shuffle.partitions": {Value: n, Source: FromLog}}
	}
}

// sequence makes one run per letter of plans.
func sequence(plans string, do ...func(*Run)) (runs []Run) {
	for i, p := range plans {
		runs = append(runs, night(i, append([]func(*Run){withPlan(string(p))}, do...)...))
	}
	return runs
}

// verdicts shows what Judge said, by run key.
func verdicts(runs []Run) []string {
	out := make([]string, len(runs))
	for i, r := range runs {
		out[i] = fmt.Sprintf("%s|%s|%s|%s", r.RunKey, r.Variant, r.ExclusionReason, r.RetryGroup)
		if r.Comparable != (r.ExclusionReason == "") {
			out[i] += "|comparable and excluded"
		}
	}
	slices.Sort(out)
	return out
}

func TestExclusions(t *testing.T) {
	tests := []struct {
		name string
		run  func(*Run)
		want string
	}{
		{"like the others", func(*Run) {}, ""},
		{"streaming", func(r *Run) { r.Kind = Streaming }, "kind is streaming"},
		{"failed of OOM", func(r *Run) { r.Outcome, r.HeapOOMCount, r.ExecutorLostCount = Failed, 4, 3 }, "failed: heap_oom 4, executor_lost 3"},
		{"failed without a signal", func(r *Run) { r.Outcome, r.FailedJobs = Failed, 1 }, "failed: 1 of 3 jobs"},
		{"failed by exit code", func(r *Run) { r.Outcome, r.ExitCode = Failed, known(int64(1)) }, "failed: exit code 1"},
		{"no end", func(r *Run) { r.Outcome, r.Complete = Incomplete, false }, "incomplete: the log has no application end"},
		{"damaged", func(r *Run) { r.Truncated = true }, "log is cut, damaged or lacks a part"},
		{"no job", func(r *Run) { r.Jobs = 0 }, "ran no job"},
		{"other plan", withPlan("p0"), "plan p0, now p1"},
		{"other Spark", func(r *Run) { r.SparkVersion = "3.4.1" }, "Spark 3.4, now 3.5"},
		{"other patch of Spark", func(r *Run) { r.SparkVersion = "3.5.1" }, ""},
		{"other cluster", func(r *Run) { r.ClusterID = "c0" }, "cluster apache yarn c0, now apache yarn c1"},
		{"half the input", input(500 << 20), ""},
		{"less", input(499 << 20), "input 499.0 MiB is 0.50 x the median 1000.0 MiB"},
		{"twice the input", input(2000 << 20), ""},
		{"more", input(2100 << 20), "input 2.1 GiB is 2.10 x the median 1000.0 MiB"},
		{"no input", func(r *Run) { r.SourceBytes = Null[int64]{} }, "read no input (median 1000.0 MiB)"},
		{"half the output", func(r *Run) { r.OutputRows = 50 }, ""},
		{"less output", func(r *Run) { r.OutputRows = 49 }, "wrote 49 rows, less than half of the median 100"},
		{"ignored", func(r *Run) { r.Night = "2026-12-24" }, "ignored by configuration"},
		{"other settings", partitions("800"), ""},
	}
	for _, tt := range tests {
		runs := []Run{night(0), night(1), night(2, tt.run), night(3), night(4)}
		Judge(runs, func(pipeline, night string) bool { return pipeline == "sales" && night == "2026-12-24" })
		if got := runs[2].ExclusionReason; got != tt.want || runs[2].Comparable != (tt.want == "") {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		for _, i := range []int{0, 1, 3, 4} {
			if !runs[i].Comparable {
				t.Errorf("%s: run %d is excluded: %s", tt.name, i, runs[i].ExclusionReason)
			}
		}
	}
}

func TestGenericNamesAreNotTuned(t *testing.T) {
	runs := []Run{night(0, func(r *Run) { r.Pipeline = "pyspark-shell" })}
	Judge(runs, nil)
	if want := "not tunable: generic application name pyspark-shell"; runs[0].ExclusionReason != want || runs[0].Comparable {
		t.Errorf("%q, want %q", runs[0].ExclusionReason, want)
	}
}

// The baseline is the most frequent setting; its median size is the measure,
// also where switched nights are of another size.
func TestBaselineIsTheMode(t *testing.T) {
	runs := []Run{
		night(0, input(100)), night(1, input(110)), night(2, input(120)),
		night(3, input(1000), partitions("8")), night(4, input(1000), partitions("8")),
		night(5, input(100)),
	}
	Judge(runs, nil)
	for i, want := range []bool{true, true, true, false, false, true} {
		if runs[i].Comparable != want {
			t.Errorf("run %d: comparable %v: %s", i, runs[i].Comparable, runs[i].ExclusionReason)
		}
	}
}

func TestVariants(t *testing.T) {
	tests := []struct {
		plans, variants string // variants: one letter per run, . for none
		comparable      string // + or -
	}{
		{"AAAAAA", "......", "++++++"},
		{"AAABBB", "......", "---+++"}, // a change of code
		{"AAABAAA", ".......", "+++-+++"},
		{"AAABBBAAA", ".........", "+++---+++"}, // and its undoing
		{"ABABAB", "ababab", "++++++"},
		{"BABABA", "ababab", "++++++"}, // the first to appear is a
		{"AAABAAABAAAB", "aaabaaabaaab", "++++++++++++"},
		{"ABABCAB", "abab.ab", "++++-++"},
		{"ABABCCC", "ababccc", "+++++++"}, // a new plan that stays
		{"ABABCC", "abab..", "++++--"},
	}
	for _, tt := range tests {
		runs := sequence(tt.plans)
		Judge(runs, nil)
		var variants, verdict string
		for _, r := range runs {
			v, c := r.Variant, "-"
			if v == "" {
				v = "."
			}
			if r.Comparable {
				c = "+"
			}
			variants, verdict = variants+v, verdict+c
		}
		if variants != tt.variants || verdict != tt.comparable {
			t.Errorf("%s: variants %s comparable %s, want %s %s", tt.plans, variants, verdict, tt.variants, tt.comparable)
		}
	}
	if got := variantName(25) + variantName(26) + variantName(27); got != "zaaab" {
		t.Errorf("variant names 25 to 27: %s", got)
	}
}

// Of two settings seen equally often the one seen last is the baseline.
func TestBaselineOfEquals(t *testing.T) {
	runs := []Run{
		night(0, input(100)), night(1, input(100)),
		night(2, input(1000), partitions("8")), night(3, input(1000), partitions("8")),
	}
	Judge(runs, nil)
	for i, want := range []bool{false, false, true, true} {
		if runs[i].Comparable != want {
			t.Errorf("run %d: comparable %v: %s", i, runs[i].Comparable, runs[i].ExclusionReason)
		}
	}
}

// A night of one variant may be ignored, and is then none of the others'.
func TestIgnoredVariant(t *testing.T) {
	runs := sequence("ABABAB")
	Judge(runs, func(pipeline, night string) bool { return pipeline == "sales@b" && night >= "2026-10-04" })
	for i, r := range runs {
		if ignored := i == 3 || i == 5; (r.ExclusionReason == "ignored by configuration") != ignored || r.Comparable == ignored || r.Variant == "" {
			t.Errorf("run %d of variant %q: %q", i, r.Variant, r.ExclusionReason)
		}
	}
}

// One run under another plan, Spark or cluster takes nothing away from the others,
// be it the newest; runs in a row do.
func TestOneRunIsNoChange(t *testing.T) {
	other := map[string]func(*Run){
		"plan p9, not p1":                             withPlan("p9"),
		"Spark 4.0, not 3.5":                          func(r *Run) { r.SparkVersion = "4.0.1" },
		"cluster apache yarn dev, not apache yarn c1": func(r *Run) { r.ClusterID = "dev" },
	}
	for reason, change := range other {
		for _, tt := range []struct{ runs, comparable string }{
			{"aaaab", "++++-"},
			{"aaaaba", "++++-+"},
			{"aaaabab", "++++-+-"},
			{"aaaabb", "----++"},
			{"aaaabba", "----++-"},
			{"aaaabbaa", "++++--++"},
			{"b", "+"},
			{"ab", "-+"},
		} {
			var runs []Run
			for i, letter := range tt.runs {
				runs = append(runs, night(i, func(r *Run) {
					if letter == 'b' {
						change(r)
					}
				}))
			}
			Judge(runs, nil)
			verdict := ""
			for _, r := range runs {
				verdict += map[bool]string{true: "+", false: "-"}[r.Comparable]
			}
			if strings.HasPrefix(reason, "plan") && tt.runs == "aaaabab" { // plans take turns: all train
				tt.comparable = "+++++++"
			}
			if tt.comparable != verdict {
				t.Errorf("%s, %s: %s, want %s", reason, tt.runs, verdict, tt.comparable)
			}
			if last := runs[len(runs)-1]; tt.runs == "aaaab" && last.ExclusionReason != reason+": 2 runs in a row make it the pipeline's" {
				t.Errorf("%s: %q", reason, last.ExclusionReason)
			}
		}
	}
}

// Variants are compared with their own kind: the small daily load does not
// exclude the large weekly one.
func TestVariantsHaveTheirOwnBaseline(t *testing.T) {
	var runs []Run
	for i := range 14 {
		if i%7 == 6 {
			runs = append(runs, night(i, withPlan("full"), input(1<<40)))
		} else {
			runs = append(runs, night(i, withPlan("delta"), input(1<<30)))
		}
	}
	Judge(runs, nil)
	for _, r := range runs {
		if !r.Comparable || r.Variant == "" {
			t.Errorf("%s: variant %q, %s", r.RunKey, r.Variant, r.ExclusionReason)
		}
	}
}

func TestRetryGroups(t *testing.T) {
	failed := func(r *Run) { r.Outcome = Failed }
	at := func(d time.Duration) func(*Run) {
		return func(r *Run) { r.StartedAt, r.EndedAt = known(firstNight.Add(d)), known(firstNight.Add(d+time.Minute)) }
	}
	attempt := func(id string) func(*Run) { return func(r *Run) { r.AppID, r.AttemptID = "application_1_1", id } }
	tests := []struct {
		name string
		runs []Run
		want []string
	}{
		{"alone", []Run{night(0)}, []string{""}},
		{"two nights", []Run{night(0, failed), night(1)}, []string{"", ""}},
		{"rerun", []Run{night(0, failed), night(1, at(90*time.Minute))}, []string{"run00", "run00"}},
		{"rerun of a rerun", []Run{night(0, failed), night(1, at(time.Hour), failed), night(2, at(2*time.Hour))}, []string{"run00", "run00", "run00"}},
		{"too late", []Run{night(0, failed), night(1, at(3*time.Hour))}, []string{"", ""}},
		{"after success", []Run{night(0), night(1, at(90*time.Minute))}, []string{"", ""}},
		{"attempts", []Run{night(0, attempt("1")), night(1, attempt("2"))}, []string{"run00", "run00"}},
		{"one id without attempts", []Run{night(0, attempt("")), night(1, attempt(""))}, []string{"", ""}},
	}
	for _, tt := range tests {
		Judge(tt.runs, nil)
		var got []string
		for _, r := range tt.runs {
			got = append(got, r.RetryGroup)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// Judge depends on the runs, not on their order or on an earlier verdict, and
// says which it changed.
func TestJudgeIsDeterministic(t *testing.T) {
	base := append(sequence("ABABACAB", partitions("8")), sequence("AAABBB")...)
	for i := range base {
		base[i].RunKey += fmt.Sprint("x", i)
		if i >= 8 {
			base[i].Pipeline = "other"
		}
		base[i].SourceBytes = known(int64(1000 + 100*i))
	}
	base[3].Outcome = Failed
	want := slices.Clone(base)
	Judge(want, nil)
	for seed := range uint64(20) {
		runs := slices.Clone(base)
		rng := rand.New(rand.NewPCG(seed, 1))
		rng.Shuffle(len(runs), func(i, j int) { runs[i], runs[j] = runs[j], runs[i] })
		before := maps.Collect(slices.All(slices.Clone(runs)))
		changed := Judge(runs, nil)
		if diff := cmp.Diff(verdicts(want), verdicts(runs)); diff != "" {
			t.Fatalf("seed %d: %s", seed, diff)
		}
		for i := range runs {
			differs := !cmp.Equal(before[i], runs[i])
			if slices.Contains(changed, i) != differs {
				t.Errorf("seed %d: run %d: changed %v, reported %v", seed, i, differs, !differs)
			}
		}
		if again := Judge(runs, nil); len(again) > 0 {
			t.Errorf("seed %d: a second verdict changes %v", seed, again)
		}
	}
}

// Two attempts of one application belong together; two applications that share
// an id do not.
func TestRetryGroupsOfCases(t *testing.T) {
	runsOf := func(name string) (runs []Run) {
		for _, log := range logsOf(t, name) {
			runs = append(runs, extract(t, log).Run)
		}
		slices.SortFunc(runs, func(a, b Run) int { return compareRuns(&a, &b) })
		Judge(runs, nil)
		return runs
	}
	attempts := runsOf("l_two_attempts")
	if len(attempts) != 2 || attempts[0].RetryGroup == "" || attempts[0].RetryGroup != attempts[1].RetryGroup {
		t.Errorf("attempts: groups %q and %q", attempts[0].RetryGroup, attempts[1].RetryGroup)
	}
	same := runsOf("l_same_id_two_files")
	if same[0].RunKey == same[1].RunKey || same[0].RetryGroup != "" || same[1].RetryGroup != "" {
		t.Errorf("two applications with one id: %s %s", verdicts(same)[0], verdicts(same)[1])
	}
	twice := runsOf("l_same_log_twice")
	if twice[0].RunKey != twice[1].RunKey {
		t.Errorf("one log under two names has keys %s and %s", twice[0].RunKey, twice[1].RunKey)
	}
}

// The nights of fixtures/history: all comparable but the two that died.
func TestJudgeHistory(t *testing.T) {
	for name, apps := range nights(t) {
		runs := make([]Run, len(apps))
		for i, a := range apps {
			runs[i] = a.Run
		}
		Judge(runs, nil)
		for _, r := range runs {
			if r.Variant != "" || r.Comparable != (r.Outcome == Succeeded) {
				t.Errorf("%s, %s: variant %q: %s", name, r.Night, r.Variant, r.ExclusionReason)
			}
			if r.Outcome == Failed && r.ExclusionReason[:16] != "failed: heap_oom" {
				t.Errorf("%s, %s: %s", name, r.Night, r.ExclusionReason)
			}
		}
	}
}
