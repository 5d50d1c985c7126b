package features

import (
	"strings"

	"github.com/spark-apprentice/apprentice/eventlog"
)

// executorState is one executor's life while the log is read.
type executorState struct {
	id, host       string
	cores, profile int
	added, removed eventlog.Millis
	gone           bool
	reason         string
	unified        int64
	ended, failed  int64
	taskMS, gcMS   int64
	heapPeak       int64
	unifiedPeak    int64
}

// metrics takes peaks that a poll saw; all 0 means that no poll fell in.
func (x *executorState) metrics(m *eventlog.ExecutorMetrics) {
	x.heapPeak = max(x.heapPeak, m.JVMHeap)
	x.unifiedPeak = max(x.unifiedPeak, m.OnHeapUnified)
}

// end takes a TaskEnd, as AppStatusListener.onTaskEnd counts executors' tasks.
func (x *executorState) end(e *eventlog.TaskEnd) {
	x.metrics(&e.Executor)
	if e.Reason.Kind == "Resubmitted" {
		return
	}
	x.ended++
	switch e.Reason.Kind {
	case "Success", "TaskKilled", "TaskCommitDenied":
	default:
		x.failed++
	}
	x.taskMS += int64(e.Task.Duration())
	if e.HasMetrics {
		x.gcMS += int64(e.Metrics.JVMGCTime)
	}
}

// Classes of executor removal.
const (
	RemovedIdle           = "idle"
	RemovedByDriver       = "driver"
	RemovedOOM            = "oom"
	RemovedContainerOOM   = "container_oom"
	RemovedKilled         = "killed"
	RemovedPreempted      = "preempted"
	RemovedDecommissioned = "decommissioned"
	RemovedLost           = "lost"
	RemovedUnknown        = "unknown"
)

// removals maps what cluster managers say to a class; the first that matches
// wins. The words are those of YarnAllocator, ExecutorPodsLifecycleManager,
// CoarseGrainedSchedulerBackend, StandaloneSchedulerBackend and
// SparkExitCode: 52 is OutOfMemory, 137 and 143 are 128 + SIGKILL and SIGTERM,
// which a kernel, a node manager or a person may have sent.
var removals = []struct {
	words []string // all of them, lower case
	class string
}{
	{[]string{"preempted"}, RemovedPreempted},
	{[]string{"exited from explicit termination request"}, RemovedByDriver},
	{[]string{"decommission"}, RemovedDecommissioned},
	{[]string{"killed by yarn for exceeding"}, RemovedContainerOOM},
	{[]string{"beyond the 'physical' memory limit"}, RemovedContainerOOM}, // Hadoop 3
	{[]string{"beyond the 'virtual' memory limit"}, RemovedContainerOOM},
	{[]string{"beyond physical memory limits"}, RemovedContainerOOM}, // Hadoop 2
	{[]string{"beyond virtual memory limits"}, RemovedContainerOOM},
	{[]string{"oomkilled"}, RemovedContainerOOM},
	{[]string{"code 52"}, RemovedOOM},
	{[]string{"status: 52"}, RemovedOOM},
	{[]string{"jvm oom"}, RemovedOOM},
	{[]string{"jvm_out_of_memory"}, RemovedOOM},
	{[]string{"code 137"}, RemovedKilled},
	{[]string{"status: 137"}, RemovedKilled},
	{[]string{"code 143"}, RemovedKilled},
	{[]string{"status: 143"}, RemovedKilled},
	{[]string{"sigkill"}, RemovedKilled},
	{[]string{"sigterm"}, RemovedKilled},
	{[]string{"killed by external signal"}, RemovedKilled},
	{[]string{"executor", " idle"}, RemovedIdle}, // not a host called middle-1
	{[]string{"executor killed by driver"}, RemovedByDriver},
	{[]string{"killed by the driver"}, RemovedByDriver},
	{[]string{"worker lost"}, RemovedLost},
	{[]string{"disassociated"}, RemovedLost},
	{[]string{"heartbeat", "timed out"}, RemovedLost},
	{[]string{"process lost"}, RemovedLost},
	{[]string{"slave lost"}, RemovedLost},
	{[]string{"node", "lost"}, RemovedLost},
	{[]string{"exited with code"}, RemovedLost},
	{[]string{"exit status"}, RemovedLost},
}

// removedClass reads a removal reason. With dynamic allocation the driver
// kills executors because they are idle; the reason does not repeat it.
func removedClass(reason string, dynamic bool) string {
	r := strings.ToLower(reason)
	for _, m := range removals {
		if !containsAll(r, m.words) {
			continue
		}
		if m.class == RemovedByDriver && dynamic {
			return RemovedIdle
		}
		return m.class
	}
	return RemovedUnknown
}

func containsAll(s string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(s, w) {
			return false
		}
	}
	return true
}
