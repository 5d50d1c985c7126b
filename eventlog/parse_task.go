package eventlog

import (
	"bytes"
	"cmp"
	"fmt"
)

func (p *parser) taskStart(pos Pos) Record {
	e := &p.start
	e.reset(pos)
	stage, task := false, false
	for p.s.Next() {
		switch string(p.s.Key()) {
		case "Stage ID":
			e.StageID, stage = p.int(), true
		case "Stage Attempt ID":
			e.StageAttempt = p.int()
		case "Task Info":
			task = p.taskInfo(&e.Task)
		default:
			p.other()
		}
	}
	p.need(stage, "Stage ID")
	p.need(task, "Task Info")
	return e
}

func (p *parser) taskEnd(pos Pos) Record {
	e := &p.end
	e.reset(pos)
	stage, task := false, false
	for p.s.Next() {
		switch string(p.s.Key()) {
		case "Stage ID":
			e.StageID, stage = p.int(), true
		case "Stage Attempt ID":
			e.StageAttempt = p.int()
		case "Task End Reason":
			p.endReason(&e.Reason)
		case "Task Info":
			task = p.taskInfo(&e.Task)
		case "Task Executor Metrics":
			p.executorMetrics(&e.Executor)
		case "Task Metrics":
			e.HasMetrics = p.taskMetrics(&e.Metrics)
		default:
			p.other()
		}
	}
	p.need(stage, "Stage ID")
	p.need(task, "Task Info")
	return e
}

// taskInfo reports whether there was one.
func (p *parser) taskInfo(t *TaskInfo) bool {
	*t = TaskInfo{}
	if !p.s.Object() {
		return false
	}
	id := false
	for p.s.Next() {
		switch string(p.s.Key()) {
		case "Task ID":
			t.ID, id = p.s.Int(), true
		case "Index":
			t.Index = p.int()
		case "Attempt":
			t.Attempt = p.int()
		case "Launch Time":
			t.Launch = p.millis()
		case "Getting Result Time":
			t.GettingResult = p.millis()
		case "Finish Time":
			t.Finish = p.millis()
		case "Executor ID":
			t.ExecutorID = p.name()
		case "Host":
			t.Host = p.name()
		case "Locality":
			t.Locality = p.name()
		case "Speculative":
			t.Speculative = p.s.Bool()
		default:
			p.s.Skip()
		}
	}
	p.need(id, "Task ID")
	return true
}

func (p *parser) endReason(r *EndReason) {
	*r = EndReason{}
	var lossReason, message, killReason, executor, address string
	var frames []byte
	for ok := p.s.Object(); ok && p.s.Next(); {
		switch string(p.s.Key()) {
		case "Reason":
			r.Kind = p.name()
		case "Class Name":
			r.ClassName = p.s.Text()
		case "Description":
			r.Description = p.s.Text()
		case "Full Stack Trace":
			r.StackTrace = p.s.Text()
		case "Stack Trace":
			frames = p.stackFrames()
		case "Loss Reason": // ExecutorLostFailure
			lossReason = p.s.Text()
		case "Message": // FetchFailed
			message = p.s.Text()
		case "Kill Reason": // TaskKilled
			killReason = p.s.Text()
		case "Executor ID":
			executor = p.name()
		case "Block Manager Address":
			address = p.blockManagerID()
		case "Shuffle ID":
			r.ShuffleID = p.s.Int()
		case "Map Index":
			r.MapIndex = p.s.Int()
		case "Reduce ID":
			r.ReduceID = p.s.Int()
		default:
			p.s.Skip()
		}
	}
	r.Message = cmp.Or(lossReason, message, killReason)
	r.ExecutorID = cmp.Or(executor, address)
	if r.StackTrace == "" {
		r.StackTrace = string(frames) // Spark 1.1 and older
	}
}

// stackFrames reads the frames of an exception as the JVM prints them.
func (p *parser) stackFrames() []byte {
	var out bytes.Buffer
	for ok := p.s.Array(); ok && p.s.More(); {
		var class, method, file string
		line := 0
		for ok := p.s.Object(); ok && p.s.Next(); {
			switch string(p.s.Key()) {
			case "Declaring Class":
				class = p.s.Text()
			case "Method Name":
				method = p.s.Text()
			case "File Name":
				file = p.s.Text()
			case "Line Number":
				line = p.int()
			default:
				p.s.Skip()
			}
		}
		fmt.Fprintf(&out, "\tat %s.%s(%s:%d)\n", class, method, file, line)
	}
	return out.Bytes()
}
