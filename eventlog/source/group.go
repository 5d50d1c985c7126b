package source

import (
	"cmp"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spark-apprentice/apprentice/eventlog"
)

// Names of Spark's EventLogFileWriter, RollingEventLogFilesWriter and
// EventLogFileCompactor.
const (
	rollingPrefix = "eventlog_v2_"
	statusPrefix  = "appstatus_"
	inProgress    = ".inprogress"
	compact       = ".compact"
)

var (
	rollingName = regexp.MustCompile(`^events_(\d{1,9})_(.+)$`)
	// Databricks: eventlog is being written, the dated ones were closed.
	databricksName = regexp.MustCompile(`^eventlog(-\d{4}-\d\d-\d\d--\d\d-\d\d.*)?$`)
)

// group turns the files of one directory into logs.
func group(dir string, files []file) (logs []eventlog.Log, problems []error) {
	apps := make(map[string][]file) // rolling files by application
	var dated []file
	inRolling := strings.HasPrefix(filepath.Base(dir), rollingPrefix)
	for _, f := range files {
		switch m := rollingName.FindStringSubmatch(f.name); {
		case hidden(f.name):
		case inRolling && (m != nil || strings.HasPrefix(f.name, statusPrefix)):
			apps[""] = append(apps[""], f)
		case m != nil:
			apps[appOf(m[2])] = append(apps[appOf(m[2])], f)
		case strings.HasPrefix(f.name, statusPrefix):
			app := strings.TrimPrefix(strings.TrimSuffix(f.name, inProgress), statusPrefix)
			apps[app] = append(apps[app], f)
		case databricksName.MatchString(f.name):
			dated = append(dated, f)
		case couldBeLog(&f):
			logs = append(logs, single(f))
		}
	}
	for app, files := range apps {
		name := dir
		if app != "" {
			name = filepath.Join(dir, "events_*_"+app)
		}
		log, p := rolling(name, files)
		problems = append(problems, p...)
		if len(log.Parts) > 0 {
			logs = append(logs, log)
		}
	}
	if len(dated) > 0 {
		logs = append(logs, databricks(dir, dated))
	}
	slices.SortFunc(logs, func(a, b eventlog.Log) int { return strings.Compare(a.Name, b.Name) })
	return logs, problems
}

// codecSuffix is what Spark appends for a codec.
var codecSuffix = regexp.MustCompile(`\.(lz4|lzf|snappy|zstd)$`)

// appOf is the application (and attempt) in the name of a rolling file.
func appOf(rest string) string {
	return codecSuffix.ReplaceAllString(strings.TrimSuffix(strings.TrimSuffix(rest, inProgress), compact), "")
}

// indexed is a file of a rolling log.
type indexed struct {
	file
	n       int
	compact bool
}

// MaxMissing bounds how many indices a Log's Missing lists.
const MaxMissing = 1000

// rolling orders the files of a rolling log. The last compacted file replaces
// every file up to its index, also those that were not deleted yet.
func rolling(name string, files []file) (log eventlog.Log, problems []error) {
	log = eventlog.Log{Name: name, Layout: eventlog.Rolling}
	var parts []indexed
	from := 0 // index of the last compacted file
	var done bool
	for _, f := range files {
		m := rollingName.FindStringSubmatch(f.name)
		if m == nil {
			if strings.HasSuffix(f.name, inProgress) {
				log.InProgress = true
			} else {
				done = true
			}
			continue
		}
		if strings.HasSuffix(f.name, compact+inProgress) {
			continue // the history server died while it wrote this
		}
		p := indexed{file: f, compact: strings.HasSuffix(f.name, compact)}
		p.n, _ = strconv.Atoi(m[1])
		if p.compact {
			from = max(from, p.n)
		}
		parts = append(parts, p)
	}
	log.InProgress = log.InProgress && !done
	parts = slices.DeleteFunc(parts, func(p indexed) bool {
		return p.n < from || p.n == from && !p.compact
	})
	slices.SortFunc(parts, func(a, b indexed) int {
		return cmp.Or(cmp.Compare(a.n, b.n), b.modified.Compare(a.modified), strings.Compare(a.name, b.name))
	})
	next := max(from, 1)
	for i, p := range parts {
		if i > 0 && p.n == parts[i-1].n {
			problems = append(problems, fmt.Errorf("event logs: %s is not read: %s has the same index and is newer",
				p.path, parts[i-1].name))
			continue
		}
		for ; next < p.n && len(log.Missing) < MaxMissing; next++ {
			log.Missing = append(log.Missing, next)
		}
		next = p.n + 1
		log.Parts = append(log.Parts, p.part())
	}
	return log, problems
}

// databricks orders the pieces of a Databricks log: by the time in their
// names, the open one last.
func databricks(dir string, files []file) eventlog.Log {
	slices.SortFunc(files, func(a, b file) int {
		open := func(f file) int {
			if f.name == "eventlog" {
				return 1
			}
			return 0
		}
		return cmp.Or(cmp.Compare(open(a), open(b)), strings.Compare(a.name, b.name))
	})
	log := eventlog.Log{Name: dir, Layout: eventlog.Databricks}
	for _, f := range files {
		log.Parts = append(log.Parts, f.part())
	}
	return log
}
