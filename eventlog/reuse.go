package eventlog

// A Reader has one TaskStart and one TaskEnd and fills them anew for every
// line: a log has millions of them. The slices keep their memory.

// Clone returns a copy that later Scans leave alone.
func (e *TaskStart) Clone() *TaskStart {
	c := *e
	c.Task.Accumulables = append([]Accumulable(nil), e.Task.Accumulables...)
	return &c
}

// Clone returns a copy that later Scans leave alone.
func (e *TaskEnd) Clone() *TaskEnd {
	c := *e
	c.Task.Accumulables = append([]Accumulable(nil), e.Task.Accumulables...)
	c.Metrics.UpdatedBlocks = append([]BlockStatus(nil), e.Metrics.UpdatedBlocks...)
	return &c
}

func (e *TaskStart) reset(pos Pos) {
	e.Pos, e.StageID, e.StageAttempt = pos, 0, 0
	e.Task.reset()
}

func (e *TaskEnd) reset(pos Pos) {
	e.Pos, e.StageID, e.StageAttempt, e.Type = pos, 0, 0, ""
	e.Reason = EndReason{}
	e.Task.reset()
	e.HasMetrics = false
	e.Metrics.reset()
	e.Executor = ExecutorMetrics{}
}

func (t *TaskInfo) reset() { *t = TaskInfo{Accumulables: t.Accumulables[:0]} }

func (m *TaskMetrics) reset() { *m = TaskMetrics{UpdatedBlocks: m.UpdatedBlocks[:0]} }
