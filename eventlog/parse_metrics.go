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
		case "Executor Deserialize CPU Time":
			m.ExecutorDeserializeCPUTime = Nanos(p.s.Int())
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
	m.ShuffleReadRemoteBlocks, m.ShuffleReadLocalBlocks, m.ShuffleReadFetchWait = 0, 0, 0
	m.ShuffleReadRemoteBytes, m.ShuffleReadLocalBytes = 0, 0
	m.ShuffleReadRemoteBytesToDisk, m.ShuffleReadRecords = 0, 0
	for ok := p.s.Object(); ok && p.s.Next(); {
		switch string(p.s.Key()) {
		case "Remote Blocks Fetched":
			m.ShuffleReadRemoteBlocks = p.s.Int()
		case "Local Blocks Fetched":
			m.ShuffleReadLocalBlocks = p.s.Int()
		case "Fetch Wait Time":
			m.ShuffleReadFetchWait = p.millis()
		case "Remote Bytes Read":
			m.ShuffleReadRemoteBytes = p.s.Int()
		case "Remote Bytes Read To Disk":
			m.ShuffleReadRemoteBytesToDisk = p.s.Int()
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
		if field := m.field(p.s.Key()); field != nil {
			*field = max(0, p.s.Int())
		} else {
			p.s.Skip()
		}
	}
}

// field is where a metric of that name goes, nil for those we do not keep.
func (m *ExecutorMetrics) field(name []byte) *int64 {
	switch string(name) {
	case "JVMHeapMemory":
		return &m.JVMHeap
	case "JVMOffHeapMemory":
		return &m.JVMOffHeap
	case "OnHeapExecutionMemory":
		return &m.OnHeapExecution
	case "OffHeapExecutionMemory":
		return &m.OffHeapExecution
	case "OnHeapStorageMemory":
		return &m.OnHeapStorage
	case "OffHeapStorageMemory":
		return &m.OffHeapStorage
	case "OnHeapUnifiedMemory":
		return &m.OnHeapUnified
	case "OffHeapUnifiedMemory":
		return &m.OffHeapUnified
	case "DirectPoolMemory":
		return &m.DirectPool
	case "MappedPoolMemory":
		return &m.MappedPool
	case "ProcessTreeJVMRSSMemory":
		return &m.ProcessTreeJVMRSS
	case "ProcessTreePythonRSSMemory":
		return &m.ProcessTreePythonRSS
	case "ProcessTreeOtherRSSMemory":
		return &m.ProcessTreeOtherRSS
	case "MinorGCCount":
		return &m.MinorGCCount
	case "MajorGCCount":
		return &m.MajorGCCount
	case "MinorGCTime":
		return (*int64)(&m.MinorGCTime)
	case "MajorGCTime":
		return (*int64)(&m.MajorGCTime)
	case "TotalGCTime":
		return (*int64)(&m.TotalGCTime)
	}
	return nil
}
