package dataset

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func points(xs ...int64) []point {
	var list []point
	for _, x := range xs {
		list = append(list, point{X: x})
	}
	return list
}

func begin(t *testing.T, s *Store) *Tx {
	t.Helper()
	tx, err := s.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tx.Close(); err != nil {
			t.Error(err)
		}
	})
	return tx
}

func commit(t *testing.T, tx *Tx, want bool) {
	t.Helper()
	if changed, err := tx.Commit(); err != nil || changed != want {
		t.Fatalf("Commit: %v, %v, want %v", changed, err, want)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func dataFiles(t *testing.T, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(filepath.Join(dir, dataDir))
	check(t, err)
	var names []string
	for _, f := range list {
		names = append(names, f.Name())
	}
	return names
}

func TestEmptyStore(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "there")
	s := open(t, dir)
	if rows := read[point](t, s, "a"); rows != nil {
		t.Errorf("got %v", rows)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Open made the directory: %v", err)
	}
}

// A change is seen after its commit only, by this Store and by others.
func TestCommitIsTheMoment(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	tx := begin(t, s)
	check(t, Append(tx, "a", points(1, 2)))
	if rows := read[point](t, s, "a"); len(rows) != 0 {
		t.Errorf("seen before the commit: %v", rows)
	}
	commit(t, tx, true)
	same(t, "a", read[point](t, s, "a"), points(1, 2))
	same(t, "a elsewhere", read[point](t, open(t, dir), "a"), points(1, 2))

	check(t, Append(tx, "a", points(3))) // the same Tx goes on
	check(t, Append(tx, "a", points(4)))
	commit(t, tx, true)
	commit(t, tx, false)
	same(t, "a", read[point](t, s, "a"), points(1, 2, 3, 4))

	check(t, Append(tx, "a", points(5)))
	check(t, tx.Rollback())
	commit(t, tx, false)
	check(t, Append(tx, "a", points(6)))
	check(t, tx.Close())
	same(t, "a", read[point](t, open(t, dir), "a"), points(1, 2, 3, 4))
	if n := len(dataFiles(t, dir)); n != 3 {
		t.Errorf("%d data files, want those of the 3 appends", n)
	}
	if err := Append(tx, "a", points(7)); err == nil {
		t.Error("Append after Close")
	}
	if _, err := tx.Commit(); err == nil {
		t.Error("Commit after Close")
	}

	tx = begin(t, s)
	check(t, Replace(tx, "a", points(8)))
	commit(t, tx, true)
	if files := dataFiles(t, dir); len(files) != 1 {
		t.Errorf("after the commit there is %v", files)
	}
}

// A second Store sees what the first one committed, even when the files that
// it knew are swept.
func TestReaderOfOldManifest(t *testing.T) {
	dir := t.TempDir()
	writer := open(t, dir)
	change(t, writer, func(tx *Tx) error { return Append(tx, "a", points(1)) })
	reader := open(t, dir)
	change(t, writer, func(tx *Tx) error { return Replace(tx, "a", points(2)) })
	same(t, "a", read[point](t, reader, "a"), points(2))

	change(t, reader, func(tx *Tx) error { return Append(tx, "a", points(3)) })
	change(t, writer, func(tx *Tx) error { return Append(tx, "a", points(4)) })
	same(t, "a", read[point](t, writer, "a"), points(2, 3, 4))
}

func TestReplace(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	rows := everyValue()
	replace := func(tx *Tx) error { return Replace(tx, "all", rows) }
	if !change(t, s, replace) {
		t.Error("the first Replace changed nothing")
	}
	before := content(t, dir)
	info, err := os.Stat(filepath.Join(dir, dataDir, dataFiles(t, dir)[0]))
	check(t, err)
	if change(t, s, replace) {
		t.Error("equal content is a change")
	}
	if content(t, dir) != before {
		t.Error("equal content changed a file")
	}
	again, err := os.Stat(filepath.Join(dir, dataDir, dataFiles(t, dir)[0]))
	check(t, err)
	if !os.SameFile(info, again) {
		t.Error("equal content was written again")
	}
	if !change(t, s, func(tx *Tx) error { return Replace(tx, "all", rows[1:]) }) {
		t.Error("other content is no change")
	}
	same(t, "rows", read[everything](t, s, "all"), rows[1:])
	change(t, s, func(tx *Tx) error { return Replace[everything](tx, "all", nil) })
	if got := read[everything](t, s, "all"); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

func TestReviseAndDelete(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	change(t, s, func(tx *Tx) error {
		return errors.Join(Append(tx, "a", points(1, 2)), Append(tx, "a", points(3, 4)), Append(tx, "a", points(5)))
	})
	files := slices.Clone(s.manifest().Tables["a"])

	never := func(p *point) bool { return false }
	if change(t, s, func(tx *Tx) error {
		return errors.Join(Revise(tx, "a", never), Delete(tx, "a", never), Revise(tx, "none", never))
	}) {
		t.Error("no changed row is a change")
	}
	change(t, s, func(tx *Tx) error {
		return Revise(tx, "a", func(p *point) bool {
			if p.X == 3 || p.X == 4 {
				p.Tags = []string{"revised"}
			}
			return p.Tags != nil
		})
	})
	same(t, "a", read[point](t, s, "a"), []point{{X: 1}, {X: 2}, {X: 3, Tags: []string{"revised"}}, {X: 4, Tags: []string{"revised"}}, {X: 5}})
	now := s.manifest().Tables["a"]
	if now[0] != files[0] || now[1] == files[1] || now[2] != files[2] {
		t.Errorf("Revise touched other files:\n%v\n%v", files, now)
	}
	change(t, s, func(tx *Tx) error { return Delete(tx, "a", func(p *point) bool { return p.X == 5 || p.X == 1 }) })
	same(t, "a", read[point](t, s, "a"), []point{{X: 2}, {X: 3, Tags: []string{"revised"}}, {X: 4, Tags: []string{"revised"}}})
	if now := s.manifest().Tables["a"]; len(now) != 2 || len(dataFiles(t, dir)) != 2 {
		t.Errorf("a file without rows stayed: %v", now)
	}
	change(t, s, func(tx *Tx) error { return Delete(tx, "a", func(*point) bool { return true }) })
	if got := read[point](t, s, "a"); len(got) != 0 {
		t.Errorf("got %v", got)
	}
	change(t, s, func(tx *Tx) error { return Append(tx, "a", points(9)) })
	same(t, "a", read[point](t, s, "a"), points(9))
	if now := s.manifest().Tables["a"]; len(now) != 1 {
		t.Errorf("the empty file stayed: %v", now)
	}
}

// The same rows appended twice are there twice, in one file.
func TestEqualFiles(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	change(t, s, func(tx *Tx) error { return errors.Join(Append(tx, "a", points(1)), Append(tx, "a", points(1))) })
	same(t, "a", read[point](t, s, "a"), points(1, 1))
	first := true
	change(t, s, func(tx *Tx) error {
		return Delete(tx, "a", func(*point) bool { defer func() { first = false }(); return first })
	})
	same(t, "a", read[point](t, s, "a"), points(1))
}

// A year of nights: few files, rows in the order of appending, and no row
// rewritten more than a few times.
func TestYearOfNights(t *testing.T) {
	s := openQuick(t, t.TempDir())
	tx := begin(t, s)
	rng := rand.New(rand.NewPCG(3, 4))
	var want []point
	var written int64
	for range 365 {
		var rows []point
		for range 1 + rng.IntN(40) {
			rows = append(rows, point{X: int64(len(want) + len(rows)), Tags: []string{fmt.Sprint(rng.Uint64())}})
		}
		had := s.manifest().names()
		check(t, Append(tx, "a", rows))
		commit(t, tx, true)
		files := s.manifest().Tables["a"]
		if len(files) > maxFiles {
			t.Fatalf("%d files", len(files))
		}
		for _, e := range files {
			if !had[e.File] {
				written += e.Rows
			}
		}
		want = append(want, rows...)
	}
	if diff := cmp.Diff(want, read[point](t, s, "a")); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	ratio := float64(written) / float64(len(want))
	t.Log(ratio)
	if ratio > 3.5 {
		t.Errorf("every row was written %.1f times", ratio)
	}
}

// What is not ours is not swept.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	change(t, s, func(tx *Tx) error { return Append(tx, "a", points(1)) })
	kept := []string{"notes.txt", "data/notes.arrow", "data/runs-0123.arrow", "data/.hidden", ".CURRENT", "CURRENT.bak", "runs-0123456789abcdef.arrow"}
	swept := []string{"data/runs-0123456789abcdef.arrow", "data/.runs-0123456789abcdef.arrow42", ".CURRENT123"}
	for _, name := range append(slices.Clone(kept), swept...) {
		check(t, os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o666))
	}
	begin(t, s)
	for _, name := range kept {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Errorf("swept what is not ours: %v", err)
		}
	}
	for _, name := range swept {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s stayed", name)
		}
	}
	same(t, "a", read[point](t, s, "a"), points(1))
}

func TestCancelled(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	change(t, s, func(tx *Tx) error { return Append(tx, "a", points(1)) })
	ctx, cancel := context.WithCancel(t.Context())
	tx, err := s.Begin(ctx)
	check(t, err)
	defer tx.Close()
	check(t, Append(tx, "a", points(2)))
	cancel()
	if _, err := tx.Commit(); !errors.Is(err, context.Canceled) {
		t.Errorf("Commit: %v", err)
	}
	if err := Append(tx, "a", points(3)); !errors.Is(err, context.Canceled) {
		t.Errorf("Append: %v", err)
	}
	if _, err := Read[point](ctx, s, "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("Read: %v", err)
	}
	check(t, tx.Close())
	same(t, "a", read[point](t, s, "a"), points(1))
}

func TestBadTables(t *testing.T) {
	tx := begin(t, open(t, t.TempDir()))
	for _, name := range []string{"", "A", "../a", "a-b", "1"} {
		if err := Append(tx, name, points(1)); err == nil || !strings.Contains(err.Error(), "is no name of a table") {
			t.Errorf("%q: %v", name, err)
		}
	}
}
