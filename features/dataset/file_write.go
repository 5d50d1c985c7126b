package dataset

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"reflect"

	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

const (
	// batchRows and batchText end a record batch, the unit of memory of a reader.
	// batchText also keeps the 32-bit offsets of text columns in range.
	batchRows = 4096
	batchText = 64 << 20
	// fileBytes ends a file: what a change of one row rewrites.
	fileBytes = 64 << 20
)

// A newFile is a complete data file that is not on disk yet.
type newFile struct {
	entry
	content []byte
}

// A fileWriter turns rows into data files. The same rows make the same bytes.
type fileWriter struct {
	table string
	row   *goType
	mem   memory.Allocator
	limit int // bytes after which a file ends
	done  func(newFile) error

	out     *counter
	ipc     *ipc.FileWriter
	batch   *array.RecordBuilder
	writers []writer
	inBatch int
	text    int64
	rows    int64 // in the file
	total   int64 // in all files
}

// A counter is a buffer that knows its position, which is all that the Arrow
// writer seeks for.
type counter struct{ bytes.Buffer }

// Seek tells the position.
func (c *counter) Seek(offset int64, whence int) (int64, error) {
	if offset != 0 || whence != io.SeekCurrent {
		return 0, errors.New("dataset: a file is written from its start to its end")
	}
	return int64(c.Len()), nil
}

// newFileWriter returns a writer that hands every complete file to done.
func newFileWriter(table string, row *goType, mem memory.Allocator, done func(newFile) error) *fileWriter {
	w := &fileWriter{table: table, row: row, mem: mem, limit: fileBytes, done: done}
	w.batch = array.NewRecordBuilder(mem, row.schema(table))
	w.writers = make([]writer, len(row.fields))
	for i, f := range row.fields {
		w.writers[i] = f.typ.writer(w.batch.Field(i), &w.text)
	}
	return w
}

// add appends a row.
func (w *fileWriter) add(row reflect.Value) error {
	if err := w.row.writeFields(row, w.writers); err != nil {
		return fmt.Errorf("dataset: table %s, row %d: %w", w.table, w.total, err)
	}
	w.inBatch++
	w.total++
	if w.inBatch < batchRows && w.text < batchText {
		return nil
	}
	if err := w.flush(); err != nil {
		return err
	}
	if w.out.Len() < w.limit {
		return nil
	}
	return w.endFile()
}

func (w *fileWriter) open() (err error) {
	if w.ipc == nil {
		w.out = new(counter)
		w.ipc, err = ipc.NewFileWriter(w.out, ipc.WithSchema(w.batch.Schema()), ipc.WithAllocator(w.mem), ipc.WithZstd())
	}
	return err
}

// flush ends the record batch.
func (w *fileWriter) flush() error {
	if w.inBatch == 0 {
		return nil
	}
	if err := w.open(); err != nil {
		return err
	}
	rec := w.batch.NewRecord()
	defer rec.Release()
	w.rows += rec.NumRows()
	w.inBatch, w.text = 0, 0
	return w.ipc.Write(rec)
}

func (w *fileWriter) endFile() error {
	if err := w.ipc.Close(); err != nil {
		return err
	}
	content := w.out.Bytes()
	sum := sha256.Sum256(content)
	hash := hex.EncodeToString(sum[:])
	f := newFile{content: content, entry: entry{
		File: w.table + "-" + hash[:16] + ".arrow", Rows: w.rows, Bytes: int64(len(content)), SHA256: hash}}
	w.ipc, w.out, w.rows = nil, nil, 0
	return w.done(f)
}

// end hands over the last file. No rows at all make one file without rows,
// which tells the columns.
func (w *fileWriter) end() error {
	if err := w.flush(); err != nil {
		return err
	}
	if w.total > 0 && w.ipc == nil {
		return nil
	}
	if err := w.open(); err != nil {
		return err
	}
	return w.endFile()
}

// release frees the memory, after end or an error.
func (w *fileWriter) release() { w.batch.Release() }
