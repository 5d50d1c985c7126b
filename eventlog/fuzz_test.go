package eventlog_test

import (
	"bytes"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/spark-apprentice/apprentice/eventlog"
	"github.com/spark-apprentice/apprentice/eventlog/codec"
)

// FuzzReader reads a file in whole and byte by byte: the same records must come
// out, every line of it once, and the same error.
func FuzzReader(f *testing.F) {
	taskEnd := firstLine(f, "a_codec_none", "SparkListenerTaskEnd")
	for _, text := range []string{
		logStart + "\n" + appEnd + "\n", logStart + "\r\n\n" + appEnd[:30], "oops\n" + logStart + "\n\x00\x00\n" + appEnd,
		taskEnd + taskEnd, taskEnd + taskEnd[:200], strings.Repeat("x\n", 25), "\x1f\x8b\x08", "ZV\x00\x00\x03{}\n", "",
		firstLine(f, "a_codec_none", "SparkListenerJobStart"), firstLine(f, "a_codec_none", "SparkListenerSQLAdaptiveExecutionUpdate"),
		firstLine(f, "a_codec_none", "SparkListenerEnvironmentUpdate")[:3000], firstLine(f, "j_streaming", "QueryProgressEvent"),
	} {
		f.Add([]byte(text), uint16(4000))
	}
	f.Fuzz(func(t *testing.T, file []byte, maxLine uint16) {
		opt := eventlog.Options{MaxLine: 1 + int(maxLine), MaxDecoded: 1 << 20}
		whole, r := show(inMemory("l", file), opt)
		if len(file) > 1<<16 {
			return
		}
		byByte, r2 := show(eventlog.Log{Name: "l", Parts: []eventlog.Part{{Name: "l", Open: func() (io.ReadCloser, error) {
			return io.NopCloser(iotest.OneByteReader(bytes.NewReader(file))), nil
		}}}}, opt)
		if !reflect.DeepEqual(whole, byByte) || fmt.Sprint(r.Err()) != fmt.Sprint(r2.Err()) {
			t.Fatalf("in whole:\n%s\n%v\nbyte by byte:\n%s\n%v", strings.Join(whole, "\n"), r.Err(), strings.Join(byByte, "\n"), r2.Err())
		}
		s := r.Stats()
		if int64(len(whole)) != s.Events+s.Malformed || s.Lines < s.Events+s.Malformed {
			t.Fatalf("%d records, %+v", len(whole), s)
		}
		text, err := io.ReadAll(io.LimitReader(codec.NewReader(bytes.NewReader(file)), 1<<20))
		if lines := int64(bytes.Count(text, []byte("\n"))); err == nil && r.Err() == nil && s.Lines != lines && s.Lines != lines+1 {
			t.Fatalf("%d lines of %d", s.Lines, lines)
		}
	})
}

// firstLine is the first line of a fixture with that event, with its newline.
func firstLine(t testing.TB, fixture, event string) string {
	t.Helper()
	for line := range bytes.Lines(decoded(t, find(t, "../fixtures/logs/"+fixture)[0])) {
		if bytes.Contains(line[:min(len(line), 120)], []byte(event)) {
			return string(line)
		}
	}
	t.Fatal("no such event in " + fixture)
	return ""
}
