package eventlog

// A Reader has one TaskStart and one TaskEnd and fills them anew for every
// line: a log has millions of them. The blocks keep their memory.

func (e *TaskStart) reset(pos Pos) { *e = TaskStart{Pos: pos} }

func (e *TaskEnd) reset(pos Pos) {
	blocks := e.Metrics.UpdatedBlocks[:0]
	*e = TaskEnd{Pos: pos}
	e.Metrics.UpdatedBlocks = blocks
}

func (m *TaskMetrics) reset() { *m = TaskMetrics{UpdatedBlocks: m.UpdatedBlocks[:0]} }
