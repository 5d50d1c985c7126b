package escape

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestText(t *testing.T) {
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
		if got := Text(in); got != want {
			t.Errorf("Text(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestLine(t *testing.T) {
	const in, want = "two\nlines\tand tab\r\x1b \u202e \xff ok", `two\nlines\tand tab\r\x1b \u202e \xff ok`
	if got := Line(in); got != want || Line(want) != want {
		t.Errorf("Line(%q) = %q, want %q", in, got, want)
	}
}

func TestJSONIsTheSameJSON(t *testing.T) {
	in := "\x1b[31m \u009b \u202e 漢 \U000e0041 \u007f \xff"
	doc, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	out := JSON(string(doc))
	if strings.ContainsAny(out, "\x1b\u009b\u202e\u007f\U000e0041") {
		t.Errorf("%q holds what a terminal obeys", out)
	}
	var a, b string
	if json.Unmarshal(doc, &a) != nil || json.Unmarshal([]byte(out), &b) != nil || a != b {
		t.Errorf("%s decodes as %q, want %q", out, b, a)
	}
}
