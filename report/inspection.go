package report

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// Rows shown of each list; what is left is counted and summed.
const (
	shownStages     = 12
	shownExecutions = 8
	shownCaches     = 8
	shownLosses     = 8
)

// An inspection is the document of one run.
type inspection struct {
	run        *features.Run
	times      []timeLine // they add up to the last one, the run
	signals    []finding
	settings   []changedSetting
	executors  fleet
	caches     []features.Cache
	executions []features.Execution
	restCaches int
	cachesDark bool // no cache's size is known
	restExecs  int
}

// A timeLine is one part of the run's time.
type timeLine struct {
	seconds     float64
	share       float64 // of the run
	length      float64 // of the bar: 1 for the longest part
	label, what string
	stage       *features.Stage        // nil for what is no stage
	skew        features.Null[float64] // the stage's, where it is worth a word
}

// A finding is the signals of one kind and certainty.
type finding struct {
	features.Signal // the one that counts most
	total           int64
	stages          []string
}

// A changedSetting is in force and not what this Spark version does by itself.
type changedSetting struct {
	key, value, byDefault string
	source                string
}

// A fleet is the executors of a run.
type fleet struct {
	n        int64
	removals []removal // by class
	losses   []features.Executor
	rest     int // losses beyond those shown
	heap     features.Null[int64]
	overhead features.Null[int64]
	unified  features.Null[int64] // largest peak
}

type removal struct {
	class string
	n     int64
}

func newInspection(app *features.App) inspection {
	d := inspection{
		run: &app.Run, times: timeLines(app), signals: findings(app.Signals),
		settings: changedSettings(&app.Run), executors: newFleet(app.Executors),
	}
	d.restCaches = max(0, len(app.Caches)-shownCaches)
	d.caches = app.Caches[:len(app.Caches)-d.restCaches]
	d.cachesDark = !slices.ContainsFunc(app.Caches, func(c features.Cache) bool { return c.CachedPartitions.OK })
	for _, e := range app.Executions {
		if e.Jobs > 0 || e.Error != "" || len(e.JoinKinds) > 0 {
			d.executions = append(d.executions, e)
		}
	}
	slices.SortStableFunc(d.executions, func(a, b features.Execution) int {
		return cmp.Compare(b.ChargedS.Or(-1), a.ChargedS.Or(-1))
	})
	d.restExecs = max(0, len(d.executions)-shownExecutions)
	d.executions = d.executions[:len(d.executions)-d.restExecs]
	return d
}

// timeLines splits the run's duration: the stages that took most, the others
// in one line, the driver, the wait for executors, what the log cannot
// attribute, and the sum. Nothing is known of a run without any charge.
func timeLines(app *features.App) []timeLine {
	run := &app.Run
	var lines []timeLine
	known := run.DriverOnlyS.Or(0) + run.ExecutorWaitS.Or(0)
	for i := range app.Stages {
		if s := &app.Stages[i]; s.ChargedS.OK {
			lines = append(lines, stageLine(s))
			known += s.ChargedS.V
		}
	}
	if len(lines) == 0 && !run.DriverOnlyS.OK {
		return nil
	}
	slices.SortStableFunc(lines, func(a, b timeLine) int { return cmp.Compare(b.seconds, a.seconds) })
	if n := len(lines); n > shownStages {
		rest := timeLine{label: "…", what: "and " + count(int64(n-shownStages), "more stage")}
		for _, l := range lines[shownStages:] {
			rest.seconds += l.seconds
		}
		lines = append(lines[:shownStages], rest)
	}
	total := run.DurationS.Or(known)
	if run.DriverOnlyS.OK {
		lines = append(lines, timeLine{seconds: run.DriverOnlyS.V, label: "driver", what: "no task running"})
	}
	if run.ExecutorWaitS.Or(0) > 0.0005 {
		lines = append(lines, timeLine{seconds: run.ExecutorWaitS.V, label: "wait", what: "for the first executor"})
	}
	if rest := total - known; math.Abs(rest) >= 0.0005 {
		lines = append(lines, timeLine{seconds: rest, label: "?", what: "the log lacks it"})
	}
	longest := 0.0
	for _, l := range lines {
		longest = max(longest, l.seconds)
	}
	for i := range lines {
		lines[i].share, lines[i].length = share(lines[i].seconds, total), share(lines[i].seconds, longest)
	}
	return append(lines, timeLine{seconds: total, share: share(total, total), label: "run", what: "all of it"})
}

// stageLine is a stage's part. A skew below 2 is the ordinary spread of tasks.
func stageLine(s *features.Stage) timeLine {
	l := timeLine{seconds: s.ChargedS.V, label: StageName(s.StageID, s.StageAttemptID), what: work(s.Operators, s.Name), stage: s}
	if s.Outcome != "complete" {
		l.what = strings.ToUpper(s.Outcome) + " " + l.what
	}
	if s.SkewDuration.Or(0) >= 2 && s.EndedTasks > 1 {
		l.skew = s.SkewDuration
	}
	return l
}

// share is part over total, 0 where there is nothing to share.
func share(part, total float64) float64 {
	if total <= 0 {
		return 0
	}
	return part / total
}

// findings groups signals by kind and certainty, in the order of SignalKinds.
func findings(signals []features.Signal) []finding {
	var found []finding
	for _, s := range signals {
		i := slices.IndexFunc(found, func(f finding) bool { return f.Kind == s.Kind && f.Certainty == s.Certainty })
		if i < 0 {
			i = len(found)
			found = append(found, finding{Signal: s})
		}
		f := &found[i]
		f.total += s.Count
		if s.Count > f.Count {
			f.Signal = s
		}
		if s.StageID.OK {
			f.stages = append(f.stages, StageName(s.StageID.V, s.StageAttemptID.Or(0)))
		}
	}
	slices.SortStableFunc(found, func(a, b finding) int {
		return cmp.Or(cmp.Compare(features.SignalRank(a.Kind), features.SignalRank(b.Kind)), cmp.Compare(b.Certainty, a.Certainty))
	})
	for i := range found {
		found[i].stages = slices.Compact(found[i].stages)
	}
	return found
}

// StageName writes a stage as Spark's pages do: 12, and 12.1 for its retry.
func StageName(id, attempt int64) string {
	s := strconv.FormatInt(id, 10)
	if attempt > 0 {
		s += "." + strconv.FormatInt(attempt, 10)
	}
	return s
}

// changedSettings lists the owned keys whose value is not the default of the
// run's Spark version.
func changedSettings(run *features.Run) []changedSetting {
	version, versionErr := sparkconf.ParseVersion(run.SparkVersion)
	var list []changedSetting
	for key, s := range run.ConfEffective {
		if s.Source == features.FromDefault || s.Source == features.FromUnknown {
			continue
		}
		c := changedSetting{key: key, value: s.Value, source: s.Source}
		if versionErr == nil {
			if k, ok := sparkconf.Lookup(key, version); ok && !k.Unset {
				c.byDefault = k.Default
				if sparkconf.Canonical(key, k.Default) == sparkconf.Canonical(key, s.Value) {
					continue
				}
			}
		}
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b changedSetting) int { return strings.Compare(a.key, b.key) })
	return list
}

func newFleet(executors []features.Executor) fleet {
	f := fleet{n: int64(len(executors))}
	for _, e := range executors {
		f.heap = null.Max(f.heap, e.HeapBytes)
		f.overhead = null.Max(f.overhead, e.OverheadBytes)
		f.unified = null.Max(f.unified, e.UnifiedPeakBytes)
		i := slices.IndexFunc(f.removals, func(r removal) bool { return r.class == e.RemovedClass })
		if i < 0 {
			i = len(f.removals)
			f.removals = append(f.removals, removal{class: e.RemovedClass})
		}
		f.removals[i].n++
		if !slices.Contains([]string{"", "idle", "driver"}, e.RemovedClass) {
			f.losses = append(f.losses, e)
		}
	}
	slices.SortFunc(f.removals, func(a, b removal) int { return strings.Compare(a.class, b.class) })
	f.rest = max(0, len(f.losses)-shownLosses)
	f.losses = f.losses[:len(f.losses)-f.rest]
	return f
}
