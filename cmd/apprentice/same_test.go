package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spark-apprentice/apprentice/features/dataset"
)

// content is every row of the dataset, sorted, and every output file.
func content(t *testing.T, state, output string) string {
	t.Helper()
	store, err := dataset.Open(state)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, tab := range tables() {
		if tab.Name == tableNights {
			continue // an interrupted night counts its logs apart
		}
		rows, err := store.Head(t.Context(), tab.Name, math.MaxInt)
		if err != nil && !errors.Is(err, dataset.ErrNoTable) {
			t.Fatal(err)
		}
		var lines []string
		for _, row := range rows {
			line, err := json.Marshal(row)
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, fmt.Sprintf("%s %s\n", tab.Name, line))
		}
		slices.Sort(lines)
		b.WriteString(strings.Join(lines, ""))
	}
	err = filepath.WalkDir(output, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == summaryFile {
			return err
		}
		data, err := os.ReadFile(path)
		fmt.Fprintf(&b, "%s\n%s\n", strings.TrimPrefix(path, output), data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A fuse is a context that ends when it has been asked so often: a
// cancellation at a chosen place instead of a chosen time.
type fuse struct {
	context.Context
	cancel context.CancelFunc
	left   *atomic.Int64
}

func (f fuse) Err() error {
	if f.left.Add(-1) <= 0 {
		f.cancel()
	}
	return f.Context.Err()
}

// TestCancelledNightContinues cancels a night at many places; the next one must
// end with what an undisturbed night ends with.
func TestCancelledNightContinues(t *testing.T) {
	logs := t.TempDir()
	history(t, logs, 24)
	night := func(ctx context.Context, dir string) (int, string) {
		code, _, stderr := apprentice(ctx, "nightly", "--logs", logs, "--now", "2026-12-01T06:00:00Z",
			"--state", filepath.Join(dir, "state"), "--output", filepath.Join(dir, "out"))
		return code, stderr
	}
	whole := t.TempDir()
	if code, stderr := night(t.Context(), whole); code != exitGood {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	want := content(t, filepath.Join(whole, "state"), filepath.Join(whole, "out"))
	cancelled, kept := 0, 0
	for _, left := range []int64{1, 2, 5, 10, 20, 40, 80, 160, 320} {
		dir := t.TempDir()
		ctx, cancel := context.WithCancel(t.Context())
		f := fuse{ctx, cancel, &atomic.Int64{}}
		f.left.Store(left)
		code, stderr := night(f, dir)
		cancel()
		switch {
		case code == exitCancelled:
			cancelled++
			if n := runCount(t, filepath.Join(dir, "state")); 0 < n && n < 24 {
				kept++
			}
		case code != exitGood:
			t.Fatalf("cancelled after %d: exit code %d: %s", left, code, stderr)
		}
		if code, stderr := night(t.Context(), dir); code != exitGood {
			t.Fatalf("after a cancellation at %d: exit code %d: %s", left, code, stderr)
		}
		if got := content(t, filepath.Join(dir, "state"), filepath.Join(dir, "out")); got != want {
			t.Errorf("cancelled after %d: the dataset or the outputs differ from an undisturbed night's", left)
		}
	}
	if cancelled < 3 || kept == 0 {
		t.Errorf("%d nights were cancelled, %d of them among the logs; want some", cancelled, kept)
	}
}

// TestJobsDoNotMatter: however many logs are read at once, the rows and their
// order are the same.
func TestJobsDoNotMatter(t *testing.T) {
	logs := t.TempDir()
	history(t, logs, 16)
	var want []byte
	for _, jobs := range []string{"1", "2", "7"} {
		state := filepath.Join(t.TempDir(), "state")
		if code, _, stderr := apprentice(t.Context(), "extract", logs, "--jobs", jobs, "--state", state); code != exitGood {
			t.Fatalf("exit code %d: %s", code, stderr)
		}
		_, got, _ := apprentice(t.Context(), "dataset", "head", "stages", "-n", "100000", "--state", state)
		if want == nil {
			want = []byte(got)
		}
		if got != string(want) {
			t.Errorf("--jobs %s gives other rows than --jobs 1", jobs)
		}
	}
}

// TestOrderOfLogsDoesNotMatter: file times decide what is read first and
// nothing else.
func TestOrderOfLogsDoesNotMatter(t *testing.T) {
	var want string
	for _, step := range []time.Duration{time.Hour, -time.Hour} {
		logs, dir := t.TempDir(), t.TempDir()
		history(t, logs, 24)
		entries, err := os.ReadDir(logs)
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range entries {
			at := time.Unix(1_800_000_000, 0).Add(time.Duration(i) * step)
			if err := os.Chtimes(filepath.Join(logs, e.Name()), at, at); err != nil {
				t.Fatal(err)
			}
		}
		out := filepath.Join(dir, "out")
		if code, _, stderr := apprentice(t.Context(), "nightly", "--logs", logs, "--now", "2026-12-01T06:00:00Z",
			"--state", filepath.Join(dir, "state"), "--output", out); code != exitGood {
			t.Fatalf("exit code %d: %s", code, stderr)
		}
		data, err := os.ReadFile(filepath.Join(out, recommendationsFile))
		if err != nil {
			t.Fatal(err)
		}
		if want == "" {
			want = string(data)
		}
		if string(data) != want {
			t.Error("recommendations depend on the order in which logs were read")
		}
	}
}
