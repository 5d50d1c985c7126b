package source

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spark-apprentice/apprentice/eventlog"
)

// A file is what may be a log or a part of one: on disk or in an archive.
type file struct {
	name     string // base name
	path     string // as shown
	size     int64
	modified time.Time
	open     func() (io.ReadCloser, error)
}

func onDisk(path string, info fs.FileInfo) file {
	return file{
		name: filepath.Base(path), path: path, size: info.Size(), modified: info.ModTime(),
		open: func() (io.ReadCloser, error) { return os.Open(path) },
	}
}

func (f *file) part() eventlog.Part {
	return eventlog.Part{Name: f.path, Size: f.size, Modified: f.modified, Open: f.open}
}

func single(f file) eventlog.Log {
	return eventlog.Log{
		Name: f.path, Layout: eventlog.Single, Parts: []eventlog.Part{f.part()},
		InProgress: strings.HasSuffix(f.name, inProgress),
	}
}

// hidden names are left alone, as Spark and Hadoop do: .name, _SUCCESS, _temporary.
func hidden(name string) bool { return name[0] == '.' || name[0] == '_' }

// otherKinds are suffixes that no event log has.
var otherKinds = map[string]bool{
	".crc": true, ".csv": true, ".tsv": true, ".md": true, ".html": true, ".htm": true, ".xml": true,
	".yaml": true, ".yml": true, ".toml": true, ".conf": true, ".properties": true, ".py": true,
	".scala": true, ".java": true, ".sql": true, ".sh": true, ".jar": true, ".class": true, ".ipynb": true,
	".parquet": true, ".orc": true, ".avro": true, ".arrow": true, ".pdf": true, ".png": true, ".svg": true,
	".pid": true, ".lock": true, ".tmp": true,
}

// textKinds are suffixes that event logs get when people copy them, but other
// files far more often.
var textKinds = map[string]bool{".json": true, ".jsonl": true, ".txt": true, ".log": true, ".out": true, ".err": true}

// couldBeLog tells whether a file found in a directory is worth reading.
func couldBeLog(f *file) bool {
	ext := strings.ToLower(filepath.Ext(f.name))
	switch {
	case hidden(f.name), otherKinds[ext], strings.HasPrefix(f.name, statusPrefix),
		strings.HasSuffix(f.name, compact+inProgress):
		return false
	case textKinds[ext]:
		return startsWithEvent(f)
	}
	return true
}

// startsWithEvent looks at the first bytes of a file. One that cannot be opened
// is taken, so that its reader says why.
func startsWithEvent(f *file) bool {
	r, err := f.open()
	if err != nil {
		return true
	}
	defer r.Close()
	head := make([]byte, 4096)
	n, _ := io.ReadFull(r, head)
	head = head[:n]
	text := n == 0 || head[0] == '{' || bytes.IndexFunc(head[:min(n, 64)], isBinary) < 0
	return !text || bytes.Contains(head, []byte(`"Event"`))
}

func isBinary(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == '\uFFFD' }
