package report

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/google/renameio/v2"

	"github.com/spark-apprentice/apprentice/internal/sparkconf"
	"github.com/spark-apprentice/apprentice/learner"
)

// ConfFiles writes the settings files of pipelines below Dir.
type ConfFiles struct {
	Dir  string // output directory
	Base []byte // the configured base file, verbatim; nil: none
}

// Names of the two files in a pipeline's directory.
const (
	overridesName = "overrides.conf"
	defaultsName  = "spark-defaults.conf"
)

// Write writes <Dir>/<pipeline>/overrides.conf and spark-defaults.conf. It
// returns the paths it changed: none when the settings are what they were, even
// where the reasons in the comments have moved on. A recommendation without
// settings gives files that change nothing and carry its id.
//
// It writes nothing, and says why, if a key is not one that the pipeline's Spark
// declares, a value is not one that the key can have, or the base file is not
// one that Spark could read.
func (c ConfFiles) Write(rec learner.Recommendation) ([]string, error) {
	d, err := decide(rec)
	if err != nil {
		return nil, fmt.Errorf("pipeline %q: %w", rec.Pipeline, err)
	}
	defaults, err := d.defaults(c.Base)
	if err != nil {
		return nil, fmt.Errorf("pipeline %q: %w", rec.Pipeline, err)
	}
	dir := filepath.Join(c.Dir, dirName(rec.Pipeline))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	var changed []string
	for _, file := range []struct {
		name    string
		content []byte
	}{{overridesName, d.overrides()}, {defaultsName, defaults}} {
		path := filepath.Join(dir, file.name)
		old, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return changed, err
		}
		if err == nil && bytes.Equal(withoutReasons(old), withoutReasons(file.content)) {
			continue
		}
		if err := renameio.WriteFile(path, file.content, 0o644); err != nil {
			return changed, err
		}
		changed = append(changed, path)
	}
	return changed, nil
}

// Stand reports whether the files that Write wrote for the recommendation are
// there, by the marker that they carry.
func (c ConfFiles) Stand(rec learner.Recommendation) bool {
	marker, err := sparkconf.FormatProperty(sparkconf.Property{Key: sparkconf.RecommendationKey, Value: rec.FileID})
	if err != nil {
		return false
	}
	for _, name := range []string{overridesName, defaultsName} {
		content, err := os.ReadFile(filepath.Join(c.Dir, dirName(rec.Pipeline), name))
		if err != nil || !slices.Contains(strings.Split(string(content), "\n"), marker) {
			return false
		}
	}
	return true
}

// A decided recommendation is checked and ready to be written.
type decided struct {
	learner.Recommendation
	settings []setting // in the file's order
	marker   []string  // lines by which a log names it
	oneRun   string    // name of a file for one coming run; empty: the nightly job's
}

// A setting is one line of ours and its reason.
type setting struct {
	key, line string
	learner.Proposed
}

// decide checks what the file is to hold. Settings that stand since an earlier
// night, and are not proposed tonight, have that as their reason.
func decide(rec learner.Recommendation) (d decided, err error) {
	d.Recommendation = rec
	if rec.FileID == "" {
		return d, errors.New("the recommendation has no id for its file, so that no log could name it")
	}
	markers := []sparkconf.Property{{Key: sparkconf.RecommendationKey, Value: rec.FileID}}
	if p := rec.Exploration.Propensity; p.OK {
		markers = append(markers, sparkconf.Property{Key: sparkconf.PropensityKey, Value: strconv.FormatFloat(p.V, 'g', -1, 64)})
	}
	for _, m := range markers {
		line, err := sparkconf.FormatProperty(m)
		if err != nil {
			return d, err
		}
		d.marker = append(d.marker, line)
	}
	for _, key := range slices.Sorted(maps.Keys(rec.File)) {
		p, proposed := rec.Settings[key]
		if !proposed || p.Value != rec.File[key] {
			p = learner.Proposed{Value: rec.File[key], Current: rec.Baseline[key], Evidence: "accepted"}
		}
		if x := rec.Exploration; x.Key == key {
			p = learner.Proposed{Value: x.Value, Current: x.Current, Evidence: "explored", Why: "tried tonight, one step off what stands, drawn at random within the budget"}
		}
		if err := sparkconf.Check(key, p.Value, rec.SparkVersion); err != nil {
			return d, err
		}
		p.Value = sparkconf.Canonical(key, p.Value)
		line, err := sparkconf.FormatProperty(sparkconf.Property{Key: key, Value: p.Value})
		if err != nil {
			return d, err
		}
		d.settings = append(d.settings, setting{key, line, p})
	}
	return d, nil
}
