package dataset

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/gofrs/flock"
)

var errClosed = errors.New("dataset: the Tx is closed")

// A Tx is a change of the store: nothing of it is seen before Commit. It is
// for one goroutine.
type Tx struct {
	ctx     context.Context
	store   *Store
	lock    *flock.Flock // nil after Close
	pending *manifest
}

// Begin locks the store for writing, makes the directory where there is none
// and sweeps what an earlier process left. The error is a *LockedError where
// another process writes: it names who and since when. ctx ends what the Tx
// does before its Commit.
func (s *Store) Begin(ctx context.Context) (*Tx, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := s.disk.mkdir(s.dir); err != nil {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	l, err := lock(s.dir)
	if err != nil {
		return nil, err
	}
	tx := &Tx{ctx: ctx, store: s, lock: l}
	if err := tx.begin(); err != nil {
		return nil, errors.Join(err, unlock(l))
	}
	return tx, nil
}

// begin brings the directory to a state in which data files may be written:
// CURRENT comes first, so that data without it is known to be damage.
func (tx *Tx) begin() error {
	s := tx.store
	m, err := readManifest(s.dir)
	if err != nil {
		return err
	}
	if m == nil {
		m = newManifest()
		if err := s.publish(m); err != nil {
			return err
		}
	}
	if err := s.disk.mkdir(filepath.Join(s.dir, dataDir)); err != nil {
		return fmt.Errorf("dataset: %w", err)
	}
	s.current.Store(m)
	tx.pending = m.clone()
	return s.sweep(m)
}

// publish replaces CURRENT, durably.
func (s *Store) publish(m *manifest) error {
	content, err := m.bytes()
	if err != nil {
		return fmt.Errorf("dataset: %w", err)
	}
	if err := s.disk.replace(filepath.Join(s.dir, manifestName), content); err != nil {
		return fmt.Errorf("dataset: %w", err)
	}
	if err := s.disk.sync(s.dir); err != nil {
		return fmt.Errorf("dataset: %w", err)
	}
	return nil
}

// Commit makes the change durable and visible at once, and sweeps what no
// manifest names. It reports whether anything changed: if not, no file of the
// state is touched. The Tx may then go on with the next change. After an error
// the state on disk is the old or the new one, whole.
func (tx *Tx) Commit() (bool, error) {
	if tx.lock == nil {
		return false, errClosed
	}
	if err := tx.ctx.Err(); err != nil {
		return false, err
	}
	s := tx.store
	if tx.pending.equal(s.manifest()) {
		return false, s.sweep(tx.pending)
	}
	// The names of the data files before the manifest that has them.
	if err := s.disk.sync(filepath.Join(s.dir, dataDir)); err != nil {
		return false, fmt.Errorf("dataset: %w", err)
	}
	if err := s.publish(tx.pending); err != nil {
		return false, err
	}
	s.current.Store(tx.pending.clone())
	return true, s.sweep(tx.pending)
}

// Rollback gives up what was done since the last Commit.
func (tx *Tx) Rollback() error {
	if tx.lock == nil {
		return nil
	}
	tx.pending = tx.store.manifest().clone()
	return tx.store.sweep(tx.pending)
}

// Close gives up what was not committed and releases the lock. Further calls
// do nothing.
func (tx *Tx) Close() error {
	if tx.lock == nil {
		return nil
	}
	err := errors.Join(tx.Rollback(), unlock(tx.lock))
	tx.lock = nil
	return err
}
