package learner

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the figures in docs/rewards.md")

// presets are the worked rewards of docs/rewards.md.
// Each decides something else than against does.
var presets = []struct {
	name, against string
	tweak         func(*Config)
}{
	{"time", "balanced, dear memory", func(c *Config) { c.Reward = "time" }},
	{"balanced", "cost", func(*Config) {}},
	{"balanced, dear memory", "time", func(c *Config) { c.Prices = []Price{{Cluster: "*", CoreHour: 0.02, GiBHour: 0.02}} }},
	{"cost", "balanced", func(c *Config) { c.Reward, c.MaxSlowdown = "cost", 0.5 }},
	{"deadline", "balanced", func(c *Config) { c.Reward = "duration <= 12 ? 0 : log(12/duration)" }},
}

// Each preset changes a decision on the real history, and docs/rewards.md shows
// which: its table is made here.
func TestPresets(t *testing.T) {
	decided := map[string]map[string]string{}
	var names []string
	for _, p := range presets {
		decided[p.name] = map[string]string{}
		for _, r := range learn(t, lab(t), func(c *Config) { c.WhatIf = true; p.tweak(c) }).Recommendations {
			cell := "-"
			if len(r.Settings) > 0 {
				var set []string
				for _, k := range sortedKeys(r.Settings) {
					short := k[strings.LastIndexByte(k[:strings.LastIndexByte(k, '.')], '.')+1:]
					set = append(set, "`"+short+"` "+r.Settings[k].Value)
				}
				cell = fmt.Sprintf("%s: %.2f, %.2f", strings.Join(set, ", "), r.Expected.RuntimeRatio.V, r.Expected.CostRatio.V)
			}
			if decided[p.name][r.Pipeline] = cell; p.name == presets[0].name {
				names = append(names, r.Pipeline)
			}
		}
	}
	var b strings.Builder
	b.WriteString("| pipeline |")
	for _, p := range presets {
		b.WriteString(" " + p.name + " |")
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(presets)) + "\n")
	for _, n := range names {
		b.WriteString("| " + n + " |")
		for _, p := range presets {
			b.WriteString(" " + decided[p.name][n] + " |")
		}
		b.WriteString("\n")
	}
	for _, p := range presets {
		differs := 0
		for _, n := range names {
			a, _, _ := strings.Cut(decided[p.name][n], ":")
			b, _, _ := strings.Cut(decided[p.against][n], ":")
			differs += b2i(a != b)
		}
		if differs == 0 {
			t.Errorf("%s decides what %s decides", p.name, p.against)
		}
	}
	const path, begin, end = "../docs/rewards.md", "<!-- presets -->\n", "<!-- presets end -->"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok1 := strings.Cut(string(data), begin)
	old, tail, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatal("docs/rewards.md has no marks for the table")
	}
	if *update {
		if err := os.WriteFile(path, []byte(head+begin+b.String()+end+tail), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if old != b.String() {
		t.Errorf("docs/rewards.md has\n%s\nwant\n%s\nrun with -update if this is right", old, b.String())
	}
}
