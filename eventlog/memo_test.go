package eventlog

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMemoChangesNothing reads the lines of jobs, stages and executions with a
// parser that remembers what it read, and each with one that has read nothing.
func TestMemoChangesNothing(t *testing.T) {
	known := newParser(Options{MaxDepth: 1000})
	lines, shared := 0, 0
	var last map[string]string
	for _, pattern := range []string{"../fixtures/logs/*/*", "../fixtures/logs/*/*/*"} {
		fixtureLines(t, pattern, func(file string, line []byte) {
			if bytes.HasPrefix(line, []byte(`{"Event":"SparkListenerTask`)) || lines > 20_000 {
				return
			}
			lines++
			pos := Pos{Part: file, Line: lines}
			got, _ := known.parse(line, pos)
			want, _ := newParser(Options{MaxDepth: 1000}).parse(line, pos)
			if !reflect.DeepEqual(want, got) {
				t.Fatalf("%s: with what was remembered (+) and without (-):\n%s\n%s", file, cmp.Diff(want, got), line)
			}
			if e, ok := got.(*StageSubmitted); ok && len(e.Properties) > 0 {
				if reflect.ValueOf(e.Properties).Pointer() == reflect.ValueOf(last).Pointer() {
					shared++
				}
				last = e.Properties
			} else if e, ok := got.(*JobStart); ok {
				last = e.Properties
			}
		})
	}
	t.Logf("%d lines, %d stages share their job's properties", lines, shared)
	if shared < 500 {
		t.Errorf("only %d stages share the properties of what came before", shared)
	}
}

// TestMemoTellsApart reads values that differ where a careless comparison would
// not look.
func TestMemoTellsApart(t *testing.T) {
	p := newParser(Options{MaxDepth: 4})
	job := func(properties string) Record {
		rec, _ := p.parse([]byte(`{"Event":"SparkListenerJobStart","Job ID":1,"Properties":`+properties+`}`), Pos{})
		return rec
	}
	for _, c := range []struct {
		text string
		want map[string]string // nil: an error
	}{
		{`{"a":"1"}`, map[string]string{"a": "1"}},
		{`{"a":"1"}`, map[string]string{"a": "1"}},
		{` {"a":"1"} `, map[string]string{"a": "1"}},
		{`{"a":"1","b":"2"}`, map[string]string{"a": "1", "b": "2"}},
		{`{"a":"1"}}`, nil},
		{`{"a":"1"`, nil},
		{`{"a":"1"}x`, nil},
		{`{"a":"1"}`, map[string]string{"a": "1"}},
	} {
		switch e := job(c.text).(type) {
		case *JobStart:
			if c.want == nil || !reflect.DeepEqual(e.Properties, c.want) {
				t.Errorf("%s: %v", c.text, e.Properties)
			}
		case *SyntaxError:
			if c.want != nil {
				t.Errorf("%s: %v", c.text, e)
			}
		}
	}
	stage := `{"Stage ID":1,"RDD Info":[{"RDD ID":2}]}`
	if rec, _ := p.parse([]byte(`{"Event":"SparkListenerStageSubmitted","Stage Info":`+stage+`}`), Pos{}); rec.(*StageSubmitted).Stage.RDDs[0].ID != 2 {
		t.Error(rec)
	}
	if rec, _ := p.parse([]byte(`{"Event":"SparkListenerJobStart","Job ID":1,"Stage Infos":[`+stage+`]}`), Pos{}); !isSyntaxError(rec) {
		t.Errorf("what was read at depth 4 is accepted at depth 5, beyond the limit: %v", rec)
	}
}

func isSyntaxError(rec Record) bool {
	_, ok := rec.(*SyntaxError)
	return ok
}
