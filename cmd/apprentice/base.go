package main

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/report"
)

// eachPipeline is where a path names the pipeline, as its output directory is named.
const eachPipeline = "{pipeline}"

// A baseFile is the spark-defaults.conf that ours begin with: the same for all
// pipelines or, where its path holds {pipeline}, one for each that has one.
type baseFile string

// check reports that the file of all pipelines cannot be read.
func (b baseFile) check() error {
	if b == "" || strings.Contains(string(b), eachPipeline) {
		return nil
	}
	_, err := os.ReadFile(string(b))
	return err
}

// of is a pipeline's file, nil where it has none.
func (b baseFile) of(pipeline string) ([]byte, error) {
	if b == "" {
		return nil, nil
	}
	path := strings.ReplaceAll(string(b), eachPipeline, report.DirName(pipeline))
	data, err := os.ReadFile(path)
	if path != string(b) && errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

// all are the files of the pipelines of runs, by pipeline.
func (b baseFile) all(runs []features.Run) (map[string][]byte, error) {
	files := map[string][]byte{}
	for i := range runs {
		name := runs[i].Pipeline
		if _, known := files[name]; known {
			continue
		}
		var err error
		if files[name], err = b.of(name); err != nil {
			return nil, err
		}
	}
	return files, nil
}
