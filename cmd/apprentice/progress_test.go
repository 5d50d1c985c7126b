package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/spark-apprentice/apprentice/eventlog"
)

// TestLinesAreFew: cron's mail gets a line per ten seconds at most.
func TestLinesAreFew(t *testing.T) {
	var b bytes.Buffer
	now := time.Unix(0, 0)
	l := newLines(&b, 100<<20, 7, func() time.Time { return now })
	for range 50 {
		now = now.Add(time.Second)
		l.Add(1 << 20)
		if l.done == 30<<20 {
			l.Log()
		}
	}
	want := `read 0 of 7 logs, 10 of 100 MiB, 1.0 MiB/s, 1m30s left
read 0 of 7 logs, 20 of 100 MiB, 1.0 MiB/s, 1m20s left
read 0 of 7 logs, 30 of 100 MiB, 1.0 MiB/s, 1m10s left
read 1 of 7 logs, 40 of 100 MiB, 1.0 MiB/s, 1m0s left
read 1 of 7 logs, 50 of 100 MiB, 1.0 MiB/s, 50s left
`
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}

func TestProgressFitsWhereItGoes(t *testing.T) {
	var b bytes.Buffer
	if _, ok := newProgress(&b, nil).(silent); !ok {
		t.Error("nothing to read still shows progress")
	}
	if _, ok := newProgress(&b, make([]eventlog.Log, 1)).(*lines); !ok {
		t.Error("a buffer is no terminal and wants lines")
	}
}

func TestCountedReads(t *testing.T) {
	log := eventlog.Log{Parts: []eventlog.Part{
		{Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("12345")), nil }},
		{Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("678")), nil }},
	}}
	l := newLines(io.Discard, 8, 1, time.Now)
	for _, p := range counted(log, l).Parts {
		r, err := p.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	if l.done != 8 {
		t.Errorf("counted %d bytes, want 8", l.done)
	}
}
