package dataset

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync/atomic"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// A Store is a state directory. Its methods may be called from several
// goroutines.
type Store struct {
	dir     string
	current atomic.Pointer[manifest]
	disk    disk
	mem     memory.Allocator
}

// Open opens dir for reading; a directory that does not exist is an empty
// store. The error is a *DamagedError where CURRENT is no manifest or is
// missing beside data. What is read is the state at the time of Open, or a
// later one: after a commit of this process, or where another process has
// swept files of the older one.
func Open(dir string) (*Store, error) {
	info, err := os.Stat(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	if err == nil && !info.IsDir() {
		return nil, fmt.Errorf("dataset: %s is a file; the state is a directory", dir)
	}
	s := &Store{dir: filepath.Clean(dir), disk: osDisk{}, mem: memory.DefaultAllocator}
	if _, err := s.reload(); err != nil {
		return nil, err
	}
	return s, nil
}

// manifest is the committed state as far as this Store knows.
func (s *Store) manifest() *manifest { return s.current.Load() }

// reload reads CURRENT again.
func (s *Store) reload() (*manifest, error) {
	m, err := readManifest(s.dir)
	if err != nil {
		return nil, err
	}
	if m == nil {
		m = newManifest()
	}
	s.current.Store(m)
	return m, nil
}

// Tables lists the tables that were ever written, sorted.
func (s *Store) Tables() []string {
	return slices.Sorted(maps.Keys(s.manifest().Tables))
}

// Read returns all rows of a table, in the order in which they were appended.
// T may have fewer columns than the table, and columns that its files lack:
// those are null or zero. Within a Tx of the same process it sees the
// committed state. The error is a *DamagedError where a file is missing or
// differs from what was written.
func Read[T any](ctx context.Context, s *Store, table string) ([]T, error) {
	row, err := rowTypeFor(reflect.TypeFor[T]())
	if err != nil {
		return nil, fmt.Errorf("dataset: table %s: %w", table, err)
	}
	files, err := s.openTable(table)
	if err != nil {
		return nil, err
	}
	defer closeFiles(files)
	var rows []T
	known := texts{}
	for _, f := range files {
		if rows, err = readFile(ctx, f, rows, row, known); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// readFile appends the rows of f to rows.
func readFile[T any](ctx context.Context, f dataReader, rows []T, row *goType, known texts) ([]T, error) {
	err := f.records(ctx, func(rec arrow.Record) (err error) {
		rows, err = readRecord(rows, row, rec, known)
		return err
	})
	if column := (*columnError)(nil); errors.As(err, &column) {
		err = fmt.Errorf("dataset: %s: %w", f.file.Name(), err)
	}
	return rows, err
}
