package eventlog

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/spark-apprentice/apprentice/eventlog/codec"
)

// torture asks the tests for everything they could try; see the Makefile.
var torture = flag.Bool("torture", false, "run the long forms of the tests")

// readers are what must agree about every line, next to encoding/json.
type readers struct {
	parser         *parser
	quick          *quick
	tasks, quickly int // lines: of tasks, and those that quick took
}

func newReaders() *readers {
	opt := Options{MaxDepth: 1000}
	return &readers{parser: newParser(opt), quick: newQuick(newParser(opt))}
}

// agree checks that quick, parser and reference read a line in the same way.
func (r *readers) agree(t *testing.T, line []byte) {
	t.Helper()
	pos := Pos{Part: "log", Line: 7}
	want, refErr := reference(line, pos)
	fast := quickRecord(t, r.quick, line, pos)
	got, _ := r.parser.parse(line, pos)
	syntax, _ := got.(*SyntaxError)
	if syntax != nil && refErr == nil && repeatedKeys(line) {
		return // the parser refuses a bad value even if a later one replaces it
	}
	if syntax != nil != (refErr != nil) {
		t.Fatalf("parser: %v, encoding/json: %v\n%s", got, refErr, line)
	}
	if fast != nil && refErr != nil {
		t.Fatalf("quick accepts what encoding/json refuses: %v\n%s", refErr, line)
	}
	if want == nil || refErr != nil {
		return
	}
	if got = clone(got); !reflect.DeepEqual(want, got) {
		t.Fatalf("parser (+) and encoding/json (-) differ:\n%s\n%s", cmp.Diff(want, got), line)
	}
	if fast != nil && !reflect.DeepEqual(want, fast) {
		t.Fatalf("quick (+) and encoding/json (-) differ:\n%s\n%s", cmp.Diff(want, fast), line)
	}
	r.tasks++
	if fast != nil {
		r.quickly++
	}
}

// quickRecord is what q makes of a line, nil if it leaves it to the parser.
func quickRecord(t *testing.T, q *quick, line []byte, pos Pos) Record {
	t.Helper()
	rec, n := q.task(append(line[:len(line):len(line)], '\n'), pos)
	if n == 0 {
		return nil
	}
	if n != len(line)+1 {
		t.Fatalf("quick took %d of %d bytes of\n%s", n, len(line)+1, line)
	}
	return clone(rec)
}

// clone copies what the parser fills anew with the next line.
func clone(rec Record) Record {
	switch e := rec.(type) {
	case *TaskStart:
		c := *e
		return &c
	case *TaskEnd:
		c := *e
		c.Metrics.UpdatedBlocks = append([]BlockStatus(nil), c.Metrics.UpdatedBlocks...)
		return &c
	}
	return rec
}

// fixtureLines calls f with every line of every fixture's log.
func fixtureLines(t testing.TB, pattern string, f func(file string, line []byte)) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatal(pattern, err)
	}
	for _, file := range files {
		if strings.HasPrefix(filepath.Base(file), "appstatus_") || filepath.Base(file) == "case.json" {
			continue
		}
		if info, err := os.Stat(file); err != nil || info.IsDir() {
			continue
		}
		in, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		l := lines{max: 64 << 20}
		l.reset(codec.NewReader(in))
		for {
			line, _, _, err := l.next()
			if err != nil {
				break
			}
			f(file, line)
		}
		in.Close()
	}
}

func TestQuickEqualsPlainJSON(t *testing.T) {
	r := newReaders()
	most := 2000 // per file
	if *torture {
		most = -1
	}
	type counts struct{ tasks, quickly int }
	files := make(map[string]counts)
	for _, pattern := range []string{"../fixtures/logs/*/*", "../fixtures/logs/*/*/*", "../fixtures/history/*"} {
		fixtureLines(t, pattern, func(file string, line []byte) {
			n := files[file]
			if !bytes.HasPrefix(line, []byte(`{"Event":"SparkListenerTask`)) || n.tasks == most {
				return
			}
			tasks, quickly := r.tasks, r.quickly
			r.agree(t, line)
			files[file] = counts{n.tasks + r.tasks - tasks, n.quickly + r.quickly - quickly}
		})
	}
	t.Logf("%d of %d task events took the quick path", r.quickly, r.tasks)
	if r.quickly < r.tasks*99/100 {
		t.Errorf("the quick path took only %d of %d task events", r.quickly, r.tasks)
	}
	for file, n := range files {
		if n.quickly < n.tasks/2 {
			t.Errorf("%s: the quick path took only %d of %d task events", file, n.quickly, n.tasks)
		}
	}
}

// A line that the quick path takes, and what it leaves to the parser: of two
// numbers one in quotes, and a line that ends soon behind the numbers.
var (
	quickLine = `{"Event":"SparkListenerTaskEnd","Stage ID":0,"Stage Attempt ID":0,"Task Type":"ResultTask","Task End Reason":{"Reason":"Success"},"Task Info":` +
		taskWith(`{"ID":1,"Name":"a","Update":"12","Value":"3","Internal":false,"Count Failed Values":true}`) +
		`,"Task Metrics":{"Executor Run Time":5,"Result Size":9,"Shuffle Read Metrics":{"Remote Blocks Fetched":0,"Total Records Read":0},"Shuffle Write Metrics":{"Shuffle Bytes Written":0},` +
		`"Input Metrics":{"Bytes Read":0,"Records Read":0},"Output Metrics":{"Bytes Written":0,"Records Written":0},"Updated Blocks":[]}}`
	slowLines = []string{
		strings.Replace(quickLine, `"Value":"3"`, `"Value":3`, 1),
		`{"Event":"SparkListenerTaskStart","Stage ID":0,"Stage Attempt ID":0,"Task Info":` +
			taskWith(`{"ID":1,"Name":"a","Update":1,"Value":2,"Internal":false,"Count Failed Values":true}`) + `}`,
	}
)

func taskWith(accumulable string) string {
	return `{"Task ID":1,"Index":0,"Attempt":0,"Launch Time":7,"Executor ID":"1","Host":"host","Locality":"ANY","Speculative":false,` +
		`"Getting Result Time":0,"Finish Time":0,"Failed":false,"Killed":false,"Accumulables":[` + accumulable + `]}`
}

func TestQuickLeavesUnusualLines(t *testing.T) {
	r := newReaders()
	for _, line := range slowLines {
		r.agree(t, []byte(line))
	}
	if r.tasks != len(slowLines) || r.quickly != 0 {
		t.Errorf("of %d tasks quick took %d", r.tasks, r.quickly)
	}
}

// TestQuickLeavesLongTexts gives it what it would have to remember.
func TestQuickLeavesLongTexts(t *testing.T) {
	const pushBased = `"Total Records Read":0,"Push Based Shuffle":{"":0}`
	end := strings.Replace(quickLine, `"Total Records Read":0`, pushBased, 1)
	for _, c := range []struct {
		key, value string
		most       int
	}{
		{`"Executor ID":"`, "1", maxName},
		{`"Host":"`, "host", maxName},
		{`"Locality":"`, "ANY", maxName},
		{`"Name":"`, "a", maxName},
		{`"Push Based Shuffle":{"`, "", maxPushBased - len(`{"":0}`)},
	} {
		for _, length := range []int{c.most, c.most + 1, 100_000} {
			want := 0
			if length <= c.most {
				want = 1
			}
			r := newReaders()
			r.agree(t, []byte(strings.Replace(end, c.key+c.value+`"`, c.key+strings.Repeat("x", length)+`"`, 1)))
			if r.tasks != 1 || r.quickly != want {
				t.Errorf("%s of %d bytes: of %d tasks quick took %d, want %d", c.key, length, r.tasks, r.quickly, want)
			}
		}
	}
}
