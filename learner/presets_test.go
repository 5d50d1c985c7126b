package learner

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the figures in docs/rewards.md")

// presets are the worked rewards of docs/rewards.md; the first is the default.
var presets = []struct{ name, reward string }{
	{"balanced", "balanced"},
	{"time", "time"},
	{"cost", "cost"},
	{"deadline", "duration <= 12 ? 0 : log(12/duration)"},
}

// priceLists are what all presets are compared under, one list at a time.
var priceLists = []struct {
	name      string
	core, gib float64
}{
	{"A GiB-hour costs a ninth of a core-hour: the default weights", 0.04, 0.0045},
	{"A GiB-hour costs a quarter of a core-hour: memory is what the cluster lacks", 0.04, 0.01},
}

// Each preset changes a decision of the default's on the real history, at the
// same prices and all else equal, and docs/rewards.md shows which: its tables
// are made here.
func TestPresets(t *testing.T) {
	var b strings.Builder
	differs := map[string]int{}
	for _, prices := range priceLists {
		decided := make([]map[string]string, len(presets))
		var names []string
		for i, p := range presets {
			decided[i], names = map[string]string{}, nil
			for _, r := range learn(t, lab(t), func(c *Config) {
				c.WhatIf, c.Reward, c.CorePrice, c.MemoryPrice = true, p.reward, prices.core, prices.gib
			}).Recommendations {
				decided[i][r.Pipeline] = decisionCell(r)
				names = append(names, r.Pipeline)
			}
		}
		fmt.Fprintf(&b, "%s.\n\n| pipeline |", prices.name)
		for _, p := range presets {
			b.WriteString(" " + p.name + " |")
		}
		b.WriteString("\n|---|" + strings.Repeat("---|", len(presets)) + "\n")
		for _, n := range names {
			b.WriteString("| " + n + " |")
			for i, p := range presets {
				cell := decided[i][n]
				if i > 0 && settingsOf(cell) == settingsOf(decided[0][n]) {
					cell = "="
				} else if i > 0 {
					differs[p.name]++
				}
				b.WriteString(" " + cell + " |")
			}
			b.WriteString("\n")
		}
		b.WriteString("\n")
	}
	for _, p := range presets[1:] {
		if differs[p.name] == 0 {
			t.Errorf("%s decides what %s decides, whatever the prices", p.name, presets[0].name)
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
		t.Fatal("docs/rewards.md has no marks for the tables")
	}
	if *update {
		if err := os.WriteFile(path, []byte(head+begin+b.String()+end+tail), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if old != b.String() {
		t.Errorf("docs/rewards.md has\n%s\nwant\n%s\nrun with -update if this is right", old, b.String())
	}
}

// decisionCell is a decision as the tables show it: settings, then run time and
// cost as shares of the baseline's.
func decisionCell(r Recommendation) string {
	if len(r.Settings) == 0 {
		return "-"
	}
	var set []string
	for _, k := range sortedKeys(r.Settings) {
		short := k[strings.LastIndexByte(k[:strings.LastIndexByte(k, '.')], '.')+1:]
		set = append(set, "`"+short+"` "+r.Settings[k].Value)
	}
	return fmt.Sprintf("%s: %.2f, %.2f", strings.Join(set, ", "), r.Expected.RuntimeRatio.V, r.Expected.CostRatio.V)
}

func settingsOf(cell string) string {
	set, _, _ := strings.Cut(cell, ":")
	return set
}
