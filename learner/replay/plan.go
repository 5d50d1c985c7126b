package replay

import (
	"math"
	"slices"
)

// A plan is a run's stages as they would be under other settings and with
// scale times the input.
type plan struct {
	run    *run
	fleet  vec
	at     setup
	scale  float64
	stages []planned
	jobs   float64 // more than the logged run had
	driver float64 // seconds of the driver for broadcasts
	notes  []note
}

// planned is a stage under the plan's settings.
type planned struct {
	stage
	done      bool
	start     int   // logged stage whose submission it waits for, −1: none
	waits     []int // stages it waits for besides
	dead      bool  // merged into another stage
	tasks     float64
	full      float64   // tasks with bytes
	shares    []float64 // of the bytes, by task; nil: even but for hot keys
	demand    vec       // how much of each term there is
	moved     float64   // seconds of work that came here from a merged stage
	movedJVM  float64   // and its warm-up
	diskSpill float64   // bytes
}

// A note is something that Spark's rules change.
type note struct {
	step string
	text string
}

func newPlan(r *run, fleet vec, at setup, scale float64) *plan {
	p := &plan{run: r, fleet: fleet, at: at, scale: scale}
	p.stages = make([]planned, len(r.stages), len(r.stages)+4)
	for i := range r.stages {
		p.stages[i].stage, p.stages[i].start = r.stages[i], i
		p.stages[i].parents = slices.Clone(r.stages[i].parents)
	}
	p.joins()
	for i := range p.stages {
		p.settle(i)
	}
	p.jobs += p.adaptiveJobs()
	return p
}

// adaptiveJobs counts the jobs that switching AQE adds: it runs each shuffle
// as a job of its own.
func (p *plan) adaptiveJobs() (n float64) {
	if p.at.aqe == p.run.had.aqe {
		return 0
	}
	for i := range p.stages {
		if s := &p.stages[i]; !s.dead && s.sql >= 0 && s.written > 0 {
			n++
		}
	}
	if !p.at.aqe {
		return -n
	}
	return n
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
	read := s.read * p.scale
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
	case cutParallel:
		s.tasks = p.parallel(s)
		s.full = s.tasks
	case cutSQL:
		p.partition(s, read)
	}
	p.measure(s, read)
	if s.tasks != s.n && s.cut != cutFixed {
		p.notes = append(p.notes, note{s.step, taskNote(s)})
	}
}

// parallel is the number of tasks of a shuffle outside SQL: the default
// parallelism where it is set, else as many as its widest parent
// (Partitioner.defaultPartitioner).
func (p *plan) parallel(s *planned) float64 {
	if p.at.parallelism > 0 {
		return float64(p.at.parallelism)
	}
	n := 1.0
	for _, q := range s.parents {
		n = max(n, p.stages[q].tasks)
	}
	if len(s.parents) == 0 {
		return s.n
	}
	return n
}

// partition is the number of tasks that read a SQL shuffle.
func (p *plan) partition(s *planned, read float64) {
	parts := float64(p.at.partitions)
	if !p.run.had.aqe && s.n < s.asked {
		// Range partitioning finds no more bounds than there are keys.
		parts = min(parts, s.n)
	}
	keys := math.Inf(1)
	if s.empty > 0 {
		keys = distinctKeys(s.n, s.n-s.empty)
	}
	s.tasks, s.full = parts, occupied(parts, min(keys, 1e15))
	if !p.at.aqe || s.sql < 0 {
		return
	}
	sizes := p.sizes(s, read, parts)
	if p.at.coalesce {
		sizes = merged(p.at.coalescing, sizes)
	}
	if s.join && p.at.skewJoin {
		sizes = p.unskew(s, sizes)
	}
	s.tasks, s.full = float64(len(sizes)), float64(len(sizes))
	s.shares = make([]float64, len(sizes))
	for i, b := range sizes {
		s.shares[i] = float64(b) / max(read, 1)
	}
}

// mostPartitions bounds the list of partition sizes.
const mostPartitions = 1 << 16

// sizes are the partitions of the shuffle that a stage reads: even, but for hot
// keys and for those that hold nothing.
func (p *plan) sizes(s *planned, read, parts float64) []int64 {
	n := int(min(max(s.full, 1), mostPartitions))
	hot := 0.0
	for _, h := range s.hot {
		hot += h
	}
	out := make([]int64, n)
	for i := range out {
		out[i] = int64(read * (1 - hot) / float64(n))
	}
	for i, h := range s.hot {
		out[spread(i, n)] += int64(h * read)
	}
	return out
}

// spread places the i-th of a few things among n, always the same way.
func spread(i, n int) int { return (i*7919 + n/3) % n }

// merged are the sizes after coalescing.
func merged(c Coalescing, sizes []int64) []int64 {
	var out []int64
	for _, r := range c.Merge(sizes) {
		var sum int64
		for _, b := range sizes[r.From:r.To] {
			sum += b
		}
		out = append(out, sum)
	}
	return out
}

// unskew splits the skewed partitions of a join by the map tasks that wrote
// them, each about as much.
func (p *plan) unskew(s *planned, sizes []int64) []int64 {
	maps := 0.0
	for _, q := range s.parents {
		maps = max(maps, p.stages[q].tasks)
	}
	limit, target := p.at.skew.Limit(sizes)
	var out []int64
	for _, b := range sizes {
		if b <= limit || maps < 2 {
			out = append(out, b)
			continue
		}
		blocks := make([]int64, int(min(maps, mostPartitions)))
		for i := range blocks {
			blocks[i] = b / int64(len(blocks))
		}
		out = append(out, Split(blocks, target)...)
	}
	return out
}
