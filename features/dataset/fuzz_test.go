package dataset

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spark-apprentice/apprentice/internal/null"
)

// Whatever a log says, a cell is one cell, the text in it is known from it, and
// no spreadsheet takes it for a formula.
func FuzzCSV(f *testing.F) {
	for _, s := range []string{"", "a,b", "=1+1", "\"", "\r\n", "'", " x ", "\t", "@a\n-b", "\xff=1"} {
		f.Add(s, s == "")
	}
	f.Fuzz(func(t *testing.T, text string, ok bool) {
		s := openQuick(t, t.TempDir())
		change(t, s, func(tx *Tx) error {
			return Append(tx, "a", []cells{{Text: text, N: null.If(text, ok), List: []string{text}}})
		})
		lines, err := csv.NewReader(bytes.NewReader(export(t, s, "a", "csv"))).ReadAll()
		if err != nil || len(lines) != 2 || len(lines[1]) != 6 {
			t.Fatalf("%q, %v", lines, err)
		}
		want := strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\r\n", "\n") // as encoding/csv reads
		got, formula := strings.CutPrefix(lines[1][0], "'")
		if formula && strings.HasPrefix(want, "'") {
			got = "'" + got
		}
		if got != want || lines[1][0] != "" && strings.ContainsAny(lines[1][0][:1], "=+-@\t\r\n") {
			t.Fatalf("%q became %q", text, lines[1][0])
		}
		if lines[1][1] != "" != (ok && text != "") {
			t.Fatalf("%q, %v became %q", text, ok, lines[1][1])
		}
	})
}

// Whatever CURRENT holds, Open takes it whole or says what is wrong, and no
// file elsewhere is read.
func FuzzManifest(f *testing.F) {
	sum := strings.Repeat("0", 64)
	f.Add([]byte(`{"format":1,"tables":{"a":[{"file":"a-0123456789abcdef.arrow","rows":1,"bytes":4,"sha256":"` + sum + `"}]}}`))
	f.Add([]byte(`{"format":1,"tables":{"a":[{"file":"../../a-0123456789abcdef.arrow","rows":1,"bytes":4,"sha256":"` + sum + `"}]}}`))
	f.Add([]byte(`{"format":2}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, content []byte) {
		dir := t.TempDir()
		check(t, os.WriteFile(filepath.Join(dir, manifestName), content, 0o666))
		s, err := Open(dir)
		if err != nil {
			return
		}
		for _, table := range s.Tables() {
			for _, e := range s.manifest().Tables[table] {
				if filepath.Dir(s.path(e)) != filepath.Join(dir, dataDir) {
					t.Errorf("%q leads to %s", e.File, s.path(e))
				}
			}
			if rows, err := Read[point](t.Context(), s, table); err == nil && len(rows) > 0 {
				t.Errorf("%s has rows from nowhere", table)
			}
		}
		b, err := s.manifest().bytes()
		check(t, err)
		check(t, os.WriteFile(filepath.Join(dir, manifestName), b, 0o666))
		if _, err := Open(dir); err != nil {
			t.Errorf("its own manifest: %v", err)
		}
	})
}
