package eventlog

import (
	"errors"
	"fmt"
	"io"
	"time"
)

// Layout is how an application's log lies on disk.
type Layout string

// The layouts that Spark and its vendors write.
const (
	Single     Layout = "single"     // one file
	Rolling    Layout = "rolling"    // eventlog_v2_<app>/events_<n>_…
	Databricks Layout = "databricks" // eventlog-<time>.gz … eventlog
)

// A Log is the event log of one application attempt: its parts in reading
// order. Package source finds logs; Open reads one.
type Log struct {
	Name       string // file or directory as the user knows it
	Layout     Layout
	Parts      []Part
	InProgress bool  // named .inprogress, or an appstatus that says so
	Missing    []int // indices before its last that a rolling log lacks, the first source.MaxMissing
}

// A Part is one file (or archive member) of a log.
type Part struct {
	Name     string // shown in errors
	Size     int64  // bytes as stored, −1 when not known
	Modified time.Time
	Open     func() (io.ReadCloser, error)
}

// Errors that a Reader's Err wraps. They say what is wrong with the log as a
// whole; a bad line is a *SyntaxError record and ends nothing.
var (
	// ErrTruncated: the log stops within a line or a compressed block. All
	// complete events before it were delivered.
	ErrTruncated = errors.New("log is truncated")
	// ErrCorrupt: the compressed bytes are damaged (bad checksum, impossible
	// length). All complete events before it were delivered.
	ErrCorrupt = errors.New("log is corrupt")
	// ErrEmpty: no byte, or no line.
	ErrEmpty = errors.New("log is empty")
	// ErrNotEventLog: the first lines are not Spark listener events.
	ErrNotEventLog = errors.New("not a Spark event log")
	// ErrTooLarge: a bound of Options was reached.
	ErrTooLarge = errors.New("log exceeds a limit")
)

// A LogError says where in a log reading ended before its end, and why.
type LogError struct {
	Pos    Pos   // part and line reached
	Offset int64 // byte of the stored part where the codec gave up, −1 if unknown
	Err    error // wraps one of the errors above, or is an I/O error
}

func (e *LogError) Error() string {
	s := fmt.Sprintf("%s:%d: ", e.Pos.Part, e.Pos.Line)
	if e.Offset >= 0 {
		s = fmt.Sprintf("%s:%d (byte %d): ", e.Pos.Part, e.Pos.Line, e.Offset)
	}
	return s + e.Err.Error()
}

func (e *LogError) Unwrap() error { return e.Err }

// A SyntaxError is a line that is no event. It is a Record, and costs its line only.
type SyntaxError struct {
	Pos
	Msg string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("%s:%d: %s", e.Part, e.Line, e.Msg) }
