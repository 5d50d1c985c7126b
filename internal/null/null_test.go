package null

import (
	"encoding/json"
	"testing"
	"time"
)

func TestValues(t *testing.T) {
	if n := (Null[int64]{}); n.Known() || n.Or(7) != 7 {
		t.Errorf("the zero value is %v", n)
	}
	if n := Of(int64(0)); !n.Known() || n.Or(7) != 0 {
		t.Errorf("a known zero is %v", n)
	}
	if If(3, true) != Of(3) || If(3, false) != (Null[int]{}) {
		t.Error("If keeps a value that is not known, or drops one that is")
	}
	for _, c := range [][3]Null[int]{{Of(-2), Of(-3), Of(-2)}, {Of(2), Of(3), Of(3)}, {{}, Of(-3), Of(-3)}, {Of(-2), {}, Of(-2)}, {}} {
		if got := Max(c[0], c[1]); got != c[2] {
			t.Errorf("the larger of %v and %v is %v", c[0], c[1], got)
		}
	}
}

// JSON is the value itself or null, and comes back as it was.
func TestJSON(t *testing.T) {
	type row struct {
		N Null[int64]     `json:"n"`
		S Null[string]    `json:"s"`
		T Null[time.Time] `json:"t"`
		M Null[[]string]  `json:"m"`
	}
	day := time.Date(2026, 11, 23, 1, 2, 3, 4e6, time.UTC)
	for want, in := range map[string]row{
		`{"n":null,"s":null,"t":null,"m":null}`:                   {},
		`{"n":0,"s":"","t":"2026-11-23T01:02:03.004Z","m":["a"]}`: {Of(int64(0)), Of(""), Of(day), Of([]string{"a"})},
		`{"n":-9223372036854775808,"s":"null","t":null,"m":[]}`:   {N: Of(int64(-1 << 63)), S: Of("null"), M: Of([]string{})},
	} {
		b, err := json.Marshal(in)
		if err != nil || string(b) != want {
			t.Errorf("got %s, %v, want %s", b, err, want)
		}
		out := row{N: Of(int64(9)), S: Of("old")}
		if err := json.Unmarshal(b, &out); err != nil {
			t.Fatal(err)
		}
		if again, _ := json.Marshal(out); string(again) != want || out.N != in.N || out.S != in.S || out.T != in.T {
			t.Errorf("%s came back as %s", want, again)
		}
	}
	var n Null[int64]
	if err := json.Unmarshal([]byte(`"x"`), &n); err == nil || n.Known() {
		t.Errorf("text is number %v, %v", n, err)
	}
}
