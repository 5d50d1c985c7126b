package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/spark-apprentice/apprentice/features"
)

func TestSettle(t *testing.T) {
	dir := t.TempDir()
	there := filepath.Join(dir, "there")
	if err := os.WriteFile(there, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	gone := filepath.Join(dir, "app.inprogress")
	run := func(key, log, fingerprint string, complete bool, events int64) features.Run {
		return features.Run{RunKey: key, Log: log, LogFingerprint: fingerprint, Complete: complete, Events: events}
	}
	for _, tc := range []struct {
		name        string
		known, new_ features.Run
		replaced    string // fingerprint
		duplicate   string // fingerprint
	}{
		{"another run", run("k1", there, "f1", true, 9), run("k2", "x", "f2", true, 9), "", ""},
		{"the log grew", run("k1", there, "f1", false, 5), run("k1", there, "f2", false, 9), "f1", ""},
		{"the log was cut", run("k1", there, "f1", false, 9), run("k1", there, "f2", false, 5), "f1", ""},
		{"another run at its path", run("k1", there, "f1", true, 9), run("k2", there, "f2", true, 9), "f1", ""},
		{"renamed at its end", run("k1", gone, "f1", false, 9), run("k1", "app", "f2", true, 10), "f1", ""},
		{"a copy", run("k1", there, "f1", true, 9), run("k1", "copy", "f2", true, 9), "", "f2"},
		{"a shorter copy", run("k1", there, "f1", true, 9), run("k1", "copy", "f2", false, 99), "", "f2"},
		{"a better copy", run("k1", there, "f1", false, 9), run("k1", "copy", "f2", true, 9), "f1", "f1"},
	} {
		l := &ledger{map[string]bool{}, map[string]*knownRun{}, map[string]*knownRun{}}
		if replaced, duplicate := l.settle(tc.known); len(replaced) > 0 || duplicate != nil {
			t.Fatalf("%s: the first run replaces %v, duplicate %v", tc.name, replaced, duplicate)
		}
		replaced, duplicate := l.settle(tc.new_)
		var gotReplaced, gotDuplicate string
		for _, r := range replaced {
			gotReplaced += r.LogFingerprint
		}
		if duplicate != nil {
			gotDuplicate = duplicate.LogFingerprint
		}
		if gotReplaced != tc.replaced || gotDuplicate != tc.duplicate {
			t.Errorf("%s: replaced %q, duplicate %q; want %q, %q", tc.name, gotReplaced, gotDuplicate, tc.replaced, tc.duplicate)
		}
		if !l.fingerprints["f1"] || !l.fingerprints["f2"] {
			t.Errorf("%s: a fingerprint is forgotten, its log would be read every night", tc.name)
		}
		want := tc.new_.LogFingerprint
		if tc.duplicate == "f2" {
			want = "f1"
		}
		if got := l.byKey[tc.new_.RunKey].LogFingerprint; got != want {
			t.Errorf("%s: the run kept is %s, want %s", tc.name, got, want)
		}
	}
}
