package replay

import (
	"cmp"
	"container/heap"
	"slices"
)

// A step is one stage to be scheduled. Its work starts, in order, once the
// steps it comes after have ended.
type step struct {
	Work  []load // in launch order
	After []int  // indices of the steps that must have ended
}

// A load is a task, or many small ones that fill the slots evenly.
type load struct {
	Seconds float64
	Many    bool
}

// A pool is the slots that tasks are placed on. A slot is the time from which it
// is free: 0, or later where an executor is still to come.
type pool struct {
	free slotHeap
	grow *growth // nil: no more will come
}

func newPool(slots []float64) *pool {
	free := slices.Clone(slots)
	slices.Sort(free) // a sorted slice is a heap
	return &pool{free: free}
}

// schedule list-schedules steps on the slots and returns when each step's first
// task starts and its last one ends. Steps are served in the order in which they
// become ready, as Spark's FIFO scheduler does, and each task goes to the slot
// that is free first. On explicit task lists this is Sparklens' completion
// estimate. A step that waits for itself, directly or not, never ends and counts 0.
func (p *pool) schedule(steps []step) (starts, ends []float64) {
	starts, ends = make([]float64, len(steps)), make([]float64, len(steps))
	if len(p.free) == 0 {
		return starts, ends
	}
	waits := make([]int, len(steps))
	next := make([][]int, len(steps))
	var ready readyHeap
	for i, s := range steps {
		waits[i] = len(s.After)
		for _, p := range s.After {
			next[p] = append(next[p], i)
		}
		if waits[i] == 0 {
			ready = append(ready, readyStep{at: 0, step: i})
		}
	}
	heap.Init(&ready)
	for len(ready) > 0 {
		r := heap.Pop(&ready).(readyStep)
		starts[r.step] = max(p.free[0], r.at)
		ends[r.step] = p.place(steps[r.step], r.at)
		for _, c := range next[r.step] {
			if waits[c]--; waits[c] > 0 {
				continue
			}
			at := 0.0
			for _, p := range steps[c].After {
				at = max(at, ends[p])
			}
			heap.Push(&ready, readyStep{at: at, step: c})
		}
	}
	return starts, ends
}

// charged shares the time from 0 to the end out among the steps that run, each
// moment in proportion to their busy slots, as the time of a logged run is
// charged to its stages; a step's slots are as busy from its start to its end.
// Time in which none runs is nobody's.
func charged(steps []step, starts, ends []float64) []float64 {
	out := make([]float64, len(steps))
	busy := make([]float64, len(steps))
	var order []int
	var times []float64
	for i := range steps {
		if long := ends[i] - starts[i]; long > 0 && len(steps[i].Work) > 0 {
			busy[i] = max(work(steps[i])/long, 1e-9)
			order = append(order, i)
			times = append(times, starts[i], ends[i])
		}
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(starts[a], starts[b]), cmp.Compare(a, b)) })
	slices.Sort(times)
	var running []int
	for k, next := 0, 0; k+1 < len(times); k++ {
		from, to := times[k], times[k+1]
		for next < len(order) && starts[order[next]] <= from {
			running = append(running, order[next])
			next++
		}
		running = slices.DeleteFunc(running, func(i int) bool { return ends[i] <= from })
		sum := 0.0
		for _, i := range running {
			sum += busy[i]
		}
		for _, i := range running {
			out[i] += (to - from) * busy[i] / sum
		}
	}
	return out
}

// last is the end of the last step.
func last(ends []float64) float64 {
	m := 0.0
	for _, e := range ends {
		m = max(m, e)
	}
	return m
}

// freeSlots are n slots that are free from the start.
func freeSlots(n int) []float64 { return make([]float64, max(n, 0)) }

// place puts a step's work on the slots, none of it before at, and returns
// when the last of it ends.
func (p *pool) place(s step, at float64) float64 {
	end := at
	if p.grow != nil && len(s.Work) > 0 {
		p.grow.backlog(at)
	}
	bulk := slices.IndexFunc(s.Work, func(l load) bool { return l.Many })
	for i, l := range s.Work {
		if p.grow != nil {
			unplaced := len(s.Work) - i
			if i <= bulk {
				unplaced = plenty
			}
			p.request(at, unplaced)
		}
		if l.Many {
			end = max(end, p.pour(l.Seconds, at))
			continue
		}
		done := max(p.free[0], at) + l.Seconds
		p.free.replaceFirst(done)
		if p.grow != nil {
			p.grow.ends = append(p.grow.ends, done)
		}
		end = max(end, done)
	}
	return end
}

// pour fills the slots with divisible work, and asks for more executors on the way.
func (p *pool) pour(work, at float64) float64 {
	for p.grow != nil && p.grow.executors < p.grow.Max {
		room := 0.0
		for _, f := range p.free {
			room += max(p.grow.next-max(f, at), 0)
		}
		if room >= work {
			break
		}
		p.free.fill(room, at)
		work -= room
		p.request(max(at, p.grow.next), plenty)
	}
	return p.free.fill(work, at)
}

// fill pours work that is divisible at will over the slots, lowest first, and
// returns its level: every slot that got some is free at that time.
func (h slotHeap) fill(work, at float64) float64 {
	free := h
	slices.Sort(free) // stays a heap
	level := at
	for i := range free {
		level = max(free[i], at)
		if i+1 == len(free) {
			level += work / float64(i+1)
			break
		}
		room := (max(free[i+1], at) - level) * float64(i+1)
		if room >= work {
			level += work / float64(i+1)
			break
		}
		work -= room
	}
	for i := range free {
		if free[i] >= level {
			break
		}
		free[i] = level
	}
	return level
}

// slotHeap is a heap of the times at which slots become free.
type slotHeap []float64

// replaceFirst gives the slot that is free first a later time.
func (h slotHeap) replaceFirst(at float64) {
	i := 0
	for {
		c := 2*i + 1
		if c >= len(h) {
			break
		}
		if c+1 < len(h) && h[c+1] < h[c] {
			c++
		}
		if h[c] >= at {
			break
		}
		h[i] = h[c]
		i = c
	}
	h[i] = at
}

// add is a slot that will be free at a time.
func (h *slotHeap) add(at float64) {
	*h = append(*h, at)
	s := *h
	for i := len(s) - 1; i > 0; {
		up := (i - 1) / 2
		if s[up] <= s[i] {
			break
		}
		s[i], s[up] = s[up], s[i]
		i = up
	}
}

type readyStep struct {
	at   float64
	step int
}

type readyHeap []readyStep

func (h readyHeap) Len() int { return len(h) }
func (h readyHeap) Less(i, j int) bool {
	if h[i].at != h[j].at {
		return h[i].at < h[j].at
	}
	return h[i].step < h[j].step
}
func (h readyHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *readyHeap) Push(x any)   { *h = append(*h, x.(readyStep)) }
func (h *readyHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}
