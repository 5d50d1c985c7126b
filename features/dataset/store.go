package dataset

import (
	"context"
	"io"
)

// A Store is a state directory.
type Store struct{}

// A Table is a table's name and its columns. TableOf derives it from a row type.
type Table struct {
	Name    string
	Doc     string
	Columns []Column
}

// A Column is one column of the data contract.
type Column struct {
	Name, Type, Unit, Doc, From string
	Nullable                    bool
}

// TableOf describes the table whose rows are T.
func TableOf[T any](name, doc string) Table { panic("dataset.TableOf") }

// Open opens dir for reading; a directory that does not exist is an empty store.
func Open(dir string) (*Store, error) { panic("dataset.Open") }

// Begin locks the store for writing. The error names who holds the lock and since when.
func (s *Store) Begin(ctx context.Context) (*Tx, error) { panic("dataset.Begin") }

// A Tx is a change of the store: nothing of it is seen before Commit.
type Tx struct{}

// Append adds rows to a table.
func Append[T any](tx *Tx, table string, rows []T) error { panic("dataset.Append") }

// Replace makes rows the whole content of a table. Equal content changes nothing.
func Replace[T any](tx *Tx, table string, rows []T) error { panic("dataset.Replace") }

// Revise rewrites the rows for which change returns true, touching only files that hold one.
func Revise[T any](tx *Tx, table string, change func(*T) bool) error { panic("dataset.Revise") }

// Delete drops the rows for which drop returns true (a provisional run that was read again).
func Delete[T any](tx *Tx, table string, drop func(*T) bool) error { panic("dataset.Delete") }

// Commit makes the change durable and visible at once, and sweeps what no
// manifest names. It reports whether anything changed.
func (tx *Tx) Commit() (bool, error) { panic("dataset.Commit") }

// Rollback gives up the change; after Commit it does nothing.
func (tx *Tx) Rollback() error { return nil }

// Close releases the lock, after Commit (any number of them) or Rollback.
func (tx *Tx) Close() error { return nil }

// Read returns all rows of a table, in the order in which they were appended.
// Within a Tx of the same process it sees the committed state.
func Read[T any](ctx context.Context, s *Store, table string) ([]T, error) { panic("dataset.Read") }

// Export writes a table as one Parquet or CSV file.
func (s *Store) Export(ctx context.Context, table, format string, w io.Writer) error {
	panic("dataset.Export")
}
