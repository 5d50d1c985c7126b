package dataset

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

// format is the version of the manifest and of the layout around it.
const format = 1

const (
	manifestName = "CURRENT"
	dataDir      = "data"
)

var (
	tableName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	dataFile  = regexp.MustCompile(`^[a-z][a-z0-9_]*-[0-9a-f]{16}\.arrow$`)
	// As dataFile, with the dot before and the digits behind that renameio gives
	// a file until it is complete.
	partialFile = regexp.MustCompile(`^\.(CURRENT|[a-z][a-z0-9_]*-[0-9a-f]{16}\.arrow)[0-9]+$`)
)

// A manifest names the files of every table, in the order of their rows.
type manifest struct {
	Format int                `json:"format"`
	Tables map[string][]entry `json:"tables"`
}

// An entry is one data file. Equal rows make equal files, so that a file may
// be named twice.
type entry struct {
	File   string `json:"file"` // below data/
	Rows   int64  `json:"rows"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"` // of the file, in hex
}

func newManifest() *manifest { return &manifest{Format: format, Tables: map[string][]entry{}} }

func (m *manifest) clone() *manifest {
	return &manifest{Format: m.Format, Tables: maps.Clone(m.Tables)}
}

func (m *manifest) equal(o *manifest) bool {
	return maps.EqualFunc(m.Tables, o.Tables, slices.Equal[[]entry])
}

// names is the set of files that m names.
func (m *manifest) names() map[string]bool {
	set := map[string]bool{}
	for _, list := range m.Tables {
		for _, e := range list {
			set[e.File] = true
		}
	}
	return set
}

// bytes is the content of CURRENT: tables by name, the same for the same manifest.
func (m *manifest) bytes() ([]byte, error) {
	b, err := json.MarshalIndent(m, "", " ")
	return append(b, '\n'), err
}

// A DamagedError is a file of the dataset that is missing, cut or changed.
type DamagedError struct {
	Path string // the file
	Dir  string // the state directory
	Err  error  // what is wrong with it
}

// Error names the file, what is wrong and the remedy.
func (e *DamagedError) Error() string {
	return fmt.Sprintf("%s: %v; restore it from a backup, or move %s away and run nightly again: it rebuilds the dataset from the logs that still exist", e.Path, e.Err, e.Dir)
}

// Unwrap returns what is wrong with the file.
func (e *DamagedError) Unwrap() error { return e.Err }

// readManifest reads CURRENT below dir. There is none in a new state directory:
// the result is then nil.
func readManifest(dir string) (*manifest, error) {
	path := filepath.Join(dir, manifestName)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, withoutManifest(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	m := new(manifest)
	if err := json.Unmarshal(b, m); err != nil {
		return nil, &DamagedError{path, dir, fmt.Errorf("no manifest: %w", err)}
	}
	if m.Format > format {
		return nil, fmt.Errorf("dataset: %s has format %d, written by a newer version of this program, which knows format %d: use that version", path, m.Format, format)
	}
	if err := m.check(); err != nil {
		return nil, &DamagedError{path, dir, err}
	}
	return m, nil
}

// withoutManifest tells a new state directory from one that lost its manifest:
// Begin writes CURRENT before the first data file.
func withoutManifest(dir string) error {
	files, err := os.ReadDir(filepath.Join(dir, dataDir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("dataset: %w", err)
	}
	for _, f := range files {
		if dataFile.MatchString(f.Name()) {
			return &DamagedError{filepath.Join(dir, manifestName), dir, errors.New("the manifest is missing, but there is data")}
		}
	}
	return nil
}

// check makes sure that no name leads out of the data directory.
func (m *manifest) check() error {
	if m.Format < 1 || m.Tables == nil {
		return errors.New("no manifest: format or tables are missing")
	}
	for table, list := range m.Tables {
		if !tableName.MatchString(table) {
			return fmt.Errorf("no manifest: %q is no name of a table", table)
		}
		for _, e := range list {
			sum, err := hex.DecodeString(e.SHA256)
			if !dataFile.MatchString(e.File) || err != nil || len(sum) != 32 || e.Rows < 0 || e.Bytes < 0 {
				return fmt.Errorf("no manifest: table %s names %q, %d rows, %d bytes, sha256 %q", table, e.File, e.Rows, e.Bytes, e.SHA256)
			}
		}
	}
	return nil
}
