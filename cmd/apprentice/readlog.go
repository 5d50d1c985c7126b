package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"runtime/debug"
	"syscall"

	"github.com/spark-apprentice/apprentice/eventlog"
	"github.com/spark-apprentice/apprentice/eventlog/source"
	"github.com/spark-apprentice/apprentice/features"
)

// memoryPerLog is what reading one log may take: decoder windows, the line and
// the state of its stages.
const memoryPerLog = 96 << 20

// workers is how many logs to read at once.
func (c *Config) workers() int {
	n := c.Jobs
	if n == 0 {
		n = runtime.GOMAXPROCS(0)
	}
	memory, _ := parseMemory(c.Memory) // checked on load
	if memory > 0 {
		debug.SetMemoryLimit(memory)
		n = min(n, max(1, int(memory/memoryPerLog)))
	}
	return n
}

// extraction is what extraction cannot know from a log.
func (c *Config) extraction() (features.Options, error) {
	opt := features.Options{UserPolicy: c.User}
	for _, s := range c.Pipelines {
		rule, err := parsePipelineRule(s)
		if err != nil {
			return opt, c.at("pipelines", err)
		}
		opt.Pipelines = append(opt.Pipelines, rule)
	}
	return opt, nil
}

// extracted is what reading one log gave.
type extracted struct {
	app *features.App
	err error
}

// errInternal is a mistake of this program that one log brought up.
var errInternal = errors.New("internal error")

// extract reads one log. A mistake of ours costs that log, by name, and not the night.
func extract(ctx context.Context, log eventlog.Log, opt features.Options) (r extracted) {
	defer func() {
		if p := recover(); p != nil {
			r = extracted{err: fmt.Errorf("%w: %v; please report it with this log", errInternal, p)}
		}
	}()
	app, err := features.Extract(ctx, log, eventlog.Options{}, opt)
	return extracted{app, err}
}

// lacks says which parts of a rolling log are missing; there must be one.
func lacks(log eventlog.Log) string {
	what := fmt.Sprintf("part %d", log.Missing[0])
	switch n := len(log.Missing); {
	case n >= source.MaxMissing:
		what = fmt.Sprintf("%d or more parts, the first is number %d", n, log.Missing[0])
	case n > 1:
		what = fmt.Sprintf("%d parts, the first is number %d", n, log.Missing[0])
	}
	return name(log.Name) + " lacks " + what + ": the run does not count as whole; keep all parts of a rolling log together"
}

// transient reports whether the same log may be readable tomorrow: permissions,
// disks and networks come and go, and a new version mends our mistakes.
func transient(err error) bool {
	var path *fs.PathError
	var errno syscall.Errno
	return errors.As(err, &path) || errors.As(err, &errno) || errors.Is(err, fs.ErrPermission) || errors.Is(err, errInternal)
}

// reason is why a log could not be read, where that need not say which log:
// its name stands beside it.
func reason(log string, err error) string {
	var e *eventlog.LogError
	if !errors.As(err, &e) || e.Pos.Part != log {
		return err.Error()
	}
	if e.Pos.Line < 2 {
		return e.Err.Error()
	}
	return fmt.Sprintf("line %d: %v", e.Pos.Line, e.Err)
}
