package dataset

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/ipc"
)

// A dataReader is a data file that is open for reading and is what was written.
type dataReader struct {
	entry
	dir  string // the state directory
	file *os.File
	ipc  *ipc.FileReader
}

func (s *Store) path(e entry) string { return filepath.Join(s.dir, dataDir, e.File) }

// openFiles opens files and compares them with their hash. Who has them open
// can read them even when a commit of another process sweeps them.
func (s *Store) openFiles(list []entry) ([]dataReader, error) {
	var files []dataReader
	for _, e := range list {
		f, err := s.openFile(e)
		if err != nil {
			closeFiles(files)
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

func (s *Store) openFile(e entry) (dataReader, error) {
	file, err := os.Open(s.path(e))
	if err != nil {
		return dataReader{}, err
	}
	f := dataReader{entry: e, dir: s.dir, file: file}
	if err := f.verify(); err != nil {
		file.Close()
		return dataReader{}, f.damaged(err)
	}
	if f.ipc, err = ipc.NewFileReader(file, ipc.WithAllocator(s.mem)); err != nil {
		file.Close()
		return dataReader{}, f.damaged(err)
	}
	return f, nil
}

func (f dataReader) close() {
	f.ipc.Close()
	f.file.Close()
}

func closeFiles(files []dataReader) {
	for _, f := range files {
		f.close()
	}
}

// openTable opens what CURRENT names for a table. Where a file is gone, a
// commit of another process may have replaced CURRENT since it was read.
func (s *Store) openTable(table string) ([]dataReader, error) {
	for {
		seen := s.manifest()
		files, err := s.openFiles(seen.Tables[table])
		if !errors.Is(err, fs.ErrNotExist) {
			return files, wrap(err)
		}
		now, loadErr := s.reload()
		if loadErr != nil {
			return nil, loadErr
		}
		if now.equal(seen) {
			return nil, s.missing(err)
		}
	}
}

func (s *Store) missing(err error) error {
	path := s.dir
	if e := (*fs.PathError)(nil); errors.As(err, &e) {
		path, err = e.Path, e.Err
	}
	return &DamagedError{path, s.dir, err}
}

func wrap(err error) error {
	if err != nil {
		return fmt.Errorf("dataset: %w", err)
	}
	return nil
}

// records calls each with every record batch, which is valid only during the call.
func (f dataReader) records(ctx context.Context, each func(arrow.Record) error) error {
	for i := range f.ipc.NumRecords() {
		if err := ctx.Err(); err != nil {
			return err
		}
		rec, err := f.ipc.RecordAt(i)
		if err != nil {
			return f.damaged(err)
		}
		err = each(rec)
		rec.Release()
		if err != nil {
			return err
		}
	}
	return nil
}

// verify makes sure that the file is what was written.
func (f dataReader) verify() error {
	hash := sha256.New()
	n, err := io.Copy(hash, f.file)
	switch {
	case err != nil:
		return err
	case n != f.Bytes:
		return fmt.Errorf("has %d bytes, but had %d when it was written", n, f.Bytes)
	case hex.EncodeToString(hash.Sum(nil)) != f.SHA256:
		return errors.New("is not what was written: its sha256 differs from CURRENT's")
	}
	return nil
}

func (f dataReader) damaged(err error) error { return &DamagedError{f.file.Name(), f.dir, err} }

// ownContract is an error where rewriting the file would drop columns that only
// a newer version of the program knows.
func (f dataReader) ownContract() error {
	meta := f.ipc.Schema().Metadata()
	v, _ := meta.GetValue("contract")
	if n, err := strconv.Atoi(v); err != nil || n > Contract {
		return fmt.Errorf("dataset: %s has data contract %q, written by a newer version of this program, which knows %d: use that version", f.file.Name(), v, Contract)
	}
	return nil
}
