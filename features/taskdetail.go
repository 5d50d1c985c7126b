package features

import "github.com/spark-apprentice/apprentice/eventlog"

// taskDetail is what needs every task of a stage.
type taskDetail struct {
	duration, input, shuffleRead, spill, gc, bytes sample
	ended                                          *sample // durations of all tasks, once they are not those of the above
	bins                                           taskBins
	longest, largest                               extremeTasks
	shuffleReadSum                                 int64
	task                                           taskShape // the last one, here so that none is allocated
}

func newTaskDetail() *taskDetail {
	return &taskDetail{
		bins:    taskBins{},
		longest: extremeTasks{key: func(t *taskShape) int64 { return t.ms }},
		largest: extremeTasks{key: func(t *taskShape) int64 { return t.bytes }},
	}
}

func (d *taskDetail) reset() {
	for _, s := range []*sample{&d.duration, &d.input, &d.shuffleRead, &d.spill, &d.gc, &d.bytes} {
		s.reset()
	}
	d.ended = nil
	d.bins, d.shuffleReadSum = taskBins{}, 0
	d.longest.tasks, d.largest.tasks = nil, nil
}

// add takes one successful task that carries metrics.
func (d *taskDetail) add(e *eventlog.TaskEnd) {
	d.task = shapeOf(e)
	m, t := &e.Metrics, &d.task
	d.duration.add(t.ms)
	if d.ended != nil {
		d.ended.add(t.ms)
	}
	d.input.add(m.InputBytes)
	d.shuffleRead.add(m.ShuffleReadBytes())
	d.shuffleReadSum += m.ShuffleReadBytes()
	d.spill.add(m.MemoryBytesSpilled)
	d.gc.add(t.gcMS)
	d.bytes.add(t.bytes)
	d.bins.add(t)
	d.longest.add(t)
	d.largest.add(t)
}

// addOther takes a task that failed, was killed, or left no metrics.
func (d *taskDetail) addOther(ms int64) {
	if d.ended == nil {
		d.ended = d.duration.clone()
	}
	d.ended.add(ms)
}

// serverDurations are the duration quantiles as the history server's disk store
// finds them (AppStatusStore.taskSummary, SPARK-26119): it sorts all tasks that
// have ended, and looks at as many of them as succeeded.
func (d *taskDetail) serverDurations() [7]Null[float64] {
	if d.ended == nil || d.duration.n == 0 {
		return d.duration.allSeconds()
	}
	return inSeconds(d.ended.smallest(d.duration.n))
}

// frozenTasks is what stays of a taskDetail.
type frozenTasks struct {
	duration, ended, gc       [7]Null[float64]
	input, shuffleRead, spill [7]Null[int64]
	bytesP50, bytesP100       Null[int64]
	n                         int64
	maxMS                     int64
	maxShuffleRead            int64
	shuffleReadSum            int64
	bins                      []TaskBin
	longest, largest          []TaskSample
}

// freeze computes quantiles and gives the detail back for the next stage.
func (s *stageState) freeze() *taskDetail {
	d := s.tasks
	if d == nil {
		return nil
	}
	s.tasks = nil
	f := &s.frozen
	f.duration, f.ended, f.gc = d.duration.allSeconds(), d.serverDurations(), d.gc.allSeconds()
	f.input, f.shuffleRead, f.spill = d.input.all(), d.shuffleRead.all(), d.spill.all()
	bytes := d.bytes.all()
	f.bytesP50, f.bytesP100 = bytes[2], bytes[6]
	f.n, f.maxMS = int64(d.duration.n), d.duration.max
	f.maxShuffleRead, f.shuffleReadSum = d.shuffleRead.max, d.shuffleReadSum
	f.bins, f.longest, f.largest = d.bins.rows(), d.longest.rows(), d.largest.rows()
	d.reset()
	return d
}
