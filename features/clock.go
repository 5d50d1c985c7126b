package features

import "github.com/spark-apprentice/apprentice/eventlog"

// A clock charges the run's time to its stages: at each instant the time goes
// to the stages in proportion to their busy slots,
//
//	charged_u = ∫ busy_u(t) / Σ_v busy_v(t) dt,
//
// and an instant with no busy slot goes to the driver. A slot is busy from a
// task's launch to its finish.
//
// Events are nearly, but not quite, in the order of time, so reorderLimit ticks
// wait until newer ones push them out. With fewer ticks in a log than that, as
// in nearly all, the order is exact; beyond, a tick that comes later than that
// many others takes effect when it comes.
type clock struct {
	from    int64 // ms, start of the run: no slot is busy before
	waiting tickQueue
	now     int64   // ms, how far time has been charged
	perSlot float64 // ∫ dt / Σ busy, seconds
	total   int     // busy slots
	stages  []*busy // by number, from 1
	running map[int64]runningTask
	started idSet
	lost    []lostExecutor
}

const reorderLimit = 1 << 16

// tick is a change of one stage's busy slots. It has no pointer: there are two
// for every task, and the garbage collector need not look at them.
type tick struct {
	at    int64
	stage int32 // its number
	delta int32
}

// busy is a stage's part of the clock.
type busy struct {
	number  int32 // within the clock, 0 until its first tick
	slots   int
	mark    float64 // perSlot when charged was last brought up to date
	charged float64 // seconds
}

type runningTask struct {
	busy     *busy
	executor string
	launch   int64
}

// lostExecutor waits for the TaskEnds of its tasks, which follow its removal.
type lostExecutor struct {
	id    string
	at    int64
	grace int // task events until its tasks are closed without one
}

// lostGrace is how many further task events may come between an executor's
// removal and the ends of its tasks; those that never come end at the removal.
const lostGrace = 4096

func newClock() *clock {
	return &clock{running: map[int64]runningTask{}}
}

// start opens a task's interval.
func (c *clock) start(b *busy, t *eventlog.TaskInfo) {
	if !c.started.add(t.ID) {
		return
	}
	c.running[t.ID] = runningTask{b, t.ExecutorID, int64(t.Launch)}
	c.push(int64(t.Launch), b, 1)
	c.age()
}

// end closes it. A task whose start the log lacks is opened late; an end that
// repeats an ended task (Resubmitted), or comes after its executor's tasks were
// closed, changes nothing.
func (c *clock) end(b *busy, t *eventlog.TaskInfo) {
	r, ok := c.running[t.ID]
	if !ok {
		if !c.started.add(t.ID) {
			return
		}
		r = runningTask{b, t.ExecutorID, int64(t.Launch)}
		c.push(r.launch, b, 1)
	}
	delete(c.running, t.ID)
	c.push(max(int64(t.Finish), r.launch), r.busy, -1)
	c.age()
}

// lose notes that an executor is gone, and when.
func (c *clock) lose(executor string, at int64) {
	c.lost = append(c.lost, lostExecutor{executor, at, lostGrace})
}

// age closes the tasks of executors that were lost long enough ago.
func (c *clock) age() {
	for i := range c.lost {
		c.lost[i].grace--
	}
	for len(c.lost) > 0 && c.lost[0].grace <= 0 {
		c.closeLost()
	}
}

func (c *clock) closeLost() {
	x := c.lost[0]
	c.lost = c.lost[1:]
	for id, r := range c.running {
		if r.executor == x.id {
			c.push(max(x.at, r.launch), r.busy, -1)
			delete(c.running, id)
		}
	}
}

// finish charges all time up to end, where tasks without an end stop.
func (c *clock) finish(end int64) {
	for len(c.lost) > 0 {
		c.closeLost()
	}
	for id, r := range c.running {
		c.push(max(end, r.launch), r.busy, -1)
		delete(c.running, id)
	}
	for c.waiting.len() > 0 {
		t := c.waiting.pop()
		t.at = min(t.at, end)
		c.apply(t)
	}
}

func (c *clock) apply(t tick) {
	if t.at > c.now {
		if c.total > 0 {
			c.perSlot += seconds(t.at-c.now) / float64(c.total)
		}
		c.now = t.at
	}
	b := c.stages[t.stage-1]
	b.charged += float64(b.slots) * (c.perSlot - b.mark)
	b.mark = c.perSlot
	b.slots += int(t.delta)
	c.total += int(t.delta)
}

// push adds a tick; once too many wait the earliest takes effect.
func (c *clock) push(at int64, b *busy, delta int32) {
	if b.number == 0 {
		c.stages = append(c.stages, b)
		b.number = int32(len(c.stages))
	}
	if c.waiting.len() >= reorderLimit {
		c.apply(c.waiting.pop())
	}
	c.waiting.push(tick{max(at, c.from), b.number, delta})
}
