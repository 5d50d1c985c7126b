package features

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/spark-apprentice/apprentice/eventlog"
	"github.com/spark-apprentice/apprentice/internal/null"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// finish makes the rows once the log has been read. The builder is spent.
func (b *builder) finish() *App {
	end := b.last
	if b.ended && b.appEnd.Time > 0 {
		end = b.appEnd.Time
	}
	b.clock.finish(int64(end))
	cluster := sparkconf.Detect(b.sparkVersion, b.props)
	complete := b.complete(cluster)
	xs := b.sortedExecutors()
	for _, id := range slices.Sorted(maps.Keys(b.executions)) {
		b.settle(b.executions[id])
	}
	key := hash(8, b.app.AppID, b.app.AttemptID, b.app.AppName, b.app.User, strconv.FormatInt(int64(b.app.Time), 10), b.sparkVersion)
	app := &App{Run: Run{RunKey: key, ExtractorVersion: ExtractorVersion}}
	b.identify(&app.Run, cluster)
	app.Run.Complete = complete
	line := b.reserve(app, xs, cluster, int64(end))
	window := b.times(&app.Run, cluster, end)
	b.findings.executors(xs, cluster.Dynamic)
	chargedBy := b.stageRows(app, line)
	b.charge(app, window)
	b.executionRows(app, chargedBy)
	app.Caches = b.caches.rows(key, sparkconf.RedactText)
	b.findings.cacheSignals(b.caches, complete)
	app.Signals = b.findings.rows(key, sparkconf.RedactText)
	b.total(app, line)
	app.Run.ConfEffective = b.settings.effective(b.version, b.versionKnown, chargedBy)
	app.Run.Kind = b.kind.kind(b.app.AppName, b.command, b.props, app.Run.DriverOnlyS.V, window)
	app.Run.SignalCounts = countSignals(app.Signals)
	return app
}

// identify fills who ran.
func (b *builder) identify(r *Run, cluster sparkconf.Cluster) {
	text := sparkconf.RedactText
	r.Pipeline = text(pipelineOf(b.opt.Pipelines, b.app.AppName, mainClass(b.command), b.props))
	r.AppID, r.AttemptID, r.AppName = b.app.AppID, b.app.AttemptID, text(b.app.AppName)
	r.SparkVersion, r.Platform, r.ClusterManager = b.sparkVersion, cluster.Platform, cluster.Manager
	r.ClusterID, r.DeployMode = cluster.ID, cluster.DeployMode
	switch b.opt.UserPolicy {
	case "drop":
	case "hash":
		sum := sha256.Sum256([]byte(b.app.User))
		r.User = hex.EncodeToString(sum[:6])
	default:
		r.User = b.app.User
	}
	if started := at(b.app.Time); started.OK {
		r.Night = started.V.Add(-12 * time.Hour).Format(time.DateOnly)
	}
	r.ConfLogged = redacted(b.props)
	r.RecommendationID = b.props[sparkconf.RecommendationKey]
	if p, ok := parseFloat(b.props[sparkconf.PropensityKey]); ok {
		r.Propensity = known(p)
	}
	r.PlanSignature = b.planSignature()
	r.UnknownEvents = b.unknown
}

// times fills the run's times and outcome. It returns the time to charge.
func (b *builder) times(r *Run, cluster sparkconf.Cluster, end eventlog.Millis) float64 {
	r.StartedAt, r.EndedAt = at(b.app.Time), at(end)
	if b.appEnd.ExitCode != nil {
		r.ExitCode = known(int64(*b.appEnd.ExitCode))
	}
	switch {
	case !r.Complete:
		r.Outcome = Incomplete
	case r.ExitCode.OK && r.ExitCode.V != 0, b.lastJobFailed():
		r.Outcome = Failed
	default:
		r.Outcome = Succeeded
	}
	if !r.StartedAt.OK || !r.EndedAt.OK {
		return 0
	}
	duration := max(0, end-b.app.Time)
	wait := duration
	if b.firstAdded > 0 {
		wait = min(max(0, b.firstAdded-b.app.Time), duration)
	}
	if cluster.Manager == "local" || b.executors["driver"] != nil {
		wait = 0 // the driver is the executor
	}
	r.DurationS, r.ExecutorWaitS = known(duration.Seconds()), known(wait.Seconds())
	return (duration - wait).Seconds()
}

// complete reports whether the application ended. Databricks logs no end, since
// its applications live as long as their clusters: there the jobs must have
// ended. If more are run, the log grows and is read again.
func (b *builder) complete(cluster sparkconf.Cluster) bool {
	if b.ended || cluster.Platform != "databricks" {
		return b.ended
	}
	for _, j := range b.jobs {
		if j.end == 0 {
			return false
		}
	}
	return len(b.jobs) > 0
}

// lastJobFailed tells a run that failed from one that met a failure and went
// on: an application that dies of a failed job runs none after it.
func (b *builder) lastJobFailed() bool {
	var last *jobState
	for _, id := range slices.Sorted(maps.Keys(b.jobs)) {
		if j := b.jobs[id]; last == nil || j.end >= last.end {
			last = j
		}
	}
	return last != nil && last.failed
}

// stageRows makes the stages' rows and sums charged time by SQL execution.
func (b *builder) stageRows(app *App, line reservation) map[int64]float64 {
	states := slices.SortedFunc(maps.Values(b.stages), func(x, y *stageState) int {
		return cmp.Or(cmp.Compare(x.key.id, y.key.id), cmp.Compare(x.key.attempt, y.key.attempt))
	})
	charged := map[int64]float64{}
	app.Stages = make([]Stage, 0, len(states))
	for _, s := range states {
		s.freeze()
		if s.signature == "" {
			b.finishStage(s, &s.info)
		}
		r := s.row(app.Run.RunKey, sparkconf.RedactText)
		from, to := int64(s.info.Submitted), int64(s.info.Completed)
		if to == 0 {
			to = s.lastFinish
		}
		if own := line.profiles[s.info.ResourceProfileID]; own != nil {
			r.SlotsMean = own.mean(from, to)
		}
		if slots := r.SlotsMean.V; slots > 0 {
			r.Waves = known(float64(s.info.Tasks) / slots)
		}
		r.ChargedS = known(s.busy.charged)
		if s.sql.OK {
			charged[s.sql.V] += s.busy.charged
		}
		b.findings.stageSignals(s, &r)
		app.Stages = append(app.Stages, r)
	}
	return charged
}

// charge gives the driver what no slot was busy for, so that all charges
// together are the run's time.
func (b *builder) charge(app *App, window float64) {
	if !app.Run.DurationS.OK {
		return
	}
	sum := sumStages(app.Stages)
	if sum > window && sum > 0 {
		// Tasks outside the run's own time: its clock is not the tasks'.
		for i := range app.Stages {
			app.Stages[i].ChargedS.V *= window / sum
		}
		sum = sumStages(app.Stages)
	}
	app.Run.DriverOnlyS = known(max(0, window-sum))
}

func sumStages(stages []Stage) (sum float64) {
	for i := range stages {
		sum += stages[i].ChargedS.V
	}
	return sum
}

func (b *builder) executionRows(app *App, charged map[int64]float64) {
	for _, j := range b.jobs {
		if j.failed && j.sql.OK {
			b.execution(j.sql.V).failedJob = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(b.executions)) {
		x := b.executions[id]
		if x.modified == nil { // before Spark 3.4
			x.modified = b.settings.overrides[id]
		}
		r := x.row(app.Run.RunKey, sparkconf.RedactText, redacted)
		if x.jobs > 0 {
			r.ChargedS = known(charged[id])
		}
		app.Executions = append(app.Executions, r)
	}
}

// total fills the run's counts and sums.
func (b *builder) total(app *App, line reservation) {
	r := &app.Run
	r.Jobs, r.FailedJobs, r.Stages = int64(len(b.jobs)), b.failedJobs, int64(len(b.stages))
	var all totals
	var bytes, rows, busyMS, heap int64
	for _, s := range b.stages {
		all.add(&s.totals)
		r.Tasks += s.ended
		r.FailedTasks += s.failed
		r.KilledTasks += s.killed
		bytes += s.sourceBytes
		rows += s.sourceRows
		busyMS += s.taskMS
		heap = max(heap, s.heapPeak)
	}
	r.TaskSums = all.sums()
	r.SourceBytes = Null[int64]{V: bytes, OK: bytes > 0}
	r.SourceRows = Null[int64]{V: rows, OK: rows > 0}
	var files, joined int64
	var filesKnown, joinsKnown bool
	for _, x := range b.executions {
		files, filesKnown = files+x.files.V, filesKnown || x.files.OK
		joined, joinsKnown = joined+x.joinRows.V, joinsKnown || x.joinRows.OK
	}
	r.SourceFiles = Null[int64]{V: files, OK: filesKnown}
	if rows > 0 && len(b.executions) > 0 {
		r.JoinIntensity = Null[float64]{V: float64(joined) / float64(rows), OK: joinsKnown || b.noJoins()}
	}
	if line.slotS > 0 {
		r.SlotUtilization = known(min(1, seconds(busyMS)/line.slotS))
	}
	for _, x := range app.Executors {
		heap = max(heap, x.HeapPeakBytes.V)
		r.UnifiedPeakBytes = null.Max(r.UnifiedPeakBytes, x.UnifiedPeakBytes)
	}
	r.HeapPeakBytes = Null[int64]{V: heap, OK: heap > 0}
	if r.DriverOnlyS.OK {
		r.CriticalPathS = known(r.DriverOnlyS.V + b.criticalStages())
	}
}

func (b *builder) noJoins() bool {
	for _, x := range b.executions {
		if len(x.joinKinds) > 0 || !x.settled {
			return false
		}
	}
	return true
}
