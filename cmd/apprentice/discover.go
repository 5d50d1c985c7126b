package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"github.com/spark-apprentice/apprentice/eventlog"
	"github.com/spark-apprentice/apprentice/eventlog/source"
)

// killedAfter is how long a log without an end may stand still before its
// application counts as killed.
const killedAfter = 24 * time.Hour

// discover lists the logs to read: those that are new, young enough and not
// waiting for their end. place is where the patterns stand, empty for arguments.
func (in *ingest) discover(ctx context.Context, patterns []string, place string) ([]eventlog.Log, error) {
	logs, problems, err := source.Find(ctx, patterns)
	switch {
	case err != nil && (len(logs) == 0 || ctx.Err() != nil):
		return nil, findHint(err, place)
	case err != nil: // one directory that is missing does not cost the others
		problems = append(problems, err)
	}
	for _, p := range problems {
		in.problem("", p.Error())
	}
	for _, p := range patterns {
		if barren(ctx, p, logs) {
			in.t.notef("warning: no event log below %s: is it the right directory, and mounted?", name(p))
		}
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

// barren reports whether a pattern that was found has no log; logs are those of
// all patterns.
func barren(ctx context.Context, pattern string, logs []eventlog.Log) bool {
	if slices.ContainsFunc(logs, func(log eventlog.Log) bool { return below(pattern, log.Name) }) {
		return false
	}
	// Its logs may have been found by other names: through links, or below "..".
	logs, problems, err := source.Find(ctx, []string{pattern})
	return len(logs) == 0 && len(problems) == 0 && err == nil
}

// below reports whether path or a directory above it is what pattern names.
func below(pattern, path string) bool {
	pattern = filepath.Clean(pattern)
	for {
		if matches, _ := filepath.Match(pattern, path); matches || path == pattern {
			return true
		}
		dir := filepath.Dir(path)
		if dir == path {
			return false
		}
		path = dir
	}
}

// findHint adds what to do about logs that are not found. place is where their
// path stands, empty for an argument.
func findHint(err error, place string) error {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return withHint(err, "Let %s read it, or run as a user who may.", readerName(userName()))
	case errors.Is(err, fs.ErrNotExist):
		if place == "" {
			return withHint(err, "Check the path.")
		}
		return withHint(err, "Check the path: %s.", place)
	}
	return err
}

// readerName is a user as a hint says it: a user may be called nobody.
func readerName(user string) string {
	if user == "" {
		return "this user"
	}
	return fmt.Sprintf("user %q", user)
}
