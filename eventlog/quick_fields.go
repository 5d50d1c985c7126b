package eventlog

// An intField is a number in an object: its key as written, and where it goes.
type intField struct {
	key  string // `"Name":`
	to   *int64
	seen bool // by the last call of members
}

// peakField is the index of Peak Execution Memory, which Spark 2 does not write.
const peakField = 4

// bind lists the fields of TaskEnd's objects in the order in which JsonProtocol
// writes them, of all versions; a version that has no such field leaves it out.
func (q *quick) bind() {
	e, m, none := &q.end.Executor, &q.end.Metrics, &q.ignored
	q.executor = []intField{
		{key: `"JVMHeapMemory":`, to: &e.JVMHeap},
		{key: `"JVMOffHeapMemory":`, to: none},
		{key: `"OnHeapExecutionMemory":`, to: none},
		{key: `"OffHeapExecutionMemory":`, to: none},
		{key: `"OnHeapStorageMemory":`, to: none},
		{key: `"OffHeapStorageMemory":`, to: none},
		{key: `"OnHeapUnifiedMemory":`, to: &e.OnHeapUnified},
		{key: `"OffHeapUnifiedMemory":`, to: none},
		{key: `"DirectPoolMemory":`, to: none},
		{key: `"MappedPoolMemory":`, to: none},
		{key: `"ProcessTreeJVMVMemory":`, to: none},
		{key: `"ProcessTreeJVMRSSMemory":`, to: none},
		{key: `"ProcessTreePythonVMemory":`, to: none},
		{key: `"ProcessTreePythonRSSMemory":`, to: none},
		{key: `"ProcessTreeOtherVMemory":`, to: none},
		{key: `"ProcessTreeOtherRSSMemory":`, to: none},
		{key: `"MinorGCCount":`, to: none},
		{key: `"MinorGCTime":`, to: none},
		{key: `"MajorGCCount":`, to: none},
		{key: `"MajorGCTime":`, to: none},
		{key: `"TotalGCTime":`, to: none},       // 3.3
		{key: `"ConcurrentGCCount":`, to: none}, // 4.0
		{key: `"ConcurrentGCTime":`, to: none},
	}
	q.metrics = []intField{
		{key: `"Executor Deserialize Time":`, to: (*int64)(&m.ExecutorDeserializeTime)},
		{key: `"Executor Deserialize CPU Time":`, to: none},
		{key: `"Executor Run Time":`, to: (*int64)(&m.ExecutorRunTime)},
		{key: `"Executor CPU Time":`, to: (*int64)(&m.ExecutorCPUTime)},
		peakField: {key: `"Peak Execution Memory":`, to: &m.PeakExecutionMemory}, // 3.0
		{key: `"Peak On Heap Execution Memory":`, to: none}, // 4.0
		{key: `"Peak Off Heap Execution Memory":`, to: none},
		{key: `"Result Size":`, to: &m.ResultSize},
		{key: `"JVM GC Time":`, to: (*int64)(&m.JVMGCTime)},
		{key: `"Result Serialization Time":`, to: (*int64)(&m.ResultSerializationTime)},
		{key: `"Memory Bytes Spilled":`, to: &m.MemoryBytesSpilled},
		{key: `"Disk Bytes Spilled":`, to: &m.DiskBytesSpilled},
	}
	q.shuffleRead = []intField{
		{key: `"Remote Blocks Fetched":`, to: none},
		{key: `"Local Blocks Fetched":`, to: none},
		{key: `"Fetch Wait Time":`, to: (*int64)(&m.ShuffleReadFetchWait)},
		{key: `"Remote Bytes Read":`, to: &m.ShuffleReadRemoteBytes},
		{key: `"Remote Bytes Read To Disk":`, to: none},
		{key: `"Local Bytes Read":`, to: &m.ShuffleReadLocalBytes},
		{key: `"Total Records Read":`, to: &m.ShuffleReadRecords},
		{key: `"Remote Requests Duration":`, to: none}, // 3.5
	}
	q.shuffleWrite = []intField{
		{key: `"Shuffle Bytes Written":`, to: &m.ShuffleWriteBytes},
		{key: `"Shuffle Write Time":`, to: (*int64)(&m.ShuffleWriteTime)},
		{key: `"Shuffle Records Written":`, to: &m.ShuffleWriteRecords},
	}
	q.input = []intField{
		{key: `"Bytes Read":`, to: &m.InputBytes},
		{key: `"Records Read":`, to: &m.InputRecords},
	}
	q.output = []intField{
		{key: `"Bytes Written":`, to: &m.OutputBytes},
		{key: `"Records Written":`, to: &m.OutputRecords},
	}
}

// members reads the members of an object as long as they are among fields, in
// their order, and stops behind the object's end or behind the comma before
// the first other member.
func members(b []byte, i int, fields []intField) int {
	for k := range fields {
		f := &fields[k]
		j := lit(b, i, f.key)
		if f.seen = j > 0; !f.seen {
			continue
		}
		if *f.to, i = number(b, j); i < 0 || i >= len(b) {
			return -1
		}
		i++
		switch b[i-1] {
		case '}':
			for k++; k < len(fields); k++ {
				fields[k].seen = false
			}
			return i
		case ',':
		default:
			return -1
		}
	}
	return i
}

// ints reads the rest of an object whose members are all among fields, in
// their order.
func ints(b []byte, i int, fields []intField) int {
	if i = members(b, i, fields); i < 0 || b[i-1] != '}' {
		return -1
	}
	return i
}

// flatInts passes over an object of numbers, whatever its keys.
func flatInts(b []byte, i int) int {
	i = lit(b, i, "{")
	for i > 0 {
		end := stringEnd(b, lit(b, i, `"`))
		if _, i = number(b, lit(b, end, `":`)); i < 0 || i >= len(b) {
			return -1
		}
		i++
		switch b[i-1] {
		case '}':
			return i
		case ',':
		default:
			return -1
		}
	}
	return -1
}
