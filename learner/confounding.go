package learner

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// What confounds a comparison of settings (guard 3).
const (
	// preChange nights before people change settings are not baseline: people
	// change settings because nights were slow, and the next night would have
	// been faster anyway.
	preChange = 3
	// leastBaseline is how many baseline nights a history keeps all the same.
	leastBaseline = 5
	// A setting counts as observed with so many comparable runs in so many
	// stretches of nights: one switch may coincide with anything.
	leastRuns   = 5
	leastBlocks = 2
	// leastDrawn is how many nights count where chance chose them, which coincides
	// with nothing.
	leastDrawn = 3
	// sizeSlack is how far beyond the baseline's sizes a run may lie.
	sizeSlack = 1.25
)

// markPreChange marks the nights before each change away from the baseline
// that people made.
func (h *history) markPreChange() {
	for i, n := range h.nights {
		if i == 0 || n.action == 0 || h.nights[i-1].action != 0 || n.behaviour == recommended || n.behaviour == explored {
			continue
		}
		for back := 1; back <= preChange && i-back >= 0 && h.nights[i-back].action == 0; back++ {
			if p := h.nights[i-back]; p.preChange == 0 || back < p.preChange {
				p.preChange = back
			}
		}
	}
}

// baselineNights are the baseline's runs without those before a human change.
// A short history cannot spare them: where fewer than leastBaseline are left,
// or where those left do not reach the sizes that other settings ran with, they
// come back, first the third nights before a change, then the second, then the
// last. What they bias then, a share of one night's noise, is for the bound to bear.
func (h *history) baselineNights() []*night {
	tiers := make([][]*night, preChange+1)
	all, other := noSizes(), noSizes()
	for _, n := range h.nights {
		if n.action == 0 {
			tiers[n.preChange] = append(tiers[n.preChange], n)
			all = all.with(n)
		} else {
			other = other.with(n)
		}
	}
	kept := tiers[0]
	for back := preChange; back > 0; back-- {
		if len(kept) >= leastBaseline && sizesOf(kept).slack().covers(other.within(all)) {
			break
		}
		kept = append(kept, tiers[back]...)
	}
	slices.SortFunc(kept, func(a, b *night) int { return byTime(a.run, b.run) })
	return kept
}

// sizes is a range of log sizes; empty where low > high.
type sizes struct{ low, high float64 }

func noSizes() sizes { return sizes{math.Inf(1), math.Inf(-1)} }

func sizesOf(nights []*night) sizes {
	s := noSizes()
	for _, n := range nights {
		s = s.with(n)
	}
	return s
}

func (s sizes) with(n *night) sizes     { return sizes{min(s.low, n.logSize), max(s.high, n.logSize)} }
func (s sizes) within(o sizes) sizes    { return sizes{max(s.low, o.low), min(s.high, o.high)} }
func (s sizes) slack() sizes            { return sizes{s.low - math.Log(sizeSlack), s.high + math.Log(sizeSlack)} }
func (s sizes) covers(o sizes) bool     { return o.low > o.high || s.low <= o.low && o.high <= s.high }
func (s sizes) contains(x float64) bool { return s.low <= x && x <= s.high }

// comparableTo splits runs under other settings into those that can be held
// against the baseline's, pre-change nights included, and the reasons why
// others cannot.
func comparableTo(base, runs []*night) (ok []*night, why string) {
	context := map[string]bool{}
	for _, n := range base {
		context[contextOf(n)] = true
	}
	seen := sizesOf(base).slack()
	var size, release int
	for _, n := range runs {
		switch {
		case !context[contextOf(n)]:
			release++
		case !seen.contains(n.logSize):
			size++
		default:
			ok = append(ok, n)
		}
	}
	var reasons []string
	if release > 0 {
		reasons = append(reasons, fmt.Sprintf("%s came with another plan, Spark version or cluster", count(release, "run")))
	}
	if size > 0 {
		reasons = append(reasons, fmt.Sprintf("%s had an input size the baseline never saw", count(size, "run")))
	}
	return ok, strings.Join(reasons, ", ")
}

// contextOf is what must not change together with the settings.
func contextOf(n *night) string {
	return strings.Join([]string{n.run.PlanSignature, releaseLine(n.run.SparkVersion), n.run.ClusterID}, "\x00")
}

// count is "1 run", "2 runs".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
