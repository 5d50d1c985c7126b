package eventlog_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/spark-apprentice/apprentice/eventlog"
	"github.com/spark-apprentice/apprentice/eventlog/source"
)

// counted is what an independent program counted in a fixture's log.
type counted struct {
	Events      int64            `json:"events"`
	TaskEnds    int              `json:"task_ends"`
	TaskStarts  int              `json:"task_starts"`
	PlainBytes  int64            `json:"plain_bytes"`
	BrokenLines int64            `json:"broken_lines"`
	EventCounts map[string]int64 `json:"event_counts"`
	Reasons     map[string]int   `json:"task_end_reasons"`
	MemSpilled  int64            `json:"memory_bytes_spilled"`
	DiskSpilled int64            `json:"disk_bytes_spilled"`
}

func find(t testing.TB, patterns ...string) []eventlog.Log {
	t.Helper()
	logs, problems, err := source.Find(context.Background(), patterns)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	return logs
}

// TestFixtures reads every fixture and compares with its independent count.
func TestFixtures(t *testing.T) {
	cases, err := filepath.Glob("../fixtures/logs/*/case.json")
	if err != nil || len(cases) < 60 {
		t.Fatal(len(cases), err)
	}
	for _, file := range cases {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var meta struct {
				Counted json.RawMessage
				Log     any
				Codec   string
				Layout  string
			}
			if err := json.Unmarshal(text, &meta); err != nil {
				t.Fatal(err)
			}
			want := make(map[string]counted) // by base name; one without name
			if _, several := meta.Log.([]any); several {
				err = json.Unmarshal(meta.Counted, &want)
			} else {
				var c counted
				err = json.Unmarshal(meta.Counted, &c)
				want[meta.Log.(string)] = c
			}
			if err != nil {
				t.Fatal(err)
			}
			logs := find(t, dir)
			if len(logs) != len(want) {
				t.Fatalf("%d logs, want %d", len(logs), len(want))
			}
			for _, log := range logs {
				w := want[filepath.Base(log.Name)]
				got, err := count(t, log)
				if w.BrokenLines > 0 || strings.HasPrefix(filepath.Base(dir), "f_cut") {
					if !errors.Is(err, eventlog.ErrTruncated) {
						t.Errorf("%s: error %v", log.Name, err)
					}
					w.BrokenLines = 0
				} else if err != nil && !log.InProgress {
					t.Errorf("%s: %v", log.Name, err)
				}
				if diff := cmp.Diff(w, got); diff != "" {
					t.Errorf("%s:\n%s", log.Name, diff)
				}
			}
		})
	}
}

// TestHistory reads the nightly logs: all are whole.
func TestHistory(t *testing.T) {
	logs := find(t, "../fixtures/history")
	if len(logs) < 100 {
		t.Fatal(len(logs))
	}
	for _, log := range logs {
		c, err := count(t, log)
		if err != nil || c.BrokenLines > 0 || c.EventCounts["SparkListenerApplicationEnd"] != 1 || c.TaskStarts != c.TaskEnds {
			t.Errorf("%s: %v %+v", log.Name, err, c)
		}
	}
}

// count reads a log and counts as the fixtures' own counter did.
func count(t *testing.T, log eventlog.Log) (counted, error) {
	t.Helper()
	r := eventlog.Open(log, eventlog.Options{})
	defer r.Close()
	c := counted{EventCounts: make(map[string]int64), Reasons: make(map[string]int)}
	for r.Scan() {
		switch e := r.Record().(type) {
		case *eventlog.SyntaxError:
			t.Error(e)
		case *eventlog.TaskStart:
			c.TaskStarts++
		case *eventlog.TaskEnd:
			c.TaskEnds++
			c.Reasons[e.Reason.Kind]++
			c.MemSpilled += e.Metrics.MemoryBytesSpilled
			c.DiskSpilled += e.Metrics.DiskBytesSpilled
		}
		c.EventCounts[eventName(r.Record())]++
	}
	s := r.Stats()
	c.Events, c.PlainBytes, c.BrokenLines = s.Events, s.DecodedBytes, s.Malformed
	return c, r.Err()
}

func eventName(rec eventlog.Record) string {
	switch e := rec.(type) {
	case *eventlog.Unknown:
		return e.Name
	case *eventlog.Unread:
		return e.Name
	default:
		name := strings.TrimPrefix(strings.TrimPrefix(fmt.Sprintf("%T", rec), "*eventlog."), "SQL")
		switch name {
		case "ExecutionStart", "ExecutionEnd", "AdaptiveExecutionUpdate":
			name = "SQL" + name
		}
		return "SparkListener" + name
	}
}
