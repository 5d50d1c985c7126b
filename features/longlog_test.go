package features

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"syscall"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/spark-apprentice/apprentice/eventlog"
	"github.com/spark-apprentice/apprentice/eventlog/codec"
	"github.com/spark-apprentice/apprentice/eventlog/source"
)

// The long forms of TestLongLog, as `make long` runs them: it writes a log of
// many copies, and in another process reads it and says what that took.
var (
	longCopies = flag.Int("long", 100, "copies of the log of 100 MB that -write writes")
	longWrite  = flag.String("write", "", "file to which TestLongLog writes a long log, as zstd")
	longRead   = flag.String("read", "", "log that TestLongLog reads")
)

// ids are what a copy of events must not share with the copy before it.
var ids = regexp.MustCompile(`"(Stage ID|Job ID|Task ID|RDD ID|executionId|accumulatorId|ID|Submission Time|Completion Time|Launch Time|Finish Time|Timestamp|time)":(\d+)|` +
	`"(Stage IDs|Parent IDs)":\[([\d,]*)\]|"(spark\.sql\.execution\.id)":"(\d+)"`)

var digits = regexp.MustCompile(`\d+`)

// kindOf says which ids are counted together.
func kindOf(key string) string {
	switch key {
	case "Stage ID", "Stage IDs", "Parent IDs":
		return "stage"
	case "executionId", "spark.sql.execution.id":
		return "sql"
	case "ID", "accumulatorId":
		return "accumulator"
	case "Submission Time", "Completion Time", "Launch Time", "Finish Time", "Timestamp", "time":
		return "time"
	}
	return key
}

// A longLog repeats the events of a real log, each time with other ids and
// later times, so that reading it costs what a longer log would: more jobs,
// stages and executions of the same kinds.
type longLog struct {
	head, tail []byte
	body       []piece
	next       map[string]int64 // by kind: how far a copy is from the one before
}

// A piece is text, and the number behind it, which is of some kind.
type piece struct {
	text string
	kind string
	n    int64
}

var onceEvents = regexp.MustCompile(`^{"Event":"SparkListener(LogStart|ApplicationStart|EnvironmentUpdate|ResourceProfileAdded|ExecutorAdded|BlockManagerAdded|ApplicationEnd)"`)

func newLongLog(t *testing.T, text []byte) *longLog {
	t.Helper()
	l := &longLog{next: map[string]int64{}}
	first := int64(1) << 62
	for line := range bytes.Lines(text) {
		switch {
		case bytes.HasPrefix(line, []byte(`{"Event":"SparkListenerApplicationEnd"`)):
			l.tail = append(l.tail, line...)
			continue
		case onceEvents.Match(line):
			l.head = append(l.head, line...)
			continue
		}
		last := 0
		add := func(from, to int, kind string) {
			n, err := strconv.ParseInt(string(line[from:to]), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			if kind == "time" && n == 0 {
				return
			}
			if kind == "time" {
				first = min(first, n)
			}
			l.next[kind] = max(l.next[kind], n+1)
			l.body = append(l.body, piece{string(line[last:from]), kind, n})
			last = to
		}
		for _, m := range ids.FindAllSubmatchIndex(line, -1) {
			switch {
			case m[2] >= 0:
				add(m[4], m[5], kindOf(string(line[m[2]:m[3]])))
			case m[6] >= 0:
				kind := kindOf(string(line[m[6]:m[7]]))
				if bytes.HasPrefix(line[m[9]:], []byte(`],"Storage`)) || bytes.HasPrefix(line[m[9]:], []byte(`],"Scope`)) {
					kind = "RDD ID" // an RDD's parents
				}
				for _, d := range digits.FindAllIndex(line[m[8]:m[9]], -1) {
					add(m[8]+d[0], m[8]+d[1], kind)
				}
			default:
				add(m[12], m[13], "sql")
			}
		}
		l.body = append(l.body, piece{text: string(line[last:])})
	}
	l.next["time"] -= first - 1000
	return l
}

// write writes the log with so many copies of its body.
func (l *longLog) write(w io.Writer, copies int) error {
	buf := append(make([]byte, 0, 1<<20), l.head...)
	for c := range int64(copies) {
		for i := range l.body {
			p := &l.body[i]
			buf = append(buf, p.text...)
			if p.kind != "" {
				buf = strconv.AppendInt(buf, p.n+c*l.next[p.kind], 10)
			}
			if len(buf) > 1<<19 {
				if _, err := w.Write(buf); err != nil {
					return err
				}
				buf = buf[:0]
			}
		}
	}
	_, err := w.Write(append(buf, l.tail...))
	return err
}

// log is the log as one that can be read; it is made while it is read.
func (l *longLog) log(copies int) eventlog.Log {
	name := fmt.Sprintf("%d-copies", copies)
	return eventlog.Log{Name: name, Layout: eventlog.Single, Parts: []eventlog.Part{{Name: name, Size: -1, Open: func() (io.ReadCloser, error) {
		r, w := io.Pipe()
		go func() { w.CloseWithError(l.write(w, copies)) }()
		return r, nil
	}}}}
}

func textOf(t testing.TB, log eventlog.Log) (text []byte) {
	t.Helper()
	for _, part := range log.Parts {
		f, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		r := codec.NewReader(f)
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		f.Close()
		text = append(text, b...)
	}
	return text
}

// TestLongLog reads one log and logs of several copies of it. What is kept of
// each stage is a few KB; nothing else may grow.
func TestLongLog(t *testing.T) {
	switch {
	case *longWrite != "":
		newLongLog(t, textOf(t, logsOf(t, "m_medium")[0])).writeFile(t, *longWrite, *longCopies)
		return
	case *longRead != "":
		readLongLog(t, *longRead)
		return
	}
	const copies = 6
	l := newLongLog(t, textOf(t, logsOf(t, "b_rolling_zstd")[0]))
	one, oneState := measured(t, l.log(1))
	many, manyState := measured(t, l.log(copies))
	r, m := &one.Run, &many.Run
	if m.Stages != copies*r.Stages || m.Jobs != copies*r.Jobs || m.Tasks != copies*r.Tasks || len(many.Executions) != copies*len(one.Executions) || !m.Complete {
		t.Errorf("%d copies of %d jobs, %d stages, %d tasks, %d executions are %d, %d, %d, %d", copies,
			r.Jobs, r.Stages, r.Tasks, len(one.Executions), m.Jobs, m.Stages, m.Tasks, len(many.Executions))
	}
	perStage := (manyState - oneState) / (m.Stages - r.Stages)
	t.Logf("%d stages, %d tasks: %d KB; %d stages, %d tasks: %d KB; %d bytes per stage",
		r.Stages, r.Tasks, oneState>>10, m.Stages, m.Tasks, manyState>>10, perStage)
	if perStage > 12<<10 {
		t.Errorf("%d bytes are kept for each stage", perStage)
	}
}

func readLongLog(t *testing.T, name string) {
	t.Helper()
	logs, _, err := source.Find(t.Context(), []string{name})
	if err != nil || len(logs) != 1 {
		t.Fatal(len(logs), err)
	}
	app, state := measured(t, logs[0])
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	r := &app.Run
	cpu := float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
	t.Logf("%d tasks, %d stages: %.1f CPU-s, resident at most %d MB, state at the end %.1f MB, %d bytes per stage",
		r.Tasks, r.Stages, cpu, u.Maxrss>>10, float64(state)/(1<<20), state/r.Stages)
}

// measured reads a log and says how much memory its state takes at the log's end.
func measured(t *testing.T, log eventlog.Log) (*App, int64) {
	t.Helper()
	inUse := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := inUse()
	r := eventlog.Open(log, eventlog.Options{})
	defer r.Close()
	b := newBuilder(Options{})
	for r.Scan() {
		b.add(r.Record())
	}
	if r.Err() != nil || r.Stats().Malformed > 0 {
		t.Fatal(r.Err(), r.Stats().Malformed)
	}
	state := inUse() - before
	return b.finish(), state
}

func (l *longLog) writeFile(t *testing.T, name string, copies int) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w, err := zstd.NewWriter(f, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.write(w, copies); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
