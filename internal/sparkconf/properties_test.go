package sparkconf

import (
	"slices"
	"strings"
	"testing"
)

// What java.util.Properties makes of a file: every answer here was given by
// Spark's own loader (ci/spark/properties compares many more).
func TestReadProperties(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     []Property
	}{
		{"separators", "a=1\nb:2\nc 3\nd\t4\ne = 5\nf : 6\ng==7\nh\n", []Property{
			{"a", "1"}, {"b", "2"}, {"c", "3"}, {"d", "4"}, {"e", "5"}, {"f", "6"}, {"g", "=7"}, {"h", ""}}},
		{"comments", "#a=1\n  !b=2\nc=3#4\n\n \t\n#x\\\nd=4", []Property{{"c", "3#4"}, {"d", "4"}}},
		{"continued", "a=1,\\\n   2\nb=1\\\\\nc=\\\n", []Property{{"a", "1,2"}, {"b", `1\`}, {"c", ""}}},
		{"continued by a comment sign", "a=1\\\n#2\n", []Property{{"a", "1#2"}}},
		{"continued by a blank line", "a=1\\\n\nb=2", []Property{{"a", "1"}, {"b", "2"}}},
		{"line ends", "a=1\r\nb=2\rc=3\\\r\n4", []Property{{"a", "1"}, {"b", "2"}, {"c", "34"}}},
		{"escapes", `a\ b\=\:=\t x\n\u00e9\ud83d\ude00\q`, []Property{{"a b=:", "x\né😀q"}}},
		{"trimmed, but for line breaks", "a= 1 \\u0000\nb=\\n 2 \\r\nc=\\ \n", []Property{{"a", "1"}, {"b", "\n 2 \r"}, {"c", ""}}},
		{"repeated", "a=1\na=2", []Property{{"a", "1"}, {"a", "2"}}},
		{"no key", "=1\n\\\n", nil},
		{"utf-8", "größe=1\u00a0", []Property{{"größe", "1\u00a0"}}},
		{"byte order mark", "\ufeffa=1", []Property{{"\ufeffa", "1"}}},
	} {
		got, err := ReadProperties(strings.NewReader(c.in))
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %q\n got %q, %v\nwant %q", c.name, c.in, got, err, c.want)
		}
	}
}

func TestReadPropertiesErrors(t *testing.T) {
	for in, line := range map[string]string{"a=1\n\nb=\\u12\n": "line 3", `\u12g4`: "line 1", "a\\\nb\\u": "line 1"} {
		if props, err := ReadProperties(strings.NewReader(in)); err == nil || !strings.Contains(err.Error(), line) {
			t.Errorf("%q: %q, %v; want an error that names %s", in, props, err, line)
		}
	}
	huge := strings.NewReader(strings.Repeat("#", maxProperties+1))
	if _, err := ReadProperties(huge); err == nil {
		t.Error("a file without bound is read")
	}
}

var hostile = []Property{
	{"spark.a", "1g"},
	{"spark.a", "1\nspark.evil=1"},
	{"spark.a", "1\r\nspark.evil=1\r"},
	{"spark.a\nspark.evil", "1"},
	{"spark.a=b:c d\te", `C:\dir\`},
	{"#spark.a", "#x"},
	{"!spark.a", "=x"},
	{" spark.a ", ":"},
	{`\`, `\u0041\n`},
	{"größe😀", "\u2028\u202e\u0085é\x7f"},
	{"a\x00b\x1f", "x\x00y\ty\fz"},
	{"spark.empty", ""},
}

func TestFormatProperty(t *testing.T) {
	for _, p := range hostile {
		checkRoundTrip(t, p)
	}
	if line, _ := FormatProperty(Property{"spark.executor.extraJavaOptions", `-Da=b -Dc="d e"`}); line != `spark.executor.extraJavaOptions=-Da=b -Dc="d e"` {
		t.Errorf("ordinary values are not left as they are: %s", line)
	}
	for _, p := range []Property{{"", "x"}, {"a", " x"}, {"a", "x\t"}, {"a", "\x00x"}, {"a\xff", "x"}, {"a", "\xc3"}} {
		if line, err := FormatProperty(p); err == nil {
			t.Errorf("%q is written as %q, which Spark reads as another pair", p, line)
		}
	}
}

// checkRoundTrip: one line, plain ASCII, read back as the same pair, alone and
// among others.
func checkRoundTrip(t *testing.T, p Property) {
	t.Helper()
	line, err := FormatProperty(p)
	if err != nil {
		return
	}
	for _, b := range []byte(line) {
		if b < ' ' || b > '~' {
			t.Fatalf("%q: byte %#x in %q", p, b, line)
		}
	}
	before, after := Property{"before", "1"}, Property{"after", "2"}
	got, err := ReadProperties(strings.NewReader("before=1\n" + line + "\nafter=2\n"))
	if err != nil || !slices.Equal(got, []Property{before, p, after}) {
		t.Fatalf("%q is written as %q and read as %q, %v", p, line, got, err)
	}
}

func FuzzFormatProperty(f *testing.F) {
	for _, p := range hostile {
		f.Add(p.Key, p.Value)
	}
	f.Fuzz(func(t *testing.T, key, value string) {
		checkRoundTrip(t, Property{key, value})
	})
}

func FuzzReadProperties(f *testing.F) {
	f.Add([]byte("a=1\\\n  2\n#c\n\\u0041 b:c\r\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		props, err := ReadProperties(strings.NewReader(string(file)))
		if err != nil {
			return
		}
		// What was read can be written, if it is UTF-8 text that Spark would
		// not trim, and then means the same.
		for _, p := range props {
			if p.Key == "" || p.Value != trimValue(p.Value) {
				t.Fatalf("%q gives %q", file, p)
			}
			checkRoundTrip(t, p)
		}
	})
}
