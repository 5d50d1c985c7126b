// Package escape makes text that others wrote fit to be shown: names and
// messages come from logs, and anyone may write a log. It is a leaf.
package escape

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Obeyed reports whether a terminal may do more with r than show it: control
// characters move the cursor or change colours, format characters hide or
// reorder text (Unicode TR 36), separators break lines.
func Obeyed(r rune) bool {
	if r < 0x80 { // most text by far, and the tables are slow
		return r < ' ' || r == 0x7F
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp)
}

// Text escapes what a terminal would obey, but for newline and tab, and bytes
// that are no UTF-8.
func Text(s string) string { return text(s, "\n\t") }

// Line is Text on one line: newlines, tabs and returns are \n, \t and \r.
func Line(s string) string { return oneLine.Replace(text(s, "\n\t\r")) }

var oneLine = strings.NewReplacer("\n", `\n`, "\t", `\t`, "\r", `\r`)

func text(s, keep string) string {
	if utf8.ValidString(s) && strings.IndexFunc(s, Obeyed) < 0 {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case !Obeyed(r) || strings.ContainsRune(keep, r):
			b.WriteRune(r)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		s = s[n:]
	}
	return b.String()
}

// JSON escapes in JSON text what Text escapes, so that it means the same: JSON
// itself asks for the first 32 characters only.
func JSON(doc string) string {
	if strings.IndexFunc(doc, inJSON) < 0 {
		return doc
	}
	var b strings.Builder
	for _, r := range doc {
		if !inJSON(r) {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}

// inJSON leaves the newlines of its layout.
func inJSON(r rune) bool { return r != '\n' && Obeyed(r) }
