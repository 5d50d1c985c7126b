package html

import (
	"cmp"
	"slices"
	"time"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
	"github.com/spark-apprentice/apprentice/report"
)

// A stage is one stage attempt. Start and end count from the run's start.
type stage struct {
	ID       string             `json:"id"`
	Work     string             `json:"work"`
	Name     string             `json:"name"`
	Outcome  string             `json:"outcome"`
	Reason   string             `json:"reason"`
	Start    null.Null[float64] `json:"start_s"`
	End      null.Null[float64] `json:"end_s"`
	Charged  null.Null[float64] `json:"charged_s"`
	Tasks    int64              `json:"tasks"`
	Failed   int64              `json:"failed_tasks"`
	Killed   int64              `json:"killed_tasks"`
	Quantile []float64          `json:"quantiles_s"` // p0 p25 p50 p75 p95 p99 p100 of task time; empty: unknown
	Skew     null.Null[float64] `json:"skew"`        // longest over median
	Read     int64              `json:"read_bytes"`
	Written  int64              `json:"written_bytes"`
	Spill    int64              `json:"spill_bytes"`
	GC       float64            `json:"gc_s"`
	Cut      string             `json:"partitions_source"`
	Times    []bin              `json:"times"` // successful tasks by time, empty where not shown
	Bins     [][4]int64         `json:"bins"`  // log2 of bytes (-1: none), log2 of ms (-1: none), tasks, bytes
	Longest  []task             `json:"longest"`
}

// A bin counts the tasks that took at least From and less than To.
type bin struct {
	From float64 `json:"from_s"`
	To   float64 `json:"to_s"`
	N    int64   `json:"n"`
}

type task struct {
	Index   int64   `json:"index"`
	Seconds float64 `json:"seconds"`
	Bytes   int64   `json:"bytes"`
	GC      float64 `json:"gc_s"`
	Spill   int64   `json:"spill_bytes"`
}

// stages picks the stages that took most and puts them in order of submission.
func (d *runDoc) stages(app *features.App) {
	r := &app.Run
	kept := slices.Clone(app.Stages)
	slices.SortStableFunc(kept, func(a, b features.Stage) int { return cmp.Compare(b.ChargedS.Or(-1), a.ChargedS.Or(-1)) })
	charged, known := 0.0, r.DriverOnlyS.OK
	var other float64
	for i, s := range kept {
		charged += s.ChargedS.Or(0)
		known = known || s.ChargedS.OK
		if i >= shownStages {
			other += s.ChargedS.Or(0)
		}
	}
	d.OtherS = null.If(short(other), len(kept) > shownStages)
	d.MoreStages = max(0, len(kept)-shownStages)
	if r.DurationS.OK && known {
		// The parts add up to the run; what is left below a millisecond is rounding.
		if rest := r.DurationS.V - charged - r.DriverOnlyS.Or(0) - r.ExecutorWaitS.Or(0); rest >= 0.0005 {
			d.LackingS = null.Of(short(rest))
		}
	}
	d.Stages = make([]stage, 0, len(kept)-d.MoreStages)
	for i := range kept[:len(kept)-d.MoreStages] {
		d.Stages = append(d.Stages, newStage(&kept[i], r.StartedAt, i < shownTasks))
	}
	slices.SortStableFunc(d.Stages, func(a, b stage) int { return cmp.Compare(a.Start.Or(0), b.Start.Or(0)) })
}

// since is the seconds from a run's start.
func since(start, at null.Null[time.Time]) null.Null[float64] {
	return null.If(at.V.Sub(start.V).Seconds(), start.OK && at.OK)
}

func newStage(s *features.Stage, start null.Null[time.Time], tasks bool) stage {
	out := stage{
		ID: report.StageName(s.StageID, s.StageAttemptID), Work: show(report.Work(s.Operators, s.Name)), Name: show(s.Name),
		Outcome: s.Outcome, Reason: show(s.FailureReason), Start: since(start, s.SubmittedAt), End: since(start, s.CompletedAt),
		Charged: shortNull(s.ChargedS), Tasks: s.Tasks, Failed: s.FailedTasks, Killed: s.KilledTasks,
		Quantile: taskTimes(s), Skew: shortNull(s.SkewDuration), Read: s.InputBytes + s.ShuffleReadBytes, Written: s.OutputBytes + s.ShuffleWriteBytes,
		Spill: s.DiskSpilledBytes, GC: short(s.JVMGCTimeS), Cut: s.PartitionsSource, Times: []bin{}, Bins: [][4]int64{}, Longest: []task{},
	}
	if !tasks {
		return out
	}
	counts := map[int64]int64{}
	for _, b := range s.TaskBins {
		counts[b.Log2Time] += b.N
		out.Bins = append(out.Bins, [4]int64{b.Log2Bytes, b.Log2Time, b.N, b.Bytes})
	}
	out.Times = timeBins(counts)
	for _, t := range s.LongestTasks[:min(len(s.LongestTasks), 5)] {
		out.Longest = append(out.Longest, task{t.Index, short(t.DurationS), t.Bytes, short(t.GCS), t.SpillBytes})
	}
	return out
}

// taskTimes are the quantiles of the successful tasks' time, none where they are
// not known. Rows from before these had columns of their own hold them as
// DurationQuantiles.
func taskTimes(s *features.Stage) []float64 {
	qs := []null.Null[float64]{s.SuccessDurationP0, s.SuccessDurationP25, s.SuccessDurationP50, s.SuccessDurationP75, s.SuccessDurationP95, s.SuccessDurationP99, s.SuccessDurationP100}
	if !s.SuccessDurationP0.OK {
		qs = []null.Null[float64]{s.DurationP0, s.DurationP25, s.DurationP50, s.DurationP75, s.DurationP95, s.DurationP99, s.DurationP100}
	}
	times := []float64{}
	for _, q := range qs {
		if q.OK {
			times = append(times, short(q.V))
		}
	}
	return times
}

// timeBins are the bins of log2 of milliseconds from the first to the last that
// holds a task, empty ones between them included.
func timeBins(counts map[int64]int64) []bin {
	list := []bin{}
	if len(counts) == 0 {
		return list
	}
	low, high := int64(64), int64(-1)
	for k := range counts {
		low, high = min(low, k), max(high, k)
	}
	edge := func(log2 int64) float64 {
		if log2 < 0 {
			return 0
		}
		return float64(int64(1)<<log2) / 1000
	}
	for k := low; k <= high; k++ {
		list = append(list, bin{edge(k), edge(k + 1), counts[k]})
	}
	return list
}
