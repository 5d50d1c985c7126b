package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/spark-apprentice/apprentice/features"
)

// Inspect writes one run as text: what it was, where the time went by stage
// (the lines add up to the run's duration), signals with their evidence,
// settings that are not Spark's defaults, executors, caches and SQL executions.
func Inspect(w io.Writer, app *features.App) error {
	d := newInspection(app)
	var p page
	d.header(&p)
	d.timeTable(&p)
	d.signalTable(&p)
	d.settingTable(&p)
	d.executorTable(&p)
	d.cacheTable(&p)
	d.executionTable(&p)
	_, err := w.Write(p.Bytes())
	return err
}

// InspectJSON writes one object {run, stages, executions, executors, caches,
// signals} with the names of the data contract. Unknown is null; lists are
// never null.
func InspectJSON(w io.Writer, app *features.App) error { return writeJSON(w, app) }

func (d inspection) header(p *page) {
	r := d.run
	p.linef("%s  %s", nameOf(r), verdict(r))
	p.linef("")
	app := r.AppID
	if r.AttemptID != "" {
		app += " attempt " + r.AttemptID
	}
	t := table{columns: []column{{}, {lines: 2}}}
	say := func(what, value string) {
		if value != "" {
			t.add(what, value)
		}
	}
	say("application", app+"  "+r.AppName)
	say("started", clock(r.StartedAt)+", night "+r.Night)
	kind := r.Kind
	if kind != "" && kind != features.Batch {
		kind += " (only batch runs are tuned)"
	}
	say("spark", listed(r.SparkVersion, r.Platform, r.ClusterManager, r.DeployMode, kind))
	say("cluster", fmt.Sprintf("%s, %s at most; %s core-seconds reserved, %s of slots busy",
		count(r.ExecutorsMax, "executor"), count(r.CoresMax, "core"), or(r.CoreS, rounded), or(r.SlotUtilization, percent)))
	say("work", listed(count(r.Jobs, "job")+aside(some(r.FailedJobs, failed)), count(r.Stages, "stage"),
		count(r.Tasks, "task")+aside(listed(some(r.FailedTasks, failed), some(r.KilledTasks, killed)))))
	say("source", listed(ifKnown(r.SourceBytes, size), ifKnown(r.SourceRows, rowCount), ifKnown(r.SourceFiles, fileCount)))
	say("log", fmt.Sprintf("%s, %s: %s", logState(r), count(r.Events, "event"), r.Log))
	say("excluded", r.ExclusionReason)
	if r.RecommendationID != "" {
		say("settings of", "recommendation "+r.RecommendationID)
	}
	p.table(t)
}

func (d inspection) timeTable(p *page) {
	p.heading("WHERE THE TIME WENT")
	if len(d.times) == 0 {
		p.linef("  The log does not hold enough to say.")
		return
	}
	t := table{columns: []column{
		{head: "time", right: true}, {right: true}, {}, {head: "stage"}, {head: "tasks", right: true}, {head: "p50", right: true},
		{head: "max", right: true}, {head: "skew", right: true}, {head: "read", right: true}, {head: "spill", right: true}, {head: "what"},
	}}
	total := d.times[len(d.times)-1].seconds
	for _, l := range d.times {
		row := []string{exactSeconds(l.seconds, total), percent(l.share), bar(l.length, barWidth), l.label, "", "", "", "", "", "", l.what}
		if s := l.stage; s != nil {
			row[4], row[5], row[6] = thousands(s.EndedTasks), ifKnown(s.SuccessDurationP50, seconds), ifKnown(s.SuccessDurationP100, seconds)
			row[7], row[8], row[9] = ifKnown(l.skew, times), some(s.InputBytes+s.ShuffleReadBytes, size), some(s.DiskSpilledBytes, size)
		}
		t.add(row...)
	}
	p.table(t)
}

func (d inspection) signalTable(p *page) {
	p.heading("SIGNALS")
	if len(d.signals) == 0 {
		p.linef("  none")
		return
	}
	t := table{columns: []column{{}, {}, {right: true}, {max: 24}, {lines: 3}}}
	for _, f := range d.signals {
		where := "run"
		if len(f.stages) == 1 {
			where = "stage " + f.stages[0]
		} else if len(f.stages) > 1 {
			where = "stages " + join(f.stages, 2)
		}
		t.add(f.Kind, f.Certainty, thousands(f.total)+"x", where, oneLine(evidenceOf(f.Kind, f.Evidence)))
	}
	p.table(t)
}

func (d inspection) settingTable(p *page) {
	p.heading("SETTINGS THAT ARE NOT SPARK'S DEFAULTS")
	if len(d.settings) == 0 {
		p.linef("  none of those that can be tuned")
		return
	}
	t := table{columns: []column{{}, {max: 20}, {}}}
	for _, s := range d.settings {
		how := "from the log"
		if s.source == features.FromRuntimeSet {
			how = "set at run time"
		}
		if s.byDefault != "" {
			how += ", default " + s.byDefault
		}
		t.add(s.key, s.value, how)
	}
	p.table(t)
}

func (d inspection) executorTable(p *page) {
	f := d.executors
	if f.n == 0 {
		return
	}
	p.heading("EXECUTORS")
	var ends []string
	for _, r := range f.removals {
		if r.class == "" {
			ends = append(ends, fmt.Sprintf("%d alive at the end", r.n))
			continue
		}
		ends = append(ends, fmt.Sprintf("%d removed (%s)", r.n, strings.ReplaceAll(r.class, "_", " ")))
	}
	p.linef("  %s: %s", count(f.n, "executor"), strings.Join(ends, ", "))
	if memory := listed(label("heap ", f.heap), label("overhead ", f.overhead), label("largest unified memory that a poll saw ", f.unified)); memory != "" {
		p.linef("  %s", memory)
	}
	t := table{columns: []column{{head: "lost"}, {head: "host", max: 24}, {head: "at"}, {head: "failed tasks", right: true}, {head: "why"}, {lines: 3}}}
	for _, e := range f.losses {
		t.add(e.ExecutorID, e.Host, clock(e.RemovedAt), thousands(e.FailedTasks), e.RemovedClass, oneLine(e.RemovedReason))
	}
	p.table(t)
	more(p, f.rest, "more lost executor")
}

func (d inspection) cacheTable(p *page) {
	if len(d.caches) == 0 {
		return
	}
	p.heading("CACHES")
	t := table{columns: []column{
		{head: "rdd", right: true}, {head: "parts", right: true}, {head: "stored", right: true}, {head: "memory", right: true}, {head: "disk", right: true},
		{head: "reused", right: true}, {head: "evicted", right: true}, {head: "recomputed", right: true}, {head: "level", max: 19}, {}, {head: "name"},
	}}
	for _, c := range d.caches {
		end := ""
		if c.Unpersisted {
			end = "unpersisted"
		}
		t.add(thousands(c.RDDID), thousands(c.Partitions), or(c.CachedPartitions, thousands), or(c.MemoryBytes, size), or(c.DiskBytes, size),
			thousands(c.Reuse), or(c.Evictions, thousands), or(c.Recomputes, thousands), c.Level, end, c.Name)
	}
	p.table(t)
	if d.cachesDark {
		p.linef("  The log holds no sizes: spark.eventLog.logBlockUpdates.enabled was not true.")
	}
	more(p, d.restCaches, "more cache")
}

func (d inspection) executionTable(p *page) {
	if len(d.executions) == 0 {
		return
	}
	p.heading("SQL EXECUTIONS")
	t := table{columns: []column{
		{head: "id", right: true}, {head: "charged", right: true}, {head: "lasted", right: true}, {head: "jobs", right: true},
		{head: "broadcast", right: true}, {head: "joins", max: 30}, {head: "what", lines: 2},
	}}
	for _, e := range d.executions {
		what := oneLine(e.Description)
		if e.Error != "" {
			what = "FAILED: " + oneLine(e.Error)
		} else if e.Outcome != "complete" {
			what = strings.ToUpper(e.Outcome) + " " + what
		}
		t.add(thousands(e.SQLExecutionID), ifKnown(e.ChargedS, seconds), ifKnown(e.DurationS, seconds), thousands(e.Jobs),
			ifKnown(e.BroadcastBytes, size), work(e.JoinKinds, ""), what)
	}
	p.table(t)
	more(p, d.restExecs, "more execution")
}

// barWidth is the cells of the longest bar.
const barWidth = 8

// more says how many rows a list does not show.
func more(p *page, n int, noun string) {
	if n > 0 {
		p.linef("  … and %s", count(int64(n), noun))
	}
}

// label writes a known size after its name.
func label(name string, n features.Null[int64]) string {
	if !n.OK {
		return ""
	}
	return name + size(n.V)
}

// some writes a figure that is not 0.
func some(n int64, f func(int64) string) string {
	if n == 0 {
		return ""
	}
	return f(n)
}
