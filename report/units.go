package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/spark-apprentice/apprentice/features"
)

// unknown stands for a figure that the log does not hold. It is not zero.
const unknown = "?"

// seconds writes a time in three figures or so: 340 ms, 12.4 s, 3m05s, 2h07m.
func seconds(s float64) string {
	switch a := math.Abs(s); {
	case math.IsNaN(s) || math.IsInf(s, 0):
		return unknown
	case a < 0.0005:
		return "0"
	case a < 0.9995:
		return fmt.Sprintf("%.0f ms", s*1e3)
	case a < 99.95:
		return fmt.Sprintf("%.1f s", s)
	case a < 3599.5:
		return twoParts(s, 1, 60, "m", "s")
	case a < 86400-30:
		return twoParts(s, 60, 60, "h", "m")
	default:
		return twoParts(s, 3600, 24, "d", "h")
	}
}

// twoParts writes s, counted in units of lo seconds, in two units: 3m05s.
func twoParts(s, lo float64, per int, hiUnit, loUnit string) string {
	n := int(math.Round(math.Abs(s) / lo))
	sign := ""
	if s < 0 {
		sign = "-"
	}
	return fmt.Sprintf("%s%d%s%02d%s", sign, n/per, hiUnit, n%per, loUnit)
}

// exactSeconds writes a time that is one of a column that adds up to total.
func exactSeconds(s, total float64) string {
	if math.Abs(total) < 1000 {
		return fmt.Sprintf("%.2f s", math.Round(s*100)/100+0) // +0 makes -0 a 0
	}
	return fmt.Sprintf("%s s", thousands(int64(math.Round(s))))
}

// size writes bytes in binary units: 0, 512 B, 1.5 KiB, 33 MiB.
func size(n int64) string {
	if n == 0 {
		return "0"
	}
	x, unit := float64(n), 0
	for math.Abs(x) >= 1023.5 && unit < 6 {
		x /= 1024
		unit++
	}
	suffix := [...]string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}[unit]
	if unit > 0 && math.Abs(x) < 9.95 {
		return fmt.Sprintf("%.1f %s", x, suffix)
	}
	return fmt.Sprintf("%.0f %s", x, suffix)
}

// rows writes a large count: 812, 48 k, 1.5 M.
func rows(n int64) string {
	x, unit := float64(n), 0
	for math.Abs(x) >= 999.5 && unit < 4 {
		x /= 1000
		unit++
	}
	suffix := [...]string{"", " k", " M", " G", " T"}[unit]
	if unit > 0 && math.Abs(x) < 9.95 {
		return fmt.Sprintf("%.1f%s", x, suffix)
	}
	return fmt.Sprintf("%.0f%s", x, suffix)
}

// thousands groups digits: 61,771.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	digits := strings.TrimPrefix(s, "-")
	sign := s[:len(s)-len(digits)]
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// count writes "1 run", "2 runs".
func count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if strings.HasSuffix(noun, "s") {
		return thousands(n) + " " + noun + "es"
	}
	return thousands(n) + " " + noun + "s"
}

// percent writes a share: 42%, <1%, -<1%.
func percent(x float64) string {
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0):
		return unknown
	case x > 0 && x < 0.005:
		return "<1%"
	case x < 0 && x > -0.005:
		return "-<1%"
	}
	return fmt.Sprintf("%.0f%%", 100*x)
}

// times writes a factor: 2.4x, 80x.
func times(x float64) string {
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0):
		return unknown
	case math.Abs(x) < 9.95:
		return fmt.Sprintf("%.1fx", x)
	}
	return fmt.Sprintf("%sx", thousands(int64(math.Round(x))))
}

// bar draws x of [0, 1] in width cells, in steps of an eighth of a cell.
// Anything above 0 shows.
func bar(x float64, width int) string {
	if !(x > 0) {
		return ""
	}
	eighths := max(1, int(math.Round(min(x, 1)*float64(8*width))))
	s := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		s += string(rune('█' + 8 - rest))
	}
	return s
}

// or writes a known value with f, an unknown one as "?".
func or[T any](n features.Null[T], f func(T) string) string {
	if !n.OK {
		return unknown
	}
	return f(n.V)
}

// ifKnown writes a known value with f and nothing for an unknown one.
func ifKnown[T any](n features.Null[T], f func(T) string) string {
	if !n.OK {
		return ""
	}
	return f(n.V)
}
