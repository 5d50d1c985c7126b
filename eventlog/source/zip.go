package source

import (
	"archive/zip"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
)

// isZip looks at the first bytes of a file.
func isZip(name string) bool {
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	var head [4]byte
	_, err = io.ReadFull(f, head[:])
	return err == nil && string(head[:]) == "PK\x03\x04"
}

// zip finds the logs in an archive as the history server's "download" gives
// it: the files of one or several attempts, rolling logs with their directory.
func (f *finder) zip(name string) error {
	if first, err := f.first(name); err != nil || !first {
		return err
	}
	r, err := zip.OpenReader(name)
	if err != nil {
		return fmt.Errorf("event logs: archive %s: %w", name, err)
	}
	defer r.Close()
	dirs := make(map[string][]file)
	var order []string
	for i, e := range r.File {
		if e.FileInfo().IsDir() || hidden(path.Base(e.Name)) {
			continue
		}
		dir := path.Join(name, path.Dir(path.Clean("/"+e.Name)))
		if dirs[dir] == nil {
			order = append(order, dir)
		}
		dirs[dir] = append(dirs[dir], file{
			name: path.Base(e.Name), path: path.Join(name, path.Clean("/"+e.Name)),
			size: int64(e.UncompressedSize64), modified: e.Modified,
			open: func() (io.ReadCloser, error) { return openEntry(name, i) },
		})
	}
	slices.Sort(order)
	for _, dir := range order {
		logs, problems := group(dir, dirs[dir])
		f.problems = append(f.problems, problems...)
		for _, log := range logs {
			f.add(log)
		}
	}
	return nil
}

// entry is an open file of an archive, which it closes as well.
type entry struct {
	io.ReadCloser
	archive *zip.ReadCloser
}

// Close closes the entry and its archive.
func (e entry) Close() error {
	err := e.ReadCloser.Close()
	if cerr := e.archive.Close(); err == nil {
		err = cerr
	}
	return err
}

func openEntry(name string, i int) (io.ReadCloser, error) {
	archive, err := zip.OpenReader(name)
	if err != nil {
		return nil, fmt.Errorf("archive %s: %w", name, err)
	}
	if i >= len(archive.File) {
		archive.Close()
		return nil, fmt.Errorf("archive %s changed while it was read", name)
	}
	r, err := archive.File[i].Open()
	if err != nil {
		archive.Close()
		return nil, fmt.Errorf("archive %s: %w", name, err)
	}
	return entry{r, archive}, nil
}
