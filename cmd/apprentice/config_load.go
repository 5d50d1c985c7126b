package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/agnivade/levenshtein"
	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/pflag"
	"github.com/spf13/viper"
)

const (
	defaultConfigFile = "apprentice.yaml"
	envPrefix         = "APPRENTICE_"
)

// envName is the variable of an option: max-duration, APPRENTICE_MAX_DURATION.
func envName(option string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(option, "-", "_"))
}

// loadConfig lays the file over the defaults, the environment over the file
// and the flags over all. Every value is checked where it comes from, so that
// an error names the place.
func loadConfig(flags *pflag.FlagSet, t *terminal) (*Config, error) {
	v := viper.New()
	for name, value := range settings(defaultConfig()) {
		v.SetDefault(name, value)
	}
	cfg := &Config{origin: map[string]string{}}
	path, err := configPath(flags)
	if err != nil {
		return nil, err
	}
	if path != "" {
		values, lines, err := readConfigFile(path)
		if err != nil {
			return nil, err
		}
		if err := v.MergeConfigMap(values); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		for name, line := range lines {
			cfg.origin[name] = fmt.Sprintf("%s:%d", path, line)
		}
	}
	if err := bindEnvironment(v, cfg.origin, t); err != nil {
		return nil, err
	}
	flags.VisitAll(func(f *pflag.Flag) {
		if lookupOption(f.Name) == nil {
			return
		}
		_ = v.BindPFlag(f.Name, f) // fails for a nil flag only
		if f.Changed {
			cfg.origin[f.Name] = "--" + f.Name
		}
	})
	if err := v.UnmarshalExact(cfg, viper.DecodeHook(decodeString)); err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	cfg.now = time.Now().UTC()
	if cfg.Now != "" {
		cfg.now, err = time.Parse(time.RFC3339, cfg.Now)
	}
	return cfg, err
}

// configPath is --config, APPRENTICE_CONFIG or ./apprentice.yaml if it exists.
func configPath(flags *pflag.FlagSet) (string, error) {
	path, _ := flags.GetString("config")
	if path == "" {
		path = os.Getenv(envName("config"))
	}
	if path != "" {
		return path, nil
	}
	_, err := os.Stat(defaultConfigFile)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return defaultConfigFile, err
}

// bindEnvironment checks and binds the variables that are set. A variable that
// looks like ours and is none is said, not obeyed and no error: others may own it.
func bindEnvironment(v *viper.Viper, origin map[string]string, t *terminal) error {
	known := map[string]bool{envName("config"): true}
	for i := range options {
		o := &options[i]
		env := envName(o.name)
		known[env] = true
		_ = v.BindEnv(o.name, env) // fails without a name only
		value := os.Getenv(env)
		if value == "" {
			continue
		}
		if err := o.checkText(value); err != nil {
			return fmt.Errorf("environment variable %s: %w", env, err)
		}
		origin[o.name] = env
	}
	for _, kv := range os.Environ() {
		env, _, _ := strings.Cut(kv, "=")
		if strings.HasPrefix(env, envPrefix) && !known[env] {
			t.notef("apprentice: %s is not a setting and has no effect%s", env, didYouMean(env, slices.Sorted(maps.Keys(known))))
		}
	}
	return nil
}

// checkText checks a value given as one string, by a flag or a variable.
func (o *option) checkText(s string) error {
	values := []string{s}
	if o.list {
		var err error
		if values, err = splitList(s); err != nil {
			return o.complain(s, err)
		}
	}
	return o.checkAll(values)
}

func (o *option) checkAll(values []string) error {
	for _, s := range values {
		if o.check == nil {
			continue
		}
		if err := o.check(s); err != nil {
			return o.complain(s, err)
		}
	}
	return nil
}

// decodeString turns the text of a flag, a variable or a scalar of the file
// into the type of its field.
func decodeString(from, to reflect.Type, data any) (any, error) {
	s, ok := data.(string)
	if !ok {
		return data, nil
	}
	switch to {
	case reflect.TypeFor[time.Duration]():
		return time.ParseDuration(s)
	case reflect.TypeFor[[]string]():
		return splitList(s)
	case reflect.TypeFor[[]constraint]():
		return parseRows[constraint](s)
	case reflect.TypeFor[[]limit]():
		return parseRows[limit](s)
	case reflect.TypeFor[[]price]():
		return parseRows[price](s)
	}
	return data, nil
}

// settings gives the exported fields of cfg by option name.
func settings(cfg Config) map[string]any {
	m := map[string]any{}
	v := reflect.ValueOf(cfg)
	for i := range v.NumField() {
		if name := v.Type().Field(i).Tag.Get("mapstructure"); name != "" {
			m[name] = v.Field(i).Interface()
		}
	}
	return m
}

var _ mapstructure.DecodeHookFuncType = decodeString

// didYouMean is "; did you mean X?" for the nearest of known, or nothing where
// none is near.
func didYouMean(word string, known []string) string {
	if near := nearest(word, known); near != "" {
		return fmt.Sprintf("; did you mean %s?", name(near))
	}
	return ""
}

// nearest is the known word that needs the fewest edits, at most a third of
// its length, the first in order among equals.
func nearest(word string, known []string) string {
	best, at := "", 0
	for _, k := range known {
		d := levenshtein.ComputeDistance(strings.ToLower(word), strings.ToLower(k))
		if d <= max(2, len(k)/3) && (best == "" || d < at) {
			best, at = k, d
		}
	}
	return best
}
