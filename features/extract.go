package features

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spark-apprentice/apprentice/eventlog"
)

// ExtractorVersion rises whenever the same log would give other rows.
const ExtractorVersion = 5

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

// cancelEvery is how many records pass between two looks at the context.
const cancelEvery = 1 << 12

// Extract reads log to its end and returns its rows. A log that is damaged or
// lacks parts gives the rows of what was readable, with Run.Truncated set; the
// error is then nil. The error is a *eventlog.LogError when nothing could be
// used: empty, no event log, no application start, or an I/O error. Memory grows
// with the log's stages, executions and executors, not with its tasks.
func Extract(ctx context.Context, log eventlog.Log, read eventlog.Options, opt Options) (*App, error) {
	r := eventlog.Open(log, read)
	defer r.Close()
	b := newBuilder(opt)
	for n := 0; r.Scan(); n++ {
		if n%cancelEvery == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		b.add(r.Record())
	}
	err := r.Err()
	damaged := errors.Is(err, eventlog.ErrTruncated) || errors.Is(err, eventlog.ErrCorrupt) || errors.Is(err, eventlog.ErrTooLarge)
	switch e := (*eventlog.LogError)(nil); {
	case err == nil || damaged && b.started:
	case damaged && errors.As(err, &e):
		return nil, &eventlog.LogError{
			Pos: e.Pos, Offset: e.Offset,
			Err: fmt.Errorf("%w, and no SparkListenerApplicationStart is before that: nothing can be told of the run", e.Err),
		}
	default:
		return nil, err
	}
	if !b.started {
		return nil, &eventlog.LogError{
			Pos: eventlog.Pos{Part: log.Name}, Offset: -1,
			Err: noApplication{},
		}
	}
	app := b.finish()
	stats := r.Stats()
	run := &app.Run
	run.Log = log.Name
	run.LogFingerprint = log.Fingerprint()
	run.LogBytes = log.StoredSize()
	run.Events, run.MalformedLines = stats.Events, stats.Malformed
	run.Truncated = damaged || len(log.Missing) > 0
	return app, nil
}

// noApplication is an event log whose first events are missing.
type noApplication struct{}

func (noApplication) Error() string {
	return "no SparkListenerApplicationStart: the log's first part is missing; keep all parts of a rolling log together"
}

func (noApplication) Unwrap() error { return eventlog.ErrNotEventLog }

// Judge sets what one log alone cannot say, over all runs of the dataset:
// Variant, RetryGroup, Comparable and ExclusionReason. It returns the indices
// of the runs that changed. ignore tells nights that people excluded.
func Judge(runs []Run, ignore func(pipeline, night string) bool) []int {
	return judge(runs, ignore)
}

// An Unreadable is a log that gave no rows: one row of the table unreadable.
type Unreadable struct {
	Log            string    `json:"log" doc:"path of the log" from:"file system"`
	LogFingerprint string    `json:"log_fingerprint" doc:"hash of the parts' names, sizes and times" from:"file system"`
	LogBytes       int64     `json:"log_bytes" unit:"bytes" doc:"stored size" from:"file system"`
	Reason         string    `json:"reason" doc:"why it could not be read" from:"reader"`
	SeenAt         time.Time `json:"seen_at" doc:"when" from:"--now"`
}
