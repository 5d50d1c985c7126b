package jsonscan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

const depth = 1000

// valid walks the whole text and reports whether the Scanner accepts it.
func valid(text []byte) bool {
	var s Scanner
	s.Reset(text, depth)
	s.Skip()
	return s.End() == nil
}

// decode reads a value as encoding/json reads it into an any with UseNumber.
func decode(s *Scanner) any {
	switch s.Kind() {
	case Object:
		m := map[string]any{}
		for ok := s.Object(); ok && s.Next(); {
			key := string(s.Key())
			m[key] = decode(s)
		}
		return m
	case Array:
		list := []any{}
		for ok := s.Array(); ok && s.More(); {
			list = append(list, decode(s))
		}
		return list
	case String:
		return s.Text()
	case Bool:
		return s.Bool()
	case Number:
		return json.Number(s.Raw())
	default:
		s.Skip()
		return nil
	}
}

// checkAgainstJSON compares with encoding/json: what is accepted, and what it means.
func checkAgainstJSON(t *testing.T, text []byte) {
	t.Helper()
	if bytes.Count(text, []byte("[")) >= depth || bytes.Count(text, []byte("{")) >= depth {
		return
	}
	if got, want := valid(text), json.Valid(text); got != want {
		t.Fatalf("valid = %v, encoding/json says %v: %q", got, want, text)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var want any
	if !json.Valid(text) || d.Decode(&want) != nil {
		return
	}
	var s Scanner
	s.Reset(text, depth)
	got := decode(&s)
	if err := s.End(); err != nil {
		t.Fatalf("%v: %q", err, text)
	}
	if fmt.Sprintf("%#v", got) != fmt.Sprintf("%#v", want) {
		t.Fatalf("%q\n got %#v\nwant %#v", text, got, want)
	}
}

var texts = []string{
	`{}`, `[]`, `null`, `true`, `false`, `0`, `-0`, `-1`, `12345678901234567890`, `1.5`, `1e3`, `-1.25E-2`, `""`,
	`{"a":1,"b":[1,2,{"c":null}],"d":"x"}`, " {\t\"a\" :\r\n1 } ", `["\u0041\ud83d\ude00\ud800x\"\\\/\b\f\n\r\t"]`,
	"\"\xff\xfe\"", `"é漢😀"`, `"\ud800\u0041"`, `"\udc00"`, `{"\u0061":1}`, `"12345678\"90123456"`, `"1234567\u00e9"`,
	// not JSON
	``, ` `, `{`, `}`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `[1,]`, `[,1]`, `[1 2]`, `{"a":1 "b":2}`, `{a:1}`, `'a'`, `01`, `-`, `1.`, `.5`,
	`1e`, `1e+`, `+1`, `tru`, `nul`, `nulll`, `truefalse`, `"`, `"\x"`, `"\u12"`, `"\u12G4"`, "\"a\nb\"", "\"a\x00b\"", `{}{}`, `{} x`, "\x00", "{}\x00", `NaN`, `Infinity`,
	`{"a":1}}`, `[}`, `{]`, `{"a":[1}`, `[{"a":1]`, "\xef\xbb\xbf{}",
}

func TestAgainstEncodingJSON(t *testing.T) {
	for _, text := range texts {
		checkAgainstJSON(t, []byte(text))
	}
}

func FuzzScanner(f *testing.F) {
	for _, text := range texts {
		f.Add([]byte(text))
	}
	f.Fuzz(checkAgainstJSON)
}

func TestInt(t *testing.T) {
	for _, c := range []struct {
		text string
		want int64
		bad  string
	}{
		{text: "0"}, {text: "-0"}, {text: "null"}, {text: "17", want: 17}, {text: "-17", want: -17},
		{text: "9223372036854775807", want: 1<<63 - 1}, {text: "-9223372036854775808", want: -1 << 63},
		{text: "1e3", want: 1000}, {text: "2.0", want: 2},
		{text: "9223372036854775808", bad: "no 64-bit integer"}, {text: "1.5", bad: "no 64-bit integer"},
		{text: "1e30", bad: "no 64-bit integer"}, {text: `"1"`, bad: "a number should be"}, {text: "true", bad: "a number should be"},
	} {
		var s Scanner
		s.Reset([]byte(c.text), depth)
		got, err := s.Int(), s.End()
		if got != c.want || (err == nil) != (c.bad == "") || err != nil && !strings.Contains(err.Error(), c.bad) {
			t.Errorf("%s: %d, %v", c.text, got, err)
		}
	}
}

func TestLooseInt(t *testing.T) {
	for text, want := range map[string]int64{
		`5`: 5, `"5"`: 5, `"-5"`: -5, `"5.5"`: 0, `"00:00:00.157"`: 0, `5.5`: 0, `99999999999999999999`: 0, `null`: 0, `[1]`: 0, `{"a":1}`: 0, `true`: 0, `""`: 0,
	} {
		var s Scanner
		s.Reset([]byte(text), depth)
		if got := s.LooseInt(); got != want || s.End() != nil {
			t.Errorf("%s: %d, %v", text, got, s.Err())
		}
	}
}

func TestNesting(t *testing.T) {
	for _, c := range []struct {
		n  int
		ok bool
	}{{depth, true}, {depth + 1, false}, {1 << 20, false}} {
		for _, pair := range []string{"[]", "{}"} {
			opening := strings.Repeat(pair[:1], c.n)
			closing := strings.Repeat(pair[1:], c.n)
			if pair == "{}" {
				opening = strings.Repeat(`{"a":`, c.n-1) + "{"
			}
			if got := valid([]byte(opening + closing)); got != c.ok {
				t.Errorf("%d of %s: %v", c.n, pair, got)
			}
		}
	}
}

// TestShort checks that an error tells a text that ends too early from one that
// is wrong.
func TestShort(t *testing.T) {
	whole := `{"a":[1,-2,2.5e3,-2.5E-3,"x\u0041y\n",true,null,{"b":false}],"c":"d"}`
	for n := range len(whole) {
		var s Scanner
		s.Reset([]byte(whole[:n]), depth)
		s.Skip()
		if err, ok := s.End().(*Error); !ok || !err.Short {
			t.Errorf("%q: %v", whole[:n], s.Err())
		}
	}
	for _, wrong := range []string{`{"a":1}}`, `{"a":x}`, `["\q", 1234567]`, `{"a":trux}`, `{"a":-x}`} {
		var s Scanner
		s.Reset([]byte(wrong), depth)
		s.Skip()
		if err, ok := s.End().(*Error); !ok || err.Short {
			t.Errorf("%q: %v", wrong, s.Err())
		}
	}
}
