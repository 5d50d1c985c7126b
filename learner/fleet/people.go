package fleet

import (
	"maps"
	"math/rand/v2"
)

// What people do with their pipeline's settings.
const (
	steady     = "steady"            // nothing, ever
	tries      = "tries"             // another setting for some nights, more than once
	afterSlow  = "after slow nights" // another setting for three nights
	bySize     = "by size"           // fewer partitions on small nights
	atRelease  = "at a release"      // settings change with the code
	byAccident = "flips"             // now this, now that, by nights at random
)

// people is how a pipeline's people confound its history.
type people struct {
	habit string
	other map[string]string // what they try
	spans []span            // tries: when
	until int               // after slow nights: the last night of the try
	slow  int               // slow nights in a row
}

type span struct{ from, to int } // nights, to excluded

// values that people try, by key.
var tried = map[string][]string{
	partitionsKey: {"16", "64", "100", "200", "400", "1000"},
	adaptiveKey:   {"true", "false"},
	splitKey:      {"32m", "64m", "128m", "256m"},
	broadcastKey:  {"-1", "10m", "64m"},
	memoryKey:     {"2g", "3g", "4g", "8g"},
}

func drawPeople(rng *rand.Rand, team map[string]string, d drift, nights int) people {
	p := people{habit: one(rng, steady, steady, tries, tries, tries, afterSlow, afterSlow, bySize, atRelease, byAccident), other: map[string]string{}}
	keys := []string{partitionsKey, adaptiveKey, splitKey, broadcastKey, memoryKey}
	for range 1 + rng.IntN(2) {
		k := one(rng, keys...)
		if v := one(rng, tried[k]...); v != team[k] {
			p.other[k] = v
		}
	}
	switch p.habit {
	case tries:
		for at := 3 + rng.IntN(10); len(p.spans) < 2+rng.IntN(3) && at < nights; {
			s := span{at, at + 3 + rng.IntN(5)}
			p.spans = append(p.spans, s)
			at = s.to + 4 + rng.IntN(8)
		}
	case bySize:
		p.other = map[string]string{partitionsKey: one(rng, "16", "64")}
	case atRelease:
		at := d.at
		if d.kind != newPlan && d.kind != release {
			p.habit = steady
		}
		p.spans = []span{{5, 9}, {at, nights}}
	}
	return p
}

// settings are what people start tonight's run with. They know the nights
// before, not the one to come.
func (p *pipeline) settings(night int) map[string]string {
	set := maps.Clone(p.team)
	on := false
	switch p.habit {
	case tries, atRelease:
		for _, s := range p.spans {
			on = on || s.from <= night && night < s.to
		}
	case afterSlow:
		on = night < p.until
	case bySize:
		on = p.logSize(night) < -0.05
	case byAccident:
		on = p.chance("flip", night).Float64() < 0.25
	}
	if on {
		maps.Copy(set, p.other)
	}
	return set
}

// feel tells people how the night went: excess is the log of its time beyond
// what they are used to.
func (p *pipeline) feel(night int, excess float64) {
	if excess < 0.05 {
		p.slow = 0
		return
	}
	if p.slow++; p.habit == afterSlow && p.slow >= 2 && night >= p.until {
		p.until, p.slow = night+4, 0
	}
}
