package replay

import (
	"math"
	"slices"
)

// An allocation is dynamic allocation's pace (ExecutorAllocationManager).
// Times are seconds.
type allocation struct {
	Initial, Max int     // executors at the start and at most
	Allowed      int     // maxExecutors: Max is below where a cluster gave fewer
	Tasks        int     // that an executor runs at once
	Ratio        float64 // executorAllocationRatio: executors for each that all tasks at once would need
	Backlog      float64 // schedulerBacklogTimeout
	Sustained    float64 // sustainedSchedulerBacklogTimeout
	Launch       float64 // from the request to the executor's registration
}

// tick is the least time between two requests (ExecutorAllocationManager.intervalMillis).
const tick = 0.1

// A growth adds executors to a pool while tasks wait: 1, 2, 4, … more each
// round, as long as there are tasks for them.
type growth struct {
	allocation
	executors int
	next      float64   // when the next are asked for
	add       int       // how many then
	until     float64   // when the last task so far stopped to wait
	ends      []float64 // of tasks that may still run at next
}

// start puts the first executors into a pool. Time begins when the first of
// all is there: where none is there from the start that one was asked for
// before, and its round goes on.
func (a allocation) start() *pool {
	g := &growth{allocation: a, executors: min(a.Initial, a.Max), add: 1, next: math.Inf(1), until: math.Inf(-1)}
	if g.executors < 1 {
		g.executors, g.add, g.next, g.until = 1, 2, max(a.Sustained, tick)-a.Launch, 0
	}
	return &pool{free: freeSlots(g.executors * a.Tasks), grow: g}
}

// plenty is more tasks than any number of executors runs at once.
const plenty = math.MaxInt32

// backlog begins when a step's tasks are ready, unless others still waited then.
func (g *growth) backlog(at float64) {
	if at > g.until {
		g.next, g.add = at+max(g.Backlog, tick), 1
	}
}

// request asks for executors for as long as a task waits that would else start
// when the first slot is free, and tasks wait besides it: unplaced with it.
func (p *pool) request(at float64, unplaced int) {
	g := p.grow
	for g.executors < g.Max {
		start := max(p.free[0], at)
		if g.next > start {
			break
		}
		g.ends = slices.DeleteFunc(g.ends, func(end float64) bool { return end <= g.next })
		unfinished := float64(unplaced + len(g.ends))
		need := min(int(math.Ceil(unfinished*g.Ratio/float64(g.Tasks))), g.Max)
		n := min(g.add, need-g.executors)
		if n <= 0 { // enough for all that wait; there will not be more of them
			g.add, g.next = 1, start+max(g.Sustained, tick)
			break
		}
		for range n * g.Tasks {
			p.free.add(g.next + g.Launch)
		}
		g.executors += n
		if n == g.add {
			g.add *= 2
		} else {
			g.add = 1
		}
		g.next += max(g.Sustained, tick)
	}
	g.until = max(g.until, p.free[0], at)
}
