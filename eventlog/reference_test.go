package eventlog

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
)

// reference reads a task event in the plainest way there is: encoding/json
// into maps, then field by field. It is what parser and quick must agree with.
// It returns nil, nil for lines of other events.
func reference(line []byte, pos Pos) (Record, error) {
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("something behind the object")
	}
	top, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("no object")
	}
	var r ref
	name := r.text(top, "Event")
	if name == "" || bytes.Count(line, []byte(`Event`)) > 1 && eventFields(line) > 1 {
		return nil, errors.New("not exactly one Event field")
	}
	switch name[strings.LastIndexByte(name, '.')+1:] {
	case "SparkListenerTaskStart":
		e := &TaskStart{Pos: pos, StageID: int(r.need(top, "Stage ID")), StageAttempt: int(r.int(top, "Stage Attempt ID"))}
		r.taskInfo(top, &e.Task)
		return e, r.err
	case "SparkListenerTaskEnd":
		e := &TaskEnd{Pos: pos, StageID: int(r.need(top, "Stage ID")), StageAttempt: int(r.int(top, "Stage Attempt ID"))}
		r.reason(r.object(top, "Task End Reason"), &e.Reason)
		r.taskInfo(top, &e.Task)
		r.executor(r.object(top, "Task Executor Metrics"), &e.Executor)
		if m := r.object(top, "Task Metrics"); m != nil {
			e.HasMetrics = true
			r.metrics(m, &e.Metrics)
		}
		return e, r.err
	}
	return nil, r.err
}

// eventFields counts the Event fields of a valid object.
func eventFields(line []byte) (n int) {
	d := json.NewDecoder(bytes.NewReader(line))
	d.Token()
	for d.More() {
		if key, _ := d.Token(); key == "Event" {
			n++
		}
		var skipped json.RawMessage
		d.Decode(&skipped)
	}
	return n
}

// repeatedKeys reports whether an object of the line has a key twice.
func repeatedKeys(line []byte) bool {
	d := json.NewDecoder(bytes.NewReader(line))
	repeated := false
	var value func()
	value = func() {
		start, err := d.Token()
		if err != nil || start != json.Delim('{') && start != json.Delim('[') {
			return
		}
		keys := make(map[json.Token]bool)
		for d.More() {
			if start == json.Delim('{') {
				key, _ := d.Token()
				repeated = repeated || keys[key]
				keys[key] = true
			}
			value()
		}
		d.Token()
	}
	value()
	return repeated
}

type ref struct{ err error }

func (r *ref) fail(key string, v any) {
	if r.err == nil {
		r.err = fmt.Errorf("%s: %v", key, v)
	}
}

func (r *ref) object(m map[string]any, key string) map[string]any {
	v, ok := m[key].(map[string]any)
	if !ok && m[key] != nil {
		r.fail(key, m[key])
	}
	return v
}

func (r *ref) array(m map[string]any, key string) []any {
	v, ok := m[key].([]any)
	if !ok && m[key] != nil {
		r.fail(key, m[key])
	}
	return v
}

func (r *ref) text(m map[string]any, key string) string {
	v, ok := m[key].(string)
	if !ok && m[key] != nil {
		r.fail(key, m[key])
	}
	return v
}

func (r *ref) bool(m map[string]any, key string) bool {
	v, ok := m[key].(bool)
	if !ok && m[key] != nil {
		r.fail(key, m[key])
	}
	return v
}

func (r *ref) need(m map[string]any, key string) int64 {
	if _, ok := m[key]; !ok {
		r.fail(key, "missing")
	}
	return r.int(m, key)
}

func (r *ref) int(m map[string]any, key string) int64 {
	switch v := m[key].(type) {
	case nil:
		return 0
	case json.Number:
		n, err := refInt(v)
		if err != nil {
			r.fail(key, err)
		}
		return n
	default:
		r.fail(key, v)
		return 0
	}
}

func refInt(v json.Number) (int64, error) {
	if !strings.ContainsAny(string(v), ".eE") {
		return v.Int64()
	}
	f, err := v.Float64()
	if err == nil && (f != math.Floor(f) || math.Abs(f) > 1<<63 || f == 1<<63) {
		err = errors.New("no integer")
	}
	if err != nil {
		return 0, err
	}
	return int64(f), nil
}

func (r *ref) taskInfo(top map[string]any, t *TaskInfo) {
	m := r.object(top, "Task Info")
	if m == nil {
		r.fail("Task Info", "missing")
		return
	}
	t.ID = r.need(m, "Task ID")
	t.Index, t.Attempt = int(r.int(m, "Index")), int(r.int(m, "Attempt"))
	t.Launch, t.GettingResult = Millis(r.int(m, "Launch Time")), Millis(r.int(m, "Getting Result Time"))
	t.Finish = Millis(r.int(m, "Finish Time"))
	t.ExecutorID, t.Host, t.Locality = r.text(m, "Executor ID"), r.text(m, "Host"), r.text(m, "Locality")
	t.Speculative = r.bool(m, "Speculative")
}

func (r *ref) reason(m map[string]any, e *EndReason) {
	if m == nil {
		return
	}
	e.Kind, e.ClassName, e.Description = r.text(m, "Reason"), r.text(m, "Class Name"), r.text(m, "Description")
	e.StackTrace = r.text(m, "Full Stack Trace")
	var frames strings.Builder
	for _, v := range r.array(m, "Stack Trace") {
		f, ok := v.(map[string]any)
		if !ok && v != nil {
			r.fail("Stack Trace", v)
		}
		fmt.Fprintf(&frames, "\tat %s.%s(%s:%d)\n", r.text(f, "Declaring Class"), r.text(f, "Method Name"),
			r.text(f, "File Name"), r.int(f, "Line Number"))
	}
	if e.StackTrace == "" {
		e.StackTrace = frames.String()
	}
	e.Message = cmp.Or(r.text(m, "Loss Reason"), r.text(m, "Message"), r.text(m, "Kill Reason"))
	e.ExecutorID = r.text(m, "Executor ID")
	if a := r.object(m, "Block Manager Address"); a != nil {
		e.ExecutorID = cmp.Or(e.ExecutorID, r.text(a, "Executor ID"))
	}
	e.ShuffleID, e.MapIndex, e.ReduceID = r.int(m, "Shuffle ID"), r.int(m, "Map Index"), r.int(m, "Reduce ID")
}

func (r *ref) executor(m map[string]any, e *ExecutorMetrics) {
	e.JVMHeap, e.OnHeapUnified = max(0, r.int(m, "JVMHeapMemory")), max(0, r.int(m, "OnHeapUnifiedMemory"))
}

func (r *ref) metrics(m map[string]any, t *TaskMetrics) {
	t.ExecutorDeserializeTime = Millis(r.int(m, "Executor Deserialize Time"))
	t.ExecutorRunTime = Millis(r.int(m, "Executor Run Time"))
	t.ExecutorCPUTime = Nanos(r.int(m, "Executor CPU Time"))
	t.PeakExecutionMemory = r.int(m, "Peak Execution Memory")
	t.HasPeakExecutionMemory = m["Peak Execution Memory"] != nil
	t.ResultSize, t.JVMGCTime = r.int(m, "Result Size"), Millis(r.int(m, "JVM GC Time"))
	t.ResultSerializationTime = Millis(r.int(m, "Result Serialization Time"))
	t.MemoryBytesSpilled, t.DiskBytesSpilled = r.int(m, "Memory Bytes Spilled"), r.int(m, "Disk Bytes Spilled")
	read := r.object(m, "Shuffle Read Metrics")
	t.ShuffleReadFetchWait = Millis(r.int(read, "Fetch Wait Time"))
	t.ShuffleReadRemoteBytes, t.ShuffleReadLocalBytes = r.int(read, "Remote Bytes Read"), r.int(read, "Local Bytes Read")
	t.ShuffleReadRecords = r.int(read, "Total Records Read")
	write := r.object(m, "Shuffle Write Metrics")
	t.ShuffleWriteBytes, t.ShuffleWriteRecords = r.int(write, "Shuffle Bytes Written"), r.int(write, "Shuffle Records Written")
	t.ShuffleWriteTime = Nanos(r.int(write, "Shuffle Write Time"))
	in, out := r.object(m, "Input Metrics"), r.object(m, "Output Metrics")
	t.InputBytes, t.InputRecords = r.int(in, "Bytes Read"), r.int(in, "Records Read")
	t.OutputBytes, t.OutputRecords = r.int(out, "Bytes Written"), r.int(out, "Records Written")
	for _, v := range r.array(m, "Updated Blocks") {
		b, ok := v.(map[string]any)
		if !ok && v != nil {
			r.fail("Updated Blocks", v)
		}
		status := r.object(b, "Status")
		level := r.object(status, "Storage Level")
		t.UpdatedBlocks = append(t.UpdatedBlocks, BlockStatus{
			BlockID:    r.text(b, "Block ID"),
			MemorySize: r.int(status, "Memory Size"), DiskSize: r.int(status, "Disk Size"),
			Storage: StorageLevel{
				Disk: r.bool(level, "Use Disk"), Memory: r.bool(level, "Use Memory"),
				OffHeap:      r.bool(level, "Use Off Heap") || r.bool(level, "Use ExternalBlockStore") || r.bool(level, "Use Tachyon"),
				Deserialized: r.bool(level, "Deserialized"), Replication: int(r.int(level, "Replication")),
			},
		})
	}
}
