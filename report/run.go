package report

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/spark-apprentice/apprentice/features"
)

// nameOf is what people call a run's workload.
func nameOf(r *features.Run) string {
	switch {
	case r.Pipeline != "":
		return r.Workload()
	case r.AppName != "":
		return r.AppName
	}
	return r.AppID
}

// verdict is how a run ended, and after how long.
func verdict(r *features.Run) string {
	switch {
	case !r.DurationS.OK:
		return r.Outcome
	case r.Outcome == features.Incomplete:
		return "incomplete; the log ends after " + seconds(r.DurationS.V)
	case r.ExitCode.OK && r.ExitCode.V != 0:
		return fmt.Sprintf("%s after %s, exit code %d", r.Outcome, seconds(r.DurationS.V), r.ExitCode.V)
	case r.Outcome == features.Failed:
		return "failed after " + seconds(r.DurationS.V)
	}
	return r.Outcome + " in " + seconds(r.DurationS.V)
}

// logState is how much of a run its log holds.
func logState(r *features.Run) string {
	state := "complete"
	switch {
	case r.Truncated:
		state = "cut or damaged"
	case !r.Complete:
		state = "without an end"
	}
	if r.MalformedLines > 0 {
		state += ", " + count(r.MalformedLines, "bad line")
	}
	return state
}

func clock(t features.Null[time.Time]) string {
	if !t.OK {
		return "at an unknown time"
	}
	return t.V.UTC().Format("2006-01-02 15:04:05") + " UTC"
}

func failed(n int64) string { return thousands(n) + " failed" }

func killed(n int64) string { return thousands(n) + " killed" }

// aside puts words in brackets, if there are any.
func aside(words string) string {
	if words == "" {
		return ""
	}
	return " (" + words + ")"
}

// oneLine joins the lines of a message.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func rowCount(n int64) string { return rows(n) + " rows" }

func fileCount(n int64) string { return count(n, "file") }

func rounded(x float64) string { return thousands(int64(math.Round(x))) }

// listed joins the words that are not empty.
func listed(words ...string) string {
	var kept []string
	for _, w := range words {
		if w != "" {
			kept = append(kept, w)
		}
	}
	return strings.Join(kept, ", ")
}
