package learner

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// rules are people's constraints on one pipeline, all matching patterns joined.
type rules struct {
	enforce  settings // the first pattern that names a key wins
	preserve []string
	exclude  string // pattern that excludes the pipeline
}

func rulesFor(pipeline string, constraints []Constraint) rules {
	r := rules{enforce: settings{}}
	for _, c := range constraints {
		if !matches(c.Pipeline, pipeline) {
			continue
		}
		for k, v := range c.Enforce {
			if _, ok := r.enforce[k]; !ok {
				r.enforce[k] = sparkconf.Canonical(k, v)
			}
		}
		r.preserve = append(r.preserve, c.Preserve...)
		if c.Exclude && r.exclude == "" {
			r.exclude = c.Pipeline
		}
	}
	return r
}

// matches tells whether a pattern names a pipeline; a variant also answers to
// its pipeline's name.
func matches(pattern, pipeline string) bool {
	if ok, _ := path.Match(pattern, pipeline); ok || pattern == pipeline {
		return true
	}
	at := strings.LastIndexByte(pipeline, '@')
	if at < 0 {
		return false
	}
	ok, _ := path.Match(pattern, pipeline[:at])
	return ok || pattern == pipeline[:at]
}

// Ignores reports whether a night of a pipeline or of a variant is one that people
// excluded: a date, or from..to. It is what features.Judge asks; Learn does not.
func (c Constraint) Ignores(pipeline, night string) bool {
	if !matches(c.Pipeline, pipeline) {
		return false
	}
	for _, span := range c.Ignore {
		from, to, ok := strings.Cut(span, "..")
		if !ok {
			to = from
		}
		if from <= night && night <= to {
			return true
		}
	}
	return false
}

func checkConstraints(list []Constraint) error {
	for i, c := range list {
		if _, err := path.Match(c.Pipeline, ""); err != nil {
			return fmt.Errorf("constraint %d: pattern %q: %w", i+1, c.Pipeline, err)
		}
		for _, span := range c.Ignore {
			from, to, ok := strings.Cut(span, "..")
			for _, day := range []string{from, to} {
				if _, err := time.Parse(time.DateOnly, day); err != nil && (ok || day != "") {
					return fmt.Errorf("constraint %d: ignore %q: want YYYY-MM-DD or YYYY-MM-DD..YYYY-MM-DD", i+1, span)
				}
			}
		}
	}
	return nil
}

// A say is what people's directives come to for one pipeline.
type say struct {
	accepted, rejected map[string]bool // by recommendation id
	rolledBack         map[string]bool
	refused            map[string]map[string]string // settings of what was rejected or rolled back, by id
	resting            time.Time                    // of the newest rollback; zero: none, or something was accepted since
	pins               settings
	frozen             bool
}

// Verbs of a Directive.
const (
	VerbAccept   = "accept"
	VerbReject   = "reject"
	VerbPin      = "pin"
	VerbUnpin    = "unpin"
	VerbFreeze   = "freeze"
	VerbUnfreeze = "unfreeze"
	VerbRollback = "rollback"
)

// sayOf replays the directives on a pipeline, and for a variant those on the
// pipeline that it is of, oldest first. The newest word on an id wins; an accept
// after a rejection takes the settings up again.
func sayOf(all []Directive, pipeline, of string) say {
	s := say{accepted: map[string]bool{}, rejected: map[string]bool{}, rolledBack: map[string]bool{}, refused: map[string]map[string]string{}, pins: settings{}}
	var mine []Directive
	for _, d := range all {
		switch {
		case d.Pipeline == pipeline:
			mine = append(mine, d)
		case of != "" && d.Pipeline == of:
			mine = append(mine, d.inherited(pipeline))
		}
	}
	slices.SortStableFunc(mine, func(a, b Directive) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Verb, b.Verb), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Value, b.Value))
	})
	for _, d := range mine {
		switch d.Verb {
		case VerbAccept:
			s.accepted[d.ID] = true
			delete(s.rejected, d.ID)
			delete(s.rolledBack, d.ID)
			delete(s.refused, d.ID)
			s.resting = time.Time{}
		case VerbReject:
			s.rejected[d.ID], s.refused[d.ID] = true, d.Settings
			delete(s.accepted, d.ID)
		case VerbRollback:
			s.rolledBack[d.ID], s.refused[d.ID], s.resting = true, d.Settings, d.At
			delete(s.accepted, d.ID)
		case VerbPin:
			s.pins[d.Key] = sparkconf.Canonical(d.Key, d.Value)
		case VerbUnpin:
			if d.Key == "" {
				clear(s.pins)
			}
			delete(s.pins, d.Key)
		case VerbFreeze:
			s.frozen = true
		case VerbUnfreeze:
			s.frozen = false
		}
	}
	return s
}

// enforced are the keys that people fixed: pins win over constraints. What the
// pipeline's Spark would refuse is none of them.
func (j *judgement) enforced() settings {
	e := settings{}
	for _, fixed := range []settings{j.rules.enforce, j.say.pins} {
		for k, v := range fixed {
			if sparkconf.Check(k, v, j.rec.SparkVersion) == nil {
				e[k] = v
			}
		}
	}
	return e
}

// numbersOfPartitions are two keys for one number: AQE takes the second, where it
// is set, in place of the first (SQLConf.numShufflePartitions).
var numbersOfPartitions = []string{"spark.sql.shuffle.partitions", adaptive + "coalescePartitions.initialPartitionNum"}

// fixedBy is the key by which people fixed a key: itself, or the other one for
// the same number, which it would defeat. Empty: it is free.
func (j *judgement) fixedBy(key string) string {
	e := j.enforced()
	if _, ok := e[key]; ok {
		return key
	}
	if slices.Contains(numbersOfPartitions, key) {
		for _, other := range numbersOfPartitions {
			if _, ok := e[other]; ok {
				return other
			}
		}
	}
	return ""
}

// withFixed are settings with what people fixed in force.
func (j *judgement) withFixed(set settings) settings { return merged(set, j.enforced()) }

// unfixed are settings without those that are as people fixed them.
func (j *judgement) unfixed(set map[string]string) map[string]string {
	e, m := j.enforced(), map[string]string{}
	for k, v := range set {
		if fixed, ok := e[k]; !ok || fixed != v {
			m[k] = v
		}
	}
	return m
}

// leaveOut drops from the file what the pipeline's Spark would refuse: a frozen
// file may hold what was fixed before values were checked, and a run may have
// come under an older Spark. Nothing else of the pipeline, and no other
// pipeline, stops for it.
func (j *judgement) leaveOut() {
	j.rec.File = maps.Clone(j.rec.File)
	for _, k := range sortedKeys(j.rec.File) {
		v := j.rec.File[k]
		err := sparkconf.Check(k, v, j.rec.SparkVersion)
		if err == nil {
			continue
		}
		if line := fmt.Sprintf("%s=%s is left out: %v.", k, v, err); j.say.pins[k] != v && j.rules.enforce[k] != v && !slices.Contains(j.rec.LeftOut, line) {
			j.rec.LeftOut = append(j.rec.LeftOut, line)
		}
		delete(j.rec.File, k)
		delete(j.rec.Settings, k)
	}
}

// impossible says what people fixed that the pipeline's Spark would refuse: first
// how to take it back, since what is long is cut.
func (j *judgement) impossible() []string {
	var list []string
	pipeline := j.name
	if strings.ContainsAny(pipeline, " \t") {
		pipeline = strconv.Quote(pipeline)
	}
	for _, k := range sortedKeys(j.say.pins) {
		if err := sparkconf.Check(k, j.say.pins[k], j.rec.SparkVersion); err != nil {
			list = append(list, fmt.Sprintf("A pin is left out, `apprentice unpin %s %s` ends it: %v.", pipeline, k, err))
		}
	}
	for _, k := range sortedKeys(j.rules.enforce) {
		if err := sparkconf.Check(k, j.rules.enforce[k], j.rec.SparkVersion); err != nil {
			list = append(list, fmt.Sprintf("What a constraint enforces is left out, correct `enforce: %s` in the configuration: %v.", k, err))
		}
	}
	return list
}
