package main

import (
	"bytes"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"

	"github.com/spark-apprentice/apprentice/learner"
)

// readAgents reads the agents' declaration, the built-in one without a path.
// text is what the file holds.
func readAgents(cfg *Config) (agents []learner.Agent, text []byte, err error) {
	if cfg.Agents == "" {
		return learner.DefaultAgents(), nil, nil
	}
	if text, err = os.ReadFile(cfg.Agents); err != nil {
		return nil, nil, cfg.at("agents", err)
	}
	agents, err = learner.LoadAgents(bytes.NewReader(text))
	if err != nil {
		err = agentsError(cfg.Agents, err)
	}
	return agents, text, err
}

var (
	unknownField = regexp.MustCompile(`line (\d+): field (\S+) not found in type`)
	atLine       = regexp.MustCompile(`(?s)^agents: yaml: (?:unmarshal errors:\s+)?line (\d+): (.*)`)
)

// agentsError says where in the file an error is, and which key was meant.
func agentsError(path string, err error) error {
	if m := unknownField.FindStringSubmatch(err.Error()); m != nil {
		return fmt.Errorf("%s:%s: unknown key %s%s", path, m[1], name(m[2]), didYouMean(m[2], yamlKeys(reflect.TypeFor[learner.Agent]())))
	}
	if m := atLine.FindStringSubmatch(err.Error()); m != nil {
		return fmt.Errorf("%s:%s: %s", path, m[1], m[2])
	}
	return fmt.Errorf("%s: %w", path, err)
}

// yamlKeys lists the keys that a struct and those within it read.
func yamlKeys(t reflect.Type) (keys []string) {
	switch t.Kind() {
	case reflect.Slice, reflect.Pointer:
		return yamlKeys(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if key, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ","); key != "" {
				keys = append(append(keys, key), yamlKeys(t.Field(i).Type)...)
			}
		}
	}
	return keys
}
