package replay

import (
	"fmt"
	"math"
)

// measure fills how much of each term a stage has under the plan.
func (p *plan) measure(s *planned, read float64) {
	d := &s.demand
	d[perTask] = s.tasks
	if s.writes {
		d[perFile] = s.full
	}
	if s.python {
		d[perPython] = s.tasks
	}
	d[perJVM] = warmups(s.tasks, &p.at.layout)
	d[readInput] = s.in * p.scale / mb
	d[readShuffle] = s.work[readShuffle]
	if s.read > 0 {
		d[readShuffle] *= read / s.read
	}
	d[openFile] = s.work[openFile] * p.scale
	d[writeOutput] = s.out * p.scale / mb
	d[other] = s.work[other] * p.scale
	rows, bytes := p.aggregated(s)
	d[writeShuffle] = bytes / mb
	if s.reducers > 0 {
		reducers := p.reducers(s)
		d[s.writer(reducers, &p.at)] = s.tasks * occupied(reducers, rows/s.tasks)
	}
	var blocks, maps float64
	for _, q := range s.parents {
		blocks += p.stages[q].demand[perRawBlock] + p.stages[q].demand[perBlock]
		maps += p.stages[q].tasks
	}
	if p.at.aqe && s.cut == cutSQL {
		blocks = min(blocks, maps*s.tasks)
	}
	d[perFetch] = blocks
	s.diskSpill = p.spill(s, read)
	d[spillDisk] = s.diskSpill / mb
}

// reducers is the number of partitions of the shuffle that a stage writes.
func (p *plan) reducers(s *planned) float64 {
	if s.follows < 0 {
		if s.sql >= 0 && s.reducers == float64(p.run.had.partitions) {
			return float64(p.at.partitions)
		}
		return s.reducers
	}
	switch f := &p.run.stages[s.follows]; f.cut {
	case cutSQL:
		return float64(p.at.partitions)
	case cutParallel:
		if p.at.parallelism > 0 {
			return float64(p.at.parallelism)
		}
		return s.tasks
	}
	return s.reducers
}

// aggregated is what a stage writes to its shuffle. Where it wrote fewer rows
// than it read it aggregates what each task holds: more tasks hold the same
// keys more often.
func (p *plan) aggregated(s *planned) (rows, bytes float64) {
	rows, bytes = s.rowsOut*p.scale, s.written*p.scale
	if s.rowsOut == 0 || s.rowsOut >= 0.9*s.rowsIn {
		return rows, bytes
	}
	keys := keysBehind(s.rowsIn/s.mappers, s.rowsOut/s.mappers)
	each := keys * -math.Expm1(-s.rowsIn*p.scale/s.tasks/keys)
	rows = each * s.tasks
	return rows, s.written * rows / s.rowsOut
}

// keysBehind is how many equally likely keys there are where a draw of rows
// shows distinct of them: distinct = keys·(1 − exp(−rows/keys)).
func keysBehind(rows, distinct float64) float64 {
	low, high := math.Log(max(distinct, 1e-9)), math.Log(1e15)
	for range 60 {
		mid := (low + high) / 2
		if k := math.Exp(mid); k*-math.Expm1(-rows/k) > distinct {
			high = mid
		} else {
			low = mid
		}
	}
	return math.Exp(low)
}

// Where no task spilled and none held more than its first pages, what a byte
// needs in memory is not known: sorts and maps of rows take about three bytes
// for each compressed one.
const (
	memoryPerByte = 3.0
	diskPerMemory = 0.3 // spilled bytes are serialised and compressed
)

// spill is the bytes that a stage spills to disk: a task spills all that it
// holds each time it reaches its share of execution memory.
func (p *plan) spill(s *planned, read float64) float64 {
	if s.peak <= 0 {
		return 0
	}
	had, at := p.run.had.heap, p.at.heap
	page := float64(had.Page())
	pages := math.Round(s.peak / page)
	floor := min(pages, 3) * page // one page for each consumer, whatever the data
	most := s.peak + s.spillMax   // demand of the largest task
	perByte := memoryPerByte
	if s.maxBytes > 0 && most > 1.5*floor {
		perByte, floor = most/s.maxBytes, 0
	}
	active := func(h Heap, n float64) int { return int(max(min(float64(h.Cores), n), 1)) }
	limit := func(h Heap, n float64) float64 {
		share := float64(h.PerTask(0, active(h, n)))
		// The logged run shows that a task got more: others held nothing.
		if was := float64(had.PerTask(0, active(had, s.n))); s.peak > was {
			share = min(share*s.peak/was, float64(h.Unified()))
		}
		return share
	}
	spilled := func(demand, limit float64) float64 {
		if demand <= limit || limit <= 0 {
			return 0
		}
		return limit * math.Floor(demand/limit)
	}
	bytes := s.in*p.scale + read
	now := limit(at, s.tasks)
	total := 0.0
	if len(s.hot) > 0 {
		// The hot key's rows stay together: its task needs what it needed.
		total = spilled(most*p.scale, now)
	} else if s.shares != nil {
		for _, share := range s.shares {
			total += spilled(floor+perByte*bytes*share, now)
		}
	} else {
		total = s.full * spilled(floor+perByte*bytes/max(s.full, 1), now)
	}
	ratio := diskPerMemory
	if s.spilled > 0 {
		ratio = s.spillDisk / s.spilled
		// The model's own figure for the logged run sets the scale.
		was := spilled(most, limit(had, s.n)) * max(min(s.n, s.spilled/max(s.spillMax, 1)), 1)
		if was > 0 {
			ratio *= min(max(s.spilled/was, 0.3), 3)
		}
	}
	return total * ratio
}

func taskNote(s *planned) string {
	return fmt.Sprintf("%.0f tasks instead of %.0f", s.tasks, s.n)
}
