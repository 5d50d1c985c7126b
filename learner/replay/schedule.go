package replay

import (
	"container/heap"
	"slices"
)

// A Step is one stage to be scheduled. Its tasks start, in order, once the
// steps it comes after have ended.
type Step struct {
	Bulk  float64   // seconds of small tasks that fill the slots evenly before Tasks
	Tasks []float64 // seconds, in launch order
	After []int     // indices of the steps that must have ended
}

// Schedule list-schedules steps on slots and returns when each step ends. A
// slot is the time from which it is free: 0, or later where an executor is
// still to come. Steps are served in the order in which they become ready, as
// Spark's FIFO scheduler does, and each task goes to the slot that is free
// first. On explicit task lists this is Sparklens' completion estimate.
//
// A step that waits for itself, directly or not, never ends and counts 0.
func Schedule(steps []Step, slots []float64) []float64 {
	ends := make([]float64, len(steps))
	if len(slots) == 0 {
		return ends
	}
	free := slotHeap(slices.Clone(slots))
	heap.Init(&free)
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
		ends[r.step] = free.place(steps[r.step], r.at)
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
	return ends
}

// Makespan is the end of the last step.
func Makespan(steps []Step, slots []float64) float64 {
	m := 0.0
	for _, e := range Schedule(steps, slots) {
		m = max(m, e)
	}
	return m
}

// Slots are n slots that are free from the start.
func Slots(n int) []float64 { return make([]float64, max(n, 0)) }

// place puts a step's work on the slots, none of it before at, and returns
// when the last of it ends.
func (h *slotHeap) place(s Step, at float64) float64 {
	end := at
	if s.Bulk > 0 {
		end = h.fill(s.Bulk, at)
	}
	for _, d := range s.Tasks {
		start := max((*h)[0], at)
		(*h)[0] = start + d
		heap.Fix(h, 0)
		end = max(end, start+d)
	}
	return end
}

// fill pours work that is divisible at will over the slots, lowest first, and
// returns its level: every slot that got some is free at that time.
func (h *slotHeap) fill(work, at float64) float64 {
	free := *h
	slices.Sort(free) // a sorted slice is a heap
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

type slotHeap []float64

func (h slotHeap) Len() int           { return len(h) }
func (h slotHeap) Less(i, j int) bool { return h[i] < h[j] }
func (h slotHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *slotHeap) Push(any)          { panic("replay: the number of slots is fixed") }
func (h *slotHeap) Pop() any          { panic("replay: the number of slots is fixed") }

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
