package main

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
	"github.com/spark-apprentice/apprentice/learner"
)

// errValue is a value that its option does not allow; the option says what it
// allows.
var errValue = errors.New("not allowed")

func oneOf(values ...string) func(string) error {
	return func(s string) error { return ifNot(slices.Contains(values, s)) }
}

func ifNot(ok bool) error {
	if !ok {
		return errValue
	}
	return nil
}

// parsed accepts what parse can read.
func parsed[T any](parse func(string) (T, error)) func(string) error {
	return func(s string) error {
		_, err := parse(s)
		return err
	}
}

func checkSince(s string) error {
	if _, err := time.Parse(time.DateOnly, s); s == "" || err == nil {
		return nil
	}
	_, err := parseAge(s)
	return err
}

// parseAge reads a Go duration or a number of days: "30d".
func parseAge(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil {
			return 0, errValue
		}
		return time.Duration(n) * 24 * time.Hour, nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return 0, errValue
	}
	return d, nil
}

func checkDuration(s string) error {
	d, err := time.ParseDuration(s)
	return ifNot(err == nil && d >= 0)
}

func checkJobs(s string) error {
	n, err := strconv.Atoi(s)
	return ifNot(err == nil && n >= 0 && n <= 1024)
}

func checkWhole(s string) error {
	_, err := strconv.ParseInt(s, 10, 64)
	return ifNot(err == nil)
}

func checkPrice(s string) error {
	x, err := strconv.ParseFloat(s, 64)
	return ifNot(err == nil && x >= 0 && x < 1e12)
}

func checkPositive(s string) error {
	x, err := strconv.ParseFloat(s, 64)
	return ifNot(err == nil && x > 0 && x < 1e12)
}

// parseMemory reads a size; 0 is no limit.
func parseMemory(s string) (int64, error) {
	n, err := sparkconf.ParseSize(s, 1)
	if err != nil || n < 0 {
		return 0, errValue
	}
	return n, nil
}

func checkNow(s string) error {
	_, err := time.Parse(time.RFC3339, s)
	return ifNot(s == "" || err == nil)
}

// parsePipelineRule reads "property KEY [=> NAME]" or "app-name REGEXP [=> NAME]".
func parsePipelineRule(s string) (features.PipelineRule, error) {
	kind, rest, _ := strings.Cut(strings.TrimSpace(s), " ")
	pattern, replacement, _ := strings.Cut(rest, "=>")
	pattern, replacement = strings.TrimSpace(pattern), strings.TrimSpace(replacement)
	switch {
	case pattern == "":
	case kind == "property":
		return features.PipelineRule{Property: pattern, Name: replacement}, nil
	case kind == "app-name":
		if _, err := regexp.Compile(pattern); err != nil {
			return features.PipelineRule{}, err
		}
		return features.PipelineRule{AppName: pattern, Name: replacement}, nil
	}
	return features.PipelineRule{}, errValue
}

// parseAllowance reads "PATTERN=SECONDS"; a pattern may hold "=" itself.
func parseAllowance(s string) (learner.Allowance, error) {
	i := strings.LastIndexByte(s, '=')
	if i <= 0 {
		return learner.Allowance{}, errValue
	}
	a := learner.Allowance{Pipeline: strings.TrimSpace(s[:i])}
	if _, err := path.Match(a.Pipeline, ""); err != nil || a.Pipeline == "" {
		return a, fmt.Errorf("%q is no pattern; \"*\" matches all", a.Pipeline)
	}
	var err error
	a.BudgetS, err = strconv.ParseFloat(strings.TrimSpace(s[i+1:]), 64)
	return a, ifNot(err == nil && a.BudgetS >= 0 && a.BudgetS < 1e12)
}

// complain says that a value is not allowed for o, and what is.
func (o *option) complain(value string, err error) error {
	msg := fmt.Sprintf("%s: %q is not allowed", o.name, value)
	if rowsOf[o.name] != nil {
		msg = o.name
	}
	if !errors.Is(err, errValue) {
		msg += ": " + err.Error()
	}
	if o.allowed == "" {
		return errors.New(msg)
	}
	return fmt.Errorf("%s; allowed: %s", msg, o.allowed)
}
