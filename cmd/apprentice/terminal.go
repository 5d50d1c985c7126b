package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

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

// safe escapes what a terminal would obey: control characters but for newline
// and tab, the bidirectional controls that reorder a line (Unicode TR 36), and
// bytes that are no UTF-8. Names come from logs and anyone may name a log.
func safe(s string) string {
	clean := true
	for _, r := range s {
		if unsafeRune(r) {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == unicode.ReplacementChar && s[i] != 0xEF:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case !unsafeRune(r):
			b.WriteRune(r)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

func unsafeRune(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case r == unicode.ReplacementChar, unicode.IsControl(r):
		return true
	}
	return unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
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

// safeJSON escapes, within JSON, what safe escapes in text.
func safeJSON(doc []byte) string {
	var b strings.Builder
	for _, r := range string(doc) {
		if unsafeRune(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
