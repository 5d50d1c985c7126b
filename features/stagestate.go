package features

import (
	"time"

	"github.com/spark-apprentice/apprentice/eventlog"
)

type stageKey struct{ id, attempt int }

// stageState is a stage attempt while the log is read. What its tasks left in
// detail is freed when it is complete and no task of it runs; what remains is
// of a fixed size.
type stageState struct {
	key       stageKey
	info      eventlog.StageInfo
	known     bool // a StageSubmitted or StageCompleted was seen
	completed bool
	sql       Null[int64]

	totals
	busy busy
	open int // tasks started and not ended
	ended, succeeded, failed, killed,
	resubmitted, speculative int64
	delayMS, taskMS         int64 // scheduler delay; time in slots
	spilled                 int64 // tasks that spilled
	locality                [5]int64
	heapPeak                int64
	firstLaunch, lastFinish int64
	sourceBytes, sourceRows int64
	reads                   inputKind
	operators               []string
	signature               string
	partitions              partitioning
	groups, groupInput      Null[int64]
	joinRows                Null[int64]
	fileBytes               Null[int64]
	skewSplits              Null[int64]
	coalesced               Null[bool]
	cached, filled          []int // RDDs marked for storage that it reads, and that it computes
	again                   []int // of those it reads, the ones whose plan ran again

	tasks  *taskDetail // nil once frozen
	frozen frozenTasks
}

// end takes a TaskEnd, counted as the history server counts
// (AppStatusListener.onTaskEnd): a Resubmitted end is a failure, a denied
// commit a kill.
func (s *stageState) end(e *eventlog.TaskEnd) {
	s.ended++
	switch e.Reason.Kind {
	case "Success":
		s.succeeded++
	case "TaskKilled", "TaskCommitDenied":
		s.killed++
	default:
		s.failed++
	}
	if e.Reason.Kind == "Resubmitted" {
		s.resubmitted++
		return // it repeats a task that has ended
	}
	t, m := &e.Task, &e.Metrics
	if t.Speculative {
		s.speculative++
	}
	s.locality[localityIndex(t.Locality)]++
	s.heapPeak = max(s.heapPeak, e.Executor.JVMHeap)
	if s.firstLaunch == 0 || int64(t.Launch) < s.firstLaunch {
		s.firstLaunch = int64(t.Launch)
	}
	s.lastFinish = max(s.lastFinish, int64(t.Finish))
	s.taskMS += max(0, int64(t.Duration()))
	if s.tasks != nil && !(e.HasMetrics && e.Reason.Success()) {
		s.tasks.addOther(int64(t.Duration()))
	}
	if !e.HasMetrics {
		return
	}
	s.task(m)
	if m.MemoryBytesSpilled > 0 || m.DiskBytesSpilled > 0 {
		s.spilled++
	}
	s.delayMS += schedulerDelay(e)
	if !e.Reason.Success() {
		return
	}
	if s.reads&readsSource != 0 {
		s.sourceBytes += m.InputBytes
		s.sourceRows += m.InputRecords
	}
	if s.tasks != nil {
		s.tasks.add(e)
	}
}

// schedulerDelay is the history server's: what is left of a task's duration
// after running, (de)serialising and fetching its result
// (AppStatusUtils.schedulerDelay), in ms.
func schedulerDelay(e *eventlog.TaskEnd) int64 {
	t, m := &e.Task, &e.Metrics
	d := t.Duration() - m.ExecutorRunTime - m.ExecutorDeserializeTime - m.ResultSerializationTime
	if t.GettingResult > 0 {
		d -= t.Finish - t.GettingResult
	}
	return max(0, int64(d))
}

func localityIndex(l string) int {
	switch l {
	case "PROCESS_LOCAL":
		return 0
	case "NODE_LOCAL":
		return 1
	case "RACK_LOCAL":
		return 2
	case "NO_PREF":
		return 4
	}
	return 3 // ANY
}

// row makes the stage's row; what depends on the whole run is added later.
func (s *stageState) row(runKey string, text func(string) string) Stage {
	f := &s.frozen
	r := Stage{
		RunKey: runKey, StageID: int64(s.key.id), StageAttemptID: int64(s.key.attempt),
		StageSignature: s.signature, SQLExecutionID: s.sql, Name: text(s.info.Name),
		Outcome: s.outcome(), FailureReason: text(s.info.FailureReason),
		SubmittedAt: at(s.info.Submitted), CompletedAt: at(s.info.Completed),
		ParentStageIDs: int64s(s.info.ParentIDs), Operators: s.operators,
		CachesFilled: int64s(s.filled), CachesRead: int64s(s.cached), CachesRecomputed: int64s(s.again),
		Tasks: int64(s.info.Tasks), EndedTasks: s.ended, FailedTasks: s.failed, KilledTasks: s.killed,
		ResubmittedTasks: s.resubmitted, SpeculativeTasks: s.speculative,
		ProcessLocalTasks: s.locality[0], NodeLocalTasks: s.locality[1], RackLocalTasks: s.locality[2],
		AnyLocalTasks: s.locality[3], NoPrefTasks: s.locality[4],
		HeapPeakBytes: Null[int64]{V: s.heapPeak, OK: s.heapPeak > 0},
		TaskBins:      f.bins, LongestTasks: f.longest, LargestTasks: f.largest,
		TaskSums:            s.sums(),
		PartitionsEffective: Null[int64]{V: int64(s.info.Tasks), OK: s.known},
		Groups:              s.groups, JoinRows: s.joinRows, SkewSplitTasks: s.skewSplits, AQECoalesced: s.coalesced,
		FileBytes: s.fileBytes,
	}
	if r.SubmittedAt.OK && r.CompletedAt.OK {
		r.DurationS = known(seconds(int64(s.info.Completed - s.info.Submitted)))
	}
	if s.ended > 0 {
		r.SchedulerDelayS = known(seconds(s.delayMS))
	}
	r.PartitionsSource, r.PartitionsConfigured = s.partitions.source, s.partitions.configured
	r.setQuantiles(f)
	if s.groups.OK && s.groupInput.Or(0) > 0 {
		r.GroupRatio = known(float64(s.groups.V) / float64(s.groupInput.V))
	}
	s.setSkew(&r)
	return r
}

// setSkew fills what the largest task says about the others.
func (s *stageState) setSkew(r *Stage) {
	f := &s.frozen
	if f.n == 0 {
		return
	}
	total, n := f.shuffleReadSum, float64(f.n)
	if total > 0 && f.n > 1 {
		r.HotShare = known(max(0, (n*float64(f.maxShuffleRead)/float64(total)-1)/(n-1)))
	}
	if p50 := f.duration[2].V; p50 > 0 {
		r.SkewDuration = known(f.duration[6].V / p50)
	}
	if p50 := f.bytesP50.V; p50 > 0 {
		r.SkewBytes = known(float64(f.bytesP100.V) / float64(p50))
	}
	r.PartitionBytes = known(float64(binBytes(f.bins)) / n)
}

func binBytes(bins []TaskBin) (sum int64) {
	for _, b := range bins {
		sum += b.Bytes
	}
	return sum
}

func (s *stageState) outcome() string {
	switch {
	case s.info.FailureReason != "":
		return StageFailed
	case s.completed:
		return StageComplete
	}
	return StageRunning
}

// Outcomes of a Stage and an Execution.
const (
	StageComplete = "complete"
	StageFailed   = "failed"
	StageRunning  = "running"
)

func (r *Stage) setQuantiles(f *frozenTasks) {
	e, d, g := &f.ended, &f.duration, &f.gc
	r.DurationQuantiles = DurationQuantiles{e[0], e[1], e[2], e[3], e[4], e[5], e[6]}
	r.SuccessDurationQuantiles = SuccessDurationQuantiles{d[0], d[1], d[2], d[3], d[4], d[5], d[6]}
	r.GCQuantiles = GCQuantiles{g[0], g[1], g[2], g[3], g[4], g[5], g[6]}
	i, h, p := &f.input, &f.shuffleRead, &f.spill
	r.InputQuantiles = InputQuantiles{i[0], i[1], i[2], i[3], i[4], i[5], i[6]}
	r.ShuffleReadQuantiles = ShuffleReadQuantiles{h[0], h[1], h[2], h[3], h[4], h[5], h[6]}
	r.SpillQuantiles = SpillQuantiles{p[0], p[1], p[2], p[3], p[4], p[5], p[6]}
}

// lastTime is the end of the year 9999, beyond which times have no text.
const lastTime eventlog.Millis = 253402300799999

// at is a point in time of the log, unknown where it is not set or absurd.
func at(m eventlog.Millis) Null[time.Time] {
	if m <= 0 || m > lastTime {
		return Null[time.Time]{}
	}
	return known(m.Time())
}

func known[T any](v T) Null[T] { return Null[T]{V: v, OK: true} }

func int64s(in []int) []int64 {
	out := make([]int64, len(in))
	for i, v := range in {
		out[i] = int64(v)
	}
	return out
}
