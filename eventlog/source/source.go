// Package source finds event logs where they live.
package source

import (
	"context"

	"github.com/spark-apprentice/apprentice/eventlog"
)

// Find returns the logs below patterns (files, directories and globs), newest
// first by modification time, then by name; a log found twice is returned
// once. Files that cannot be a log by their name (hidden, appstatus_*,
// *.compact.inprogress, .crc, _SUCCESS) are left out. Problems name what could
// not be read; the error is for a pattern that matches nothing.
func Find(ctx context.Context, patterns []string) (logs []eventlog.Log, problems []error, err error) {
	panic("source.Find")
}
