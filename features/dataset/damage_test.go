package dataset

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func damage(t *testing.T, path string, edit func([]byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	check(t, err)
	check(t, os.WriteFile(path, edit(b), 0o666))
}

// Every kind of damage is an error that names the file and the remedy, and
// nothing repairs it silently.
func TestDamage(t *testing.T) {
	cut := func(b []byte) []byte { return b[:len(b)/2] }
	flip := func(b []byte) []byte { b[len(b)/3] ^= 4; return b }
	for _, c := range []struct {
		name, file, says string
		edit             func([]byte) []byte
	}{
		{"data missing", "data", "no such file", nil},
		{"data cut", "data", "bytes, but had", cut},
		{"data changed", "data", "is not what was written", flip},
		{"data empty", "data", "has 0 bytes", func([]byte) []byte { return nil }},
		{"data is a link to nowhere", "data", "no such file", nil},
		{"manifest missing", manifestName, "the manifest is missing", nil},
		{"manifest cut", manifestName, "no manifest", cut},
		{"manifest empty", manifestName, "no manifest", func([]byte) []byte { return nil }},
		{"manifest of nothing", manifestName, "no manifest", func([]byte) []byte { return []byte("{}") }},
		{"manifest leads elsewhere", manifestName, "no manifest", func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"file": "a-`), []byte(`"file": "../a-`), 1)
		}},
		{"manifest names a bad table", manifestName, "no manifest", func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"a": [`), []byte(`"../a": [`), 1)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, dir)
			change(t, s, func(tx *Tx) error { return Append(tx, "a", points(1, 2, 3)) })
			path := filepath.Join(dir, manifestName)
			if c.file == "data" {
				path = s.path(s.manifest().Tables["a"][0])
			}
			if c.edit == nil {
				check(t, os.Remove(path))
			} else {
				damage(t, path, c.edit)
			}
			before := content(t, dir)

			fresh, err := Open(dir)
			if err == nil {
				_, err = Read[point](t.Context(), fresh, "a")
				var out bytes.Buffer
				if e := fresh.Export(t.Context(), "a", "csv", &out); e == nil || e.Error() != err.Error() || out.Len() > 0 {
					t.Errorf("export: %v, %d bytes", e, out.Len())
				}
				tx := begin(t, fresh)
				if e := Delete(tx, "a", func(*point) bool { return true }); e == nil {
					t.Error("Delete has nothing to say")
				}
				tx.Close()
			} else if _, err := s.Begin(t.Context()); err == nil {
				t.Error("Begin has nothing to say")
			}
			var damaged *DamagedError
			if !errors.As(err, &damaged) || damaged.Path != path || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("got %v", err)
			}
			for _, part := range []string{path, "restore it", "move " + dir + " away"} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
			if content(t, dir) != before {
				t.Error("the state directory was changed")
			}
		})
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	check(t, os.WriteFile(file, nil, 0o666))
	if _, err := Open(file); err == nil || !strings.Contains(err.Error(), file+" is a file") {
		t.Errorf("got %v", err)
	}
	check(t, os.WriteFile(filepath.Join(dir, manifestName), []byte(`{"format": 2, "tables": {}}`), 0o666))
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "written by a newer version of this program, which knows format 1: use that version") {
		t.Errorf("got %v", err)
	}
}
