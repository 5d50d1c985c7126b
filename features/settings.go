package features

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// settings works out which values were in force. A log holds what was set
// before the application started (Spark Properties) and what each SQL
// execution ran with: since 3.4 the session's own settings
// (SQLExecutionStart.modifiedConfigs), in all versions the properties of its
// jobs. Only tunable keys are kept, and of those only what differs.
type settings struct {
	tunable map[string]bool
	logged  map[string]string
	// overrides are the settings that differ from the logged ones, by SQL
	// execution.
	overrides map[int64]map[string]string
}

func newSettings() *settings {
	s := &settings{tunable: map[string]bool{}, logged: map[string]string{}, overrides: map[int64]map[string]string{}}
	for _, k := range sparkconf.Tunable() {
		s.tunable[k] = true
	}
	return s
}

// observe notes what an execution ran with. Only SQL settings can change while
// an application runs.
func (s *settings) observe(execution int64, conf map[string]string) {
	for k, v := range conf {
		if !s.tunable[k] || !strings.HasPrefix(k, "spark.sql.") || sparkconf.Canonical(k, v) == sparkconf.Canonical(k, s.logged[k]) {
			continue
		}
		o := s.overrides[execution]
		if o == nil {
			o = map[string]string{}
			s.overrides[execution] = o
		}
		o[k] = v
	}
}

// effective answers for each tunable key that the version knows. Where
// executions differ, the value with the most charged time counts and the
// source says runtime_set: a file cannot set what code sets.
func (s *settings) effective(version sparkconf.Version, versionKnown bool, charged map[int64]float64) map[string]Setting {
	out := map[string]Setting{}
	for k := range s.tunable {
		if set, ok := s.base(k, version, versionKnown); ok {
			out[k] = set
		}
	}
	var total float64 // in order of id: sums must not depend on a map's order
	for _, id := range slices.Sorted(maps.Keys(charged)) {
		total += charged[id]
	}
	type use struct {
		value string
		time  float64
	}
	uses := map[string][]use{} // by key
	for _, id := range slices.Sorted(maps.Keys(s.overrides)) {
		for k, v := range s.overrides[id] {
			base, has := out[k]
			canon := sparkconf.Canonical(k, v)
			if has && base.Source == FromDefault && canon == sparkconf.Canonical(k, base.Value) {
				continue // the session says what the default is
			}
			i := slices.IndexFunc(uses[k], func(u use) bool { return u.value == canon })
			if i < 0 {
				uses[k], i = append(uses[k], use{value: canon}), len(uses[k])
			}
			uses[k][i].time += charged[id]
		}
	}
	for k, us := range uses {
		rest := total
		best := us[0]
		for _, u := range us {
			rest -= u.time
			if u.time > best.time {
				best = u
			}
		}
		value := best.value
		if base := out[k]; base.Source != "" && base.Source != FromUnknown && rest > best.time {
			value = base.Value
		}
		out[k] = Setting{Value: value, Source: FromRuntimeSet}
	}
	return out
}

// base is a key's setting before any session changes it. False: the version
// has no such key.
func (s *settings) base(key string, version sparkconf.Version, versionKnown bool) (Setting, bool) {
	if v, ok := s.logged[key]; ok {
		if v == sparkconf.Redacted {
			return Setting{Source: FromUnknown}, true
		}
		return Setting{Value: sparkconf.Canonical(key, v), Source: FromLog}, true
	}
	if !versionKnown {
		return Setting{Source: FromUnknown}, true
	}
	k, ok := sparkconf.Lookup(key, version)
	if !ok {
		return Setting{}, false
	}
	return Setting{Value: sparkconf.Canonical(key, k.Default), Source: FromDefault}, true
}

// redacted returns a copy whose secrets are hidden.
func redacted(props map[string]string) map[string]string {
	out := make(map[string]string, len(props))
	for k, v := range props {
		out[k] = sparkconf.Redact(k, v)
	}
	return out
}

func parseFloat(s string) (float64, bool) {
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}
