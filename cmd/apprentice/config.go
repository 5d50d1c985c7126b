package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// Config is every setting. Its defaults are pure; loadConfig lays file,
// environment and flags over them.
type Config struct {
	Logs        []string      `mapstructure:"logs"`
	Since       string        `mapstructure:"since"`
	MaxDuration time.Duration `mapstructure:"max-duration"`
	InProgress  string        `mapstructure:"in-progress"`
	Pipelines   []string      `mapstructure:"pipelines"`
	User        string        `mapstructure:"user"`
	Jobs        int           `mapstructure:"jobs"`
	Memory      string        `mapstructure:"memory"`

	State  string `mapstructure:"state"`
	Output string `mapstructure:"output"`
	Base   string `mapstructure:"base"`

	Mode        string       `mapstructure:"mode"`
	WhatIf      bool         `mapstructure:"what-if"`
	Constraints []constraint `mapstructure:"constraints"`
	Limits      []limit      `mapstructure:"limits"`
	Reward      string       `mapstructure:"reward"`
	CorePrice   float64      `mapstructure:"core-price"`
	MemoryPrice float64      `mapstructure:"memory-price"`
	Prices      []price      `mapstructure:"prices"`
	Currency    string       `mapstructure:"currency"`
	Confidence  float64      `mapstructure:"confidence"`
	MinGain     float64      `mapstructure:"min-gain"`
	MinSeconds  float64      `mapstructure:"min-seconds"`
	MinMoney    float64      `mapstructure:"min-money"`
	MaxSlowdown float64      `mapstructure:"max-slowdown"`
	Explore     []string     `mapstructure:"explore"`
	Agents      string       `mapstructure:"agents"`
	Seed        int64        `mapstructure:"seed"`
	Now         string       `mapstructure:"now"`

	now    time.Time         // Now, or the clock
	origin map[string]string // setting: file:line, variable or flag that gave it
}

// A constraint is a person's rule for the pipelines that match a pattern.
type constraint struct {
	Pipeline string     `yaml:"pipeline"`
	Enforce  properties `yaml:"enforce,omitempty"`
	Preserve []string   `yaml:"preserve,omitempty"`
	Exclude  bool       `yaml:"exclude,omitempty"`
	Ignore   []string   `yaml:"ignore,omitempty"`
}

// at says which place gave the setting that err is about.
func (c *Config) at(option string, err error) error {
	place := c.origin[option]
	if place != "--"+option && !strings.HasPrefix(err.Error(), option+": ") {
		err = fmt.Errorf("%s: %w", option, err)
	}
	if place != "" {
		return fmt.Errorf("%s: %w", place, err)
	}
	return err
}

// sinceTime is the point in time before which logs are left alone; zero: none.
func (c *Config) sinceTime() (time.Time, error) {
	if c.Since == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.DateOnly, c.Since); err == nil {
		return t, nil
	}
	age, err := parseAge(c.Since)
	return c.now.Add(-age), err
}

// relativeTo makes a path that a configuration file names independent of the
// directory that the program was started in.
func relativeTo(dir, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}
