package eventlog

// taskMetrics reports whether there were any.
func (p *parser) taskMetrics(m *TaskMetrics) bool {
	m.reset()
	if !p.s.Object() {
		return false
	}
	for p.s.Next() {
		switch string(p.s.Key()) {
		case "Executor Deserialize Time":
			m.ExecutorDeserializeTime = p.millis()
		case "Executor Run Time":
			m.ExecutorRunTime = p.millis()
		case "Executor CPU Time":
			m.ExecutorCPUTime = Nanos(p.s.Int())
		case "Peak Execution Memory":
			if m.HasPeakExecutionMemory = !p.s.Null(); m.HasPeakExecutionMemory {
				m.PeakExecutionMemory = p.s.Int()
			}
		case "Result Size":
			m.ResultSize = p.s.Int()
		case "JVM GC Time":
			m.JVMGCTime = p.millis()
		case "Result Serialization Time":
			m.ResultSerializationTime = p.millis()
		case "Memory Bytes Spilled":
			m.MemoryBytesSpilled = p.s.Int()
		case "Disk Bytes Spilled":
			m.DiskBytesSpilled = p.s.Int()
		case "Shuffle Read Metrics":
			p.shuffleRead(m)
		case "Shuffle Write Metrics":
			p.shuffleWrite(m)
		case "Input Metrics":
			m.InputBytes, m.InputRecords = p.bytesAndRecords("Bytes Read", "Records Read")
		case "Output Metrics":
			m.OutputBytes, m.OutputRecords = p.bytesAndRecords("Bytes Written", "Records Written")
		case "Updated Blocks":
			p.updatedBlocks(m)
		default:
			p.s.Skip()
		}
	}
	return true
}

func (p *parser) shuffleRead(m *TaskMetrics) {
	m.ShuffleReadFetchWait, m.ShuffleReadRecords = 0, 0
	m.ShuffleReadRemoteBytes, m.ShuffleReadLocalBytes = 0, 0
	for ok := p.s.Object(); ok && p.s.Next(); {
		switch string(p.s.Key()) {
		case "Fetch Wait Time":
			m.ShuffleReadFetchWait = p.millis()
		case "Remote Bytes Read":
			m.ShuffleReadRemoteBytes = p.s.Int()
		case "Local Bytes Read":
			m.ShuffleReadLocalBytes = p.s.Int()
		case "Total Records Read":
			m.ShuffleReadRecords = p.s.Int()
		default:
			p.s.Skip()
		}
	}
}

func (p *parser) shuffleWrite(m *TaskMetrics) {
	m.ShuffleWriteBytes, m.ShuffleWriteTime, m.ShuffleWriteRecords = 0, 0, 0
	for ok := p.s.Object(); ok && p.s.Next(); {
		switch string(p.s.Key()) {
		case "Shuffle Bytes Written":
			m.ShuffleWriteBytes = p.s.Int()
		case "Shuffle Write Time":
			m.ShuffleWriteTime = Nanos(p.s.Int())
		case "Shuffle Records Written":
			m.ShuffleWriteRecords = p.s.Int()
		default:
			p.s.Skip()
		}
	}
}

func (p *parser) bytesAndRecords(bytesKey, recordsKey string) (bytes, records int64) {
	for ok := p.s.Object(); ok && p.s.Next(); {
		switch key := p.s.Key(); {
		case string(key) == bytesKey:
			bytes = p.s.Int()
		case string(key) == recordsKey:
			records = p.s.Int()
		default:
			p.s.Skip()
		}
	}
	return bytes, records
}

func (p *parser) updatedBlocks(m *TaskMetrics) {
	m.UpdatedBlocks = m.UpdatedBlocks[:0]
	for ok := p.s.Array(); ok && p.s.More(); {
		var b BlockStatus
		for ok := p.s.Object(); ok && p.s.Next(); {
			switch string(p.s.Key()) {
			case "Block ID":
				b.BlockID = p.s.Text()
			case "Status":
				for ok := p.s.Object(); ok && p.s.Next(); {
					p.blockStatusField(&b)
				}
			default:
				p.s.Skip()
			}
		}
		m.UpdatedBlocks = add(p, m.UpdatedBlocks, b)
	}
}

// executorMetrics reads peaks. Spark writes −1 where nothing was measured;
// that becomes 0, as for the other metrics of such an executor.
func (p *parser) executorMetrics(m *ExecutorMetrics) {
	*m = ExecutorMetrics{}
	for ok := p.s.Object(); ok && p.s.Next(); {
		switch string(p.s.Key()) {
		case "JVMHeapMemory":
			m.JVMHeap = max(0, p.s.Int())
		case "OnHeapUnifiedMemory":
			m.OnHeapUnified = max(0, p.s.Int())
		default:
			p.s.Skip()
		}
	}
}
