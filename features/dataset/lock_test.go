package dataset

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestLock(t *testing.T) {
	dir := t.TempDir()
	tx := begin(t, open(t, dir))
	_, err := open(t, dir).Begin(t.Context())
	var locked *LockedError
	if !errors.As(err, &locked) {
		t.Fatalf("got %v, want a LockedError", err)
	}
	info, err := os.Stat(locked.Path)
	check(t, err)
	host, err := os.Hostname()
	check(t, err)
	if age := info.ModTime().Sub(locked.Since); locked.Host != host || locked.PID != os.Getpid() || age < 0 || age > time.Hour {
		t.Errorf("held by %+v", locked)
	}
	for _, part := range []string{host, locked.Since.Format(time.RFC3339), "stop it", filepath.Join(dir, "lock")} {
		if !strings.Contains(locked.Error(), part) {
			t.Errorf("%q does not name %s", locked, part)
		}
	}
	if rows := read[point](t, open(t, dir), "a"); rows != nil {
		t.Errorf("reading needs no lock, got %v", rows)
	}
	check(t, tx.Close())
	check(t, begin(t, open(t, dir)).Close())
	if b, err := os.ReadFile(locked.Path); err != nil || len(b) > 0 {
		t.Errorf("nobody holds the lock, but it says %s (%v)", b, err)
	}
}

// The holder has the lock, but has not yet written who it is.
func TestLockUnsigned(t *testing.T) {
	dir := t.TempDir()
	begin(t, open(t, dir))
	check(t, os.Truncate(filepath.Join(dir, "lock"), 0))
	_, err := open(t, dir).Begin(t.Context())
	if locked := (*LockedError)(nil); !errors.As(err, &locked) || !strings.Contains(err.Error(), "wait until it ends") {
		t.Errorf("got %v", err)
	}
}
