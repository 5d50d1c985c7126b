package sparkconf

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Units of sizes, in bytes.
const (
	Byte int64 = 1
	KiB        = Byte << 10
	MiB        = Byte << 20
	GiB        = Byte << 30
	TiB        = Byte << 40
	PiB        = Byte << 50
)

// Suffixes that org.apache.spark.network.util.JavaUtils reads, in any case.
var (
	sizeSuffix = map[string]int64{
		"b": Byte, "k": KiB, "kb": KiB, "m": MiB, "mb": MiB, "g": GiB, "gb": GiB,
		"t": TiB, "tb": TiB, "p": PiB, "pb": PiB,
	}
	timeSuffix = map[string]int64{ // microseconds
		"us": 1, "ms": 1e3, "s": 1e6, "m": 60e6, "min": 60e6, "h": 3600e6, "d": 86400e6,
	}
)

// ParseSize reads Spark's sizes as bytes: a whole number with one of the
// suffixes b, k, m, g, t, p (or kb, mb, …), each a power of 1024; a bare number
// counts in unit bytes. Fractions are errors, as in JavaUtils.byteStringAs; a
// leading minus is read, as in ConfigHelpers.byteFromString (-1 switches off).
func ParseSize(s string, unit int64) (int64, error) {
	n, scale, err := parseScaled(s, unit, sizeSuffix)
	if err == nil && overflows(n, scale) {
		err = errors.New("the number is out of range")
	}
	if err != nil {
		return 0, fmt.Errorf("%q is no size: %w, as in 64m", s, err)
	}
	return n * scale, nil
}

// ParseDuration reads Spark's times as seconds: a whole number with one of the
// suffixes us, ms, s, m or min, h, d; a bare number counts in unit seconds.
// Fractions are errors, as in JavaUtils.timeStringAs.
func ParseDuration(s string, unit float64) (float64, error) {
	n, scale, err := parseScaled(s, int64(math.Round(unit*1e6)), timeSuffix)
	if err != nil {
		return 0, fmt.Errorf("%q is no time: %w, as in 60s", s, err)
	}
	return float64(n) * float64(scale) / 1e6, nil
}

// parseScaled reads a whole number and what its suffix counts; unit where it has none.
func parseScaled(s string, unit int64, suffixes map[string]int64) (n, scale int64, err error) {
	number, suffix, ok := cutNumber(strings.ToLower(javaTrim(s)))
	if !ok {
		return 0, 0, errors.New("want a whole number and a unit")
	}
	if n, err = strconv.ParseInt(number, 10, 64); err != nil {
		return 0, 0, errors.New("the number is out of range")
	}
	if suffix == "" {
		return n, unit, nil
	}
	scale, ok = suffixes[suffix]
	if !ok {
		return 0, 0, fmt.Errorf("%q is no unit", suffix)
	}
	return n, scale, nil
}

// cutNumber splits (-?[0-9]+)([a-z]*).
func cutNumber(s string) (number, suffix string, ok bool) {
	i := 0
	if strings.HasPrefix(s, "-") {
		i++
	}
	first := i
	for i < len(s) && '0' <= s[i] && s[i] <= '9' {
		i++
	}
	number, suffix = s[:i], s[i:]
	for _, c := range []byte(suffix) {
		if c < 'a' || c > 'z' {
			return "", "", false
		}
	}
	return number, suffix, i > first
}

func overflows(n, scale int64) bool { return n > math.MaxInt64/scale || n < -math.MaxInt64/scale }

// FormatSize writes the shortest exact size, "64m". What is no whole KiB is
// written in bytes with its suffix, so that no key's own unit changes it; 0 and
// -1 are bare, as Spark's documentation writes them.
func FormatSize(n int64) string {
	if n <= 0 && n > -KiB {
		return strconv.FormatInt(n, 10)
	}
	return formatScaled(n, []string{"p", "t", "g", "m", "k", "b"}, sizeSuffix)
}

// formatMicros writes the shortest exact time, "3s".
func formatMicros(us int64) string {
	if us == 0 {
		return "0"
	}
	return formatScaled(us, []string{"d", "h", "min", "s", "ms", "us"}, timeSuffix)
}

// formatScaled uses the largest unit that divides n.
func formatScaled(n int64, units []string, suffixes map[string]int64) string {
	for _, u := range units {
		if n%suffixes[u] == 0 {
			return strconv.FormatInt(n/suffixes[u], 10) + u
		}
	}
	return strconv.FormatInt(n, 10)
}

// javaTrim is String.trim: it drops control characters and spaces, no others.
func javaTrim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
}
