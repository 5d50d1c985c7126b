package replay

import "math"

// count fills how much of each term the logged stage had.
func (s *stage) count(had *setup) {
	w := &s.work
	w[perTask] = s.n
	if s.writes {
		w[perFile] = s.n - s.empty
	}
	if s.reducers > 0 {
		w[s.writer(s.reducers, had)] = s.n * occupied(s.reducers, s.rowsOut/s.n)
	}
	w[perJVM] = warmups(s.n, &had.layout)
	w[readInput], w[readShuffle], w[writeShuffle], w[writeOutput] = s.in/mb, s.read/mb, s.written/mb, s.out/mb
	w[spillDisk] = s.spillDisk / mb
	w[openFile] = s.files
	if s.python {
		w[perPython] = s.n
	}
	w[other], w[otherTask] = 1, s.n
}

// writer is the term of a shuffle's blocks: up to a number of reducers each
// block is a file first (SortShuffleWriter.shouldBypassMergeSort).
func (s *stage) writer(reducers float64, at *setup) term {
	if reducers <= float64(at.bypass) {
		return perRawBlock
	}
	return perBlock
}

// warmups is how many JVMs run their first tasks of a stage. Its code is new to
// each of them.
func warmups(n float64, l *layout) float64 {
	return min(n, float64(l.slots)) / max(float64(l.cores/l.taskCPUs), 1)
}

// fetched adds the blocks that a stage read, once its parents are counted.
func (r *run) fetched() {
	for i := range r.stages {
		s := &r.stages[i]
		var blocks, maps float64
		for _, p := range s.parents {
			blocks += r.stages[p].work[perRawBlock] + r.stages[p].work[perBlock]
			maps += r.stages[p].n
		}
		if r.had.aqe && s.cut == cutSQL {
			blocks = min(blocks, maps*s.n) // neighbours are fetched as one
		}
		s.work[perFetch] = blocks
	}
}

// Standard deviations of the logarithm of what a log measures.
const (
	totalSD  = 0.03 // a stage's slot time, when it is taken as it is
	warmupSD = 0.3
	groupSD  = 0.1
)

// leastGroup is how many tasks a group must have to count.
const leastGroup = 8

// observe returns what the log measured of the stage: its slot time, the first
// tasks' excess, and the time of tasks by their bytes, which tells the cost of
// a task from that of a byte.
func (s *stage) observe(slots int, sd float64) []observation {
	obs := []observation{{s.work, s.slotTime, sd}}
	early, excess := s.early(slots)
	if excess > 0 {
		var w vec
		w[perJVM] = s.work[perJVM]
		obs = append(obs, observation{w, excess, warmupSD})
	}
	if s.bytes == 0 {
		return obs
	}
	groups := s.groups(early)
	if len(groups) < 2 {
		return obs
	}
	full := s.n - s.empty
	for _, g := range groups {
		var w vec
		for t := range w {
			switch {
			case term(t) == perJVM:
			case byBytes[t]:
				w[t] = s.work[t] * g.bytes / s.bytes
			case term(t) == perTask, term(t) == perPython, term(t) == otherTask:
				w[t] = s.work[t] / s.n
			case g.bytes > 0:
				w[t] = s.work[t] / full
			}
		}
		obs = append(obs, observation{w, g.seconds, math.Hypot(groupSD, 0.5/math.Sqrt(g.n))})
	}
	return obs
}

// early finds the first task of each slot among the longest ones, and the
// seconds that they took longer than others of their size.
func (s *stage) early(slots int) (tasks []bin, excess float64) {
	if s.n <= float64(2*slots) {
		return nil, 0
	}
	var n, seconds, bytes float64
	for _, t := range s.longest {
		if t.index < int64(slots) {
			n++
			seconds += t.seconds
			bytes += t.bytes
			tasks = append(tasks, bin{n: 1, seconds: t.seconds, bytes: t.bytes, class: t.class})
		}
	}
	usual := max(s.slotTime-seconds, 0) / max(s.n-n, 1)
	mean := max(s.bytes-bytes, 0) / max(s.n-n, 1)
	for _, t := range tasks {
		want := usual
		if mean > 0 && t.bytes > mean {
			want *= t.bytes / mean
		}
		excess += max(t.seconds-want, 0)
	}
	return tasks, excess
}

// groups are the tasks by powers of two of their bytes, without the early ones.
func (s *stage) groups(early []bin) (out []bin) {
	for i := 0; i < len(s.times); {
		g, k := bin{}, s.times[i].class.bytes
		for ; i < len(s.times) && s.times[i].class.bytes == k; i++ {
			b := s.times[i]
			g.n, g.seconds, g.bytes = g.n+b.n, g.seconds+b.n*b.seconds, g.bytes+b.n*b.bytes
		}
		for _, t := range early {
			if t.class.bytes == k {
				g.n, g.seconds, g.bytes = g.n-1, g.seconds-t.seconds, g.bytes-t.bytes
			}
		}
		if g.n >= leastGroup && g.seconds > 0 {
			out = append(out, bin{n: g.n, seconds: g.seconds / g.n, bytes: max(g.bytes, 0) / g.n})
		}
	}
	return out
}
