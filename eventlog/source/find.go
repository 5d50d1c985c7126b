package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spark-apprentice/apprentice/eventlog"
)

// Find returns the logs below patterns (files, directories and globs), newest
// first by modification time, then by name; a log found twice is returned
// once. Problems name what could not be read; the error, which may come with
// logs of other patterns, is for patterns that match nothing (it wraps
// fs.ErrNotExist) or cannot be looked at (fs.ErrPermission), and for ctx.
func Find(ctx context.Context, patterns []string) (logs []eventlog.Log, problems []error, err error) {
	f := finder{ctx: ctx, readDir: os.ReadDir}
	return f.find(patterns)
}

// A finder collects logs. readDir is os.ReadDir.
type finder struct {
	ctx      context.Context
	readDir  func(string) ([]fs.DirEntry, error)
	logs     []eventlog.Log
	problems []error
	dirs     map[string]bool // real paths of directories that were listed
	seen     map[string]bool // real paths of logs that were found
}

func (f *finder) find(patterns []string) (logs []eventlog.Log, problems []error, err error) {
	f.dirs, f.seen = make(map[string]bool), make(map[string]bool)
	var failed []error
	for _, p := range patterns {
		if err := f.pattern(p); err != nil {
			failed = append(failed, err)
		}
	}
	if err := f.ctx.Err(); err != nil {
		failed = append(failed, err)
	}
	slices.SortStableFunc(f.logs, func(a, b eventlog.Log) int {
		return cmp.Or(b.LastModified().Compare(a.LastModified()), strings.Compare(a.Name, b.Name))
	})
	return f.logs, f.problems, errors.Join(failed...)
}

func (f *finder) problem(err error) { f.problems = append(f.problems, err) }

func (f *finder) pattern(p string) error {
	info, err := os.Stat(p)
	switch {
	case err == nil && info.IsDir():
		return f.dir(p)
	case err == nil:
		return f.named(p, info)
	case !errors.Is(err, fs.ErrNotExist) || !strings.ContainsAny(p, "*?["):
		return fmt.Errorf("event logs: %w", err)
	}
	paths, err := filepath.Glob(p)
	if err != nil {
		return fmt.Errorf("event logs: pattern %q: %w", p, err)
	}
	if len(paths) == 0 {
		return fmt.Errorf("event logs: nothing matches %q: %w", p, fs.ErrNotExist)
	}
	f.matched(paths)
	return nil
}

// matched takes what a glob matched: as in a directory, what is certainly no
// log is left out, and a part of a rolling log stands for the whole.
func (f *finder) matched(paths []string) {
	files := make(map[string][]file) // by directory
	var dirs []string
	for _, path := range paths {
		info, err := os.Stat(path)
		dir := filepath.Dir(path)
		switch {
		case err == nil && info.IsDir():
			err = f.dir(path)
		case err == nil && strings.HasPrefix(filepath.Base(dir), rollingPrefix):
			err = f.dir(dir)
		case err == nil && info.Mode().IsRegular():
			if files[dir] == nil {
				dirs = append(dirs, dir)
			}
			files[dir] = append(files[dir], onDisk(path, info))
		}
		if err != nil && f.ctx.Err() == nil {
			f.problem(err)
		}
	}
	for _, dir := range dirs {
		f.group(dir, files[dir])
	}
}

// named takes a file that the user named: it is a log whatever it is called.
func (f *finder) named(path string, info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		return fmt.Errorf("event logs: %s is neither a file nor a directory", path)
	}
	if isZip(path) {
		return f.zip(path)
	}
	f.add(single(onDisk(path, info)))
	return nil
}

// dir lists a directory and those below it.
func (f *finder) dir(dir string) error {
	if err := f.ctx.Err(); err != nil {
		return err
	}
	if first, err := f.first(dir); err != nil || !first {
		return err
	}
	entries, err := f.readDir(dir)
	if err != nil {
		return fmt.Errorf("event logs: %w", err)
	}
	var files []file
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if hidden(e.Name()) {
			continue
		}
		info, err := os.Stat(path) // follows links
		switch {
		case errors.Is(err, fs.ErrNotExist): // renamed since, or a dangling link
		case err != nil:
			f.problem(fmt.Errorf("event logs: %w", err))
		case info.IsDir():
			if err := f.dir(path); err != nil && f.ctx.Err() == nil {
				f.problem(err)
			}
		case info.Mode().IsRegular():
			files = append(files, onDisk(path, info))
		}
	}
	f.group(dir, files)
	return nil
}

// group turns the files of one directory into logs.
func (f *finder) group(dir string, files []file) {
	plain := files[:0]
	for _, file := range files {
		if strings.EqualFold(filepath.Ext(file.name), ".zip") {
			if err := f.zip(file.path); err != nil {
				f.problem(err)
			}
		} else {
			plain = append(plain, file)
		}
	}
	logs, problems := group(dir, plain)
	f.problems = append(f.problems, problems...)
	for _, log := range logs {
		f.add(log)
	}
}

// first reports whether a directory or archive is met for the first time,
// under whatever path: not given twice, nor a link back.
func (f *finder) first(path string) (bool, error) {
	real, err := realPath(path)
	if err != nil {
		return false, fmt.Errorf("event logs: %w", err)
	}
	seen := f.dirs[real]
	f.dirs[real] = true
	return !seen, nil
}

// add takes a log unless it was found before.
func (f *finder) add(log eventlog.Log) {
	key, err := realPath(log.Name)
	if err != nil { // a name that is no path, as that of a log in an archive
		key = log.Name
	}
	if !f.seen[key] {
		f.seen[key] = true
		f.logs = append(f.logs, log)
	}
}

func realPath(path string) (string, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", err
	}
	return filepath.Abs(real)
}
