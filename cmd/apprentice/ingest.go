package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spark-apprentice/apprentice/eventlog"
	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/features/dataset"
	"github.com/spark-apprentice/apprentice/report"
)

// A batch is committed when it holds so many logs or is so old, so that a kill
// loses little.
const (
	batchLogs = 64
	batchTime = 30 * time.Second
)

// An ingest appends the rows of new logs to the dataset.
type ingest struct {
	t      *terminal
	cfg    *Config
	tx     *dataset.Tx
	ledger *ledger
	opt    features.Options

	apps       []*features.App // read, not yet committed
	unreadable []features.Unreadable
	logs       map[string]bool // paths of both
	drop       map[string]bool // runs that they replace
	committed  time.Time
	lacking    []string // what to say of logs without some of their parts

	night *report.Night
}

// newIngest prepares for cfg, with the dataset locked by tx.
func newIngest(ctx context.Context, t *terminal, cfg *Config, store *dataset.Store, tx *dataset.Tx) (*ingest, error) {
	in := &ingest{t: t, cfg: cfg, tx: tx, committed: time.Now(), night: &report.Night{Output: cfg.Output}}
	in.logs, in.drop = map[string]bool{}, map[string]bool{}
	var err error
	if in.opt, err = cfg.extraction(); err != nil {
		return nil, err
	}
	in.ledger, err = readLedger(ctx, store)
	return in, err
}

// run finds logs below patterns, which stand at place, reads those that are new
// and commits them, newest first.
func (in *ingest) run(ctx context.Context, patterns []string, place string) error {
	logs, err := in.discover(ctx, patterns, place)
	if err != nil {
		return err
	}
	deadline := time.Time{}
	if in.cfg.MaxDuration > 0 {
		deadline = time.Now().Add(in.cfg.MaxDuration)
	}
	started := 0
	more := func() bool {
		if !deadline.IsZero() && !time.Now().Before(deadline) {
			return false
		}
		started++
		return true
	}
	progress := newProgress(in.t.err, logs)
	defer in.sayProblems()
	defer progress.Close()
	for log, r := range ordered(ctx, logs, in.cfg.workers(), more, func(ctx context.Context, log eventlog.Log) extracted {
		return extract(ctx, counted(log, progress), in.opt)
	}) {
		if ctx.Err() != nil {
			break
		}
		in.take(log, r)
		progress.Log()
		if len(in.apps)+len(in.unreadable) >= batchLogs || time.Since(in.committed) >= batchTime {
			if err := in.commit(); err != nil {
				return err
			}
		}
	}
	if err := in.commit(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %d of %s read and kept; the next run continues", err, in.night.Logs, count(len(logs), "new log"))
	}
	in.night.Skipped = len(logs) - started
	return nil
}

// take puts one result into the batch.
func (in *ingest) take(log eventlog.Log, r extracted) {
	switch {
	case r.err == nil:
		if len(log.Missing) > 0 {
			in.lacking = append(in.lacking, lacks(log))
		}
		in.takeApp(r.app)
	case log.InProgress && (errors.Is(r.err, eventlog.ErrEmpty) || errors.Is(r.err, eventlog.ErrNotEventLog)) &&
		in.cfg.now.Sub(log.LastModified()) < killedAfter:
		// Its application has only begun to write.
	default:
		why := reason(log.Name, r.err)
		in.problem(log.Name, why)
		if !transient(r.err) {
			in.record(log.Name, log.Fingerprint(), log.StoredSize(), why)
			in.ledger.fingerprints[log.Fingerprint()] = true
		}
	}
}

func (in *ingest) takeApp(app *features.App) {
	in.night.Logs++
	in.night.Events += app.Run.Events
	replaced, duplicate := in.ledger.settle(app.Run)
	for _, r := range replaced {
		in.drop[r.RunKey] = true
		in.apps = slices.DeleteFunc(in.apps, func(a *features.App) bool { return a.Run.RunKey == r.RunKey })
	}
	if duplicate != nil {
		kept := in.ledger.byKey[app.Run.RunKey]
		in.record(duplicate.Log, duplicate.LogFingerprint, duplicate.LogBytes, "the same run as "+kept.Log)
		if kept.Log != app.Run.Log {
			return
		}
	}
	in.logs[app.Run.Log] = true
	in.apps = append(in.apps, app)
}

// problem counts a log that could not be read.
func (in *ingest) problem(log, why string) {
	in.night.Unreadable = append(in.night.Unreadable, features.Unreadable{Log: log, Reason: why, SeenAt: in.cfg.now})
}

// sayProblems names each log that lacks parts or could not be read, with why, by
// name: the summary's order too.
func (in *ingest) sayProblems() {
	for _, s := range in.lacking {
		in.t.notef("%s", s)
	}
	slices.SortStableFunc(in.night.Unreadable, func(a, b features.Unreadable) int { return strings.Compare(a.Log, b.Log) })
	for _, u := range in.night.Unreadable {
		if u.Log == "" {
			in.t.notef("unreadable: %s", u.Reason)
		} else {
			in.t.notef("unreadable: %s: %s", name(u.Log), u.Reason)
		}
	}
}

// record remembers a log that gives no rows.
func (in *ingest) record(log, fingerprint string, size int64, reason string) {
	in.logs[log] = true
	in.unreadable = append(in.unreadable, features.Unreadable{
		Log: log, LogFingerprint: fingerprint, LogBytes: size, Reason: reason, SeenAt: in.cfg.now,
	})
}

// commit makes the batch durable: the ledger and the rows at once.
func (in *ingest) commit() error {
	defer func() {
		in.apps, in.unreadable, in.committed = nil, nil, time.Now()
		clear(in.logs)
		clear(in.drop)
	}()
	if len(in.logs) == 0 {
		return nil
	}
	err := firstError(
		dropRuns(in.tx, in.drop),
		dataset.Delete(in.tx, tableUnreadable, func(u *features.Unreadable) bool { return in.logs[u.Log] }),
		appendApps(in.tx, in.apps),
		dataset.Append(in.tx, tableUnreadable, in.unreadable),
	)
	if err != nil {
		return err
	}
	_, err = in.tx.Commit()
	return err
}

// err is the error that a run without another one ends in.
func (in *ingest) err() error {
	if n := len(in.night.Unreadable); n > 0 {
		return &unreadableError{n}
	}
	return nil
}
