package features

import (
	"context"
	"time"

	"github.com/spark-apprentice/apprentice/eventlog"
)

// ExtractorVersion rises whenever the same log would give other rows.
const ExtractorVersion = 1

// Options are what extraction cannot know from the log.
type Options struct {
	Pipelines  []PipelineRule // first match names the pipeline
	UserPolicy string         // "keep" (default), "hash", "drop"
}

// A PipelineRule names pipelines. Exactly one of Property and AppName is set.
type PipelineRule struct {
	Property string // Spark property whose value is the name
	AppName  string // regexp on the application name
	Name     string // replacement with $1; default: the whole match or value
}

// Extract reads log to its end and returns its rows. A log that is damaged
// gives the rows of what was readable, with Run.Truncated set; the error is
// then nil. The error is a *eventlog.LogError when nothing could be used:
// empty, no event log, no application start, or an I/O error.
func Extract(ctx context.Context, log eventlog.Log, read eventlog.Options, opt Options) (*App, error) {
	panic("features.Extract")
}

// Judge sets what one log alone cannot say, over all runs of the dataset:
// Variant, RetryGroup, Comparable and ExclusionReason. It returns the indices
// of the runs that changed. ignore tells nights that people excluded.
func Judge(runs []Run, ignore func(pipeline, night string) bool) []int {
	panic("features.Judge")
}

// An Unreadable is a log that gave no rows: one row of the table unreadable.
type Unreadable struct {
	Log            string    `json:"log" doc:"path of the log" from:"file system"`
	LogFingerprint string    `json:"log_fingerprint" doc:"hash of the parts' names, sizes and times" from:"file system"`
	LogBytes       int64     `json:"log_bytes" unit:"bytes" doc:"stored size" from:"file system"`
	Reason         string    `json:"reason" doc:"why it could not be read" from:"reader"`
	SeenAt         time.Time `json:"seen_at" doc:"when" from:"--now"`
}
