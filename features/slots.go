package features

import (
	"math"
	"slices"
)

// lifeLine is what the executors offered over time: slots, cores and memory
// as step functions, from their additions and removals.
type lifeLine struct {
	steps                 []step
	executorsMax, coreMax int64
	coreS, memoryByteS    float64
	memoryKnown           bool
	slotS                 float64
	aliveS                float64 // with at least one executor
}

// step holds from at (ms) until the next one.
type step struct {
	at    int64
	slots int64
}

// life is one executor's part.
type life struct {
	from, to     int64 // ms
	slots, cores int64
	memory       Null[int64]
}

func newLifeLine(lives []life, end int64) *lifeLine {
	l := &lifeLine{memoryKnown: true}
	type change struct {
		at                      int64
		executors, cores, slots int64
	}
	var changes []change
	for _, x := range lives {
		x.to = min(max(x.to, x.from), max(end, x.from))
		d := seconds(x.to - x.from)
		l.coreS += d * float64(x.cores)
		l.slotS += d * float64(x.slots)
		l.memoryByteS += d * float64(x.memory.V)
		l.memoryKnown = l.memoryKnown && x.memory.OK
		changes = append(changes, change{x.from, 1, x.cores, x.slots}, change{x.to, -1, -x.cores, -x.slots})
	}
	// At one instant removals come first: one executor that replaces another
	// is not two.
	slices.SortFunc(changes, func(a, b change) int {
		if a.at != b.at {
			return int(min(max(a.at-b.at, math.MinInt32), math.MaxInt32))
		}
		return int(a.executors - b.executors)
	})
	var executors, cores, slots int64
	for i, c := range changes {
		if executors > 0 {
			l.aliveS += seconds(c.at - changes[i-1].at)
		}
		executors, cores, slots = executors+c.executors, cores+c.cores, slots+c.slots
		l.executorsMax, l.coreMax = max(l.executorsMax, executors), max(l.coreMax, cores)
		l.steps = append(l.steps, step{c.at, slots})
	}
	return l
}

// mean is the mean number of slots between two points in time.
func (l *lifeLine) mean(from, to int64) Null[float64] {
	if to <= from || len(l.steps) == 0 {
		return Null[float64]{}
	}
	var area float64
	for i, s := range l.steps {
		a, b := max(s.at, from), to
		if i+1 < len(l.steps) {
			b = min(l.steps[i+1].at, to)
		}
		if b > a {
			area += float64(b-a) * float64(s.slots)
		}
	}
	if area == 0 {
		return Null[float64]{}
	}
	return known(area / float64(to-from))
}
