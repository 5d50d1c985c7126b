package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/mattn/go-isatty"
	"github.com/spark-apprentice/apprentice/internal/escape"
)

// A terminal is where a command talks: data to out, everything else to err.
type terminal struct {
	out *checkedWriter
	err io.Writer
}

// notef writes one line of talk.
func (t *terminal) notef(format string, args ...any) {
	fmt.Fprintln(t.err, safe(fmt.Sprintf(format, args...)))
}

// isTerminal reports whether w is one.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// A checkedWriter buffers and keeps the first error, so that a full disk or a
// closed pipe behind stdout ends in an exit code.
type checkedWriter struct {
	*bufio.Writer
	terminal bool
}

func newCheckedWriter(w io.Writer) *checkedWriter {
	return &checkedWriter{bufio.NewWriter(w), isTerminal(w)}
}

// shown is where text goes that others made: escaped on a terminal, as it is in
// a file or a pipe.
func (w *checkedWriter) shown() io.Writer {
	if w.terminal {
		return escaper{w}
	}
	return w
}

// An escaper makes text safe. A write may cut a character in two: both halves
// are then escaped.
type escaper struct{ w io.Writer }

func (e escaper) Write(p []byte) (int, error) {
	if _, err := io.WriteString(e.w, safe(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// safe escapes what a terminal would obey, but for newline and tab.
func safe(s string) string { return escape.Text(s) }

// name quotes a name that a log or a user gave, on one line.
func name(s string) string {
	if s == "" || strings.ContainsAny(s, " \n\t\"'") || safe(s) != s {
		return `"` + strings.NewReplacer("\n", `\n`, "\t", `\t`, `"`, `\"`).Replace(safe(s)) + `"`
	}
	return s
}

// count writes "1 log", "2 logs".
func count[N int | int64](n N, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// safeJSON escapes, within one line of JSON, what safe escapes in text.
func safeJSON(doc []byte) string { return escape.JSON(string(doc)) }
