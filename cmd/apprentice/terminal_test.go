package main

import (
	"io"
	"strings"
	"testing"
)

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
