package replay

import (
	"math"
	"slices"
)

// A plan is a run's stages as they would be under other settings and with
// scale times the input.
type plan struct {
	run   *run
	fleet vec
	// collector is what garbage collection adds for each unit of u/(1−u).
	collector float64
	at        setup
	scale     float64
	stages    []planned
	jobs      float64 // more than the logged run had
	driver    float64 // seconds of the driver for broadcasts
	notes     []note
	room      *room
	// unfit is the share of cached bytes that do not fit, missing how much that
	// is beyond what did not fit in the log.
	unfit, missing float64
}

// planned is a stage under the plan's settings.
type planned struct {
	stage
	done      bool
	start     int   // logged stage whose submission it waits for, −1: none
	waits     []int // stages it waits for besides
	local     int   // stage whose shuffle it reads where it lies, −1: none
	dead      bool  // merged into another stage
	tasks     float64
	full      float64   // tasks with bytes
	shares    []float64 // of the bytes, by task; nil: even but for hot keys
	demand    vec       // how much of each term there is
	moved     float64   // seconds of work that came here from a merged stage
	movedJVM  float64   // and its warm-up
	diskSpill float64   // bytes
	gcMore    float64   // seconds that garbage collection adds
	codec     float64   // seconds that another codec adds
	refill    float64   // seconds that cached blocks which do not fit add
}

// added is the slot time of a stage beyond its terms, in seconds.
func (p *plan) added(s *planned) float64 { return s.moved*p.scale + s.codec + s.refill }

// A note is something that Spark's rules change.
type note struct {
	step string
	text string
	kind string // empty: Spark's rules say so
}

func newPlan(r *run, c *Constants, at setup, scale float64) *plan {
	p := &plan{run: r, fleet: c.values(), collector: c.Collector.Seconds, at: at, scale: scale}
	p.stages = make([]planned, len(r.stages), len(r.stages)+4)
	for i := range r.stages {
		p.stages[i].stage, p.stages[i].start, p.stages[i].local = r.stages[i], i, -1
		p.stages[i].parents = slices.Clone(r.stages[i].parents)
	}
	p.room = rooms.Get().(*room)
	defer rooms.Put(p.room)
	p.findMissing()
	p.codecNote()
	p.joins()
	for i := range p.stages {
		p.settle(i)
	}
	p.jobs = p.moreJobs()
	return p
}

// shrink is how many bytes a shuffled byte of the log becomes by another codec.
func (p *plan) shrink() float64 { return p.at.squeeze.size / p.run.had.squeeze.size }

// moreJobs is how many jobs the plan has beyond the logged run's: each broadcast
// is one (BroadcastExchangeExec), of rows as they are read or of a shuffle that
// AQE found to be small, and with AQE each shuffle (ShuffleQueryStageExec).
func (p *plan) moreJobs() float64 {
	count := func(s *stage, aqe bool) float64 {
		if s.sql < 0 {
			return 0
		}
		return float64(b2i(s.broadcast) + b2i(aqe && s.written > 0))
	}
	var n float64
	for i := range p.run.stages {
		n -= count(&p.run.stages[i], p.run.had.aqe)
	}
	for i := range p.stages {
		if s := &p.stages[i]; !s.dead {
			n += count(&s.stage, p.at.aqe) + float64(b2i(s.local >= 0))
		}
	}
	return n
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// settle works out one stage's tasks and work, after its parents'.
func (p *plan) settle(i int) {
	s := &p.stages[i]
	if s.done || s.dead {
		return
	}
	s.done = true
	for _, q := range s.parents {
		p.settle(q)
	}
	s.tasks, s.full = s.n, s.n-s.empty
	read := s.read * p.scale * p.shrink()
	if len(s.parents) > 0 {
		var was, now float64
		for _, q := range s.parents {
			was += p.stages[q].stage.written
			now += p.stages[q].demand[writeShuffle] * mb
		}
		if was > 0 {
			read = s.read * now / was
		}
	}
	switch s.cut {
	case cutFiles:
		if before := scanTasks(s.fileBytes, s.files, p.run.had.scan); before > 0 {
			s.tasks = max(math.Round(s.n*scanTasks(s.fileBytes*p.scale, s.files*p.scale, p.at.scan)/before), 1)
		}
		s.full = s.tasks
		if s.chunks > 0 {
			s.full = max(min(s.tasks, math.Round(s.chunks*p.scale)), 1)
		}
	case cutParallel:
		if was, now := p.parallel(s, p.run.had.parallelism, true), p.parallel(s, p.at.parallelism, false); was != now {
			s.tasks = max(math.Round(s.n*now/was), 1)
			s.full = s.tasks
		}
	case cutSQL:
		p.partition(s, read)
	}
	p.measure(s, read)
	p.evicted(i)
	if s.tasks != s.n && s.cut != cutFixed {
		p.notes = append(p.notes, note{step: s.step, text: taskNote(s)})
	}
}

// parallel is the number of tasks of a shuffle outside SQL: the default
// parallelism where it is set, else as many as its widest parent had or has
// (Partitioner.defaultPartitioner).
func (p *plan) parallel(s *planned, parallelism int64, logged bool) float64 {
	if parallelism > 0 {
		return float64(parallelism)
	}
	n := 0.0
	for _, q := range s.parents {
		if logged {
			n = max(n, p.stages[q].n)
		} else {
			n = max(n, p.stages[q].tasks)
		}
	}
	if n == 0 {
		return s.n
	}
	return n
}

// partition is the number of tasks that read a SQL shuffle. The rules are
// applied to the logged settings too: where they do not give what the log had,
// only their ratio counts, and where they give the same, nothing changes.
func (p *plan) partition(s *planned, read float64) {
	maps := 0.0
	for _, q := range s.parents {
		maps = max(maps, p.stages[q].tasks)
	}
	tasks, full, sizes := s.partitions(&p.at, &p.run.had, read, maps, p.room)
	if s.local >= 0 {
		s.tasks = float64(localRead(int(p.stages[s.local].tasks), int(tasks)))
		s.full = s.tasks
		return
	}
	was := s.ruled
	switch {
	case s.load == nil: // a stage that the log did not have
	case p.run.had.aqe && !p.at.aqe: // as many as there are partitions
	case tasks == was:
		s.tasks, s.full = s.n, s.n-s.empty
		return
	case was != s.n:
		s.tasks = max(math.Round(s.n*tasks/was), 1)
		s.full = min(full, s.tasks)
		return
	}
	s.tasks, s.full = tasks, full
	total := 0.0
	for _, b := range sizes {
		total += float64(b)
	}
	for _, b := range sizes {
		if total > 0 {
			s.shares = append(s.shares, float64(b)/total)
		} else { // less than a byte for each
			s.shares = append(s.shares, 1/float64(len(sizes)))
		}
	}
}

// partitions are the tasks that read bytes of a SQL shuffle of so many map
// tasks under a setup, those of them that have bytes, and with AQE what each
// reads, in room that the next call uses again.
func (s *stage) partitions(at, had *setup, read, maps float64, room *room) (tasks, full float64, sizes []int64) {
	parts := float64(at.partitions)
	if !had.aqe && s.n < s.asked {
		// Range partitioning finds no more bounds than there are keys.
		parts = min(parts, s.n)
	}
	keys := math.Inf(1)
	if s.empty > 0 {
		keys = distinctKeys(s.n, s.n-s.empty)
	}
	full = occupied(parts, min(keys, 1e15))
	if !at.aqe || s.sql < 0 {
		return parts, full, nil
	}
	sizes = s.sizes(read, full, &room.sizes)
	if at.coalesce {
		sizes = room.merged(at.coalescing, sizes)
	}
	if s.join && at.skewJoin {
		sizes = unskewed(at.skew, sizes, maps)
	}
	n := float64(len(sizes))
	if !at.coalesce {
		return n + parts - full, n, nil // the empty ones run too
	}
	return n, n, sizes
}
