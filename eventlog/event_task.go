package eventlog

// TaskStart is a launch. The Reader reuses it: see Reader.Record.
type TaskStart struct {
	Pos
	StageID, StageAttempt int
	Task                  TaskInfo
}

// TaskEnd is the end of a task attempt, whatever its outcome. The Reader
// reuses it: see Reader.Record.
type TaskEnd struct {
	Pos
	StageID, StageAttempt int
	Reason                EndReason
	Task                  TaskInfo
	HasMetrics            bool
	Metrics               TaskMetrics
	Executor              ExecutorMetrics // executor-wide peaks, all 0 for short tasks
}

// TaskInfo identifies a task attempt.
type TaskInfo struct {
	ID            int64
	Index         int
	Attempt       int
	Launch        Millis
	GettingResult Millis // 0: the result came with the status update
	Finish        Millis
	ExecutorID    string
	Host          string
	Locality      string
	Speculative   bool
}

// Duration is Finish − Launch, the history server's task duration.
func (t *TaskInfo) Duration() Millis { return t.Finish - t.Launch }

// EndReason is why a task ended. Kind is Spark's Reason: "Success",
// "Resubmitted", "FetchFailed", "ExceptionFailure", "TaskKilled",
// "TaskCommitDenied", "ExecutorLostFailure", "TaskResultLost", "UnknownReason".
type EndReason struct {
	Kind string
	// ExceptionFailure
	ClassName, Description, StackTrace string
	// ExecutorLostFailure, FetchFailed, TaskKilled: Loss Reason, Message, Kill Reason
	Message    string
	ExecutorID string // the lost one
	// FetchFailed
	ShuffleID, MapIndex, ReduceID int64
}

// Success reports whether the task did its work.
func (r *EndReason) Success() bool { return r.Kind == "Success" }

// TaskMetrics is what is kept of Spark's TaskMetrics, with the units it logs.
type TaskMetrics struct {
	ExecutorDeserializeTime    Millis
	ExecutorRunTime            Millis
	ExecutorCPUTime            Nanos
	ResultSize                 int64
	JVMGCTime                  Millis
	ResultSerializationTime    Millis
	MemoryBytesSpilled         int64
	DiskBytesSpilled           int64
	PeakExecutionMemory        int64 // 0 before Spark 3.0: not logged
	HasPeakExecutionMemory     bool
	InputBytes, InputRecords   int64
	OutputBytes, OutputRecords int64

	ShuffleReadFetchWait                          Millis
	ShuffleReadRemoteBytes, ShuffleReadLocalBytes int64
	ShuffleReadRecords                            int64

	ShuffleWriteBytes, ShuffleWriteRecords int64
	ShuffleWriteTime                       Nanos

	UpdatedBlocks []BlockStatus
}

// ShuffleReadBytes is remote plus local, the server's "shuffle read".
func (m *TaskMetrics) ShuffleReadBytes() int64 {
	return m.ShuffleReadRemoteBytes + m.ShuffleReadLocalBytes
}

// BlockStatus is a block whose storage a task changed.
type BlockStatus struct {
	BlockID    string
	Storage    StorageLevel
	MemorySize int64
	DiskSize   int64
}

// ExecutorMetrics are the peaks in bytes of an executor's heap and of its unified
// memory on the heap. All zero means that no poll fell into the task.
type ExecutorMetrics struct{ JVMHeap, OnHeapUnified int64 }
