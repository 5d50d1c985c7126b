package replay

import "math"

// Where no task spilled and none held more than its first pages, what a byte
// needs in memory is not known: sorts and maps of rows take about three bytes
// for each compressed one. Spilled bytes are serialised and compressed.
const (
	memoryPerByte = 3.0
	diskPerMemory = 0.3
	// A task that filled its share exactly, and did not spill, does not spill
	// when the same figures come out of another order of operations.
	roundingSlack = 1e-9
)

// need is the execution memory of a stage's tasks.
type need struct {
	floor   float64 // whatever the data: a page for each consumer
	perByte float64
	share   float64 // of the execution memory that a task gets, over an even share
	hash    bool    // a hash map, which is handed to a sorter as a whole
}

// needOf reads a stage's need off its largest task.
func needOf(s *stage, had *setup, stored float64) need {
	page := float64(had.heap.page())
	limit := evenShare(had, s, stored, s.n)
	n := need{floor: min(math.Round(s.peak/page), 3) * page, perByte: memoryPerByte, share: 1, hash: s.hash}
	if s.peak > limit {
		n.share = s.peak / limit // the others held nothing
		limit = s.peak
	}
	// A sorter spills what it holds and goes on; its last part stays in memory.
	most := s.peak + s.spillMax
	if n.hash {
		most = max(s.peak, s.spillMax)
	}
	if s.maxBytes > 0 && most > 1.5*n.floor {
		n.floor, n.perByte = 0, most/s.maxBytes
	}
	if s.spilled == 0 && s.maxBytes > 0 {
		n.perByte = min(n.perByte, max(limit-n.floor, 0)/s.maxBytes) // it was enough
	}
	return n
}

// evenShare is an even share of execution memory among the tasks that an
// executor runs at once, beside the cached bytes that it holds.
func evenShare(at *setup, s *stage, stored, tasks float64) float64 {
	active := int(max(min(float64(at.heap.Cores), tasks), 1))
	if at.offHeapFor(s) {
		return float64(at.offHeap) / float64(active)
	}
	return float64(at.heap.perTask(int64(stored/float64(at.layout.executors)), active))
}

// spilled is the memory that one task of so many bytes spills. A sorter spills
// all that it holds each time it reaches its limit. An aggregate's hash map
// that does not fit becomes a sorter, and the rest of the input with it: all of
// it is spilled (UnsafeExternalSorter.createWithExistingInMemorySorter).
func (n need) spilled(bytes, limit float64) float64 {
	demand := n.floor + n.perByte*bytes
	if demand <= limit*(1+roundingSlack) || limit <= 0 {
		return 0
	}
	if n.hash {
		return demand
	}
	return limit * math.Floor(demand/limit)
}

// spill is the bytes that a stage spills to disk under the plan: the model's
// figure, by the scale that the logged run sets.
func (p *plan) spill(s *planned, bytes float64) float64 {
	if s.peak <= 0 || bytes <= 0 {
		return 0
	}
	n := needOf(&s.stage, &p.run.had, p.run.stored)
	limitOf := func(at *setup, stored, tasks float64) float64 {
		most := float64(at.heap.unified())
		if at.offHeapFor(&s.stage) {
			most = float64(at.offHeap)
		}
		return min(evenShare(at, &s.stage, stored, tasks)*n.share, most)
	}
	had, now := limitOf(&p.run.had, p.run.stored, s.n), limitOf(&p.at, p.run.stored*p.scale, s.tasks)
	logged := func(scale, limit float64) (sum float64) {
		for _, b := range s.times {
			sum += b.n * n.spilled(b.bytes*scale, limit)
		}
		return sum
	}
	var memory float64
	switch {
	case s.shares == nil && s.tasks == s.n && s.bytes > 0:
		memory = logged(bytes/s.bytes, now)
	case len(s.hot) > 0:
		// The hot key's rows stay together: its task needs what it needed.
		memory = n.spilled(s.maxBytes*p.scale, now)
	case s.shares != nil:
		for _, share := range s.shares {
			memory += n.spilled(bytes*share, now)
		}
	default:
		memory = s.full * n.spilled(bytes/max(s.full, 1), now)
	}
	if was := logged(1, had); was > 0 && s.spillDisk > 0 {
		return memory * s.spillDisk / was
	}
	if s.spilled > 0 {
		return memory * s.spillDisk / s.spilled
	}
	return memory * diskPerMemory
}
