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
		d[readShuffle] *= read / p.shrink() / s.read // packing is another matter
	}
	d[openFile] = s.work[openFile] * p.scale
	d[writeOutput] = s.out * p.scale / mb
	d[other], d[otherTask] = s.work[other]*p.scale, s.tasks
	rows, bytes := p.aggregated(s)
	d[writeShuffle] = bytes * p.shrink() / mb
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
	bytes = s.in*p.scale + read/p.shrink()
	s.diskSpill = p.spill(s, bytes) * p.shrink()
	d[spillDisk] = s.diskSpill / mb
	s.codec = p.recompress(s, read)
	s.gcMore = p.collected(s, bytes)
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

func taskNote(s *planned) string {
	return fmt.Sprintf("%.0f tasks instead of %.0f", s.tasks, s.n)
}
