package replay

import (
	"math"
	"strconv"
	"strings"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// values looks settings up: the candidate's, else what the run ran with. What
// cannot be read counts as not set; most keys are not set, and asking a parser
// for an error costs more than the rest.
type values struct {
	run  *features.Run
	over map[string]string
}

func (v values) text(key string) string {
	if s, ok := v.over[key]; ok {
		return strings.TrimSpace(s)
	}
	s, _ := v.run.InForce(key)
	return s
}

// asked is text where somebody set it: Spark asks some keys whether they are set.
func (v values) asked(key string) string {
	if _, over := v.over[key]; !over && v.run.ConfEffective[key].Source == features.FromDefault {
		return ""
	}
	return v.text(key)
}

// size is in bytes; unit is what a bare number counts.
func (v values) size(key string, unit, def int64) int64 {
	if s := v.text(key); s != "" {
		if n, err := sparkconf.ParseSize(s, unit); err == nil {
			return n
		}
	}
	return def
}

func (v values) int(key string, def int64) int64 {
	if s := v.text(key); s != "" {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return n
		}
	}
	return def
}

func (v values) float(key string, def float64) float64 {
	if s := v.text(key); s != "" {
		if f, err := strconv.ParseFloat(s, 64); err == nil && !math.IsNaN(f) {
			return f
		}
	}
	return def
}

func (v values) seconds(key string, def float64) float64 {
	if s := v.text(key); s != "" {
		if t, err := sparkconf.ParseDuration(s, 1); err == nil {
			return t
		}
	}
	return def
}

func (v values) bool(key string, def bool) bool {
	if s := v.text(key); s != "" {
		if b, err := strconv.ParseBool(strings.ToLower(s)); err == nil {
			return b
		}
	}
	return def
}
