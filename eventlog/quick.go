package eventlog

import (
	"bytes"
	"encoding/binary"
)

// quick reads TaskStart and TaskEnd lines that are written exactly as Spark's
// JsonProtocol writes them: these fields in this order, no white space, plain
// strings, success. Everything it passes over is compared with what Spark
// writes, so what it accepts is valid JSON and means what the parser would
// read; at the first deviation it gives up and the parser reads the line.
//
// It works on the Reader's window and finds the end of the line by itself. The
// cursor functions it uses (lit, number, …) return −1 once one has failed.
type quick struct {
	names *interner
	start *TaskStart
	end   *TaskEnd

	places [64]taskPlace   // by the executor's id
	accums [512]accumShape // by ID modulo their number: a stage has few, and they follow each other

	// The fields of TaskEnd in the order of JsonProtocol, with where they go.
	executor, metrics, shuffleRead, shuffleWrite, input, output []intField

	// Texts of objects seen before in which every number was 0, which is what
	// most tasks have in them. Comparing is quicker than reading.
	zeroExecutor, zeroShuffleRead []byte
	pushBased                     []byte // last text of an object nobody reads
	ignored                       int64
}

// maxPushBased bounds the text of Push Based Shuffle, which is remembered: its
// nine numbers and their keys take some 300 bytes.
const maxPushBased = 512

// quickDepth is how deep the accepted lines nest.
const quickDepth = 4

// A taskPlace is how a task's executor, host, locality and speculation were
// written last: other tasks of the executor repeat them.
type taskPlace struct {
	text                     []byte // `,"Executor ID":"…` up to the value of Speculative
	executor, host, locality string
	speculative              bool
}

func newQuick(p *parser) *quick {
	q := &quick{names: &p.names, start: &p.start, end: &p.end}
	q.bind()
	return q
}

// task reads the line that b starts with, if it is one of a task and ends
// within b. It returns the record and the line's length with its newline, or 0.
func (q *quick) task(b []byte, pos Pos) (Record, int) {
	const prefix = `{"Event":"SparkListenerTask`
	switch {
	case !bytes.HasPrefix(b, []byte(prefix)):
	case bytes.HasPrefix(b[len(prefix):], []byte(`End","Stage ID":`)):
		if n := q.taskEnd(b, len(prefix)+len(`End","Stage ID":`), pos); n > 0 {
			return q.end, n
		}
	case bytes.HasPrefix(b[len(prefix):], []byte(`Start","Stage ID":`)):
		if n := q.taskStart(b, len(prefix)+len(`Start","Stage ID":`), pos); n > 0 {
			return q.start, n
		}
	}
	return nil, 0
}

func (q *quick) taskStart(b []byte, i int, pos Pos) int {
	e := q.start
	e.reset(pos)
	e.StageID, i = integer(b, i)
	i = lit(b, i, `,"Stage Attempt ID":`)
	e.StageAttempt, i = integer(b, i)
	i = lit(b, i, `,"Task Info":`)
	i = q.taskInfo(b, i, &e.Task)
	return lit(b, i, "}\n")
}

func (q *quick) taskEnd(b []byte, i int, pos Pos) int {
	e := q.end
	e.reset(pos)
	e.StageID, i = integer(b, i)
	i = lit(b, i, `,"Stage Attempt ID":`)
	e.StageAttempt, i = integer(b, i)
	i = lit(b, i, `,"Task Type":"`)
	i = lit(b, stringEnd(b, i), `","Task End Reason":{"Reason":"Success"},"Task Info":`)
	i = q.taskInfo(b, i, &e.Task)
	if i < 0 {
		return -1
	}
	e.Reason.Kind = "Success"
	if j := lit(b, i, `,"Task Executor Metrics":`); j > 0 { // since Spark 3.0
		if i = same(b, j, q.zeroExecutor); i < 0 {
			i = ints(b, lit(b, j, "{"), q.executor)
			q.executorKeep(b, j, i)
		}
	}
	i = lit(b, i, `,"Task Metrics":`)
	e.HasMetrics = true
	i = q.taskMetrics(b, i)
	return lit(b, i, "}\n")
}

// executorKeep remembers an object of zeros.
func (q *quick) executorKeep(b []byte, from, to int) {
	if to > 0 && q.end.Executor == (ExecutorMetrics{}) {
		q.zeroExecutor = append(q.zeroExecutor[:0], b[from:to]...)
	}
}

func (q *quick) taskInfo(b []byte, i int, t *TaskInfo) int {
	i = lit(b, i, `{"Task ID":`)
	t.ID, i = number(b, i)
	i = lit(b, i, `,"Index":`)
	t.Index, i = integer(b, i)
	i = lit(b, i, `,"Attempt":`)
	t.Attempt, i = integer(b, i)
	if j := lit(b, i, `,"Partition ID":`); j > 0 { // since Spark 3.3
		_, i = number(b, j)
	}
	i = lit(b, i, `,"Launch Time":`)
	t.Launch, i = millis(b, i)
	i = q.place(b, i, t)
	i = lit(b, i, `,"Getting Result Time":`)
	t.GettingResult, i = millis(b, i)
	i = lit(b, i, `,"Finish Time":`)
	t.Finish, i = millis(b, i)
	if j := lit(b, i, `,"Failed":false,"Killed":false,"Accumulables":[`); j > 0 {
		i = j
	} else {
		_, i = boolean(b, lit(b, i, `,"Failed":`))
		_, i = boolean(b, lit(b, i, `,"Killed":`))
		i = lit(b, i, `,"Accumulables":[`)
	}
	i = q.accumulables(b, i)
	return lit(b, i, "}")
}

// place reads where a task ran.
func (q *quick) place(b []byte, from int, t *TaskInfo) int {
	i := lit(b, from, `,"Executor ID":"`)
	if i < 0 || len(b)-i < 8 {
		return -1
	}
	p := &q.places[binary.LittleEndian.Uint64(b[i:])*golden>>58]
	if j := same(b, from, p.text); j > 0 {
		i = j
	} else if i = q.learnPlace(b, from, i, p); i < 0 {
		return -1
	}
	t.ExecutorID, t.Host, t.Locality, t.Speculative = p.executor, p.host, p.locality, p.speculative
	return i
}

// learnPlace reads a place that is not the last one of its executor, from the
// executor's name at i on, and remembers how it was written.
func (q *quick) learnPlace(b []byte, from, i int, p *taskPlace) int {
	p.text = p.text[:0]
	i = q.name(b, i, &p.executor)
	i = lit(b, i, `,"Host":"`)
	i = q.name(b, i, &p.host)
	i = lit(b, i, `,"Locality":"`)
	i = q.name(b, i, &p.locality)
	i = lit(b, i, `,"Speculative":`)
	p.speculative, i = boolean(b, i)
	if i > 0 {
		p.text = append(p.text, b[from:i]...)
	}
	return i
}

func (q *quick) taskMetrics(b []byte, i int) int {
	m := &q.end.Metrics
	i = members(b, lit(b, i, "{"), q.metrics)
	i = lit(b, i, `"Shuffle Read Metrics":`)
	if j := same(b, i, q.zeroShuffleRead); j > 0 {
		i = j
	} else {
		i = q.shuffle(b, i)
	}
	i = ints(b, lit(b, i, `,"Shuffle Write Metrics":{`), q.shuffleWrite)
	i = ints(b, lit(b, i, `,"Input Metrics":{`), q.input)
	m.HasPeakExecutionMemory = q.metrics[peakField].seen
	if j := lit(b, i, `,"Output Metrics":{"Bytes Written":0,"Records Written":0},"Updated Blocks":[]}`); j > 0 {
		return j
	}
	i = ints(b, lit(b, i, `,"Output Metrics":{`), q.output)
	return lit(b, i, `,"Updated Blocks":[]}`)
}

// shuffle reads the object of Shuffle Read Metrics.
func (q *quick) shuffle(b []byte, from int) int {
	i := members(b, lit(b, from, "{"), q.shuffleRead)
	if i < 0 {
		return -1
	}
	if b[i-1] != '}' { // since Spark 3.5
		i = lit(b, i, `"Push Based Shuffle":`)
		if j := same(b, i, q.pushBased); j > 0 {
			i = j
		} else {
			j := flatInts(b, i)
			if j < 0 || j-i > maxPushBased {
				return -1
			}
			q.pushBased = append(q.pushBased[:0], b[i:j]...)
			i = j
		}
		i = lit(b, i, "}")
	}
	if m := &q.end.Metrics; i > 0 && m.ShuffleReadRecords|m.ShuffleReadRemoteBytes|m.ShuffleReadLocalBytes|int64(m.ShuffleReadFetchWait) == 0 {
		q.zeroShuffleRead = append(q.zeroShuffleRead[:0], b[from:i]...)
	}
	return i
}
