package fleet

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"time"
)

// Keys that made-up pipelines vary.
const (
	partitionsKey = "spark.sql.shuffle.partitions"
	adaptiveKey   = "spark.sql.adaptive.enabled"
	splitKey      = "spark.sql.files.maxPartitionBytes"
	broadcastKey  = "spark.sql.autoBroadcastJoinThreshold"
	memoryKey     = "spark.executor.memory"
	coresKey      = "spark.executor.cores"
)

// A pipeline is one made-up pipeline.
type pipeline struct {
	name  string
	seed  uint64
	data  data
	team  map[string]string // settings that its team starts it with
	drift drift
	people
	rhythm Rhythm
	files  files
	budget float64 // seconds that exploration may lose; 0: it did not opt in

	// How its nights vary.
	noise   float64 // sd of a night's log time
	mood    float64 // sd of the cluster's mood, which lasts for nights
	weekday float64 // amplitude of the week in log size
	jitter  float64 // sd of a night's log size
	trend   float64 // growth of log size per night
	lastLog float64 // yesterday's mood

	// What goes wrong whatever the settings.
	lossRate    float64 // share of nights whose log is lost
	failureRate float64 // share of nights that fail for no reason of theirs
}

// data is what a pipeline's surface follows from.
type data struct {
	sourceBytes float64 // at log size 0
	shuffle     float64 // shuffle bytes per source byte
	small       float64 // bytes of the join's small side; 0: no join
	expand      float64 // bytes in memory per shuffled byte
	hot         float64 // share of the hottest partition beyond an even one
	holds       float64 // times the task's memory that its operators can do with before they die; 0: they spill without end
	taskS       float64 // cost of a task
	rate        float64 // bytes per second of a task
	driverS     float64
	executors   float64
	level       float64 // log of how slow the cluster is
	own         own
	home        knobs   // settings that are not slower by away
	away        float64 // log
}

// files is how a pipeline's code and operators treat our file.
type files struct {
	from    int     // first night on which it is used; -1: never
	share   float64 // of the nights from then on
	setBy   string  // runtime: the program sets a key itself; conf: its command line does
	beats   string  // that key
	value   string
	explore bool // opted in
}

func between(rng *rand.Rand, low, high float64) float64 { return low + (high-low)*rng.Float64() }

// across is log-uniform.
func across(rng *rand.Rand, low, high float64) float64 {
	return math.Exp(between(rng, math.Log(low), math.Log(high)))
}

func one[T any](rng *rand.Rand, list ...T) T { return list[rng.IntN(len(list))] }

// rhythms parts the chances of rhythms from those of pipelines.
const rhythms = 1 << 32

// draw makes up pipeline i of a fleet that lives for so many nights.
func draw(seed uint64, i, nights int) *pipeline {
	rng := rand.New(rand.NewPCG(seed, uint64(i)))
	p := &pipeline{
		name: fmt.Sprintf("pipeline-%03d", i), seed: rng.Uint64(),
		data: data{
			sourceBytes: across(rng, 5e8, 5e10), shuffle: across(rng, 0.05, 1.2), expand: between(rng, 1.5, 4),
			hot: one(rng, 0, 0, 0, 0.02, 0.1), taskS: across(rng, 0.015, 0.15), rate: across(rng, 3e7, 2e8),
			driverS: across(rng, 3, 40), executors: float64(one(rng, 2, 4, 8)),
			own: own{between(rng, -1, 1), between(rng, -1, 1), between(rng, -1, 1)},
		},
		team: map[string]string{
			partitionsKey: one(rng, "32", "200", "200", "200", "800"), adaptiveKey: one(rng, "false", "false", "true"),
			splitKey: one(rng, "16m", "128m", "128m", "128m"), broadcastKey: one(rng, "-1", "10m", "10m"),
			memoryKey: one(rng, "2g", "4g", "8g"), coresKey: one(rng, "2", "4"),
		},
		noise: across(rng, 0.02, 0.08), mood: across(rng, 0.01, 0.06),
		weekday: between(rng, 0, 0.3), jitter: between(rng, 0.02, 0.12), trend: one(rng, 0, 0, 0.001, 0.003),
		lossRate: 0.01, failureRate: 0.003,
	}
	if rng.Float64() < 0.6 {
		p.data.small = across(rng, 2e6, 2e8)
	}
	if rng.Float64() < 0.4 {
		p.data.holds = between(rng, 1.5, 4)
	}
	if surface(p.data, read(p.team), math.Log(2)).dies {
		p.data.holds = 0 // its team would have seen to it
	}
	p.drift = drawDrift(rng, read(p.team), nights)
	p.people = drawPeople(rng, p.team, p.drift, nights)
	p.rhythm = drawRhythm(rand.New(rand.NewPCG(seed, uint64(i)+rhythms)))
	p.files = files{from: -1, share: 1}
	if rng.Float64() < 0.6 {
		p.files.from = rng.IntN(20)
		p.files.share = one(rng, 1, 1, 1, 0.8)
		p.files.explore = rng.Float64() < 0.5
		if rng.Float64() < 0.1 {
			p.files.setBy, p.files.beats, p.files.value = one(rng, "runtime", "conf"), partitionsKey, p.team[partitionsKey]
		}
	}
	return p
}

// A Rhythm is when a pipeline runs. Its zero value is once every night.
type Rhythm struct {
	More     int  // further runs a day, before the night's
	Weekdays bool // not on weekends
}

// drawRhythm is a chance of its own, so that it moves nothing else.
func drawRhythm(rng *rand.Rand) Rhythm {
	return Rhythm{one(rng, 0, 0, 0, 0, 0, 1, 7), rng.Float64() < 0.2}
}

// runs is how many runs the pipeline has on a night.
func (p *pipeline) runs(night int) int {
	if p.rhythm.Weekdays && night%7 >= 5 {
		return 0
	}
	return 1 + p.rhythm.More
}

// startOf is when a night's run starts: the last at night, and others in the
// day before it, after the files were written.
func (p *pipeline) startOf(night, run int) time.Time {
	at := firstNight.AddDate(0, 0, night)
	if before := p.rhythm.More - run; before > 0 {
		at = at.Add(-time.Duration(before) * 18 * time.Hour / time.Duration(p.rhythm.More))
	}
	return at
}

// chance is a generator of its own for each purpose and night, so that what
// one night draws does not depend on what was decided before it.
func (p *pipeline) chance(purpose string, night int) *rand.Rand {
	h := fnv.New64a()
	fmt.Fprint(h, purpose, night)
	return rand.New(rand.NewPCG(p.seed, h.Sum64()))
}

// logSize is the log of a night's input over the pipeline's first.
func (p *pipeline) logSize(night int) float64 {
	x := p.trend*float64(night) + p.weekday*math.Sin(2*math.Pi*float64(night%7)/7) + p.jitter*p.chance("size", night).NormFloat64()
	return x + p.drift.logSize(night)
}
