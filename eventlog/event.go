package eventlog

import "time"

// A Record is one line of an event log: one of the event types of this
// package, *Unread for one of which nothing is kept, *Unknown for an event this
// package does not know, or *SyntaxError for a line that is not an event. Use a
// type switch:
//
//	switch e := r.Record().(type) {
//	case *eventlog.TaskEnd:
//	case *eventlog.SyntaxError:
//	}
type Record interface {
	// Where the line stands: its part and its line number.
	Where() Pos
}

// A Pos names a line of a log. Every event embeds it.
type Pos struct {
	Part string // name of the file, as in Part.Name
	Line int    // from 1, within the part's decoded text
}

// Where returns p itself, so that embedding a Pos makes a Record.
func (p Pos) Where() Pos { return p }

// Millis is a point in time (UTC, since the epoch) or a duration in
// milliseconds, as Spark writes most of them. 0 is "not set" where a point in
// time is meant.
type Millis int64

// Seconds converts a duration to the base unit.
func (m Millis) Seconds() float64 { return float64(m) / 1e3 }

// Time converts a point in time; the zero Millis gives the zero Time.
func (m Millis) Time() time.Time {
	if m == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(m)).UTC()
}

// Nanos is a duration in nanoseconds: CPU times and Shuffle Write Time.
type Nanos int64

// Seconds converts a duration to the base unit.
func (n Nanos) Seconds() float64 { return float64(n) / 1e9 }

// Unknown is an event that this package does not know. It is counted by
// name and never an error: Spark, its vendors and plugins add events freely.
type Unknown struct {
	Pos
	Name string // last segment of the Event field
}

// Unread is an event of Spark's own of which nothing is kept.
type Unread struct {
	Pos
	Name string // last segment of the Event field
}

// LogStart is the first line of a log that Spark wrote itself, or the
// metadata line with which Databricks starts each piece.
type LogStart struct {
	Pos
	SparkVersion string
}

// ApplicationStart opens an application attempt.
type ApplicationStart struct {
	Pos
	AppName, AppID, AttemptID, User string
	Time                            Millis
}

// ApplicationEnd closes it; a driver that dies leaves none.
type ApplicationEnd struct {
	Pos
	Time     Millis
	ExitCode *int // written since Spark 4.0
}

// EnvironmentUpdate holds what was set, never defaults. Databricks repeats it.
type EnvironmentUpdate struct {
	Pos
	Spark, Hadoop, System map[string]string // … Properties
}

// ResourceProfileAdded describes the containers and tasks of a profile
// (Spark 3.1 and later).
type ResourceProfileAdded struct {
	Pos
	ID            int
	ExecutorCores int
	// Bytes; -1 where the profile does not say.
	ExecutorMemory, ExecutorOverhead, ExecutorOffHeap, PySparkMemory int64
	TaskCPUs                                                         float64
}

// JobStart announces a job and the stages it may run: those that are skipped
// never get a StageSubmitted.
type JobStart struct {
	Pos
	ID         int
	Time       Millis
	Stages     []StageInfo
	StageIDs   []int
	Properties map[string]string // SQL confs in effect, spark.sql.execution.id, job group, …; shared, see Reader.Record
}

// JobEnd closes a job.
type JobEnd struct {
	Pos
	ID        int
	Time      Millis
	Succeeded bool
	Error     string // message of the exception, may be empty
}

// StageSubmitted and StageCompleted bracket a stage attempt.
type StageSubmitted struct {
	Pos
	Stage      StageInfo
	Properties map[string]string // the job's; shared, see Reader.Record
}

// StageCompleted carries the final accumulables and, if it failed, why.
type StageCompleted struct {
	Pos
	Stage StageInfo
}

// StageInfo is Spark's StageInfo.
type StageInfo struct {
	ID, Attempt       int
	Name, Details     string
	Tasks             int
	RDDs              []RDDInfo // shared, see Reader.Record
	ParentIDs         []int
	Submitted         Millis
	Completed         Millis
	FailureReason     string
	Accumulables      []Accumulable
	ResourceProfileID int
}

// RDDInfo is one RDD of a stage's pipeline.
type RDDInfo struct {
	ID         int
	Name       string
	Scope      string // name of the operation scope, e.g. "WholeStageCodegen (2)"
	ParentIDs  []int
	Storage    StorageLevel
	Partitions int
}

// StorageLevel is where an RDD's blocks may live.
type StorageLevel struct {
	Disk, Memory, OffHeap, Deserialized bool
	Replication                         int
}

// Cached reports whether the level stores anything at all.
func (l StorageLevel) Cached() bool { return l.Disk || l.Memory || l.OffHeap }

// An Accumulable is an accumulator as a stage left it, or as the driver set it.
type Accumulable struct {
	ID    int64
	Name  string // empty where the driver set it
	Value int64  // running total on the driver: not the stage's own
}

// StageExecutorMetrics holds an executor's peaks within a stage attempt
// (spark.eventLog.logStageExecutorMetrics).
type StageExecutorMetrics struct {
	Pos
	ExecutorID            string
	StageID, StageAttempt int
	Metrics               ExecutorMetrics
}

// ExecutorAdded and ExecutorRemoved bracket an executor's life.
type ExecutorAdded struct {
	Pos
	ID, Host          string
	Cores             int
	ResourceProfileID int
	Time              Millis
}

// ExecutorRemoved carries the cluster manager's own words.
type ExecutorRemoved struct {
	Pos
	ID, Reason string
	Time       Millis
}

// BlockManagerAdded tells how much unified memory an executor has. The driver
// has one too, with ID "driver".
type BlockManagerAdded struct {
	Pos
	ID        string // of the executor
	MaxMemory int64
	Time      Millis
}

// BlockUpdated is logged only with spark.eventLog.logBlockUpdates.enabled.
type BlockUpdated struct {
	Pos
	Block BlockStatus
}

// UnpersistRDD is an unpersist call.
type UnpersistRDD struct {
	Pos
	RDDID int
}
