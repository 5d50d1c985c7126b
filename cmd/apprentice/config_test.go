package main

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
)

// load loads the configuration that a file, variables and flags give.
func load(t *testing.T, file string, env map[string]string, args ...string) (*Config, error) {
	t.Helper()
	t.Chdir(t.TempDir())
	if file != "" {
		if err := os.WriteFile(defaultConfigFile, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for k, v := range env {
		t.Setenv(k, v)
	}
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	flags.String("config", "", "")
	addOptions(flags, optionNames())
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	return loadConfig(flags, &terminal{out: newCheckedWriter(&bytes.Buffer{}), err: &bytes.Buffer{}})
}

func TestInitFileIsTheDefaults(t *testing.T) {
	got, err := load(t, string(configFile(defaultConfig())), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := settings(*got), settings(defaultConfig()); !reflect.DeepEqual(got, want) {
		t.Errorf("the file that init writes loads as\n%v, want\n%v", got, want)
	}
	if len(got.origin) != len(options) {
		t.Errorf("the file has %d keys, want all %d", len(got.origin), len(options))
	}
}

// TestExamplesLoad reads every example that the file shows as a comment.
func TestExamplesLoad(t *testing.T) {
	for _, o := range options {
		var example []string
		for _, line := range strings.Split(o.more, "\n") {
			if strings.HasPrefix(line, o.name+":") {
				example = append(example, line)
			} else if len(example) > 0 {
				example[len(example)-1] += "\n" + line
			}
		}
		for _, e := range example {
			if _, err := load(t, e, nil); err != nil {
				t.Errorf("%s: %v", e, err)
			}
		}
	}
}

// TestOptionsAndFieldsAgree: a field without an option could not be set, an
// option without a field would be ignored.
func TestOptionsAndFieldsAgree(t *testing.T) {
	fields := settings(defaultConfig())
	for _, o := range options {
		if _, ok := fields[o.name]; !ok {
			t.Errorf("option %s has no field", o.name)
		}
		if o.doc == "" || o.arg == "" {
			t.Errorf("option %s has no doc or arg", o.name)
		}
		if o.check != nil && o.allowed == "" {
			t.Errorf("option %s does not say what is allowed", o.name)
		}
		delete(fields, o.name)
	}
	for f := range fields {
		t.Errorf("field %s has no option", f)
	}
}

func TestPrecedence(t *testing.T) {
	file := "mode: approve\nseed: 7\nmin-gain: 0.5\nmax-duration: 2h\n"
	env := map[string]string{"APPRENTICE_SEED": "8", "APPRENTICE_MIN_GAIN": "0.6"}
	cfg, err := load(t, file, env, "--min-gain=0.7")
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Mode != "approve" || cfg.Seed != 8 || cfg.MinGain != 0.7 || cfg.MaxDuration != 2*time.Hour || cfg.User != "keep" {
		t.Errorf("got mode %s, seed %d, min-gain %g, max-duration %v, user %s; want approve 8 0.7 2h keep", cfg.Mode, cfg.Seed, cfg.MinGain, cfg.MaxDuration, cfg.User)
	}
	for option, want := range map[string]string{"mode": "apprentice.yaml:1", "seed": "APPRENTICE_SEED", "min-gain": "--min-gain", "user": ""} {
		if got := cfg.origin[option]; got != want {
			t.Errorf("%s comes from %q, want %q", option, got, want)
		}
	}
}

func TestListsFromEverywhere(t *testing.T) {
	want := []string{"app-name ^a{1,2}_(b|c)$ => $1", "property spark.x"}
	for _, tc := range []struct {
		name, file, env string
		args            []string
	}{
		{name: "file", file: "pipelines:\n  - app-name ^a{1,2}_(b|c)$ => $1\n  - property spark.x\n"},
		{name: "environment", env: `['app-name ^a{1,2}_(b|c)$ => $1', property spark.x]`},
		{name: "flags", args: []string{"--pipelines", want[0], "--pipelines", want[1]}},
	} {
		cfg, err := load(t, tc.file, map[string]string{"APPRENTICE_PIPELINES": tc.env}, tc.args...)
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
		} else if !reflect.DeepEqual(cfg.Pipelines, want) {
			t.Errorf("%s: got %q, want %q", tc.name, cfg.Pipelines, want)
		}
	}
}

// TestSparkKeysKeepTheirCase: viper lowers the case of keys and splits them at
// dots, and Spark's keys must survive it.
func TestSparkKeysKeepTheirCase(t *testing.T) {
	const key = "spark.sql.autoBroadcastJoinThreshold"
	want := []constraint{{Pipeline: "Finance-*", Enforce: properties{key: "64m"}}}
	for _, tc := range []struct{ file, env, flag string }{
		{file: "constraints:\n  - pipeline: Finance-*\n    enforce:\n      - " + key + "=64m\n"},
		{file: "constraints:\n  - pipeline: Finance-*\n    enforce:\n      " + key + ": 64m\n"},
		{env: "[{pipeline: Finance-*, enforce: [" + key + "=64m]}]"},
		{flag: "[{pipeline: Finance-*, enforce: {" + key + ": 64m}}]"},
	} {
		var args []string
		if tc.flag != "" {
			args = []string{"--constraints", tc.flag}
		}
		cfg, err := load(t, tc.file, map[string]string{"APPRENTICE_CONSTRAINTS": tc.env}, args...)
		if err != nil {
			t.Errorf("%+v: %v", tc, err)
		} else if !reflect.DeepEqual(cfg.Constraints, want) {
			t.Errorf("%+v: got %+v, want %+v", tc, cfg.Constraints, want)
		}
	}
}

func TestPathsStartAtTheFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "other.yaml")
	if err := os.WriteFile(file, []byte("logs: [events, /abs/*]\nstate: s\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := load(t, "", nil, "--config", file, "--output", "o")
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{filepath.Join(dir, "events"), "/abs/*"}; !reflect.DeepEqual(cfg.Logs, want) {
		t.Errorf("logs = %q, want %q", cfg.Logs, want)
	}
	if want := filepath.Join(dir, "s"); cfg.State != want || cfg.Output != "o" {
		t.Errorf("state = %q, output = %q, want %q and o", cfg.State, cfg.Output, want)
	}
}

func TestBrokenConfiguration(t *testing.T) {
	for _, tc := range []struct{ name, file, env, flag, want string }{
		{name: "unknown key", file: "mode: auto\n\nmin-gian: 1\n", want: "apprentice.yaml:3: unknown key min-gian; did you mean min-gain?"},
		{name: "nothing near", file: "xyzzy: 1\n", want: "apprentice.yaml:1: unknown key xyzzy"},
		{name: "Spark key", file: "spark.sql.shuffle.partitions: 1\n", want: "apprentice.yaml:1: unknown key spark.sql.shuffle.partitions"},
		{name: "case", file: "Mode: auto\n", want: "apprentice.yaml:1: unknown key Mode; did you mean mode?"},
		{name: "value", file: "mode: fast\n", want: `apprentice.yaml:1: mode: "fast" is not allowed; allowed: advise, approve or auto`},
		{name: "number", file: "seed: 1\nmin-gain: much\n", want: `apprentice.yaml:2: min-gain: "much" is not allowed; allowed: a number, 0 or more`},
		{name: "type", file: "mode: [auto]\n", want: `apprentice.yaml:1: mode: "list" is not allowed; allowed: advise, approve or auto`},
		{name: "duration", file: "max-duration: 2 hours\n", want: `apprentice.yaml:1: max-duration: "2 hours" is not allowed; allowed: a time such as 45m or 2h`},
		{name: "date", file: "since: 2026-13-01\n", want: `apprentice.yaml:1: since: "2026-13-01" is not allowed; allowed: a date (2026-11-01) or an age (30d, 12h, 90m)`},
		{name: "regexp", file: "pipelines:\n  - app-name etl_(\n", want: "missing closing ): `etl_(`"},
		{name: "rule", file: "pipelines: [spark.app.name]\n", want: `"spark.app.name" is not allowed; allowed: property KEY [=> NAME], or app-name REGEXP [=> NAME]`},
		{name: "constraint key", file: "constraints:\n  - pipeline: a\n    enforced: [a=b]\n", want: "apprentice.yaml:2: constraints: line 3: unknown key enforced; did you mean enforce?"},
		{name: "constraint pattern", file: "constraints:\n  - pipeline: \"[\"\n", want: `pipeline: "[" is no pattern`},
		{name: "constraint property", file: "constraints:\n  - pipeline: a\n    enforce: [spark.x]\n", want: `"spark.x" is not key=value`},
		{name: "constraint night", file: "constraints:\n  - pipeline: a\n    ignore: [tuesday]\n", want: `"tuesday" is neither a night`},
		{name: "twice", file: "mode: auto\nmode: advise\n", want: "apprentice.yaml:2: mode is given twice, first on line 1"},
		{name: "syntax", file: "mode: auto\n  seed: 1\n", want: "apprentice.yaml:2: mapping values are not allowed in this context"},
		{name: "first line", file: "mode: ]\n", want: "apprentice.yaml:1: did not find expected node content"},
		{name: "tab", file: "mode: auto\n\tseed: 1\n", want: "apprentice.yaml:2: "},
		{name: "no mapping", file: "- mode\n", want: "apprentice.yaml:1: want settings as `key: value`, not a list"},
		{name: "two documents", file: "mode: auto\n---\nmode: advise\n", want: "more than one YAML document"},
		{name: "variable", env: "sometimes", want: `environment variable APPRENTICE_MODE: mode: "sometimes" is not allowed`},
		{name: "flag", flag: "--mode=never", want: `"never" for "--mode" flag: not allowed; allowed: advise, approve or auto`},
	} {
		var args []string
		if tc.flag != "" {
			args = []string{tc.flag}
		}
		_, err := load(t, tc.file, map[string]string{"APPRENTICE_MODE": tc.env}, args...)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got error %v\nwant %s", tc.name, err, tc.want)
		}
	}
}

func TestEmptyValuesAreDefaults(t *testing.T) {
	cfg, err := load(t, "mode:\nlogs:\n# only comments otherwise\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Mode != "advise" || len(cfg.Logs) != 0 {
		t.Errorf("mode %q, logs %q; want the defaults", cfg.Mode, cfg.Logs)
	}
	if _, err := load(t, "# nothing\n", nil); err != nil {
		t.Errorf("a file without settings: %v", err)
	}
}

func TestSince(t *testing.T) {
	now := time.Date(2026, 11, 10, 12, 0, 0, 0, time.UTC)
	for since, want := range map[string]time.Time{
		"":           {},
		"2026-11-01": time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),
		"3d":         now.AddDate(0, 0, -3),
		"90m":        now.Add(-90 * time.Minute),
	} {
		got, err := (&Config{Since: since, now: now}).sinceTime()
		if err != nil || !got.Equal(want) {
			t.Errorf("since %q: got %v, %v; want %v", since, got, err, want)
		}
	}
}

func TestIgnoredNights(t *testing.T) {
	cfg := &Config{Constraints: []constraint{
		{Pipeline: "etl-*", Ignore: []string{"2026-11-27", "2026-12-24..2026-12-26"}},
		{Pipeline: "job[1]", Ignore: []string{"2026-11-27"}},
		{Pipeline: "orders@a", Ignore: []string{"2026-11-27"}},
		{Pipeline: "team@*", Ignore: []string{"2026-11-27"}},
	}}
	for _, tc := range []struct {
		pipeline, night string
		want            bool
	}{
		{"etl-a", "2026-11-27", true},
		{"etl-a", "2026-11-28", false},
		{"etl-a", "2026-12-24", true},
		{"etl-a", "2026-12-26", true},
		{"etl-a", "2026-12-27", false},
		{"report", "2026-11-27", false},
		{"etl-a@b", "2026-11-27", true},
		{"job[1]", "2026-11-27", true},
		{"job[1]@a", "2026-11-27", true},
		{"job1", "2026-11-27", true},
		{"orders", "2026-11-27", false},
		{"orders@a", "2026-11-27", true},
		{"orders@b", "2026-11-27", false},
		{"team@etl@a", "2026-11-27", true},
	} {
		if got := cfg.ignored(tc.pipeline, tc.night); got != tc.want {
			t.Errorf("%s in %s: ignored = %v, want %v", tc.pipeline, tc.night, got, tc.want)
		}
	}
}

// Limits and prices come from a file or a flag, with sizes as Spark writes them;
// errors name line and key.
func TestLimitsAndPrices(t *testing.T) {
	limits := "- cluster: yarn:*\n  container: 16g\n  fleet-cores: 300\n"
	prices := "- core-hour: 0.04\n  gib-hour: 0.0045\n- cluster: databricks:i3*\n  node-hour: 0.312\n  node-cores: 4\n  node-memory: 30g\n"
	for name, given := range map[string]struct {
		file string
		args []string
	}{
		"file": {file: "limits:\n" + limits + "prices:\n" + prices},
		"flag": {args: []string{"--limits", limits, "--prices", prices}},
	} {
		cfg, err := load(t, given.file, nil, given.args...)
		if err != nil {
			t.Fatal(err)
		}
		l, p := cfg.learnerLimits(), cfg.learnerPrices()
		if len(l) != 1 || l[0].Container != 16<<30 || l[0].FleetCores != 300 || len(p) != 2 || p[0].Cluster != "*" || p[1].NodeMemory != 30<<30 {
			t.Errorf("%s: %+v %+v", name, l, p)
		}
	}
	for file, want := range map[string]string{
		"limits:\n  - cores: 4\n":           "apprentice.yaml:2: limits: line 2: unknown key cores; did you mean nodes?",
		"limits: 4\n":                       "apprentice.yaml:1: limits; allowed: a list of {cluster, container",
		"limits:\n  - container: 16 tons\n": `"16 tons" is no size`,
		"prices: [0.04]\n":                  "want a mapping, not a value",
	} {
		if _, err := load(t, file, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", file, err, want)
		}
	}
}
