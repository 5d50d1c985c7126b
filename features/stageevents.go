package features

import "github.com/spark-apprentice/apprentice/eventlog"

func (b *builder) stage(id, attempt int) *stageState {
	k := stageKey{id, attempt}
	if b.active != nil && b.active.key == k {
		return b.active
	}
	s := b.stages[k]
	if s == nil {
		s = &stageState{key: k, sql: b.stageSQL[id], tasks: b.detail()}
		s.info.ID, s.info.Attempt = id, attempt
		b.stages[k] = s
	}
	b.active = s
	return s
}

// detail takes a freed taskDetail, or makes one.
func (b *builder) detail() *taskDetail {
	if n := len(b.spare); n > 0 {
		d := b.spare[n-1]
		b.spare = b.spare[:n-1]
		return d
	}
	return newTaskDetail()
}

func (b *builder) stageSubmitted(e *eventlog.StageSubmitted) {
	s := b.stage(e.Stage.ID, e.Stage.Attempt)
	b.see(e.Stage.Submitted)
	s.take(&e.Stage)
	if id := executionID(e.Properties); id.OK {
		s.sql = id
	}
	b.caches.submitted(s, &e.Stage)
}

func (b *builder) stageCompleted(e *eventlog.StageCompleted) {
	s := b.stage(e.Stage.ID, e.Stage.Attempt)
	b.see(e.Stage.Completed)
	s.take(&e.Stage)
	s.completed = true
	b.metrics.take(e.Stage.Accumulables)
	b.finishStage(s, &e.Stage)
	if e.Stage.FailureReason != "" {
		b.findings.driverMessage("stage", e.Stage.FailureReason)
	}
	b.caches.completed(s)
	b.freeze(s)
}

// freeze lets a stage's tasks go once nothing more can come.
func (b *builder) freeze(s *stageState) {
	if s.completed && s.open <= 0 && s.tasks != nil {
		b.spare = append(b.spare, s.freeze())
	}
}

func (b *builder) taskStart(e *eventlog.TaskStart) {
	s := b.stage(e.StageID, e.StageAttempt)
	s.open++
	b.seeExecutor(e.Task.Launch)
	b.see(e.Task.Launch)
	b.clock.start(&s.busy, &e.Task)
}

func (b *builder) taskEnd(e *eventlog.TaskEnd) {
	s := b.stage(e.StageID, e.StageAttempt)
	s.end(e)
	x := b.executor(e.Task.ExecutorID)
	if x.host == "" {
		x.host = e.Task.Host
	}
	x.end(e)
	if e.Reason.Kind != "Resubmitted" {
		s.open--
		b.see(e.Task.Finish)
		b.seeExecutor(e.Task.Launch)
		b.clock.end(&s.busy, &e.Task)
		for i := range e.Metrics.UpdatedBlocks {
			b.caches.block(&e.Metrics.UpdatedBlocks[i])
		}
	}
	if !e.Reason.Success() {
		b.findings.task(s.key, e)
	}
	b.freeze(s)
}
