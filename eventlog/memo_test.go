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
	lines, shared, lists, sharedLists := 0, 0, 0, 0
	var last map[string]string
	ofJob := make(map[int]*RDDInfo) // the first of a stage's, as its job's start gave them
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
			switch e := got.(type) {
			case *JobStart:
				last = e.Properties
				clear(ofJob)
				for _, stage := range e.Stages {
					if len(stage.RDDs) > 0 {
						ofJob[stage.ID] = &stage.RDDs[0]
					}
				}
			case *StageSubmitted:
				if len(e.Properties) > 0 && reflect.ValueOf(e.Properties).Pointer() == reflect.ValueOf(last).Pointer() {
					shared++
				}
				last = e.Properties
				if first := ofJob[e.Stage.ID]; first != nil {
					lists++
					if len(e.Stage.RDDs) > 0 && &e.Stage.RDDs[0] == first {
						sharedLists++
					}
				}
			}
		})
	}
	t.Logf("%d lines, %d stages share properties with what came before, %d of %d their RDDs with their job", lines, shared, sharedLists, lists)
	if shared < 500 {
		t.Errorf("only %d stages share the properties of what came before", shared)
	}
	if lists < 500 || sharedLists < lists*9/10 {
		t.Errorf("only %d of %d stages share the RDDs of their job", sharedLists, lists)
	}
}

// TestMemoAnswers puts other values in place of those that the memos hold: a
// line that says the same again gets them.
func TestMemoAnswers(t *testing.T) {
	p := newParser(Options{MaxDepth: 1000})
	read := func() *StageSubmitted {
		rec, _ := p.parse([]byte(`{"Event":"SparkListenerStageSubmitted","Stage Info":{"Stage ID":1,"RDD Info":[{"RDD ID":2}],"Details":"a\nb"},"Properties":{"k":"v"}}`), Pos{})
		e, ok := rec.(*StageSubmitted)
		if !ok {
			t.Fatal(rec)
		}
		return e
	}
	if e := read(); e.Properties["k"] != "v" || e.Stage.Details != "a\nb" || e.Stage.RDDs[0].ID != 2 {
		t.Fatalf("%+v", e)
	}
	p.props.slots[0].value = map[string]string{"k": "put"}
	p.stack.slots[0].value = "put"
	p.rdds.slots[0].value = []RDDInfo{{ID: 7}}
	if e := read(); e.Properties["k"] != "put" || e.Stage.Details != "put" || e.Stage.RDDs[0].ID != 7 {
		t.Errorf("what the memos hold is read again: %+v", e)
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
