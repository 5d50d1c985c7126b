package replay

import "slices"

// What a broadcast means for a join, where no log of this fleet has shown it.
const (
	rowBytes      = 1.7   // raw rows per byte of input or shuffle
	shuffledBytes = 1.4   // shuffle bytes per byte of columnar input
	joinLeft      = 0.45  // of a join stage's time per byte: what is no shuffle, sort or merge
	madeRowBytes  = 16.0  // of a row of a range or list, as the optimizer counts
	collectS      = 0.12  // driver's time to collect, build and send
	collectMBS    = 0.008 // and per MB of rows
)

// joins changes which joins are broadcast joins. A join that the logged
// settings already explain otherwise (a hint, an outer side) stays.
func (p *plan) joins() {
	for i := range p.stages {
		s := &p.stages[i]
		switch {
		case s.join && s.cut == cutSQL && len(s.parents) == 2:
			p.toBroadcast(i)
		case s.uses > 0 && !s.loops:
			for _, b := range p.broadcastsOf(i) {
				p.toShuffle(i, b)
			}
		}
	}
}

// static is the size that the optimizer believes of a stage's result, at least
// and at most, 0 where it does not know. Made rows count with their width. Files
// count whole (LogicalRelation.computeStats), less what columns that are not read
// have of the row by their types' default widths
// (SizeInBytesOnlyStatsPlanVisitor.visitUnaryNode): no log tells those, so that
// it lies between what was read of the files and all of them.
func static(s *stage) (least, most float64) {
	switch {
	case len(s.parents) > 0:
		return 0, 0
	case s.cut == cutFiles && s.onDisk > 0:
		return min(s.in, s.onDisk), s.onDisk // footers are read once for each split
	case s.cut == cutFiles:
		return s.in, s.in
	case s.made:
		return s.rowsOut * madeRowBytes, s.rowsOut * madeRowBytes
	}
	return 0, 0
}

// sidesOf is a stage's result as a side of a join, as small and as large as the
// optimizer may believe it. No join is taken for one that changes where that is
// open: a broadcast must hold the larger, and what the log did is explained by
// the smaller.
func sidesOf(s *stage, scale float64) (least, most side) {
	low, high := static(s)
	least = side{Static: int64(low * scale), Runtime: int64(rowBytes * max(s.written, s.in) * scale), NonEmpty: 1}
	most = least
	most.Static = int64(high * scale)
	return least, most
}

// certainty tells whether a threshold decides about a side by what the log tells, or
// by what is believed of the columns that were not read.
func certainty(s *stage, at broadcasting, least, most side) string {
	if s.whole > 0 && s.onDisk == 0 || at.planned(least) != at.planned(most) {
		return Prior
	}
	return Formula
}

// toBroadcast turns a shuffled join into a broadcast one where the settings
// now allow it and did not before.
func (p *plan) toBroadcast(i int) {
	s := &p.stages[i]
	small, big := s.parents[0], s.parents[1]
	if p.stages[big].written < p.stages[small].written {
		small, big = big, small
	}
	a := &p.stages[small]
	was, _ := sidesOf(&a.stage, 1)
	least, now := sidesOf(&a.stage, p.scale)
	had, at := p.run.had.join, p.at.join
	switch {
	case at.planned(now) && !had.planned(was):
		p.merge(i, small, big, now, certainty(&a.stage, at, least, now))
	case at.adapted(now) && !at.planned(now) && !had.adapted(was) && !had.planned(was):
		// Both shuffles are written before the sizes are known.
		s.work[readShuffle] *= joinLeft + (1-joinLeft)/2
		s.local = big
		p.driver += collectS + collectMBS*float64(now.Runtime)/mb
		p.notes = append(p.notes, note{step: s.step, text: "AQE broadcasts one side of the join"})
	}
}

// merge runs a join in the stage of its big side: neither side is shuffled.
func (p *plan) merge(i, small, big int, side side, kind string) {
	s, a, b := &p.stages[i], &p.stages[small], &p.stages[big]
	t := s.work.times(s.cost)
	b.moved += t[readShuffle]*joinLeft + t[other] + s.moved
	b.movedJVM += s.work[perJVM]*s.cost[perJVM]/max(warmups(s.n, &p.run.had.layout), 1e-9) + s.movedJVM
	for _, k := range []term{perFile, perRawBlock, perBlock, writeShuffle, writeOutput} {
		b.cost[k] = s.cost[k]
	}
	b.rowsIn, b.mappers = s.rowsIn, s.mappers
	b.rowsOut, b.written, b.reducers, b.follows = s.rowsOut, s.written, s.reducers, s.follows
	b.out, b.writes, b.broadcast = s.out, s.writes, s.broadcast
	b.join = false
	// Collecting the small side costs about what writing its shuffle did.
	a.moved += a.work[writeShuffle] * a.cost[writeShuffle]
	a.written, a.rowsOut, a.reducers, a.broadcast = 0, 0, 0, true
	if !p.run.endsBefore(big, small) {
		b.waits = append(b.waits, small)
	}
	s.dead = true
	for j := range p.stages {
		for k, q := range p.stages[j].parents {
			if q == i {
				p.stages[j].parents[k] = big
			}
		}
	}
	p.driver += collectS + collectMBS*float64(side.Runtime)/mb
	p.notes = append(p.notes, note{step: s.step, text: "broadcast join instead of two shuffles", kind: kind})
}

// broadcastsOf are the stages whose results the joins of stage i use: those of
// its execution, handed out in order.
func (p *plan) broadcastsOf(i int) (found []int) {
	s := &p.stages[i]
	skip := 0
	for j := range p.run.stages {
		if o := &p.stages[j]; j < i && o.sql == s.sql {
			skip += o.uses
		}
	}
	for j := range p.run.stages {
		if o := &p.run.stages[j]; o.sql == s.sql && o.broadcast {
			if skip > 0 {
				skip--
				continue
			}
			if found = append(found, j); len(found) == s.uses {
				break
			}
		}
	}
	return found
}

// toShuffle turns a broadcast join into a shuffled one where the settings do
// not allow the broadcast any more: the stage is cut in two at the join.
func (p *plan) toShuffle(i, small int) {
	a, logged := &p.stages[small], &p.run.stages[small] // a join in it may be cut off already
	was, _ := sidesOf(logged, 1)
	least, now := sidesOf(logged, p.scale)
	had, at := p.run.had.join, p.at.join
	if a.cut == cutSQL && len(a.parents) == 1 {
		p.unadapt(i, small)
		return
	}
	// A side that is broadcast as it is read was planned so, whatever is known of
	// its size: a threshold that is not lower, or a hint, leaves it. A hint shows
	// only where the threshold would not have done.
	hinted := was.Static > 0 && !had.planned(was) && !had.adapted(was)
	if at.Static >= had.Static || hinted || at.planned(now) || was.Static > 0 && at.adapted(now) || was.Static == 0 && at.Static >= 0 {
		return
	}
	s := &p.stages[i]
	reader := *s
	reader.written = shuffledBytes*s.in + s.read
	reader.rowsOut, reader.rowsIn = s.rowsIn, s.rowsIn
	reader.reducers, reader.follows, reader.uses = float64(p.run.had.partitions), i, 0
	reader.out, reader.writes, reader.broadcast, reader.spilled, reader.peak = 0, false, false, 0, 0
	a.broadcast, a.written, a.rowsOut = false, shuffledBytes*a.in+a.read, a.rowsIn
	a.reducers, a.follows = float64(p.run.had.partitions), i
	p.stages = append(p.stages, reader)
	s = &p.stages[i]
	s.parents, s.waits, s.start = []int{len(p.stages) - 1, small}, []int{len(p.stages) - 1, small}, -1
	s.cut, s.asked, s.hot = cutSQL, float64(p.run.had.partitions), nil
	s.in, s.files, s.fileBytes, s.python = 0, 0, 0, false
	s.n, s.empty = float64(p.run.had.partitions), 0
	s.read = reader.written + p.stages[small].written
	s.work[readInput], s.work[openFile], s.work[other] = 0, 0, 0
	s.work[readShuffle], s.cost[readShuffle] = s.read/mb*(1-joinLeft), p.fleet[readShuffle]
	s.load = nil
	p.driver -= collectS + collectMBS*float64(now.Runtime)/mb
	p.notes = append(p.notes, note{step: s.step, text: "shuffled join instead of a broadcast", kind: certainty(logged, at, least, now)})
}

// unadapt takes back AQE's turn of a shuffled join into a broadcast one, where
// AQE would not take it any more: the stage that broadcast a shuffle's rows goes,
// and the join reads both shuffles.
func (p *plan) unadapt(i, small int) {
	a, s := &p.stages[small], &p.stages[i]
	shuffle := &p.stages[a.parents[0]]
	side := side{Runtime: int64(rowBytes * shuffle.written * p.scale), NonEmpty: 1}
	if p.at.join.adapted(side) || !p.run.had.join.AQE {
		return
	}
	a.dead = true
	s.parents = append(slices.Clone(s.parents), a.parents[0])
	s.waits = append(s.waits, a.parents[0])
	s.work[readShuffle] = (s.read + shuffle.written) / mb
	s.cost[readShuffle] = max(s.cost[readShuffle], p.fleet[readShuffle]*(1-joinLeft))
	s.read += shuffle.written
	s.cut, s.asked, s.join, s.load, s.hot = cutSQL, float64(p.run.had.partitions), true, nil, nil
	s.n, s.empty = float64(p.run.had.partitions), 0
	p.driver -= collectS + collectMBS*float64(side.Runtime)/mb
	p.notes = append(p.notes, note{step: s.step, text: "AQE does not broadcast one side of the join"})
}
