package report

import (
	"maps"
	"math"
	"slices"

	"github.com/spark-apprentice/apprentice/features"
)

// A comparison is the document of two runs. Its parts of the time add up:
// duration = stages + driver_only + executor_wait + unattributed, in a, in b
// and in what changed.
type comparison struct {
	A        side            `json:"a"`
	B        side            `json:"b"`
	Notes    []string        `json:"notes"`
	Facts    []pair          `json:"facts"`
	Settings []settingChange `json:"settings"`
	Signals  []signalChange  `json:"signals"`
	Duration change          `json:"duration_s"`
	Stages   []stageChange   `json:"stages"`
	Driver   change          `json:"driver_only_s"`
	Wait     change          `json:"executor_wait_s"`
	Other    change          `json:"unattributed_s"`
}

// A side names one of the two runs.
type side struct {
	RunKey   string                 `json:"run_key"`
	Pipeline string                 `json:"pipeline"`
	AppID    string                 `json:"app_id"`
	Night    string                 `json:"night"`
	Log      string                 `json:"log"`
	Outcome  string                 `json:"outcome"`
	Duration features.Null[float64] `json:"duration_s"`
}

// A change is one part of the time in both runs. A part that a run does not
// have counts 0 there.
type change struct {
	A     float64 `json:"a"`
	B     float64 `json:"b"`
	Delta float64 `json:"delta"`
}

func newChange(a, b float64) change { return change{a, b, b - a} }

// A pair is one figure or word of both runs.
type pair struct {
	Name string `json:"name"`
	Unit string `json:"unit"` // bytes, rows, files, cores, …; empty for words
	A    any    `json:"a"`    // nil: unknown
	B    any    `json:"b"`
	Same bool   `json:"same"`
}

// A settingChange is an owned key that is not the same in both runs.
type settingChange struct {
	Key string            `json:"key"`
	A   *features.Setting `json:"a"` // nil: not known to that Spark version
	B   *features.Setting `json:"b"`
}

// A signalChange is a kind of signal that a run shows more often than the other.
type signalChange struct {
	Kind string `json:"kind"`
	A    int64  `json:"a"`
	B    int64  `json:"b"`
}

func newComparison(a, b *features.App) comparison {
	ra, rb := &a.Run, &b.Run
	c := comparison{
		A: newSide(ra), B: newSide(rb), Notes: notes(ra, rb), Facts: facts(ra, rb),
		Settings: settingChanges(ra, rb), Signals: signalChanges(a.Signals, b.Signals), Stages: stageChanges(a.Stages, b.Stages),
		Driver: newChange(ra.DriverOnlyS.Or(0), rb.DriverOnlyS.Or(0)), Wait: newChange(ra.ExecutorWaitS.Or(0), rb.ExecutorWaitS.Or(0)),
	}
	knownA, knownB := c.Driver.A+c.Wait.A, c.Driver.B+c.Wait.B
	for _, s := range c.Stages {
		knownA += s.Charged.A
		knownB += s.Charged.B
	}
	c.Duration = newChange(ra.DurationS.Or(knownA), rb.DurationS.Or(knownB))
	c.Other = newChange(c.Duration.A-knownA, c.Duration.B-knownB)
	return c
}

func newSide(r *features.Run) side {
	return side{r.RunKey, nameOf(r), r.AppID, r.Night, r.Log, r.Outcome, r.DurationS}
}

// notes say why the two runs may not be a fair comparison of settings.
func notes(a, b *features.Run) []string {
	var list []string
	say := func(when bool, note string) {
		if when {
			list = append(list, note)
		}
	}
	say(a.Pipeline != b.Pipeline, "These are runs of different pipelines.")
	say(a.RunKey == b.RunKey && a.RunKey != "", "This is one run, compared with itself.")
	say(a.PlanSignature != b.PlanSignature, "The plans differ: the code, the query or its inputs changed, not only settings.")
	say(a.Outcome != features.Succeeded || b.Outcome != features.Succeeded, "Not both runs succeeded: their times do not compare.")
	if size := b.SourceBytes.Or(0); a.SourceBytes.OK && b.SourceBytes.OK && (size > 2*a.SourceBytes.V || 2*size < a.SourceBytes.V) {
		list = append(list, "The input is more than twice as large in one run: size explains part of the difference.")
	}
	return list
}

// facts are input, plan and cluster.
func facts(a, b *features.Run) []pair {
	var list []pair
	add := func(name, unit string, x, y any, same bool) { list = append(list, pair{name, unit, x, y, same}) }
	number := func(name, unit string, x, y features.Null[int64]) {
		add(name, unit, known(x), known(y), x == y)
	}
	word := func(name, x, y string) { add(name, "", x, y, x == y) }
	number("source bytes", "bytes", a.SourceBytes, b.SourceBytes)
	number("source rows", "rows", a.SourceRows, b.SourceRows)
	number("source files", "files", a.SourceFiles, b.SourceFiles)
	word("logical plan", a.PlanSignature, b.PlanSignature)
	word("spark", a.SparkVersion, b.SparkVersion)
	word("cluster", listed(a.Platform, a.ClusterManager, a.ClusterID), listed(b.Platform, b.ClusterManager, b.ClusterID))
	count := func(name, unit string, x, y int64) { add(name, unit, x, y, x == y) }
	count("executors", "executors", a.ExecutorsMax, b.ExecutorsMax)
	count("cores", "cores", a.CoresMax, b.CoresMax)
	add("core time", "core·s", known(a.CoreS), known(b.CoreS), a.CoreS == b.CoreS)
	add("memory time", "byte·s", known(a.MemoryByteS), known(b.MemoryByteS), a.MemoryByteS == b.MemoryByteS)
	add("slots busy", "share", known(a.SlotUtilization), known(b.SlotUtilization), a.SlotUtilization == b.SlotUtilization)
	count("jobs", "jobs", a.Jobs, b.Jobs)
	count("tasks", "tasks", a.Tasks, b.Tasks)
	count("failed tasks", "tasks", a.FailedTasks, b.FailedTasks)
	count("shuffle written", "bytes", a.ShuffleWriteBytes, b.ShuffleWriteBytes)
	count("spilled to disk", "bytes", a.DiskSpilledBytes, b.DiskSpilledBytes)
	return list
}

// known is a value, or nil.
func known[T any](n features.Null[T]) any {
	if !n.OK {
		return nil
	}
	return n.V
}

func settingChanges(a, b *features.Run) []settingChange {
	keys := map[string]bool{}
	for k := range a.ConfEffective {
		keys[k] = true
	}
	for k := range b.ConfEffective {
		keys[k] = true
	}
	var list []settingChange
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		x, okX := a.ConfEffective[k]
		y, okY := b.ConfEffective[k]
		if okX && okY && x.Value == y.Value && (x.Source == features.FromUnknown) == (y.Source == features.FromUnknown) {
			continue
		}
		c := settingChange{Key: k}
		if okX {
			c.A = &x
		}
		if okY {
			c.B = &y
		}
		list = append(list, c)
	}
	return list
}

func signalChanges(a, b []features.Signal) []signalChange {
	var list []signalChange
	for _, kind := range features.SignalKinds {
		c := signalChange{Kind: kind, A: countOf(a, kind), B: countOf(b, kind)}
		if c.A != c.B {
			list = append(list, c)
		}
	}
	return list
}

func countOf(signals []features.Signal, kind string) (n int64) {
	for _, s := range signals {
		if s.Kind == kind {
			n += s.Count
		}
	}
	return n
}

// A changeLine is one line of the table of times.
type changeLine struct {
	change
	length      float64 // of the bar: 1 for the largest change
	label, what string
	stage       *stageChange // nil for what is no stage
}

// lines are the stages that changed most, the others in one line, and the
// parts that are no stage; the last one is the sum.
func (d comparison) lines() []changeLine {
	var list []changeLine
	rest := changeLine{label: "…"}
	for i := range d.Stages {
		s := &d.Stages[i]
		if i < shownStages {
			list = append(list, changeLine{change: s.Charged, label: stageLabel(s), what: s.Work, stage: s})
			continue
		}
		rest.change = newChange(rest.A+s.Charged.A, rest.B+s.Charged.B)
	}
	if n := len(d.Stages) - shownStages; n > 0 {
		rest.what = "and " + count(int64(n), "more stage")
		list = append(list, rest)
	}
	list = append(list, changeLine{change: d.Driver, label: "driver", what: "no task running"})
	if d.Wait.A > 0.0005 || d.Wait.B > 0.0005 {
		list = append(list, changeLine{change: d.Wait, label: "wait", what: "for the first executor"})
	}
	if math.Abs(d.Other.A) >= 0.0005 || math.Abs(d.Other.B) >= 0.0005 {
		list = append(list, changeLine{change: d.Other, label: "?", what: "a log lacks it"})
	}
	widest := 0.0
	for _, l := range list {
		widest = max(widest, math.Abs(l.Delta))
	}
	for i := range list {
		list[i].length = share(math.Abs(list[i].Delta), widest)
	}
	return append(list, changeLine{change: d.Duration, label: "run", what: "all of it"})
}
