package eventlog

import (
	"bytes"
	"cmp"
	"fmt"

	"github.com/spark-apprentice/apprentice/eventlog/internal/jsonscan"
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
		case "Task Type":
			e.Type = p.name()
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
	t.reset()
	if !p.s.Object() {
		return false
	}
	id, partition := false, -1
	for p.s.Next() {
		switch string(p.s.Key()) {
		case "Task ID":
			t.ID, id = p.s.Int(), true
		case "Index":
			t.Index = p.int()
		case "Attempt":
			t.Attempt = p.int()
		case "Partition ID":
			if partition = -1; !p.s.Null() {
				partition = p.int()
			}
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
		case "Failed":
			t.Failed = p.s.Bool()
		case "Killed":
			t.Killed = p.s.Bool()
		case "Accumulables":
			t.Accumulables = t.Accumulables[:0]
			for ok := p.s.Array(); ok && p.s.More(); {
				if a := p.accumulable(); a.Name != "" && !isInternal(a.Name) && !p.skipAccums {
					t.Accumulables = add(p, t.Accumulables, a)
				}
			}
		default:
			p.s.Skip()
		}
	}
	if t.Partition = partition; partition < 0 {
		t.Partition = t.Index
	}
	p.need(id, "Task ID")
	return true
}

const internalPrefix = "internal.metrics."

// isInternal tells accumulators that repeat TaskMetrics.
func isInternal(name string) bool {
	return len(name) >= len(internalPrefix) && name[:len(internalPrefix)] == internalPrefix
}

func (p *parser) accumulable() (a Accumulable) {
	for ok := p.s.Object(); ok && p.s.Next(); {
		switch string(p.s.Key()) {
		case "ID":
			a.ID = p.s.Int()
		case "Name":
			a.Name = p.name()
		case "Update":
			a.Update = p.s.LooseInt()
		case "Value":
			a.Value = p.s.LooseInt()
		case "Metadata":
			if a.SQL = false; p.s.Kind() == jsonscan.String {
				a.SQL = string(p.s.Bytes()) == "sql"
			} else {
				p.s.Skip()
			}
		default:
			p.s.Skip()
		}
	}
	return a
}

func (p *parser) endReason(r *EndReason) {
	*r = EndReason{}
	exitSeen := false
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
		case "Exit Caused By App":
			if exitSeen = !p.s.Null(); exitSeen {
				r.ExitCausedByApp = p.s.Bool()
			}
		case "Executor ID":
			executor = p.name()
		case "Block Manager Address":
			address, _ = p.blockManagerID()
		case "Shuffle ID":
			r.ShuffleID = p.s.Int()
		case "Map ID":
			r.MapID = p.s.Int()
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
	if r.Kind == "ExecutorLostFailure" && !exitSeen {
		r.ExitCausedByApp = true // as JsonProtocol reads logs before Spark 1.6
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
