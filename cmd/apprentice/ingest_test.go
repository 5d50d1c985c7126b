package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spark-apprentice/apprentice/eventlog"
	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/features/dataset"
)

// apprentice runs the program in dir and gives exit code and what it wrote.
func apprentice(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = run(ctx, args, &out, &err)
	return code, out.String(), err.String()
}

// history links n of the nightly logs into dir, with the same times in every
// test.
func history(t *testing.T, dir string, n int) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "fixtures", "history", "*.zstd"))
	if err != nil || len(files) < n {
		t.Fatalf("%d history logs, %v", len(files), err)
	}
	for i, file := range files[:n] {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		writeLog(t, filepath.Join(dir, filepath.Base(file)), data, time.Unix(1_800_000_000+int64(i), 0))
	}
}

func writeLog(t *testing.T, path string, data []byte, at time.Time) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, data, 0o600), os.Chtimes(path, at, at)); err != nil {
		t.Fatal(err)
	}
}

// runCount is the number of runs in a dataset.
func runCount(t *testing.T, state string) int {
	t.Helper()
	store, err := dataset.Open(state)
	if err != nil {
		t.Fatal(err)
	}
	runs, err := dataset.Read[knownRun](t.Context(), store, tableRuns)
	if err != nil {
		t.Fatal(err)
	}
	return len(runs)
}

// TestMendedLogIsNoLongerUnreadable: the table names what cannot be read now.
func TestMendedLogIsNoLongerUnreadable(t *testing.T) {
	dir := t.TempDir()
	logs, state := filepath.Join(dir, "logs"), filepath.Join(dir, "state")
	log := filepath.Join(logs, "app-1")
	data, err := os.ReadFile(filepath.Join("..", "..", "fixtures", "logs", "j_no_jobs", "local-1795453570270"))
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		data             []byte
		code             int
		runs, unreadable int
	}{
		{[]byte("notes\n"), exitUnreadable, 0, 1},
		{[]byte("other notes\n"), exitUnreadable, 0, 1},
		{data, exitGood, 1, 0},
	} {
		writeLog(t, log, step.data, time.Unix(1_800_000_000, 0))
		code, _, stderr := apprentice(t.Context(), "extract", logs, "--state", state)
		if code != step.code {
			t.Fatalf("exit code %d, want %d: %s", code, step.code, stderr)
		}
		store, err := dataset.Open(state)
		if err != nil {
			t.Fatal(err)
		}
		unreadable, err := dataset.Read[features.Unreadable](t.Context(), store, tableUnreadable)
		if runs := runCount(t, state); err != nil || runs != step.runs || len(unreadable) != step.unreadable {
			t.Errorf("%d runs and %d unreadable logs, %v; want %d and %d", runs, len(unreadable), err, step.runs, step.unreadable)
		}
	}
}

// TestInProgressIsReplaced: a growing log is one run, and Spark's renaming at
// its end makes no second one.
func TestInProgressIsReplaced(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "fixtures", "logs", "a_codec_none", "local-1795452567759"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	logs, state := filepath.Join(dir, "logs"), filepath.Join(dir, "state")
	growing, done := filepath.Join(logs, "app-1.inprogress"), filepath.Join(logs, "app-1")
	at := time.Date(2026, 11, 30, 2, 0, 0, 0, time.UTC)
	extract := func(args ...string) string {
		t.Helper()
		code, _, stderr := apprentice(t.Context(), append([]string{"extract", logs, "--state", state, "--now", "2026-11-30T02:10:00Z"}, args...)...)
		if code != exitGood {
			t.Fatalf("exit code %d: %s", code, stderr)
		}
		return stderr
	}
	writeLog(t, growing, nil, at)
	if got := extract(); !strings.Contains(got, "holds 0 runs") {
		t.Errorf("a log that has not begun: %s", got)
	}
	for i, size := range []int{len(data) / 4, len(data) / 2} {
		writeLog(t, growing, data[:size], at.Add(time.Duration(i)*time.Minute))
		if got := extract("--in-progress", "skip"); !strings.Contains(got, "read 0 new logs") {
			t.Errorf("told to wait for its end: %s", got)
		}
		if got := extract(); !strings.Contains(got, "read 1 new log; the dataset holds 1 run") {
			t.Errorf("%d bytes: %s", size, got)
		}
	}
	if err := os.Remove(growing); err != nil {
		t.Fatal(err)
	}
	writeLog(t, done, data, at.Add(time.Hour))
	if got := extract(); !strings.Contains(got, "read 1 new log; the dataset holds 1 run") {
		t.Errorf("at its end: %s", got)
	}
	store, err := dataset.Open(state)
	if err != nil {
		t.Fatal(err)
	}
	runs, err := dataset.Read[features.Run](t.Context(), store, tableRuns)
	if err != nil || len(runs) != 1 || !runs[0].Complete || runs[0].Log != done {
		t.Fatalf("runs %+v, %v; want the complete one", runs, err)
	}
	stages, err := dataset.Read[features.Stage](t.Context(), store, tableStages)
	if err != nil || int64(len(stages)) != runs[0].Stages {
		t.Errorf("%d stage rows, %v; the run has %d stages", len(stages), err, runs[0].Stages)
	}
}

// TestCopiesAreOneRun reads a log and its copy, and neither again.
func TestCopiesAreOneRun(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	logs := filepath.Join("..", "..", "fixtures", "logs", "l_same_log_twice")
	for _, want := range []string{"the dataset holds 1 run", "read 0 new logs; the dataset holds 1 run"} {
		code, _, stderr := apprentice(t.Context(), "extract", logs, "--state", state)
		if code != exitGood || !strings.Contains(stderr, want) {
			t.Errorf("exit code %d: %s; want %s", code, stderr, want)
		}
	}
}

// TestMaxDuration: no log is started after the time is up, and the next night
// reads the rest.
func TestMaxDuration(t *testing.T) {
	logs, dir := t.TempDir(), t.TempDir()
	history(t, logs, 8)
	night := func(limit string) string {
		t.Helper()
		code, stdout, stderr := apprentice(t.Context(), "nightly", "--logs", logs, "--now", "2026-12-01T06:00:00Z", "--max-duration", limit,
			"--state", filepath.Join(dir, "state"), "--output", filepath.Join(dir, "out"))
		if code != exitGood {
			t.Fatalf("exit code %d: %s", code, stderr)
		}
		return stdout
	}
	if got := night("1ns"); !strings.Contains(got, "read 0 new logs, 8 left for the next night") {
		t.Errorf("no time: %s", got)
	}
	if got := night("1h"); !strings.Contains(got, "read 8 new logs") || strings.Contains(got, "left") {
		t.Errorf("an hour: %s", got)
	}
}

func TestSinceLeavesOlderLogs(t *testing.T) {
	logs := t.TempDir()
	history(t, logs, 8) // at 1,800,000,000 s and one second apart
	since := time.Unix(1_800_000_000, 0).UTC()
	code, _, stderr := apprentice(t.Context(), "extract", logs, "--since", "3s",
		"--now", since.Add(7*time.Second).Format(time.RFC3339), "--state", filepath.Join(t.TempDir(), "state"))
	if code != exitGood || !strings.Contains(stderr, "read 4 new logs") {
		t.Errorf("exit code %d: %s; want the 4 logs of the last 3 s", code, stderr)
	}
}

// TestUnreadableToday: permissions and disks may be mended by tomorrow, the
// content of a file that is no log not.
func TestUnreadableToday(t *testing.T) {
	for _, tc := range []struct {
		name  string
		open  func() (io.ReadCloser, error)
		again bool
		want  string
	}{
		{"permission", func() (io.ReadCloser, error) {
			return nil, &fs.PathError{Op: "open", Path: "app-1", Err: fs.ErrPermission}
		}, true, "open app-1: permission denied"},
		{"disk", func() (io.ReadCloser, error) { return io.NopCloser(failingReader{}), nil }, true, "input/output error"},
		{"no log", func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("notes\n")), nil }, false, "not a Spark event log"},
		{"panic", func() (io.ReadCloser, error) { panic("boom") }, true, "internal error: boom"},
	} {
		log := eventlog.Log{Name: "app-1", Parts: []eventlog.Part{{Name: "app-1", Open: tc.open}}}
		r := extract(t.Context(), log, features.Options{})
		if r.err == nil || !strings.Contains(r.err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %s", tc.name, r.err, tc.want)
			continue
		}
		if got := transient(r.err); got != tc.again {
			t.Errorf("%s: read again tomorrow = %v, want %v", tc.name, got, tc.again)
		}
	}
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: "app-1", Err: errors.New("input/output error")}
}
