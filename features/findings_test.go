package features

import (
	"slices"
	"testing"

	"github.com/spark-apprentice/apprentice/eventlog"
)

// Words of cluster managers; what they mean, and whether dynamic allocation
// explains them.
func TestRemovedClass(t *testing.T) {
	tests := []struct{ reason, want string }{
		{"Command exited with code 52", RemovedOOM},
		{"Command exited with code 52, oom", RemovedOOM},
		{"Command exited with code 137", RemovedKilled},
		{"Command exited with code 143", RemovedKilled},
		{"Command exited with code 1", RemovedLost},
		{"Executor killed by driver.", RemovedByDriver},
		{"Container killed by YARN for exceeding physical memory limits. 8.1 GB of 8 GB physical memory used. Consider boosting spark.executor.memoryOverhead.", RemovedContainerOOM},
		{"Container killed by YARN for exceeding virtual memory limits. 8.1 GB of 8 GB virtual memory used.", RemovedContainerOOM},
		{"Container killed by YARN for exceeding memory limits. 5.5 GB of 5.5 GB physical memory used. Consider boosting spark.yarn.executor.memoryOverhead.", RemovedContainerOOM},
		{"Container marked as failed: container_1_01_000003 on host: h. Exit status: 143. Diagnostics: Container killed on request.", RemovedKilled},
		{"Container from a bad node: container_1_01_000003 on host: h. Exit status: 137. Diagnostics: .", RemovedKilled},
		{"Container container_1_01_000003 on host: h was preempted.", RemovedPreempted},
		{"Container container_1_01_000003 exited from explicit termination request.", RemovedByDriver},
		{"\nThe executor with id 13 exited with exit code 137(SIGKILL, possible container OOM).\n\nThe API gave the following container statuses:\n termination reason: OOMKilled", RemovedContainerOOM},
		{"\nThe executor with id 13 exited with exit code 137(SIGKILL, possible container OOM).\n", RemovedKilled},
		{"\nThe executor with id 13 exited with exit code 52(JVM OOM).\n", RemovedOOM},
		{"Executor decommission: spark scale down", RemovedDecommissioned},
		{"worker lost: 10.0.0.7:34567 got disassociated", RemovedLost},
		{"Executor Process Lost", RemovedLost},
		{"Executor heartbeat timed out after 134567 ms", RemovedLost},
		{"Remote RPC client disassociated. Likely due to containers exceeding thresholds, or network issues. Check driver logs for WARN messages.", RemovedLost},
		{"something new", RemovedUnknown},
		{"", RemovedUnknown},
	}
	for _, tt := range tests {
		if got := removedClass(tt.reason, false); got != tt.want {
			t.Errorf("%q: %s, want %s", tt.reason, got, tt.want)
		}
	}
	if got := removedClass("Executor killed by driver.", true); got != RemovedIdle {
		t.Errorf("with dynamic allocation: %s, want %s", got, RemovedIdle)
	}
}

// What the loss of an executor says for certain, and what it only allows.
func TestExecutorSignals(t *testing.T) {
	tests := []struct {
		reason string
		want   []string
	}{
		{"Container killed by YARN for exceeding physical memory limits. 8.1 GB of 8 GB physical memory used.", []string{"container_oom", "executor_lost"}},
		{"termination reason: OOMKilled", []string{"container_oom", "executor_lost"}},
		{"Container killed by YARN for exceeding memory limits. 8.1 GB of 8 GB physical memory used. Consider boosting spark.yarn.executor.memoryOverhead.", []string{"container_oom", "executor_lost"}},
		{"Container marked as failed: container_1 on host: h. Exit status: -104. Diagnostics: Container [pid=7] is running beyond physical memory limits.", []string{"container_oom", "executor_lost"}},
		{"Container from a bad node: container_1 on host: h. Exit status: 137. Diagnostics: Container killed on request. Exit code is 137", []string{"container_oom?", "executor_lost"}},
		{"Container marked as failed: container_1 on host: h. Exit status: 52. Diagnostics: Exception from container-launch.", []string{"heap_oom", "executor_lost"}},
		{"The executor with id 13 exited with exit code 137(SIGKILL, possible container OOM).\n\ntermination reason: OOMKilled", []string{"container_oom", "executor_lost"}},
		{"The executor with id 13 exited with exit code 137(SIGKILL, possible container OOM).\n\ntermination reason: Error", []string{"container_oom?", "executor_lost"}},
		{"The executor with id 4 exited with exit code 52(JVM OOM).", []string{"heap_oom", "executor_lost"}},
		{"Command exited with code 52, oom", []string{"heap_oom", "executor_lost"}},
		{"Container marked as failed: container_1 on host: h. Exit status: -100. Diagnostics: Container released on a *lost* node", []string{"executor_lost"}},
		{"worker lost: worker-20261101-middle-1-4040 got disassociated", []string{"executor_lost"}},
		{"Command exited with code 53", []string{"executor_lost"}},
		{"Command exited with code 137", []string{"container_oom?", "executor_lost"}},
		{"Remote RPC client disassociated. Likely due to containers exceeding thresholds, or network issues.", []string{"container_oom?", "executor_lost"}},
		{"Command exited with code 52", []string{"heap_oom", "executor_lost"}},
		{"Executor heartbeat timed out after 134567 ms", []string{"executor_lost"}},
		{"Container c on host: h was preempted.", []string{"executor_lost"}},
		{"Executor killed by driver.", nil},
		{"Container c exited from explicit termination request.", nil},
	}
	for _, tt := range tests {
		f := newFindings()
		f.executors([]*executorState{{id: "1", gone: true, reason: tt.reason}}, false)
		app := &App{Signals: f.rows("r", func(s string) string { return s })}
		if got := signalsOf(app); !slices.Equal(got, tt.want) {
			t.Errorf("%q: %q, want %q", tt.reason, got, tt.want)
		}
	}
}

func TestExceptionSignals(t *testing.T) {
	tests := []struct{ class, description, stack, kind, certainty string }{
		{"java.lang.OutOfMemoryError", "Java heap space", "", SignalHeapOOM, Certain},
		{"java.lang.OutOfMemoryError", "Requested array size exceeds VM limit", "", SignalHeapOOM, Certain},
		{"java.lang.OutOfMemoryError", "GC overhead limit exceeded", "", SignalGCOverhead, Certain},
		{"java.lang.OutOfMemoryError", "Direct buffer memory", "", SignalHeapOOM, Ambiguous},
		{"org.apache.spark.SparkException", "Task failed while writing rows", "Caused by: java.lang.OutOfMemoryError: Java heap space", SignalHeapOOM, Certain},
		{"org.apache.spark.memory.SparkOutOfMemoryError", "[UNABLE_TO_ACQUIRE_MEMORY] Unable to acquire 3000028 bytes of memory, got 671864.", "", SignalSparkMemoryOOM, Certain},
		{"org.apache.spark.memory.SparkOutOfMemoryError", "error while calling spill(): No space left on device", "", SignalDiskFull, Certain},
		{"java.lang.OutOfMemoryError", "Unable to acquire 76 bytes of memory, got 0", "\tat org.apache.spark.memory.MemoryConsumer.allocatePage", SignalSparkMemoryOOM, Certain},
		{"org.apache.spark.SparkException", "Task failed", "Caused by: java.lang.OutOfMemoryError: Unable to acquire 76 bytes of memory, got 0", SignalSparkMemoryOOM, Certain},
		{"java.lang.OutOfMemoryError", "unable to create new native thread", "", SignalHeapOOM, Ambiguous},
		{"java.io.IOException", "No space left on device", "", SignalDiskFull, Certain},
		{"org.apache.spark.api.python.PythonException", "Traceback (most recent call last):\n  File \"w.py\", line 1\nMemoryError\n", "", SignalPythonMemory, Certain},
		{"org.apache.spark.SparkException", "Python worker exited unexpectedly (crashed)", "", SignalPythonMemory, Ambiguous},
		{"org.apache.spark.api.python.PythonException", "ValueError: bad record", "", "", ""},
		{"org.apache.spark.SparkException", "Kryo serialization failed: Buffer overflow. Available: 0, required: 7", "", "", ""},
		{"com.nvidia.spark.rapids.jni.GpuSplitAndRetryOOM", "GPU OutOfMemory", "", "", ""},
	}
	for _, tt := range tests {
		r := eventlog.EndReason{Kind: "ExceptionFailure", ClassName: tt.class, Description: tt.description, StackTrace: tt.stack}
		if kind, certainty := exceptionSignal(&r); kind != tt.kind || certainty != tt.certainty {
			t.Errorf("%s: %s: %q %q, want %q %q", tt.class, tt.description, kind, certainty, tt.kind, tt.certainty)
		}
	}
}

// One failure of the driver is told by the stage, the job and the execution.
func TestDriverMessagesCountOnce(t *testing.T) {
	f := newFindings()
	for _, source := range []string{"stage", "job", "execution"} {
		f.driverMessage(source, "Job aborted due to stage failure:\nTotal size of serialized results of 3 tasks (1465.0 KiB) is bigger than spark.driver.maxResultSize (1024.0 KiB)\n\tat x")
	}
	f.driverMessage("execution", "Not enough memory to build and broadcast the table to all worker nodes.")
	f.driverMessage("execution", "[SPARK] Cannot broadcast the table that is larger than 8.0 GiB: 9.1 GiB.")
	f.driverMessage("job", "Task 1 failed: java.lang.OutOfMemoryError: Java heap space") // its tasks tell
	var got []string
	for _, s := range f.rows("r", func(s string) string { return s }) {
		got = append(got, s.Kind, string(rune('0'+s.Count)))
	}
	if want := []string{SignalResultTooLarge, "1", SignalBroadcastTooLarge, "2"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
