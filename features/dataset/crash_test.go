package dataset

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// A crash is what the file system keeps when the process ends at a step.
type crash struct {
	name string
	done bool                   // the step itself happened
	torn bool                   // a replaced file got half its bytes, under its temporary name
	lost func(path string) bool // renames and removals that were not synced and are undone
}

func nothing(string) bool   { return false }
func all(string) bool       { return true }
func data(path string) bool { return filepath.Base(filepath.Dir(path)) == dataDir }

var crashes = []crash{
	{"within the step", false, true, nothing},
	{"after the step", true, false, nothing},
	{"power cut, all of it lost", true, false, all},
	{"power cut, data lost", true, false, data},
}

var errDead = errors.New("the process has ended")

// quickDisk does without fsync: in a test no machine loses its power.
type quickDisk struct{ osDisk }

func (quickDisk) replace(path string, content []byte) error {
	return os.WriteFile(path, content, 0o666)
}
func (quickDisk) sync(string) error { return nil }

func openQuick(t *testing.T, dir string) *Store {
	s := open(t, dir)
	s.disk = quickDisk{}
	return s
}

// crashDisk ends the process at one step.
type crashDisk struct {
	quickDisk
	crash
	left     int // steps until then
	dead     bool
	unsynced map[string][]byte // content before the step; nil: none
}

func (d *crashDisk) step(path string, do func() error) error {
	if d.dead {
		return errDead
	}
	if d.left--; d.left >= 0 {
		return do()
	}
	d.dead = true
	if d.done {
		if err := do(); err != nil {
			return err
		}
	}
	for path, before := range d.unsynced {
		switch {
		case !d.lost(path):
		case before == nil:
			os.Remove(path)
		default:
			os.WriteFile(path, before, 0o666)
		}
	}
	return errDead
}

func (d *crashDisk) remember(path string) {
	if _, known := d.unsynced[path]; !known {
		d.unsynced[path], _ = os.ReadFile(path)
	}
}

func (d *crashDisk) mkdir(path string) error {
	return d.step(path, func() error { return d.quickDisk.mkdir(path) })
}

func (d *crashDisk) replace(path string, content []byte) error {
	if d.torn && d.left == 0 && !d.dead {
		os.WriteFile(filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"123"), content[:len(content)/2], 0o666)
	}
	return d.step(path, func() error {
		d.remember(path)
		return d.quickDisk.replace(path, content)
	})
}

func (d *crashDisk) sync(dir string) error {
	return d.step(dir, func() error {
		for path := range d.unsynced {
			if filepath.Dir(path) == dir {
				delete(d.unsynced, path)
			}
		}
		return d.quickDisk.sync(dir)
	})
}

func (d *crashDisk) remove(path string) error {
	return d.step(path, func() error {
		d.remember(path)
		return d.quickDisk.remove(path)
	})
}

// night is a change that takes every kind of step: new files, a merge, rows
// changed and dropped, a table replaced, a file given up before the commit.
func night(tx *Tx) error {
	return errors.Join(
		Append(tx, "a", []point{{X: 100}, {X: 101}}),
		Revise(tx, "a", func(p *point) bool { p.X += 1000; return p.X == 1003 || p.X == 1101 }),
		Delete(tx, "a", func(p *point) bool { return p.X == 1101 || p.X == 5 }),
		Replace(tx, "b", []Common{{"new"}}),
		Replace(tx, "c", []Common{}),
	)
}

// state is what a reader sees: the rows of all tables.
func state(t *testing.T, dir string) string {
	t.Helper()
	s := open(t, dir)
	return fmt.Sprint(read[point](t, s, "a"), read[Common](t, s, "b"), s.Tables())
}

// Whatever the step at which the process or the machine ends, the next one
// sees the state before or after the commit, whole, and no rest stays.
func TestCrash(t *testing.T) {
	nothingDone := func(*Tx) error { return nil }
	for _, start := range []string{"new", "old"} {
		from := filepath.Join(t.TempDir(), "from")
		if start == "old" {
			s := openQuick(t, from)
			for i := range maxFiles {
				change(t, s, func(tx *Tx) error {
					return errors.Join(Append(tx, "a", []point{{X: int64(i)}}), Replace(tx, "b", []Common{{"old"}}))
				})
			}
		}
		files := map[string]string{} // by what a reader sees
		before, after := state(t, from), ""
		for _, do := range []func(*Tx) error{nothingDone, night} {
			dir := copyState(t, from)
			change(t, openQuick(t, dir), do)
			after = state(t, dir)
			files[after] = content(t, dir)
		}
		if before == after {
			t.Fatal("the night changes nothing")
		}
		for _, c := range crashes {
			steps := 0
			for alive := false; !alive; steps++ {
				dir := copyState(t, from)
				d := &crashDisk{crash: c, left: steps, unsynced: map[string][]byte{}}
				committed := runNight(t, dir, d)
				alive = !d.dead
				what := fmt.Sprintf("%s state, end at step %d: %s", start, steps, c.name)
				seen := state(t, dir)
				if seen != before && seen != after || committed && seen != after {
					t.Fatalf("%s: committed %v, got %s\nbefore %s\nafter %s", what, committed, seen, before, after)
				}
				change(t, openQuick(t, dir), nothingDone)
				if content(t, dir) != files[seen] {
					t.Fatalf("%s: the next process left other files", what)
				}
			}
			if steps < 8 {
				t.Errorf("only %d steps", steps)
			}
		}
	}
}

// runNight reports whether Commit said that the change is durable.
func runNight(t *testing.T, dir string, d disk) bool {
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	s.disk = d
	tx, err := s.Begin(t.Context())
	if err != nil {
		return false
	}
	defer tx.Close()
	if night(tx) != nil {
		return false
	}
	committed, _ := tx.Commit()
	return committed
}

func copyState(t *testing.T, from string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "state")
	if _, err := os.Stat(from); err == nil {
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// A child that commits without end is killed; what it had committed is there.
func TestKill(t *testing.T) {
	const variable = "DATASET_TEST_COMMIT_TO"
	if dir := os.Getenv(variable); dir != "" {
		commitForever(t, dir)
	}
	for enough := range 6 {
		dir := filepath.Join(t.TempDir(), "state")
		child := exec.Command(os.Args[0], "-test.run=^TestKill$")
		child.Env = append(os.Environ(), variable+"="+dir)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		said := 0
		for lines := bufio.NewScanner(out); said < 4*enough+1 && lines.Scan(); {
			if said, err = strconv.Atoi(lines.Text()); err != nil {
				t.Fatal(err)
			}
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		child.Wait()

		s := open(t, dir)
		a, b := read[point](t, s, "a"), read[point](t, s, "b")
		if len(a) < said || len(b) != 1 || b[0].X != int64(len(a)) {
			t.Fatalf("%d commits were reported; a has %d rows, b is %v", said, len(a), b)
		}
		for i, p := range a {
			if p.X != int64(i+1) {
				t.Fatalf("row %d of a is %v", i, p)
			}
		}
		change(t, s, func(*Tx) error { return nil }) // the lock is free again
	}
}

// commitForever appends i to a and makes i all of b in commit i, and then says i.
func commitForever(t *testing.T, dir string) {
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := s.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := int64(1); ; i++ {
		rows := []point{{X: i, Tags: strings.Split(strings.Repeat("x", 100), "")}}
		if err := errors.Join(Append(tx, "a", rows), Replace(tx, "b", rows)); err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		fmt.Println(i)
	}
}
