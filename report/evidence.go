package report

import (
	"regexp"
	"strconv"

	"github.com/spark-apprentice/apprentice/features"
)

// ownBytes are counts of bytes in the evidence that is ours, each with the
// median that a skewed or huge task is held against.
var ownBytes = regexp.MustCompile(`\b(\d+) bytes\b(?:, median (\d+))?`)

// evidenceOf writes the bytes of a stage's figures in units that people read,
// as the tables beside them do. Spark's own messages stay as they are.
func evidenceOf(kind, text string) string {
	switch kind {
	case features.SignalSpill, features.SignalSkew, features.SignalSmallPartitions, features.SignalHugePartitions:
	default:
		return text
	}
	inUnits := func(digits string) string {
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			return digits + " bytes"
		}
		return size(n)
	}
	return ownBytes.ReplaceAllStringFunc(text, func(found string) string {
		m := ownBytes.FindStringSubmatch(found)
		if m[2] == "" {
			return inUnits(m[1])
		}
		return inUnits(m[1]) + ", median " + inUnits(m[2])
	})
}
