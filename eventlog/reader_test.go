package eventlog_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"reflect"
	"strings"
	"testing"

	"github.com/spark-apprentice/apprentice/eventlog"
)

const (
	logStart = `{"Event":"SparkListenerLogStart","Spark Version":"3.5.7"}`
	appStart = `{"Event":"SparkListenerApplicationStart","App Name":"a","App ID":"app-1","Timestamp":5,"User":"u"}`
	appEnd   = `{"Event":"SparkListenerApplicationEnd","Timestamp":9}`
)

// show renders what a Reader gives as one line per record.
func show(log eventlog.Log, opt eventlog.Options) (lines []string, r *eventlog.Reader) {
	r = eventlog.Open(log, opt)
	defer r.Close()
	for r.Scan() {
		switch e := r.Record().(type) {
		case *eventlog.SyntaxError:
			lines = append(lines, e.Error())
		case *eventlog.Unknown:
			lines = append(lines, fmt.Sprintf("%s:%d: ? %s", e.Part, e.Line, e.Name))
		default:
			p := e.Where()
			lines = append(lines, fmt.Sprintf("%s:%d: %s", p.Part, p.Line, strings.TrimPrefix(fmt.Sprintf("%T", e), "*eventlog.")))
		}
	}
	return lines, r
}

func TestLines(t *testing.T) {
	const n = "\n"
	for _, c := range []struct {
		name, text string
		opt        eventlog.Options
		want       string // records, joined by |
		err        string // part of the error's text
		is         error
	}{
		{name: "plain", text: logStart + n + appEnd + n, want: "l:1: LogStart|l:2: ApplicationEnd"},
		{name: "no newline at the end", text: logStart + n + appEnd, want: "l:1: LogStart|l:2: ApplicationEnd"},
		{name: "half a line at the end", text: logStart + n + appEnd[:20], want: "l:1: LogStart",
			err: "l:2 (byte 78): log is truncated: the last line has no end", is: eventlog.ErrTruncated},
		{name: "wrong last line without newline", text: logStart + n + `{"Event":1}`,
			want: `l:1: LogStart|l:2: column 10, "Event": '1' where a string should be`},
		{name: "bad first line", text: "oops" + n + logStart + n,
			want: `l:1: column 1: 'o' where an object should be|l:2: LogStart`},
		{name: "bad line in the middle", text: logStart + n + appStart[:30] + n + appEnd + n,
			want: `l:1: LogStart|l:2: column 31, "Event": text ends where the end of a string should be|l:3: ApplicationEnd`},
		{name: "two events on a line", text: logStart + appEnd + n, want: "l:1: column 58: '{' where the end of the line should be",
			err: "none of its 1 lines is a Spark event", is: eventlog.ErrNotEventLog},
		{name: "carriage returns, byte order mark, blank lines", text: "\xef\xbb\xbf" + logStart + "\r\n\r\n \n" + appEnd + "\r\n",
			want: "l:1: LogStart|l:4: ApplicationEnd"},
		{name: "NUL bytes of a crashed file system", text: logStart + n + "\x00\x00\x00" + appEnd + n + "\x00\x00\x00\x00",
			want: "l:1: LogStart|l:2: ApplicationEnd"},
		{name: "NUL bytes within", text: logStart + n + "{\"Event\":\"Spark\x00Listener\"}" + n + appEnd + n,
			want: `l:1: LogStart|l:2: column 16, "Event": control character 0x00 in a string|l:3: ApplicationEnd`},
		{name: "Event is not first", text: `{"Timestamp":3,"x":{"Event":"y"},"Event":"SparkListenerApplicationEnd"}` + n, want: "l:1: ApplicationEnd"},
		{name: "escapes in keys and names", text: `{"\u0045vent":"SparkListener\u0041pplicationEnd"}` + n, want: "l:1: ApplicationEnd"},
		{name: "two Event fields", text: `{"Event":"SparkListenerApplicationEnd","Event":"x"}` + n + logStart + n,
			want: `l:1: column 48, "Event": a second Event field|l:2: LogStart`},
		{name: "unknown events", text: logStart + n + `{"Event":"com.acme.SparkListenerFoo","a":[1]}` + n + `{"Event":"Bar"}` + n,
			want: "l:1: LogStart|l:2: ? SparkListenerFoo|l:3: ? Bar"},
		{name: "no identity", text: logStart + n + `{"Event":"SparkListenerTaskEnd","Stage ID":1}` + n + `{"Event":"SparkListenerJobEnd"}` + n,
			want: `l:1: LogStart|l:2: column 46, "Stage ID": no Task Info|l:3: column 32, "Event": no Job ID`},
		{name: "long line", text: logStart + n + `{"Event":"SparkListenerX","x":"` + strings.Repeat("x", 2000) + `"}` + n + appEnd + n,
			opt:  eventlog.Options{MaxLine: 1000},
			want: "l:1: LogStart|l:2: line of 2033 bytes is longer than the limit of 1000|l:3: ApplicationEnd"},
		{name: "endless line", text: logStart + n + strings.Repeat("x", 3<<20), opt: eventlog.Options{MaxLine: 1000},
			want: "l:1: LogStart|l:2: line of 3145728 bytes is longer than the limit of 1000"},
		{name: "nesting bomb", text: logStart + n + `{"Event":"SparkListenerX","x":` + strings.Repeat("[", 100_000) + n + appEnd + n,
			want: `l:1: LogStart|l:2: column 1030, "x": nested deeper than 1000|l:3: ApplicationEnd`},
		{name: "plan bomb", text: logStart + n + `{"Event":"SparkListenerSQLExecutionStart","executionId":1,"sparkPlanInfo":` + strings.Repeat(`{"children":[`, 100_000) + n,
			opt: eventlog.Options{MaxDepth: 20}, want: `l:1: LogStart|l:2: column 204, "children": nested deeper than 20`},
		{name: "item bomb", text: logStart + n + `{"Event":"SparkListenerJobStart","Job ID":1,"Stage Infos":[` + strings.Repeat(`{"Stage ID":1},`, 100_000) + `{}]}` + n,
			want: `l:1: LogStart|l:2: column 629429, "Stage ID": more items than a line of this length can hold`},
		{name: "too much text", text: logStart + n + appStart + n + appEnd + n, opt: eventlog.Options{MaxDecoded: 100},
			want: "l:1: LogStart|l:2: ApplicationStart|l:3: ApplicationEnd", err: "log exceeds a limit: more than 100 bytes decoded", is: eventlog.ErrTooLarge},
		{name: "empty", text: "", err: "l:0 (byte 0): log is empty", is: eventlog.ErrEmpty},
		{name: "blank", text: "\n \n\r\n", err: "log is empty", is: eventlog.ErrEmpty},
		{name: "JSON of something else", text: "{\n \"app\": {\n  \"name\": \"x\"\n }\n}\n", err: "none of its 5 lines is a Spark event", is: eventlog.ErrNotEventLog,
			want: "l:1: column 2: text ends where a key should be|l:2: column 1: '\"' where an object should be|l:3: column 1: '\"' where an object should be|l:4: column 1: '}' where an object should be|l:5: column 1: '}' where an object should be"},
		{name: "events of another program", text: `{"Event":"login"}` + n + `{"Event":"logout"}` + n, want: "l:1: ? login|l:2: ? logout",
			err: "none of its 2 lines is a Spark event", is: eventlog.ErrNotEventLog},
		{name: "HTML", text: "<!DOCTYPE html>\n<html>", err: "not a Spark event log: it looks like HTML", is: eventlog.ErrNotEventLog,
			want: "l:1: column 1: '<' where an object should be"},
		{name: "first line of another kind", text: "[x]\n<x>\n" + logStart + n, want: "l:1: column 1: '[' where an object should be|l:2: column 1: '<' where an object should be|l:3: LogStart"},
		{name: "gzip of zstd", text: gzipped("\x28\xb5\x2f\xfd\x04\x00\n"), err: "not a Spark event log: it looks like compressed data within another compression; decompress the file once, with gunzip", is: eventlog.ErrNotEventLog,
			want: "l:1: column 1: '(' where an object should be"},
		{name: "zip", text: "PK\x03\x04xxxx\n\n", err: "not a Spark event log: it looks like a zip archive", is: eventlog.ErrNotEventLog,
			want: "l:1: column 1: 'P' where an object should be"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, r := show(inMemory("l", []byte(c.text)), c.opt)
			if joined := strings.Join(got, "|"); joined != c.want {
				t.Errorf("records\n got %s\nwant %s", joined, c.want)
			}
			if err := r.Err(); (err == nil) != (c.err == "") || err != nil && (!strings.Contains(err.Error(), c.err) || !errors.Is(err, c.is)) {
				t.Errorf("error %v, want %s", err, c.err)
			}
			if r.Scan() || r.Record() != nil {
				t.Error("Scan goes on after the end")
			}
		})
	}
}

func TestManyBadLinesAreNoLog(t *testing.T) {
	got, r := show(inMemory("l", []byte(strings.Repeat("nonsense\n", 1000))), eventlog.Options{})
	if len(got) != 20 || !errors.Is(r.Err(), eventlog.ErrNotEventLog) {
		t.Errorf("%d records, %v", len(got), r.Err())
	}
	got, r = show(inMemory("l", []byte(strings.Repeat("nonsense\n", 19)+logStart+"\n"+strings.Repeat("nonsense\n", 50))), eventlog.Options{})
	if s := r.Stats(); len(got) != 70 || r.Err() != nil || s.Malformed != 69 || s.Events != 1 || s.Lines != 70 {
		t.Errorf("%d records, %v, %+v", len(got), r.Err(), s)
	}
}

// parts makes a log of texts; one that is an error fails to open.
func parts(texts ...any) eventlog.Log {
	log := eventlog.Log{Name: "dir", Layout: eventlog.Rolling}
	for i, text := range texts {
		log.Parts = append(log.Parts, eventlog.Part{Name: fmt.Sprintf("p%d", i+1), Open: func() (io.ReadCloser, error) {
			if err, ok := text.(error); ok {
				return nil, err
			}
			return io.NopCloser(strings.NewReader(text.(string))), nil
		}})
	}
	return log
}

func TestParts(t *testing.T) {
	got, r := show(parts(logStart+"\n"+appStart[:50], appStart+"\n", appEnd[:9]), eventlog.Options{})
	if want := []string{"p1:1: LogStart", "p2:1: ApplicationStart"}; !reflect.DeepEqual(got, want) {
		t.Errorf("%q", got)
	}
	var e *eventlog.LogError
	if !errors.As(r.Err(), &e) || e.Pos != (eventlog.Pos{Part: "p1", Line: 2}) || !errors.Is(e, eventlog.ErrTruncated) {
		t.Errorf("the first damage should be reported, got %v", r.Err())
	}
	got, r = show(parts(logStart+"\n", fs.ErrPermission, appEnd+"\n"), eventlog.Options{})
	if len(got) != 1 || !errors.Is(r.Err(), fs.ErrPermission) || !strings.HasPrefix(r.Err().Error(), "p2:") {
		t.Errorf("%q, %v", got, r.Err())
	}
	if _, r = show(parts(logStart+"\n{", fs.ErrPermission), eventlog.Options{}); !errors.Is(r.Err(), fs.ErrPermission) {
		t.Errorf("what ended the reading should be reported, got %v", r.Err())
	}
	if got, r = show(parts("", logStart+"\n", ""), eventlog.Options{}); len(got) != 1 || r.Err() != nil {
		t.Errorf("%q, %v", got, r.Err())
	}
	if _, r = show(parts(), eventlog.Options{}); !errors.Is(r.Err(), eventlog.ErrEmpty) {
		t.Error(r.Err())
	}
}

func TestFingerprint(t *testing.T) {
	log := find(t, "../fixtures/logs/b_rolling_zstd")[0]
	want := log.Fingerprint()
	moved := log
	moved.Name = "elsewhere"
	moved.Parts = append([]eventlog.Part(nil), log.Parts...)
	for i := range moved.Parts {
		moved.Parts[i].Name = "/other/" + moved.Parts[i].Name
	}
	if moved.Fingerprint() != want {
		t.Error("a moved log is the same log")
	}
	for name, change := range map[string]func(*eventlog.Log){
		"size":   func(l *eventlog.Log) { l.Parts[1].Size++ },
		"time":   func(l *eventlog.Log) { l.Parts[1].Modified = l.Parts[1].Modified.Add(1e6) },
		"name":   func(l *eventlog.Log) { l.Parts[1].Name += ".compact" },
		"parts":  func(l *eventlog.Log) { l.Parts = l.Parts[1:] },
		"layout": func(l *eventlog.Log) { l.Layout = eventlog.Databricks },
	} {
		other := log
		other.Parts = append([]eventlog.Part(nil), log.Parts...)
		if change(&other); other.Fingerprint() == want {
			t.Errorf("another %s goes unnoticed", name)
		}
	}
}

// gzipped is text as the gzip tool stores it.
func gzipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(text))
	w.Close()
	return b.String()
}
