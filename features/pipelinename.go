package features

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Naming a pipeline: the same program on every night must get the same name,
// and two programs two names.
//
//  1. A configured rule on a property or on the application's name.
//  2. What the orchestrator says: see orchestrator.go.
//  3. The application's name without what changes every night: dates, times,
//     ids and counters of runs.
//  4. The main class or the script.
//
// The name stays readable; making it safe for a file system is the writer's
// work. It holds no control characters and is never empty.

// nameLimit bounds a pipeline's name, in runes.
const nameLimit = 120

// cut is a part of a name that changes from night to night.
type cut struct {
	re *regexp.Regexp
	// afterLetter lets the match follow a letter directly: orders20261003.
	afterLetter bool
	ok          func(match string) bool
}

const (
	year  = `(?:19|20)\d\d`
	month = `(?:0[1-9]|1[0-2])`
	day   = `(?:0[1-9]|[12]\d|3[01])`
	hour  = `(?:[01]\d|2[0-3])`
	// time of day after a date: T02:15, -0300, _02-15-00, " 02:15:00.123+02:00"
	timeOfDay = `(?:[T _.-]?` + hour + `(?:[:_.-]?[0-5]\d(?:[:_.-]?[0-5]\d(?:[.,]\d+)?)?)?(?:Z|[+-]\d\d:?\d\d)?)?`
	monthName = `(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*`
)

// cuts in order: longer forms before the forms they contain.
var cuts = []cut{
	{re: regexp.MustCompile(`(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)},
	{re: regexp.MustCompile(`application_\d+_\d+(?:_\d+)?|app-\d{14}-\d+|local-\d{13}|job_\d+_\d+`)},
	{re: regexp.MustCompile(`(?:(?:scheduled|manual|backfill|dataset_triggered)__)?` + year + `[-_./]` + month + `[-_./]` + day + timeOfDay), afterLetter: true},
	{re: regexp.MustCompile(`(?:(?:scheduled|manual|backfill)__)?` + year + month + day + timeOfDay), afterLetter: true},
	{re: regexp.MustCompile(day + `[-_./]` + month + `[-_./]` + year + timeOfDay)},
	{re: regexp.MustCompile(month + `[-_./]` + day + `[-_./]` + year + timeOfDay)},
	{re: regexp.MustCompile(`(?i)\d{1,2}[ _.-]?` + monthName + `[ _.-]?` + year)},
	{re: regexp.MustCompile(`(?i)` + monthName + `[ _.-]?\d{1,2}[ ,_.-]+` + year)},
	{re: regexp.MustCompile(`(?i)` + year + `[-_]?w[0-5]\d`)},
	{re: regexp.MustCompile(year + `[-_/.]` + month)},
	{re: regexp.MustCompile(hour + `:[0-5]\d(?::[0-5]\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?`)},
	{re: regexp.MustCompile(`(?i)(?:run|attempt|try|retry|execution|exec|build)[-_ .#=:]{0,2}\d+`)},
	{re: regexp.MustCompile(`#\d+`)},
	{re: regexp.MustCompile(`\d{5,}`)}, // epochs, job numbers
	{re: regexp.MustCompile(`(?i)[0-9a-f]{8,}`), ok: looksRandom},
}

// looksRandom tells a hash from a word that happens to be hexadecimal: digits
// and letters alternate.
func looksRandom(s string) bool {
	turns := 0
	for i := 1; i < len(s); i++ {
		if (s[i] <= '9') != (s[i-1] <= '9') {
			turns++
		}
	}
	return turns >= 3
}

// separators may stand around what is cut.
const separators = " -_.,:;/|#@+=~"

// cleanName removes what changes from night to night. It is idempotent and
// may return "".
func cleanName(name string) string {
	name = printable(name)
	for {
		next := name
		for _, c := range cuts {
			next = c.remove(next)
		}
		next = strings.Trim(next, separators)
		if next == name {
			return name
		}
		name = next
	}
}

// remove cuts every match that stands by itself and joins what is left.
func (c *cut) remove(s string) string {
	for from := 0; from < len(s); {
		m := c.re.FindStringIndex(s[from:])
		if m == nil {
			break
		}
		lo, hi := from+m[0], from+m[1]
		if !c.alone(s, lo, hi) || c.ok != nil && !c.ok(s[lo:hi]) {
			_, n := utf8.DecodeRuneInString(s[lo:])
			from = lo + n
			continue
		}
		s, from = join(s[:lo], s[hi:])
	}
	return s
}

func (c *cut) alone(s string, lo, hi int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:lo])
	after, _ := utf8.DecodeRuneInString(s[hi:])
	if lo > 0 && (unicode.IsDigit(before) || unicode.IsLetter(before) && !c.afterLetter) {
		return false
	}
	return hi == len(s) || !unicode.IsDigit(after) && !unicode.IsLetter(after)
}

// join closes the gap of a cut: brackets that held it go, and of the
// separators on both sides the left one stays. It returns where to go on.
func join(left, right string) (string, int) {
	l, r := strings.TrimRight(left, separators), strings.TrimLeft(right, separators)
	for _, pair := range []string{"()", "[]", "{}", "<>"} {
		if strings.HasSuffix(l, pair[:1]) && strings.HasPrefix(r, pair[1:]) {
			left, right = l[:len(l)-1], r[1:]
			l, r = strings.TrimRight(left, separators), strings.TrimLeft(right, separators)
			break
		}
	}
	switch {
	case l == "":
		return r, 0
	case r == "":
		return l, len(l)
	case len(l) < len(left):
		sep := left[len(l) : len(l)+1]
		return l + sep + r, len(l) + 1
	case len(r) < len(right):
		sep := right[len(right)-len(r)-1 : len(right)-len(r)]
		return l + sep + r, len(l) + 1
	}
	return l + r, len(l)
}

// printable makes one line of visible characters: control and format
// characters (which could reorder a terminal's text) become spaces or go.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r):
			return -1
		case unicode.IsControl(r) || unicode.IsSpace(r):
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) > nameLimit {
		s = strings.TrimRight(string([]rune(s)[:nameLimit]), separators)
	}
	return s
}

// genericNames are what shells, notebooks and servers call themselves: the
// name says nothing of the work, so such runs are never tuned.
var genericNames = regexp.MustCompile(`(?i)^(?:pyspark-?shell|sparkr(?:-shell)?|spark[ -]shell|databricks shell|zeppelin.*|spark-?sql(?:::.*)?|` +
	`thrift jdbc/odbc server|hivethriftserver2?|spark connect(?: server)?|livy-session.*|livy.*|jupyter.*|sparklyr|sparkmagic.*|spark|pyspark|test|app|unnamed|` +
	`org\.apache\.spark\.repl\..*|org\.apache\.spark\.deploy\..*|org\.apache\.spark\.sql\.hive\.thriftserver\..*|org\.apache\.spark\.sql\.connect\..*)$`)

func genericName(pipeline string) bool { return genericNames.MatchString(pipeline) }
