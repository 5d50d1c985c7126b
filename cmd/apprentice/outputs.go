package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/google/renameio/v2"
	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/learner"
	"github.com/spark-apprentice/apprentice/report"
)

// Files of the output directory beside the pipelines' own.
const (
	recommendationsFile = "recommendations.json"
	summaryFile         = "summary.txt"
	pageFile            = "report.html"
)

// outputsStand reports whether the files of the last decision are there, and
// the settings files are those of its recommendations: a decision that was cut
// short has written some and stored nothing.
func (d *decision) outputsStand(fleet *learner.Fleet) bool {
	for _, file := range []string{recommendationsFile, summaryFile, pageFile} {
		if _, err := os.Stat(filepath.Join(d.cfg.Output, file)); err != nil {
			return false
		}
	}
	for _, rec := range filed(fleet.Runs, fleet.Previous) {
		if !(report.ConfFiles{Dir: d.cfg.Output}).Stand(rec) {
			return false
		}
	}
	return true
}

// filed are the recommendations that have a settings file: those of pipelines,
// of variants, and of pipelines that go on as variants.
func filed(runs []features.Run, recs []learner.Recommendation) []learner.Recommendation {
	return slices.Concat(recs, learner.Shared(runs, recs))
}

// changed lists the pipelines whose file holds other settings than before,
// what exploration draws for a night aside. runs are judged.
func changed(before, now []learner.Recommendation, runs []features.Run) []string {
	held := map[string]string{}
	was := map[string]learner.Recommendation{}
	for _, r := range before {
		held[r.Pipeline], was[r.Pipeline] = r.StandingID(), r
	}
	for variant, of := range learner.VariantsOf(runs) {
		if r, ok := was[of]; ok { // it goes on as variants: to take over a file is no change
			held[variant] = r.As(variant).StandingID()
		}
	}
	var list []string
	for _, r := range now {
		if id, known := held[r.Pipeline]; id != r.StandingID() && (known || len(r.File) > 0) {
			list = append(list, r.Pipeline)
		}
	}
	return list
}

// write writes the settings files, recommendations.json and summary.txt.
func (d *decision) write(night *report.Night, runs []features.Run) error {
	out := d.cfg.Output
	if err := os.MkdirAll(out, 0o755); err != nil {
		return d.cfg.at("output", err)
	}
	for _, rec := range filed(runs, night.Recs) {
		base, err := d.base.of(rec.Pipeline)
		if err != nil {
			return d.cfg.at("base", err)
		}
		paths, err := report.ConfFiles{Dir: out, Base: base}.Write(rec)
		if isFileError(err) {
			return d.cfg.at("output", fmt.Errorf("cannot write the files of %s below %s: %w", name(rec.Pipeline), name(out), cause(err)))
		}
		if err != nil {
			return err
		}
		night.Changed = append(night.Changed, paths...)
	}
	var recs bytes.Buffer
	if err := report.Recommendations(&recs, night.Recs); err != nil {
		return err
	}
	return firstError(writeFile(filepath.Join(out, recommendationsFile), &recs), d.writeSummary(night))
}

func (d *decision) writeSummary(night *report.Night) error {
	var summary bytes.Buffer
	if err := report.Summary(&summary, *night); err != nil {
		return err
	}
	return writeFile(filepath.Join(d.cfg.Output, summaryFile), &summary)
}

// tellUnreadable writes summary.txt for a night that has nothing to decide but
// met logs that it could not read: what was decided last, and those logs.
func (d *decision) tellUnreadable(fleet *learner.Fleet, night *report.Night) error {
	if len(night.Unreadable) == 0 {
		return nil
	}
	night.Recs, night.Excluded = fleet.Previous, exclusions(fleet.Runs)
	return d.writeSummary(night)
}

// checkOutput makes the output directory and fails where no file can be made in
// it, so that this is known before hours of reading.
func (d *decision) checkOutput() error {
	if err := os.MkdirAll(d.cfg.Output, 0o755); err != nil {
		return d.cfg.at("output", err)
	}
	f, err := os.CreateTemp(d.cfg.Output, ".writable-*")
	if err != nil {
		return d.cfg.at("output", fmt.Errorf("cannot write to %s: %w", name(d.cfg.Output), cause(err)))
	}
	return firstError(f.Close(), os.Remove(f.Name()))
}

// writeFile replaces a file at once, and leaves it alone where nothing changed.
func writeFile(path string, data *bytes.Buffer) error {
	old, err := os.ReadFile(path)
	if err == nil && bytes.Equal(old, data.Bytes()) {
		return nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := renameio.WriteFile(path, data.Bytes(), 0o644); err != nil {
		return fmt.Errorf("writing %s: %w", path, cause(err))
	}
	return nil
}

// writeOption writes the file that an option names as draw draws it, or leaves
// what was there. A file that cannot be written is named as the option names it.
func writeOption(option, path string, draw func(io.Writer) error) error {
	failed := func(err error) error { return fmt.Errorf("--%s %s: %w", option, name(path), cause(err)) }
	f, err := renameio.NewPendingFile(path, renameio.WithPermissions(0o644))
	if err != nil {
		return failed(err)
	}
	defer f.Cleanup()
	if err := draw(f); err != nil {
		if e, ok := errors.AsType[*fs.PathError](err); ok && e.Path == f.Name() { // what is drawn may come from files, too
			return failed(err)
		}
		return err
	}
	if err := f.CloseAtomicallyReplace(); err != nil {
		return failed(err)
	}
	return nil
}

// isFileError reports whether a file is to blame, not what was to be written.
func isFileError(err error) bool {
	_, path := errors.AsType[*fs.PathError](err)
	_, link := errors.AsType[*os.LinkError](err)
	return path || link
}

// cause is what is wrong with a file without its path: files are written under
// a temporary name, which tells a user nothing.
func cause(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return e.Err
	}
	return err
}
