package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// Exit codes; 2 is left to Go's panics.
const (
	exitGood       = 0
	exitFailed     = 1
	exitUnreadable = 3
	exitCancelled  = 130
)

const exitHelp = `Exit codes:
  0    good
  1    failed; the message says what to do
  3    finished, but some logs could not be read; each is named, with why
  130  cancelled; what was read is kept and the next run continues`

func main() {
	tuneCollector()
	os.Exit(mainCode())
}

// mainCode runs the command line. The first SIGINT or SIGTERM asks for an
// orderly end, the second one kills.
func mainCode() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		<-ctx.Done()
		stop()
	}()
	return run(ctx, os.Args[1:], os.Stdout, os.Stderr)
}

// run is the program: arguments in, exit code out. stdout is data, stderr is talk.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	t := &terminal{out: newCheckedWriter(stdout), err: stderr}
	root := newRoot(t)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if flushErr := t.out.Flush(); err == nil && flushErr != nil {
		err = fmt.Errorf("writing to standard output: %w", flushErr)
	}
	return t.exit(err)
}

// exit says what went wrong and turns it into the exit code.
func (t *terminal) exit(err error) int {
	var unreadable *unreadableError
	code := exitFailed
	switch {
	case err == nil:
		return exitGood
	case errors.As(err, &unreadable):
		code = exitUnreadable
	case errors.Is(err, context.Canceled):
		code = exitCancelled
	}
	fmt.Fprintf(t.err, "apprentice: %s\n", safe(err.Error()))
	var h *hintError
	if errors.As(err, &h) {
		fmt.Fprintf(t.err, "  %s\n", strings.ReplaceAll(safe(h.hint), "\n", "\n  "))
	}
	return code
}

// An unreadableError ends a run that finished, without some logs. Each was
// named when it was met.
type unreadableError struct{ logs int }

func (e *unreadableError) Error() string {
	return fmt.Sprintf("%s could not be read", count(e.logs, "log"))
}

// A hintError is an error with a remedy, shown on a line of its own.
type hintError struct {
	err  error
	hint string
}

func (e *hintError) Error() string { return e.err.Error() }
func (e *hintError) Unwrap() error { return e.err }

// withHint adds a remedy to err.
func withHint(err error, format string, args ...any) error {
	return &hintError{err, fmt.Sprintf(format, args...)}
}
