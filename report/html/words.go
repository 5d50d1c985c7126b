package html

import (
	"fmt"
	"strings"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/report"
)

// longest is how much of one text from a log the page shows.
const longest = 2000

// show makes text from a log fit to be read: on one line, with what reorders or
// hides letters escaped, and not endless.
func show(s string) string {
	s = report.Plain(s)
	if len(s) <= longest {
		return s
	}
	return strings.ToValidUTF8(s[:longest], "") + "…"
}

// cutPrefix drops what all keys of Spark share.
func cutPrefix(key string) string { return strings.TrimPrefix(key, "spark.") }

func times(x float64) string { return fmt.Sprintf("%.2f×", x) }

func countWords(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// startOf is when a run started, in seconds since 1970; of a run that does not
// say, its night.
func startOf(r *features.Run) int64 {
	if r.StartedAt.OK {
		return r.StartedAt.V.Unix()
	}
	return nightStart(r.Night)
}
