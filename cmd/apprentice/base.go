package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spark-apprentice/apprentice/learner"
	"github.com/spark-apprentice/apprentice/report"
)

// eachPipeline is where a path names the pipeline, as its output directory is named.
const eachPipeline = "{pipeline}"

// braced is what a path has in braces.
var braced = regexp.MustCompile(`\{[^{}/]*\}`)

// checkBase refuses placeholders that are none of ours: as part of a name they
// would lead to a file that is not there.
func checkBase(path string) error {
	for _, p := range braced.FindAllString(path, -1) {
		if p != eachPipeline {
			return fmt.Errorf("unknown placeholder %s%s", name(p), didYouMean(p, []string{eachPipeline}))
		}
	}
	return nil
}

// A baseFile is the spark-defaults.conf that ours begin with: the same for all
// pipelines or, where its path holds {pipeline}, one for each that has one. Each
// file is read once, so that what is hashed is what is written.
type baseFile struct {
	path  string            // empty: there is none
	files map[string][]byte // by path; nil: no such file
}

// newBaseFile reads the file of all pipelines, or looks for the directory of theirs.
func newBaseFile(path string) (*baseFile, error) {
	b := &baseFile{path: path, files: map[string][]byte{}}
	switch before, _, each := strings.Cut(path, eachPipeline); {
	case path == "":
		return b, nil
	case each:
		_, err := os.Stat(filepath.Dir(before + "x"))
		return b, err
	}
	data, err := os.ReadFile(path)
	b.files[path] = data
	return b, err
}

// of is a pipeline's file, nil where it has none. A variant without a file of its
// own has its pipeline's.
func (b *baseFile) of(pipeline string) ([]byte, error) {
	data, err := b.read(pipeline)
	if i := strings.LastIndexByte(pipeline, '@'); data == nil && err == nil && i > 0 {
		return b.read(pipeline[:i])
	}
	return data, err
}

func (b *baseFile) read(pipeline string) ([]byte, error) {
	if b.path == "" {
		return nil, nil
	}
	path := strings.ReplaceAll(b.path, eachPipeline, report.DirName(pipeline))
	if data, known := b.files[path]; known {
		return data, nil
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		data, err = nil, nil
	}
	if err == nil {
		b.files[path] = data
	}
	return data, err
}

// all are the files of the fleet's pipelines, by path.
func (b *baseFile) all(fleet learner.Fleet) (map[string][]byte, error) {
	for i := range fleet.Runs {
		for _, name := range []string{fleet.Runs[i].Workload(), fleet.Runs[i].Pipeline} { // variants share a file, too
			if _, err := b.of(name); err != nil {
				return nil, err
			}
		}
	}
	return b.files, nil
}
