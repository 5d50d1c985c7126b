package main

import (
	"encoding/json"
	"io"
	"strings"
	"testing"
)

func TestSafe(t *testing.T) {
	for in, want := range map[string]string{
		"plain näme 漢字":        "plain näme 漢字",
		"two\nlines\tand tab":  "two\nlines\tand tab",
		"\x1b[2Jcleared":       `\x1b[2Jcleared`,
		"bell\a and \x7f":      `bell\x07 and \x7f`,
		"c1 \u009b31m":         `c1 \u009b31m`,
		"txt.\u202Egnp.exe":    `txt.\u202egnp.exe`,
		"over\rwrite":          `over\x0dwrite`,
		"not \xff UTF-8":       `not \xff UTF-8`,
		"line\u2028separator":  `line\u2028separator`,
		"zero\u200bwidth":      `zero\u200bwidth`,
		"a true \uFFFD stands": "a true \uFFFD stands",
	} {
		if got := safe(in); got != want {
			t.Errorf("safe(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestNameIsOneWord(t *testing.T) {
	for in, want := range map[string]string{
		"star-etl":              "star-etl",
		"":                      `""`,
		"two words":             `"two words"`,
		"a\nspark.x=1":          `"a\nspark.x=1"`,
		"quo\"te":               `"quo\"te"`,
		"\x1b]0;title\adrop -r": `"\x1b]0;title\x07drop -r"`,
	} {
		if got := name(in); got != want {
			t.Errorf("name(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestSafeJSONIsTheSameJSON(t *testing.T) {
	in := "\x1b[31m \u009b \u202e 漢 \U000e0041 \u007f \xff"
	doc, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	out := safeJSON(doc)
	if strings.ContainsAny(out, "\x1b\u009b\u202e\u007f\U000e0041") {
		t.Errorf("%q holds what a terminal obeys", out)
	}
	var a, b string
	if json.Unmarshal(doc, &a) != nil || json.Unmarshal([]byte(out), &b) != nil || a != b {
		t.Errorf("%s decodes as %q, want %q", out, b, a)
	}
}

func TestOnlyATerminalNeedsEscapes(t *testing.T) {
	for terminal, want := range map[bool]string{false: "a,\x1b[2J\n", true: "a,\\x1b[2J\n"} {
		var b strings.Builder
		w := newCheckedWriter(&b)
		w.terminal = terminal
		if _, err := io.WriteString(w.shown(), "a,\x1b[2J\n"); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil || b.String() != want {
			t.Errorf("terminal %v: wrote %q, %v; want %q", terminal, b.String(), err, want)
		}
	}
}
