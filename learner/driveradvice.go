package learner

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strconv"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// Shares of the driver's bounds from which advice speaks.
const (
	muchResult    = 0.5
	muchBroadcast = 0.1 // broadcastShare's
)

// adviseDriver says what weighs on the driver: results, broadcasts, and time in
// which no task runs.
func (j *judgement) adviseDriver(say func(string, ...any)) {
	j.adviseDeadResults(say)
	j.adviseResults(say)
	j.adviseBroadcasts(say)
	runs := j.base().runs
	s := medianOf(runs, func(r *features.Run) (float64, bool) { return r.DriverOnlyS.V / r.DurationS.V, r.DriverOnlyS.OK })
	if s <= muchOnDriver {
		return
	}
	say("%.0f %% of the time no task runs. No setting shortens that.", 100*s)
	var splits []driverTime
	for _, n := range runs {
		if d, ok := splitDriver(n, j.known.executions[n.run.RunKey]); ok {
			splits = append(splits, d)
		}
	}
	if len(splits) == 0 {
		return
	}
	of := func(f func(driverTime) float64) float64 { return medianBy(splits, f) }
	say("Of the time without a stage, %.1f s of a night lie before a query's first stage (planning, listing files), %.1f s between its stages (planning again, broadcasts), %.1f s after its last (committing output, collecting), and %.1f s outside queries (the program's own code, start and stop).",
		of(func(d driverTime) float64 { return d.planning }), of(func(d driverTime) float64 { return d.between }),
		of(func(d driverTime) float64 { return d.commit }), of(func(d driverTime) float64 { return d.outside }))
}

// resultWords are TaskSetManager.canFetchMoreResults'.
var resultWords = regexp.MustCompile(`serialized results of (\d+) tasks \(([\d.]+) ([KMGT]?i?B)\)`)

// adviseDeadResults says how large a result would have been that killed its
// job: what the tasks had sent that answered, for all. It is no news once a run
// came through, or runs under another limit.
func (j *judgement) adviseDeadResults(say func(string, ...any)) {
	now := ""
	for i, r := range slices.Backward(j.all) {
		limit := inForce(r)["spark.driver.maxResultSize"]
		if i == len(j.all)-1 {
			now = limit
		}
		if r.ResultTooLargeCount == 0 {
			if r.Outcome == features.Succeeded && j.counts(r) {
				return
			}
			continue
		}
		if limit != now {
			return
		}
		for _, s := range j.known.signals[r.RunKey] {
			m := resultWords.FindStringSubmatch(s.Evidence)
			if s.Kind != features.SignalResultTooLarge || m == nil {
				continue
			}
			tasks, _ := strconv.ParseFloat(m[1], 64)
			size := humanSize(m[2], m[3])
			whole, planned := size, int64(tasks)
			for _, st := range j.known.stages[r.RunKey] {
				if st.Outcome != features.StageComplete && st.Tasks > planned {
					whole, planned = size/tasks*float64(st.Tasks), st.Tasks
				}
			}
			say("On %s the job died because %s of results was more than spark.driver.maxResultSize=%s: %.0f of %d tasks had answered, all would have sent about %s. Write it out instead of collecting it, or set maxResultSize above that and spark.driver.memory to several times as much.",
				r.Night, about(int64(size)), limit, tasks, planned, about(int64(whole)))
			return
		}
	}
}

// adviseResults: what tasks send to the driver is bounded by
// spark.driver.maxResultSize (default 1 GiB; 0: no bound).
func (j *judgement) adviseResults(say func(string, ...any)) {
	bound, err := sparkconf.ParseSize(j.base().set["spark.driver.maxResultSize"], 1)
	if err != nil || bound <= 0 {
		return
	}
	// The bound is one task set's; the run's largest stage comes nearest to it.
	var largest []float64
	for _, n := range j.base().runs {
		var most int64
		for _, s := range n.stages {
			most = max(most, s.ResultSizeBytes)
		}
		largest = append(largest, float64(most))
	}
	if m := median(largest); m > muchResult*float64(bound) {
		say("One stage sends %s of results to the driver, %.0f %% of spark.driver.maxResultSize (%s): beyond it the job dies.", about(int64(m)), 100*m/float64(bound), sparkconf.FormatSize(bound))
	}
}

// humanSize reads what Utils.bytesToString wrote.
func humanSize(number, unit string) float64 {
	f, _ := strconv.ParseFloat(number, 64)
	for i, u := range []string{"B", "KiB", "MiB", "GiB", "TiB"} {
		if u == unit {
			return f * math.Pow(1024, float64(i))
		}
	}
	return f
}

// adviseBroadcasts: the driver holds a broadcast's rows, the relation built
// from them and its blocks at once.
func (j *judgement) adviseBroadcasts(say func(string, ...any)) {
	driver := sparkconf.GiB
	if n, err := sparkconf.ParseSize(j.base().set["spark.driver.memory"], sparkconf.MiB); err == nil {
		driver = n
	}
	var largest []float64
	for _, n := range j.base().runs {
		var most int64
		for _, e := range j.known.executions[n.run.RunKey] {
			most = max(most, e.BroadcastBytes.Or(0))
		}
		largest = append(largest, float64(most))
	}
	if m := median(largest); m > muchBroadcast*float64(driver) {
		say("A query broadcasts %s through a driver of %s, which holds it two to three times while it is built: spark.driver.memory should be ten times the broadcast, or a lower spark.sql.autoBroadcastJoinThreshold keep the join a sort-merge join.",
			about(int64(m)), sparkconf.FormatSize(driver))
	}
}

// driverTime is the time of a run in which no stage runs, by where it lies.
// Seconds.
type driverTime struct{ planning, between, commit, outside float64 }

// splitDriver cuts the time after the first executor in which no stage runs at
// the starts and ends of SQL executions and their stages. False: the log has
// no times.
func splitDriver(n *night, executions []*features.Execution) (d driverTime, ok bool) {
	r := n.run
	if !r.StartedAt.OK || !r.EndedAt.OK {
		return d, false
	}
	type span struct{ from, to int64 } // milliseconds
	start := r.StartedAt.V.UnixMilli() + int64(1000*r.ExecutorWaitS.Or(0))
	end := r.EndedAt.V.UnixMilli()
	var stages []span
	own := map[int64]span{} // first to last stage of an execution
	for _, s := range n.stages {
		if !s.SubmittedAt.OK || !s.CompletedAt.OK {
			continue
		}
		x := span{s.SubmittedAt.V.UnixMilli(), s.CompletedAt.V.UnixMilli()}
		stages = append(stages, x)
		if s.SQLExecutionID.OK {
			o, seen := own[s.SQLExecutionID.V]
			if !seen {
				o = x
			}
			own[s.SQLExecutionID.V] = span{min(o.from, x.from), max(o.to, x.to)}
		}
	}
	slices.SortFunc(stages, func(a, b span) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	var gaps []span
	at := start
	for _, s := range append(stages, span{end, end}) {
		if s.from > at {
			gaps = append(gaps, span{at, s.from})
		}
		at = max(at, s.to)
	}
	inner := append([]*features.Execution(nil), executions...)
	slices.SortFunc(inner, func(a, b *features.Execution) int { return cmp.Compare(a.SQLExecutionID, b.SQLExecutionID) })
	for _, g := range gaps {
		rest := float64(g.to - g.from)
		for _, e := range inner {
			if !e.SubmittedAt.OK || !e.CompletedAt.OK {
				continue
			}
			from, to := e.SubmittedAt.V.UnixMilli(), e.CompletedAt.V.UnixMilli()
			o, has := own[e.SQLExecutionID]
			if !has {
				o = span{to, to} // it ran no stage: all of it is planning, or a command
			}
			overlap := func(a, b int64) float64 { return float64(max(min(b, g.to)-max(a, g.from), 0)) }
			p, b, c := overlap(from, o.from), overlap(o.from, o.to), overlap(o.to, to)
			if sum := p + b + c; sum > rest && sum > 0 { // executions overlap: time counts once
				p, b, c = p*rest/sum, b*rest/sum, c*rest/sum
			}
			d.planning, d.between, d.commit = d.planning+p/1000, d.between+b/1000, d.commit+c/1000
			rest -= p + b + c
		}
		d.outside += rest / 1000
	}
	return d, true
}
