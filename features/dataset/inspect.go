package dataset

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

// ErrNoTable says that nothing was ever written to a table, so that its columns
// are unknown without its Go type.
var ErrNoTable = errors.New("nothing was written to it yet")

// scan calls begin with the columns of a table, over all its files, and then
// each with every record batch, valid only during the call. All files are
// verified before begin.
func (s *Store) scan(ctx context.Context, table string, begin func(*arrow.Schema) error, each func(arrow.Record) error) error {
	files, err := s.openTable(table)
	if err != nil {
		return err
	}
	defer closeFiles(files)
	if len(files) == 0 {
		return fmt.Errorf("dataset: table %s: %w", table, ErrNoTable)
	}
	schema := files[len(files)-1].ipc.Schema()
	for _, f := range slices.Backward(files[:len(files)-1]) {
		if schema.Equal(f.ipc.Schema()) {
			continue
		}
		fields, err := unifyFields(schema.Fields(), f.ipc.Schema().Fields())
		if err != nil {
			return fmt.Errorf("dataset: table %s: %w", table, err)
		}
		meta := schema.Metadata()
		schema = arrow.NewSchema(fields, &meta)
	}
	if err := begin(schema); err != nil {
		return err
	}
	for _, f := range files {
		if err := f.records(ctx, func(rec arrow.Record) error {
			rec = conformRecord(s.mem, rec, schema)
			defer rec.Release()
			return each(rec)
		}); err != nil {
			return err
		}
	}
	return nil
}

// Head returns the first n rows of a table, whatever version wrote them: JSON
// objects whose members are the columns in their order. The error is ErrNoTable
// where it was never written.
func (s *Store) Head(ctx context.Context, table string, n int) ([]json.RawMessage, error) {
	enough := errors.New("enough")
	var rows []json.RawMessage
	err := s.scan(ctx, table, func(*arrow.Schema) error { return nil }, func(rec arrow.Record) error {
		whole := array.RecordToStructArray(rec)
		defer whole.Release()
		for i := range whole.Len() {
			if len(rows) >= n {
				return enough
			}
			rows = append(rows, appendMembers(nil, whole, i))
		}
		return nil
	})
	if err != nil && err != enough {
		return nil, err
	}
	return rows, nil
}

// Stats are the size of a table and how much of it is known.
type Stats struct {
	Table       Table // without Doc
	Files       int
	Rows, Bytes int64
	Nulls       []int64 // by column: rows in which it is null
}

// Stats reads a table and counts. The error is ErrNoTable where it was never
// written.
func (s *Store) Stats(ctx context.Context, table string) (Stats, error) {
	st := Stats{Table: Table{Name: table}}
	for _, e := range s.manifest().Tables[table] {
		st.Files++
		st.Bytes += e.Bytes
	}
	err := s.scan(ctx, table, func(schema *arrow.Schema) error {
		for _, f := range schema.Fields() {
			st.Table.Columns = append(st.Table.Columns, columnOf(f))
		}
		st.Nulls = make([]int64, schema.NumFields())
		return nil
	}, func(rec arrow.Record) error {
		st.Rows += rec.NumRows()
		for i, c := range rec.Columns() {
			st.Nulls[i] += int64(c.NullN())
		}
		return nil
	})
	return st, err
}
