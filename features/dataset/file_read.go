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

// A source is a data file that is open for reading.
type source struct {
	entry
	store *Store
	*os.File
}

func (s *Store) path(e entry) string { return filepath.Join(s.dir, dataDir, e.File) }

// openFiles opens the files of a table. Who has them open can read them even
// when a commit of another process sweeps them.
func (s *Store) openFiles(list []entry) ([]source, error) {
	var files []source
	for _, e := range list {
		f, err := os.Open(s.path(e))
		if err != nil {
			closeFiles(files)
			return nil, err
		}
		files = append(files, source{e, s, f})
	}
	return files, nil
}

func closeFiles(files []source) {
	for _, f := range files {
		f.Close()
	}
}

// openTable opens what CURRENT names for a table. Where a file is gone, a
// commit of another process may have replaced CURRENT since it was read.
func (s *Store) openTable(table string) ([]source, error) {
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

// records calls each with every record batch, valid only during the call. The
// file is compared with its hash first: what each sees is what was written.
func (f source) records(ctx context.Context, each func(arrow.Record) error) error {
	r, err := f.open()
	if err != nil {
		return err
	}
	defer r.Close()
	for i := range r.NumRecords() {
		if err := ctx.Err(); err != nil {
			return err
		}
		rec, err := r.RecordAt(i)
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

// open verifies the file and reads its schema.
func (f source) open() (*ipc.FileReader, error) {
	hash := sha256.New()
	n, err := io.Copy(hash, f.File)
	if err != nil {
		return nil, f.damaged(err)
	}
	if n != f.Bytes {
		return nil, f.damaged(fmt.Errorf("has %d bytes, but had %d when it was written", n, f.Bytes))
	}
	if hex.EncodeToString(hash.Sum(nil)) != f.SHA256 {
		return nil, f.damaged(errors.New("is not what was written: its sha256 differs from CURRENT's"))
	}
	r, err := ipc.NewFileReader(f.File, ipc.WithAllocator(f.store.mem))
	if err != nil {
		return nil, f.damaged(err)
	}
	return r, nil
}

func (f source) damaged(err error) error {
	return &DamagedError{f.store.path(f.entry), f.store.dir, err}
}

// ownContract is an error where rewriting a file would drop columns that only
// a newer version of the program knows.
func (f source) ownContract(schema *arrow.Schema) error {
	meta := schema.Metadata()
	v, _ := meta.GetValue("contract")
	if n, err := strconv.Atoi(v); err != nil || n > Contract {
		return fmt.Errorf("dataset: %s has data contract %q, written by a newer version of this program, which knows %d: use that version", f.Name(), v, Contract)
	}
	return nil
}
