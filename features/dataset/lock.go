package dataset

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

const lockName = "lock"

// A holder is the content of the lock file.
type holder struct {
	Host  string    `json:"host"`
	PID   int       `json:"pid"`
	Since time.Time `json:"since"`
}

// A LockedError says that another process writes to the dataset.
type LockedError struct {
	Path  string    // the lock file
	Host  string    // who holds it; empty where the file does not say
	PID   int       // its process
	Since time.Time // since when
}

// Error names the holder and the remedy.
func (e *LockedError) Error() string {
	if e.Host == "" {
		return fmt.Sprintf("dataset: another process has just locked %s; wait until it ends", e.Path)
	}
	return fmt.Sprintf("dataset: locked by process %d on %s since %s (%s); wait until it ends, or stop it: the lock ends with the process",
		e.PID, e.Host, e.Since.UTC().Format(time.RFC3339), e.Path)
}

// lock takes the lock below dir and writes who holds it. The kernel gives it
// back when the process ends, however it ends.
func lock(dir string) (*flock.Flock, error) {
	path := filepath.Join(dir, lockName)
	l := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o666))
	ok, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("dataset: lock: %w", err)
	}
	if !ok {
		return nil, lockedBy(path)
	}
	if err := sign(path); err != nil {
		l.Unlock()
		return nil, fmt.Errorf("dataset: lock: %w", err)
	}
	return l, nil
}

// sign writes who we are. Since when is the time of the file system that all
// hosts share, not this host's clock.
func sign(path string) error {
	me := holder{PID: os.Getpid()}
	var err error
	if me.Host, err = os.Hostname(); err != nil {
		return err
	}
	if err := os.WriteFile(path, nil, 0o666); err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	me.Since = info.ModTime().UTC().Truncate(time.Second)
	b, err := json.Marshal(me)
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o666)
}

func lockedBy(path string) error {
	var h holder
	if b, err := os.ReadFile(path); err == nil {
		_ = json.Unmarshal(b, &h) // the holder may just be writing it
	}
	return &LockedError{Path: path, Host: h.Host, PID: h.PID, Since: h.Since}
}

// unlock empties the lock file and releases it. The file stays: to remove it
// would let two processes hold the lock on two files of that name.
func unlock(l *flock.Flock) error {
	if err := os.Truncate(l.Path(), 0); err != nil {
		l.Unlock()
		return fmt.Errorf("dataset: unlock: %w", err)
	}
	return l.Unlock()
}
