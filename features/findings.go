package features

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spark-apprentice/apprentice/eventlog"
)

// findings collects signals while the log is read: failures as they come,
// shapes of stages at the end (see stagesignals.go).
type findings struct {
	found map[findingKey]*finding
	// oomExecutors have an OutOfMemoryError of their own; an exit 52 of such
	// an executor is the same death.
	oomExecutors map[string]bool
	lost         map[string]string // executor -> loss reason of its tasks
	driver       map[string]*driverFinding
}

type findingKey struct {
	kind, certainty string
	stage           stageKey
	run             bool // of the whole run: stage only tells its findings apart
}

type finding struct {
	count    int64
	evidence string
}

// driverFinding counts a message of the driver. One failure shows in the
// stage, the job, the execution and its tasks; its count is the largest of these.
type driverFinding struct {
	bySource map[string]int64
	evidence string
}

func newFindings() *findings {
	return &findings{found: map[findingKey]*finding{}, oomExecutors: map[string]bool{}, lost: map[string]string{}, driver: map[string]*driverFinding{}}
}

func (f *findings) add(k findingKey, n int64, evidence string) {
	x := f.found[k]
	if x == nil {
		x = &finding{evidence: firstLine(evidence)}
		f.found[k] = x
	}
	x.count += n
}

// task looks at a task that did not succeed.
func (f *findings) task(stage stageKey, e *eventlog.TaskEnd) {
	r := &e.Reason
	at := func(kind, certainty, evidence string) {
		f.add(findingKey{kind: kind, certainty: certainty, stage: stage}, 1, evidence)
	}
	switch r.Kind {
	case "FetchFailed":
		at(SignalFetchFailed, Certain, fetchEvidence(r))
	case "ExecutorLostFailure":
		id := cmp.Or(r.ExecutorID, e.Task.ExecutorID)
		if f.lost[id] == "" {
			f.lost[id] = r.Message
		}
	case "TaskKilled":
		if strings.Contains(r.Message, "exceeded maxResultSize") {
			f.driverSaid(SignalResultTooLarge, "task", r.Message)
		}
	case "ExceptionFailure":
		kind, certainty := exceptionSignal(r)
		if kind == "" {
			return
		}
		if kind == SignalHeapOOM || kind == SignalGCOverhead {
			f.oomExecutors[e.Task.ExecutorID] = true
		}
		at(kind, certainty, r.ClassName+": "+r.Description)
	}
}

// exceptionSignal reads a task's exception. Order counts: a spill that finds the
// disk full is a SparkOutOfMemoryError, that is an OutOfMemoryError by name, and
// a Python error carries a Java stack.
func exceptionSignal(r *eventlog.EndReason) (kind, certainty string) {
	text := r.Description + "\n" + r.StackTrace
	has := func(s string) bool { return strings.Contains(text, s) }
	jvm := strings.HasSuffix(r.ClassName, "OutOfMemoryError") || has("java.lang.OutOfMemoryError")
	switch {
	case has("No space left on device"), has("SPILL_OUT_OF_MEMORY"), has("Disk quota exceeded"):
		return SignalDiskFull, Certain
	case strings.HasSuffix(r.ClassName, "SparkOutOfMemoryError"), has("UNABLE_TO_ACQUIRE_MEMORY"),
		// Until Spark 2.3 the class was Java's own.
		has("OutOfMemoryError: Unable to acquire"), jvm && strings.HasPrefix(r.Description, "Unable to acquire"):
		return SignalSparkMemoryOOM, Certain
	case jvm && has("GC overhead limit exceeded"):
		return SignalGCOverhead, Certain
	case jvm && (has("Direct buffer memory") || has("Metaspace") || has("unable to create")):
		return SignalHeapOOM, Ambiguous // memory beside the heap
	case jvm:
		return SignalHeapOOM, Certain
	case has("\nMemoryError"), has("numpy.core._exceptions._ArrayMemoryError"), has("ArrayMemoryError:"):
		return SignalPythonMemory, Certain
	case has("Python worker exited unexpectedly"):
		return SignalPythonMemory, Ambiguous
	}
	return "", ""
}

// driverMessages are failures of the driver or of a whole stage: words of
// TaskSetManager.canFetchMoreResults and BroadcastExchangeExec.
var driverMessages = []struct{ words, kind string }{
	{"is bigger than spark.driver.maxResultSize", SignalResultTooLarge},
	{"is bigger than local result size limit", SignalResultTooLarge},
	{"Not enough memory to build and broadcast", SignalBroadcastTooLarge},
	{"Cannot broadcast the table", SignalBroadcastTooLarge},
}

// driverMessage looks at the words with which a stage, job or execution failed.
func (f *findings) driverMessage(source, message string) {
	for _, m := range driverMessages {
		if i := strings.Index(message, m.words); i >= 0 {
			line := message[strings.LastIndexByte(message[:i], '\n')+1:]
			f.driverSaid(m.kind, source, line)
		}
	}
}

func (f *findings) driverSaid(kind, source, evidence string) {
	d := f.driver[kind]
	if d == nil {
		d = &driverFinding{bySource: map[string]int64{}}
		f.driver[kind] = d
	}
	d.bySource[source]++
	if source != "task" || d.evidence == "" {
		d.evidence = firstLine(evidence)
	}
}

// executors looks at how executors went, once all is read: the cluster
// manager's reason, else what their tasks say.
func (f *findings) executors(xs []*executorState, dynamic bool) {
	run := func(kind, certainty, evidence string) {
		f.add(findingKey{kind: kind, certainty: certainty, run: true}, 1, evidence)
	}
	seen := map[string]bool{}
	judge := func(id, reason string) {
		if seen[id] {
			return
		}
		seen[id] = true
		class := removedClass(reason, dynamic)
		evidence := "executor " + id + ": " + reason
		switch class {
		case RemovedIdle, RemovedByDriver:
			return
		case RemovedOOM:
			if !f.oomExecutors[id] {
				run(SignalHeapOOM, Certain, evidence)
			}
		case RemovedContainerOOM:
			run(SignalContainerOOM, Certain, evidence)
		case RemovedKilled:
			// SIGKILL or SIGTERM: the kernel, the node manager or a person.
			run(SignalContainerOOM, Ambiguous, evidence)
		case RemovedLost:
			if strings.Contains(reason, "exceeding thresholds") {
				run(SignalContainerOOM, Ambiguous, evidence)
			}
		}
		run(SignalExecutorLost, Certain, evidence)
	}
	for _, x := range xs {
		if x.gone {
			judge(x.id, x.reason)
		}
	}
	ids := make([]string, 0, len(f.lost))
	for id := range f.lost {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		judge(id, f.lost[id])
	}
}

// rows returns the signals: by kind in the order of SignalKinds, the run's
// before those of stages.
func (f *findings) rows(runKey string, text func(string) string) []Signal {
	for _, kind := range SignalKinds {
		if d := f.driver[kind]; d != nil {
			var n int64
			for _, c := range d.bySource {
				n = max(n, c)
			}
			f.add(findingKey{kind: kind, certainty: Certain, run: true}, n, d.evidence)
		}
	}
	out := make([]Signal, 0, len(f.found))
	for k, x := range f.found {
		out = append(out, Signal{
			RunKey: runKey, Kind: k.kind, Certainty: k.certainty, Count: x.count, Evidence: text(x.evidence),
			StageID:        Null[int64]{V: int64(k.stage.id), OK: !k.run},
			StageAttemptID: Null[int64]{V: int64(k.stage.attempt), OK: !k.run},
		})
	}
	slices.SortFunc(out, func(a, b Signal) int {
		return cmp.Or(
			cmp.Compare(SignalRank(a.Kind), SignalRank(b.Kind)),
			compareBool(a.StageID.OK, b.StageID.OK), cmp.Compare(a.StageID.V, b.StageID.V),
			cmp.Compare(a.StageAttemptID.V, b.StageAttemptID.V), cmp.Compare(b.Certainty, a.Certainty))
	})
	return out
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// fetchEvidence says where the shuffle blocks were and what went wrong: the
// last cause in the stack is the one that tells.
func fetchEvidence(r *eventlog.EndReason) string {
	cause := firstLine(r.Message)
	for _, line := range strings.Split(r.Message, "\n") {
		if c, ok := strings.CutPrefix(line, "Caused by: "); ok {
			cause = c
		}
	}
	return fmt.Sprintf("shuffle %d, map %d, reduce %d: %s", r.ShuffleID, r.MapIndex, r.ReduceID, cause)
}
