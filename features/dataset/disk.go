package dataset

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// disk is what changes the file system, so that tests can stop it at any step.
type disk interface {
	// mkdir makes a directory that may exist, durably.
	mkdir(path string) error
	// replace makes content the whole of a file: a temporary file, fsync, rename.
	replace(path string, content []byte) error
	// sync makes the renames within a directory durable.
	sync(dir string) error
	remove(path string) error
}

type osDisk struct{}

func (osDisk) mkdir(path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := os.MkdirAll(path, 0o777); err != nil {
		return err
	}
	return osDisk{}.sync(filepath.Dir(path))
}

func (osDisk) replace(path string, content []byte) error {
	return renameio.WriteFile(path, content, 0o666, renameio.WithTempDir(filepath.Dir(path)))
}

func (osDisk) sync(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func (osDisk) remove(path string) error { return os.Remove(path) }

// sweep removes what is ours and m does not name: files of given up changes
// and of processes that were killed, files that a commit replaced.
func (s *Store) sweep(m *manifest) error {
	named := m.names()
	var errs []error
	for _, dir := range []string{s.dir, filepath.Join(s.dir, dataDir)} {
		files, err := os.ReadDir(dir)
		errs = append(errs, err)
		for _, f := range files {
			ours := partialFile.MatchString(f.Name()) || dir != s.dir && dataFile.MatchString(f.Name())
			if ours && !named[f.Name()] {
				errs = append(errs, s.disk.remove(filepath.Join(dir, f.Name())))
			}
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("dataset: sweep: %w", err)
	}
	return nil
}
