// Package report turns decisions into what people use: properties files, text
// and JSON. It renders and computes nothing.
//
//  1. ConfFiles writes overrides.conf and spark-defaults.conf of a pipeline.
//  2. Recommendations writes recommendations.json; Summary writes summary.txt.
//  3. Inspect, Diff and Explain are what an engineer pastes into a ticket.
package report

import (
	"io"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/learner"
)

// ConfFiles writes the settings files of pipelines below Dir.
type ConfFiles struct {
	Dir  string // output directory
	Base []byte // the configured base file, verbatim; nil: none
}

// Write writes <Dir>/<pipeline>/overrides.conf and spark-defaults.conf. It
// returns the paths it changed: none when the settings are what they were.
func (c ConfFiles) Write(rec learner.Recommendation) ([]string, error) { panic("report.Write") }

// Recommendations writes the JSON list.
func Recommendations(w io.Writer, recs []learner.Recommendation) error {
	panic("report.Recommendations")
}

// A Night is what a nightly run did.
type Night struct {
	Logs       int // new logs read
	Events     int64
	Bytes      int64 // decoded
	Runs       int   // in the dataset
	InProgress int   // of these, provisional
	Skipped    int   // left for the next night by --max-duration
	Unreadable []features.Unreadable
	Excluded   map[string]int // reason: runs that do not train
	Recs       []learner.Recommendation
	Changed    []string // files written
	Output     string
}

// Summary writes the summary that is read in ten seconds.
func Summary(w io.Writer, n Night) error { panic("report.Summary") }

// Inspect writes one run: where the time went, signals with evidence.
func Inspect(w io.Writer, app *features.App) error { panic("report.Inspect") }

// InspectJSON writes {run, stages, executions, executors, caches, signals}.
func InspectJSON(w io.Writer, app *features.App) error { panic("report.InspectJSON") }

// Diff writes what changed from a to b and what it did to each stage.
func Diff(w io.Writer, a, b *features.App) error { panic("report.Diff") }

// DiffJSON writes the same as one object.
func DiffJSON(w io.Writer, a, b *features.App) error { panic("report.DiffJSON") }

// Explain writes each setting of a pipeline: current, proposed, why, evidence,
// what was rejected.
func Explain(w io.Writer, rec learner.Recommendation, q []learner.QValue) error {
	panic("report.Explain")
}
