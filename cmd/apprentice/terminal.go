package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/mattn/go-isatty"
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

// obeyed reports whether a terminal may do more with r than show it: control
// characters move the cursor or change colours, format characters hide or
// reorder text (Unicode TR 36), separators break lines.
func obeyed(r rune) bool {
	if r < 0x80 { // most text by far, and the tables are slow
		return r < ' ' || r == 0x7F
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp)
}

// safe escapes what a terminal would obey, but for newline and tab, and bytes
// that are no UTF-8. Names come from logs, and anyone may name a log.
func safe(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\n' || r == '\t' || !obeyed(r):
			b.WriteString(s[i : i+n])
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		i += n
	}
	return b.String()
}

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
func safeJSON(doc []byte) string {
	var b strings.Builder
	for _, r := range string(doc) {
		if !obeyed(r) {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}
