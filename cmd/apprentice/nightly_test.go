package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spark-apprentice/apprentice/features/dataset"
)

// TestLockedState: the second of two nights fails at once and says who holds
// the state.
func TestLockedState(t *testing.T) {
	logs, dir := t.TempDir(), t.TempDir()
	history(t, logs, 1)
	state := filepath.Join(dir, "state")
	night := func() (int, string) {
		code, _, stderr := apprentice(t.Context(), "nightly", "--logs", logs, "--state", state, "--output", filepath.Join(dir, "out"))
		return code, stderr
	}
	if code, stderr := night(); code != exitGood {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	store, err := dataset.Open(state)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := store.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	code, stderr := night()
	if want := fmt.Sprintf("locked by process %d on %s since ", os.Getpid(), host); code != exitFailed || !strings.Contains(stderr, want) {
		t.Errorf("exit code %d: %s; want %s", code, stderr, want)
	}
	// Reading needs no lock.
	if code, _, stderr := apprentice(t.Context(), "dataset", "stats", "--state", state); code != exitGood {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if err := tx.Close(); err != nil {
		t.Fatal(err)
	}
	if code, stderr := night(); code != exitGood {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

func TestFindHint(t *testing.T) {
	for _, tc := range []struct {
		err  error
		want string
	}{
		{&fs.PathError{Op: "open", Path: "/logs", Err: fs.ErrPermission}, " read it, or run as a user who may."},
		{&fs.PathError{Op: "stat", Path: "/logs", Err: fs.ErrNotExist}, "Check the path: --logs."},
	} {
		var h *hintError
		err := findHint(fmt.Errorf("event logs: %w", tc.err), "--logs")
		if !errors.As(err, &h) || !strings.Contains(h.hint, tc.want) || !errors.Is(err, tc.err) {
			t.Errorf("%v: got %v, want a hint with %q", tc.err, err, tc.want)
		}
	}
}

// TestSecondNightOpensNoLog: with nothing new, no log is opened and nothing is
// decided, however the logs lie.
func TestSecondNightOpensNoLog(t *testing.T) {
	logs, dir := t.TempDir(), t.TempDir()
	history(t, logs, 4)
	night := func() (int, string, string) {
		return apprentice(t.Context(), "nightly", "--logs", logs, "--state", filepath.Join(dir, "state"), "--output", filepath.Join(dir, "out"))
	}
	if code, _, stderr := night(); code != exitGood {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	// The same names, sizes and times, and content that would be unreadable.
	entries, err := os.ReadDir(logs)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		writeLog(t, filepath.Join(logs, e.Name()), make([]byte, info.Size()), info.ModTime())
	}
	if code, stdout, stderr := night(); code != exitGood || !strings.HasPrefix(stdout, "Nothing new: 4 runs known.") || stderr != "" {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
}

// TestKilledRunIsDecidedAgain: a log that stands still for a day belongs to a
// run that was killed, and that is news without any new log.
func TestKilledRunIsDecidedAgain(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "fixtures", "logs", "f_cut_zstd", "local-1795452591064.zstd.inprogress"))
	if err != nil {
		t.Fatal(err)
	}
	logs, dir := t.TempDir(), t.TempDir()
	end := time.Date(2026, 11, 23, 16, 50, 0, 0, time.UTC)
	writeLog(t, filepath.Join(logs, "local-1795452591064.zstd.inprogress"), data, end)
	for _, tc := range []struct {
		after time.Duration
		want  string
	}{
		{time.Hour, "read 1 new log, 1 still running"},
		{2 * time.Hour, "Nothing new: 1 run known."},
		{48 * time.Hour, "read 0 new logs"},
		{49 * time.Hour, "Nothing new: 1 run known."},
		{time.Hour, "Nothing new: 1 run known."}, // a clock set back revives nobody
	} {
		code, stdout, stderr := apprentice(t.Context(), "nightly", "--logs", logs, "--now", end.Add(tc.after).Format(time.RFC3339),
			"--state", filepath.Join(dir, "state"), "--output", filepath.Join(dir, "out"))
		if first, _, _ := strings.Cut(stdout, "\n"); code != exitGood || !strings.HasPrefix(first, tc.want) ||
			strings.Contains(first, "still running") != strings.Contains(tc.want, "still running") {
			t.Errorf("after %v: exit code %d: %s%s; want %s", tc.after, code, first, stderr, tc.want)
		}
	}
}
