package main

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/spark-apprentice/apprentice/learner"
	"gopkg.in/yaml.v3"
)

// properties are Spark properties, as a mapping or as a list of key=value.
type properties map[string]string

// UnmarshalYAML keeps keys as written; viper would lower their case and split
// them at dots.
func (p *properties) UnmarshalYAML(n *yaml.Node) error {
	*p = properties{}
	if n.Kind == yaml.MappingNode {
		for i := 0; i < len(n.Content); i += 2 {
			if n.Content[i+1].Kind != yaml.ScalarNode {
				return fmt.Errorf("line %d: enforce: %s needs one value", n.Line, n.Content[i].Value)
			}
			(*p)[n.Content[i].Value] = n.Content[i+1].Value
		}
		return nil
	}
	var list []string
	if err := n.Decode(&list); err != nil {
		return fmt.Errorf("line %d: enforce: want a list of key=value or a mapping", n.Line)
	}
	for _, kv := range list {
		key, value, ok := strings.Cut(kv, "=")
		if !ok || strings.TrimSpace(key) == "" {
			return fmt.Errorf("line %d: enforce: %q is not key=value", n.Line, kv)
		}
		(*p)[strings.TrimSpace(key)] = strings.TrimSpace(value)
	}
	return nil
}

// check tells of patterns and nights that are none.
func (c constraint) check() error {
	if _, err := path.Match(c.Pipeline, ""); err != nil || c.Pipeline == "" {
		return fmt.Errorf("pipeline: %q is no pattern; \"*\" matches all", c.Pipeline)
	}
	for _, nights := range c.Ignore {
		if err := checkNights(nights); err != nil {
			return fmt.Errorf("ignore: %w", err)
		}
	}
	return nil
}

// checkNights accepts a date or from..to.
func checkNights(s string) error {
	from, to, ok := strings.Cut(s, "..")
	if !ok {
		to = from
	}
	for _, d := range []string{from, to} {
		if _, err := time.Parse(time.DateOnly, d); err != nil {
			return fmt.Errorf("%q is neither a night (2026-11-27) nor a range (2026-12-24..2026-12-26)", s)
		}
	}
	return nil
}

// learnerConstraints are the constraints as the learner takes them.
func (c *Config) learnerConstraints() []learner.Constraint {
	var list []learner.Constraint
	for _, r := range c.Constraints {
		list = append(list, learner.Constraint{
			Pipeline: r.Pipeline, Enforce: r.Enforce, Preserve: r.Preserve, Exclude: r.Exclude, Ignore: r.Ignore,
		})
	}
	return list
}

// allowances are the pipelines that may explore, as the learner takes them.
func (c *Config) allowances() ([]learner.Allowance, error) {
	var list []learner.Allowance
	for _, s := range c.Explore {
		a, err := parseAllowance(s)
		if err != nil {
			return nil, c.at("explore", lookupOption("explore").complain(s, err))
		}
		list = append(list, a)
	}
	return list, nil
}

// ignored reports whether a person told that a pipeline's night does not train.
func (c *Config) ignored(pipeline, night string) bool {
	return slices.ContainsFunc(c.learnerConstraints(), func(r learner.Constraint) bool { return r.Ignores(pipeline, night) })
}
