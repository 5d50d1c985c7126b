package main

import "github.com/spark-apprentice/apprentice/learner"

// An option describes one setting: what `init` writes, flags say and errors
// quote comes from here.
type option struct {
	name    string
	section string // heading of the file, on the first option of each
	arg     string // what the flag's value is called
	doc     string // one line
	more    string // further lines for the file, with examples
	allowed string // what a value may be, for errors
	check   func(string) error
	list    bool // several values
	path    bool // relative to the file that names it
}

// options lists every setting in the order of the file.
var options = []option{
	{name: "logs", section: "What to read", arg: "PATH", list: true, path: true,
		doc:  "event logs: directories, files and globs",
		more: "Recognised by content: any codec, single files and rolling directories.\nlogs: [/var/log/spark/events, /mnt/history/app-*]"},
	{name: "since", arg: "WHEN", check: checkSince,
		doc:     "leave older logs alone: a date or an age; empty: read all",
		more:    "since: 2026-11-01\nsince: 30d",
		allowed: "a date (2026-11-01) or an age (30d, 12h, 90m)"},
	{name: "max-duration", arg: "TIME", check: checkDuration,
		doc:     "start no further log after this time; the rest is the next night's; 0: no limit",
		more:    "Logs are read newest first.\nmax-duration: 2h",
		allowed: "a time such as 45m or 2h"},
	{name: "in-progress", arg: "read|skip", check: oneOf("read", "skip"), allowed: "read or skip",
		doc: "logs of running applications: read them now and again when they grow, or wait for their end"},
	{name: "pipelines", arg: "RULE", list: true, check: parsed(parsePipelineRule),
		doc: "rules that name pipelines, old runs too; first match wins, then the orchestrator's tags, then the application name without dates and ids",
		more: "property KEY [=> NAME]: runs with this Spark property; $1 in NAME is its value.\napp-name REGEXP [=> NAME]: runs whose application name matches; NAME may use $1.\n" +
			"pipelines:\n  - property spark.airflow.dag\n  - app-name ^etl_([a-z]+)_\\d+$ => etl-$1",
		allowed: "property KEY [=> NAME], or app-name REGEXP [=> NAME]"},
	{name: "user", arg: "keep|hash|drop", check: oneOf("keep", "hash", "drop"), allowed: "keep, hash or drop",
		doc: "user names in the dataset"},
	{name: "jobs", arg: "N", check: checkJobs, allowed: "a whole number, 0 for the number of CPUs",
		doc: "logs read at once; 0: the number of CPUs"},
	{name: "memory", arg: "SIZE", check: parsed(parseMemory), allowed: "a size such as 512m or 4g; 0: no limit",
		doc: "memory to stay within while reading: fewer logs at once where it is short; 0: no limit"},

	{name: "state", section: "Where things are", arg: "DIR", path: true,
		doc: "the dataset: what was read and learned"},
	{name: "output", arg: "DIR", path: true,
		doc: "settings files, recommendations.json and summary.txt"},
	{name: "base", arg: "FILE", path: true, check: checkBase, allowed: "a path, in which " + eachPipeline + " stands for each pipeline",
		doc:  "the spark-defaults.conf in use; ours starts with it, since --properties-file replaces it. {pipeline} in its path, written as its directory in the output: a file for each pipeline that has one",
		more: "base: /opt/spark/conf/spark-defaults.conf"},

	{name: "mode", section: "How to decide", arg: "advise|approve|auto", check: oneOf("advise", "approve", "auto"),
		allowed: "advise, approve or auto",
		doc:     "advise: files hold the best proposal; approve: they change by `accept` only; auto: they change by themselves"},
	{name: "what-if", arg: "true|false", check: oneOf("true", "false"), allowed: "true or false",
		doc: "predict settings that no run had, by Spark's rules and this fleet's costs; false: only what was seen decides"},
	{name: "constraints", arg: "YAML", check: parsed(parseRows[constraint]),
		doc: "people's rules by pipeline pattern: enforce, preserve, exclude, ignore",
		more: "constraints:\n  - pipeline: finance-*\n    enforce:\n      - spark.sql.shuffle.partitions=200\n    preserve: [spark.executor.memory]\n" +
			"  - pipeline: month-end\n    exclude: true\n  - pipeline: \"*\"\n    ignore: [2026-11-27, 2026-12-24..2026-12-26]",
		allowed: "a list of {pipeline, enforce, preserve, exclude, ignore}"},
	{name: "limits", arg: "YAML", check: parsed(parseRows[limit]),
		doc: "what may be asked of a cluster; without, the largest that ran there",
		more: "limits:\n  - cluster: yarn:*\n    container: 16g\n    executor-cores: 8\n    nodes: 20\n    node-cores: 16\n    node-memory: 56g\n" +
			"    pipeline-cores: 64\n    pipeline-memory: 256g\n    fleet-cores: 300\n    yarn-increment: 512m",
		allowed: "a list of {cluster, container, executor-cores, nodes, node-cores, node-memory, pipeline-cores, pipeline-memory, fleet-cores, fleet-memory, yarn-increment}"},
	{name: "reward", arg: "EXPR",
		doc:  "what a good run is: time, cost, balanced, or an expression over duration, cost, failures, baseline_duration, baseline_cost, baseline_failures; higher is better",
		more: "Functions: log, log2, exp, sqrt."},
	{name: "core-price", arg: "X", check: checkPrice, allowed: "a number, 0 or more", doc: "weight of a core-hour in cost, where no price is known"},
	{name: "memory-price", arg: "X", check: checkPrice, allowed: "a number, 0 or more", doc: "weight of a GiB-hour in cost, where no price is known"},
	{name: "prices", arg: "YAML", check: parsed(parseRows[price]),
		doc: "what an hour costs, by cluster: the first that matches counts; shown as money",
		more: "prices:\n  - cluster: kubernetes:*\n    core-hour: 0.04\n    gib-hour: 0.0045\n    spot-share: 0.5\n    spot-discount: 0.6\n" +
			"  - cluster: databricks:i3.xlarge*\n    node-hour: 0.312\n    node-cores: 4\n    node-memory: 30g",
		allowed: "a list of {cluster, core-hour, gib-hour, node-hour, node-cores, node-memory, spot-share, spot-discount}"},
	{name: "currency", arg: "NAME", doc: "what prices are in, such as USD"},
	{name: "confidence", arg: "Z", check: checkPositive, allowed: "a number above 0, such as 2.33",
		doc: "standard deviations by which the bound on a gain lies below the estimate"},
	{name: "min-gain", arg: "X", check: checkPrice, allowed: "a number, 0 or more",
		doc: "least gain that the bound must clear, as a log ratio: 0.03 is 3%"},
	{name: "min-seconds", arg: "X", check: checkPrice, allowed: "a number, 0 or more",
		doc: "and least seconds saved per night"},
	{name: "min-money", arg: "X", check: checkPrice, allowed: "a number, 0 or more",
		doc: "or least money saved per night, where prices are known"},
	{name: "max-slowdown", arg: "X", check: checkPrice, allowed: "a number, 0 or more",
		doc: "how much slower a run may get for a better reward: 0.1 is 10%"},
	{name: "explore", arg: "PATTERN=SECONDS", list: true, check: parsed(parseAllowance),
		doc: "pipelines where one setting may be tried now and then, one step off, and what that may lose of each in all; empty: none",
		more: "First match wins. Draws follow from the seed; nothing is tried that takes memory away, and never in mode approve.\n" +
			"explore: [\"etl-*=600\", \"*=120\"]",
		allowed: "a pattern of pipeline names and seconds, such as etl-*=600"},
	{name: "agents", arg: "FILE", path: true, doc: "agents.yaml in place of the built-in agents"},
	{name: "seed", arg: "N", check: checkWhole, allowed: "a whole number", doc: "seed of all randomness"},
	{name: "now", arg: "TIME", check: checkNow, allowed: "a time such as 2026-11-01T02:00:00Z",
		doc: "the time to decide at; empty: the clock"},
}

// defaultConfig is the configuration that nothing has touched.
func defaultConfig() Config {
	l := learner.DefaultConfig()
	return Config{
		Logs: []string{}, Pipelines: []string{}, Constraints: []constraint{}, Limits: []limit{}, Prices: []price{}, Explore: []string{},
		InProgress: "read", User: "keep", Memory: "2g",
		State: "apprentice-state", Output: "apprentice-out",
		Mode: l.Mode, WhatIf: l.WhatIf, Reward: l.Reward, Confidence: l.Confidence, MinGain: l.MinGain, MinSeconds: l.MinSeconds,
		CorePrice: l.CorePrice, MemoryPrice: l.MemoryPrice, Seed: l.Seed,
	}
}

// The settings that groups of commands need.
var (
	readOptions   = []string{"since", "max-duration", "in-progress", "pipelines", "user", "jobs", "memory"}
	decideOptions = []string{"mode", "what-if", "constraints", "limits", "reward", "core-price", "memory-price", "prices", "currency", "confidence", "min-gain", "min-seconds", "min-money", "max-slowdown", "explore", "agents", "seed"}
	writeOptions  = []string{"output", "base"}
)

func lookupOption(name string) *option {
	for i := range options {
		if options[i].name == name {
			return &options[i]
		}
	}
	return nil
}
