package dataset

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/compress"
	"github.com/apache/arrow/go/v15/parquet/pqarrow"
)

// An exporter writes record batches in one format.
type exporter interface {
	write(arrow.Record) error
	close() error
}

// Export writes a table as one file, batch by batch, in the order of its rows.
// Formats are
//
//	parquet  zstd, with all types, and names, units and sources in the metadata
//	csv      see below
//
// In CSV the first line names the columns. Null is nothing at all, empty text
// is "". Times are 2026-11-23T17:04:05.678Z; lists, maps and structs are JSON.
// Text, and JSON too, that begins with = + - @ tab, CR or LF gets a single
// quote before it, or a spreadsheet would run it as a formula; numbers do not.
//
// The error is ErrNoTable where the table was never written, and a
// *DamagedError, before anything is written to w, where a file is not whole.
func (s *Store) Export(ctx context.Context, table, format string, w io.Writer) error {
	newExporter := map[string]func(*arrow.Schema, io.Writer) (exporter, error){
		"parquet": newParquet, "csv": newCSV,
	}[format]
	if newExporter == nil {
		return fmt.Errorf("dataset: export format %q is neither parquet nor csv", format)
	}
	out := bufio.NewWriterSize(w, 1<<16)
	var to exporter
	err := s.scan(ctx, table, func(schema *arrow.Schema) (err error) {
		to, err = newExporter(schema, out)
		return err
	}, func(rec arrow.Record) error { return to.write(rec) })
	if to != nil {
		err = errors.Join(err, to.close())
	}
	if err != nil {
		return err
	}
	return wrap(out.Flush())
}

// rowGroup is how many rows a Parquet row group has: what a reader takes at once.
const rowGroup = 1 << 17

type parquetExporter struct{ *pqarrow.FileWriter }

// newParquet leaves the writer its own allocator, Go's: in v15 it keeps a
// reference to some page buffers, which is harmless where memory is collected.
// Data pages are of version 2: in version 1 it copies the levels of a page again
// for every few lists, which made it 4 times slower for stages.
func newParquet(schema *arrow.Schema, w io.Writer) (exporter, error) {
	f, err := pqarrow.NewFileWriter(schema, w,
		parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Zstd), parquet.WithMaxRowGroupLength(rowGroup), parquet.WithDataPageVersion(parquet.DataPageV2)),
		pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	if err != nil {
		return nil, fmt.Errorf("dataset: parquet: %w", err)
	}
	return parquetExporter{f}, nil
}

func (p parquetExporter) write(rec arrow.Record) error { return p.WriteBuffered(rec) }
func (p parquetExporter) close() error                 { return p.Close() }
