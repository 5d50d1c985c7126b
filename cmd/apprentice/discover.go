package main

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"slices"
	"time"

	"github.com/spark-apprentice/apprentice/eventlog"
	"github.com/spark-apprentice/apprentice/eventlog/source"
)

// killedAfter is how long a log without an end may stand still before its
// application counts as killed.
const killedAfter = 24 * time.Hour

// discover lists the logs to read: those that are new, young enough and not
// waiting for their end.
func (in *ingest) discover(ctx context.Context, patterns []string) ([]eventlog.Log, error) {
	logs, problems, err := source.Find(ctx, patterns)
	switch {
	case err != nil && (len(logs) == 0 || ctx.Err() != nil):
		return nil, findHint(err)
	case err != nil: // one directory that is missing does not cost the others
		problems = append(problems, err)
	}
	for _, p := range problems {
		in.problem("", p.Error())
	}
	since, err := in.cfg.sinceTime()
	if err != nil {
		return nil, in.cfg.at("since", err)
	}
	return slices.DeleteFunc(logs, func(log eventlog.Log) bool {
		modified := log.LastModified()
		waits := log.InProgress && in.cfg.InProgress == "skip" && in.cfg.now.Sub(modified) < killedAfter
		return waits || in.ledger.fingerprints[log.Fingerprint()] || !since.IsZero() && modified.Before(since)
	}), nil
}

// findHint adds what to do about logs that are not found.
func findHint(err error) error {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return withHint(err, "Let %s read it, or run as a user who may.", cmp.Or(userName(), "this user"))
	case errors.Is(err, fs.ErrNotExist):
		return withHint(err, "Check the path: --logs, APPRENTICE_LOGS, or `logs:` in the settings file.")
	}
	return err
}
