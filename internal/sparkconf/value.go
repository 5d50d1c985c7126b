package sparkconf

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// Canonical gives equal values one spelling ("1024m" and "1g", "True" and
// "true"), by the key's type. Values it cannot read come back trimmed, as do
// those of keys that the catalogue does not hold.
func Canonical(name, value string) string {
	if s, err := spell(catalogue()[name].Type, javaTrim(value)); err == nil {
		return s
	}
	return javaTrim(value)
}

// Valid reports why Spark refuses value for the key, by its type and by the
// values that the key takes; nil: it does not.
func Valid(name, value string) error {
	c, ok := catalogue()[name]
	if !ok {
		return fmt.Errorf("%q is no key that Spark declares", name)
	}
	value = javaTrim(value)
	_, err := spell(c.Type, value)
	if err == nil {
		err = inRange(name, c.Type, value)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// decimal is what both Java and we read as a floating-point number.
var decimal = regexp.MustCompile(`^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$`)

// spell reads a trimmed value by its type and writes it in one way.
func spell(kind, value string) (string, error) {
	switch kind {
	case "bytes", "kib", "mib":
		n, err := ParseSize(value, unitOf(kind))
		return FormatSize(n), err
	case "ms", "s", "min":
		n, scale, err := parseScaled(value, unitOf(kind), timeSuffix)
		if err != nil {
			return "", fmt.Errorf("%q is no time: %w, as in 60s", value, err)
		}
		if overflows(n, scale) { // Spark's "never" is the largest number of milliseconds
			return value, nil
		}
		return formatMicros(n * scale), nil
	case "int":
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return "", fmt.Errorf("%q is no whole number", value)
		}
		return strconv.FormatInt(n, 10), nil
	case "double":
		f, err := strconv.ParseFloat(value, 64)
		if err != nil || !decimal.MatchString(value) {
			return "", fmt.Errorf("%q is no number", value)
		}
		if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e15) {
			return strconv.FormatFloat(f, 'g', -1, 64), nil
		}
		return strconv.FormatFloat(f, 'f', -1, 64), nil
	case "bool":
		if lower := strings.ToLower(value); lower == "true" || lower == "false" {
			return lower, nil
		}
		return "", errors.New(strconv.Quote(value) + " is neither true nor false")
	}
	return value, nil
}

// unitOf is what a bare number counts: bytes for sizes, microseconds for times.
func unitOf(kind string) int64 {
	switch kind {
	case "kib":
		return KiB
	case "mib":
		return MiB
	case "ms", "s", "min":
		return timeSuffix[kind]
	}
	return Byte
}
