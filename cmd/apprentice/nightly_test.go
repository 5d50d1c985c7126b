package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spark-apprentice/apprentice/features/dataset"
)

// TestLockedState: the second of two nights fails at once and says who holds
// the state.
func TestLockedState(t *testing.T) {
	logs, dir := t.TempDir(), t.TempDir()
	history(t, logs, 1)
	state := filepath.Join(dir, "state")
	store, err := dataset.Open(state)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := store.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	night := func() (int, string) {
		code, _, stderr := apprentice(t.Context(), "nightly", "--logs", logs, "--state", state, "--output", filepath.Join(dir, "out"))
		return code, stderr
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
		{&fs.PathError{Op: "open", Path: "/logs", Err: fs.ErrPermission}, "read it, or run as a user who may."},
		{&fs.PathError{Op: "stat", Path: "/logs", Err: fs.ErrNotExist}, "Check the path: --logs,"},
	} {
		var h *hintError
		err := findHint(fmt.Errorf("event logs: %w", tc.err))
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
