package eventlog

import (
	"bytes"
	"flag"
	"math/rand/v2"
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

// agree checks that quick, parser and reference read a line in the same way,
// and reports whether it is a task's and whether quick took it.
func agree(t *testing.T, p *parser, q *quick, line []byte) (task, quickly bool) {
	t.Helper()
	pos := Pos{Part: "log", Line: 7}
	want, refErr := reference(line, pos)
	var fast Record
	if rec, n := q.task(append(line[:len(line):len(line)], '\n'), pos); n > 0 {
		if n != len(line)+1 {
			t.Fatalf("quick took %d of %d bytes of\n%s", n, len(line)+1, line)
		}
		fast = clone(rec)
	}
	got, _ := p.parse(line, pos)
	syntax, _ := got.(*SyntaxError)
	if syntax != nil && refErr == nil && repeatedKeys(line) {
		return false, false // the parser refuses a bad value even if a later one replaces it
	}
	if syntax != nil != (refErr != nil) {
		t.Fatalf("parser: %v, encoding/json: %v\n%s", got, refErr, line)
	}
	if fast != nil && refErr != nil {
		t.Fatalf("quick accepts what encoding/json refuses: %v\n%s", refErr, line)
	}
	if want == nil || refErr != nil {
		return false, false
	}
	if got = clone(got); !reflect.DeepEqual(want, got) {
		t.Fatalf("parser (+) and encoding/json (-) differ:\n%s\n%s", cmp.Diff(want, got), line)
	}
	if fast != nil && !reflect.DeepEqual(want, fast) {
		t.Fatalf("quick (+) and encoding/json (-) differ:\n%s\n%s", cmp.Diff(want, fast), line)
	}
	agreeWithout(t, p, q, line, want, fast != nil)
	return true, fast != nil
}

// agreeWithout checks that nothing but the accumulables is missing when nobody
// wants them.
func agreeWithout(t *testing.T, p *parser, q *quick, line []byte, want Record, quickly bool) {
	t.Helper()
	p.skipAccums, q.skipAccums = true, true
	defer func() { p.skipAccums, q.skipAccums = false, false }()
	switch e := want.(type) {
	case *TaskStart:
		e.Task.Accumulables = nil
	case *TaskEnd:
		e.Task.Accumulables = nil
	}
	pos := want.Where()
	got, _ := p.parse(line, pos)
	if got = clone(got); !reflect.DeepEqual(want, got) {
		t.Fatalf("without accumulables, parser (+) and encoding/json (-) differ:\n%s\n%s", cmp.Diff(want, got), line)
	}
	rec, n := q.task(append(line[:len(line):len(line)], '\n'), pos)
	if n > 0 != quickly {
		t.Fatalf("without accumulables, quick took %d bytes, with them: %v\n%s", n, quickly, line)
	}
	if n > 0 && !reflect.DeepEqual(want, clone(rec)) {
		t.Fatalf("without accumulables, quick (+) and encoding/json (-) differ:\n%s\n%s", cmp.Diff(want, clone(rec)), line)
	}
}

func clone(rec Record) Record {
	switch e := rec.(type) {
	case *TaskStart:
		return e.Clone()
	case *TaskEnd:
		return e.Clone()
	}
	return rec
}

func newParsers() (*parser, *quick) {
	return newParser(Options{MaxDepth: 1000}), newQuick(newParser(Options{MaxDepth: 1000}))
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
	p, q := newParsers()
	tasks, quickly := make(map[string]int), make(map[string]int)
	most := 2000 // per file
	if *torture {
		most = -1
	}
	for _, pattern := range []string{"../fixtures/logs/*/*", "../fixtures/logs/*/*/*", "../fixtures/history/*"} {
		fixtureLines(t, pattern, func(file string, line []byte) {
			if !bytes.HasPrefix(line, []byte(`{"Event":"SparkListenerTask`)) || tasks[file] == most {
				return
			}
			task, fast := agree(t, p, q, line)
			if task {
				tasks[file]++
			}
			if fast {
				quickly[file]++
			}
		})
	}
	all, fast := 0, 0
	for file, n := range tasks {
		all += n
		fast += quickly[file]
	}
	t.Logf("%d of %d task events took the quick path", fast, all)
	if fast < all*99/100 {
		t.Errorf("the quick path took only %d of %d task events", fast, all)
	}
	for file, n := range tasks {
		if quickly[file] < n/2 {
			t.Errorf("%s: the quick path took only %d of %d task events", file, quickly[file], n)
		}
	}
}

// TestQuickUnderMutation damages real lines in many small ways: whatever comes
// out, the three readers agree on it.
func TestQuickUnderMutation(t *testing.T) {
	var seeds [][]byte
	for _, name := range []string{"b_v334_single", "b_v401_single", "a_codec_none", "e_oom_recovers", "h_speculation", "h_fetchfailed_files_deleted", "j_rdd_only"} {
		n := 0
		fixtureLines(t, "../fixtures/logs/"+name+"/*", func(_ string, line []byte) {
			if bytes.HasPrefix(line, []byte(`{"Event":"SparkListenerTask`)) && n < 40 {
				n++
				seeds = append(seeds, bytes.Clone(line))
			}
		})
	}
	rng := rand.New(rand.NewPCG(1, 2))
	p, q := newParsers()
	quickly := 0
	rounds := 30_000
	if *torture {
		rounds = 1_000_000
	}
	for range rounds {
		line := bytes.Clone(seeds[rng.IntN(len(seeds))])
		for range 1 + rng.IntN(3) {
			line = mutate(rng, line, seeds)
		}
		if _, fast := agree(t, p, q, line); fast {
			quickly++
		}
	}
	t.Logf("the quick path took %d", quickly)
	if quickly < 1000 {
		t.Errorf("only %d mutated lines still took the quick path: the test tests nothing", quickly)
	}
}

// mutate changes a line as damage, other tools or a hostile user might.
func mutate(rng *rand.Rand, line []byte, seeds [][]byte) []byte {
	if len(line) < 2 {
		return line
	}
	i := rng.IntN(len(line))
	switch rng.IntN(9) {
	case 0: // flip a bit
		line[i] ^= 1 << rng.IntN(8)
	case 1: // another digit, or a digit more
		for k := range line[i:] {
			if c := line[i+k]; c >= '0' && c <= '9' {
				insert := []string{"0", "7", "-1", "1.5", "2e3", "1e2.", "99999999999999999999", "null", `"12"`, "00"}[rng.IntN(10)]
				return append(line[:i+k:i+k], append([]byte(insert), line[i+k+rng.IntN(2):]...)...)
			}
		}
	case 2: // delete a piece
		j := min(len(line), i+1+rng.IntN(30))
		return append(line[:i:i], line[j:]...)
	case 3: // insert something
		insert := []string{`,"Event":"SparkListenerTaskStart"`, `\u0041`, `é`, "\xff", " ", "\t", `,"Metadata":"sql"`, `,"Task Metrics":{`,
			`"`, `\"`, "\x00", `,"x":[1,{"y":null}]`, `,"Index":3`, `{"ID":1,"Name":"a","Update":1,"Value":2,"Internal":false,"Count Failed Values":true},`, "{}", "[]"}[rng.IntN(16)]
		return append(line[:i:i], append([]byte(insert), line[i:]...)...)
	case 4: // a piece of another line
		other := seeds[rng.IntN(len(seeds))]
		j := rng.IntN(len(other))
		k := min(len(other), j+rng.IntN(200))
		return append(line[:i:i], append(bytes.Clone(other[j:k]), line[i:]...)...)
	case 5: // members after a comma exchanged
		parts := bytes.SplitN(line[i:], []byte(","), 4)
		if len(parts) == 4 {
			return bytes.Join([][]byte{line[:i], bytes.Join([][]byte{parts[0], parts[2], parts[1], parts[3]}, []byte(","))}, nil)
		}
	case 6: // cut
		return line[:i]
	case 7: // one word for another
		words := []string{"driver", "localhost", "PROCESS_LOCAL", "true", "false", "Success", "internal.metrics.", "sql", "Update", "Value", "Index", "Attempt", "Partition ID", "0"}
		return bytes.Replace(line, []byte(words[rng.IntN(len(words))]), []byte(words[rng.IntN(len(words))]), 1+rng.IntN(2))
	case 8: // a number becomes another one
		return bytes.Replace(line, []byte(":0,"), []byte([]string{":17,", ":-3,", ":123456789012345678,", ":1234567890123456789,", ":true,", ":null,"}[rng.IntN(6)]), 1+rng.IntN(5))
	}
	return line
}

func FuzzTask(f *testing.F) {
	for _, name := range []string{"b_v334_single", "b_v401_single", "e_oom_recovers", "h_fetchfailed_files_deleted"} {
		n := 0
		fixtureLines(f, "../fixtures/logs/"+name+"/*", func(_ string, line []byte) {
			if bytes.HasPrefix(line, []byte(`{"Event":"SparkListenerTask`)) && len(line) < 5000 && n < 6 {
				n++
				f.Add(bytes.Clone(line))
			}
		})
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		if bytes.IndexByte(line, '\n') >= 0 {
			return
		}
		p, q := newParsers()
		agree(t, p, q, line)
		agree(t, p, q, line) // what was learned the first time must not mislead
	})
}
