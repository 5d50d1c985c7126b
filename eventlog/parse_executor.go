package eventlog

func (p *parser) executorAdded(pos Pos) Record {
	e := &ExecutorAdded{Pos: pos}
	for p.s.Next() {
		switch string(p.s.Key()) {
		case "Timestamp":
			e.Time = p.millis()
		case "Executor ID":
			e.ID = p.name()
		case "Executor Info":
			for ok := p.s.Object(); ok && p.s.Next(); {
				switch string(p.s.Key()) {
				case "Host":
					e.Host = p.name()
				case "Total Cores":
					e.Cores = p.int()
				case "Resource Profile Id":
					e.ResourceProfileID = p.int()
				default:
					p.s.Skip()
				}
			}
		default:
			p.other()
		}
	}
	p.need(e.ID != "", "Executor ID")
	return e
}

func (p *parser) executorRemoved(pos Pos) Record {
	e := &ExecutorRemoved{Pos: pos}
	for p.s.Next() {
		switch string(p.s.Key()) {
		case "Timestamp":
			e.Time = p.millis()
		case "Executor ID":
			e.ID = p.name()
		case "Removed Reason":
			e.Reason = p.s.Text()
		default:
			p.other()
		}
	}
	p.need(e.ID != "", "Executor ID")
	return e
}

// excluded holds the names of one event: excluded was called blacklisted
// before Spark 3.1, and both names were written side by side until 4.0.
var excluded = map[string]bool{
	"SparkListenerExecutorExcluded":            true,
	"SparkListenerExecutorExcludedForStage":    true,
	"SparkListenerNodeExcluded":                true,
	"SparkListenerNodeExcludedForStage":        true,
	"SparkListenerExecutorBlacklisted":         true,
	"SparkListenerExecutorBlacklistedForStage": true,
	"SparkListenerNodeBlacklisted":             true,
	"SparkListenerNodeBlacklistedForStage":     true,
}

// executorExcluded has the field names that Jackson makes of the Scala class.
func (p *parser) executorExcluded(pos Pos, name string) Record {
	e := &ExecutorExcluded{Pos: pos, Name: name}
	for p.s.Next() {
		switch string(p.s.Key()) {
		case "time":
			e.Time = p.millis()
		case "executorId":
			e.ID = p.name()
		case "hostId":
			e.Host = p.name()
		case "taskFailures", "executorFailures":
			e.TaskFailures = p.int()
		default:
			p.other()
		}
	}
	return e
}

func (p *parser) blockManagerAdded(pos Pos) Record {
	e := &BlockManagerAdded{Pos: pos}
	for p.s.Next() {
		switch string(p.s.Key()) {
		case "Block Manager ID":
			e.ID, e.Host = p.blockManagerID()
		case "Maximum Memory":
			e.MaxMemory = p.s.Int()
		case "Maximum Onheap Memory":
			e.MaxOnHeap = p.s.Int()
		case "Maximum Offheap Memory":
			e.MaxOffHeap = p.s.Int()
		case "Timestamp":
			e.Time = p.millis()
		default:
			p.other()
		}
	}
	p.need(e.ID != "", "Executor ID")
	return e
}

func (p *parser) blockManagerRemoved(pos Pos) Record {
	e := &BlockManagerRemoved{Pos: pos}
	for p.s.Next() {
		switch string(p.s.Key()) {
		case "Block Manager ID":
			e.ID, e.Host = p.blockManagerID()
		case "Timestamp":
			e.Time = p.millis()
		default:
			p.other()
		}
	}
	p.need(e.ID != "", "Executor ID")
	return e
}

func (p *parser) blockManagerID() (id, host string) {
	for ok := p.s.Object(); ok && p.s.Next(); {
		switch string(p.s.Key()) {
		case "Executor ID":
			id = p.name()
		case "Host":
			host = p.name()
		default:
			p.s.Skip()
		}
	}
	return id, host
}

func (p *parser) blockUpdated(pos Pos) Record {
	e := &BlockUpdated{Pos: pos}
	for p.s.Next() {
		if string(p.s.Key()) != "Block Updated Info" {
			p.other()
			continue
		}
		for ok := p.s.Object(); ok && p.s.Next(); {
			switch string(p.s.Key()) {
			case "Block Manager ID":
				e.ExecutorID, _ = p.blockManagerID()
			case "Block ID":
				e.Block.BlockID = p.s.Text()
			default:
				p.blockStatusField(&e.Block)
			}
		}
	}
	return e
}

// blockStatusField reads a field of Spark's BlockStatus.
func (p *parser) blockStatusField(b *BlockStatus) {
	switch string(p.s.Key()) {
	case "Storage Level":
		b.Storage = p.storageLevel()
	case "Memory Size":
		b.MemorySize = p.s.Int()
	case "Disk Size":
		b.DiskSize = p.s.Int()
	default:
		p.s.Skip()
	}
}

func (p *parser) storageLevel() (l StorageLevel) {
	var offHeap, external, tachyon bool // Spark 2, 1.5, 1.0
	for ok := p.s.Object(); ok && p.s.Next(); {
		switch string(p.s.Key()) {
		case "Use Disk":
			l.Disk = p.s.Bool()
		case "Use Memory":
			l.Memory = p.s.Bool()
		case "Use Off Heap":
			offHeap = p.s.Bool()
		case "Use ExternalBlockStore":
			external = p.s.Bool()
		case "Use Tachyon":
			tachyon = p.s.Bool()
		case "Deserialized":
			l.Deserialized = p.s.Bool()
		case "Replication":
			l.Replication = p.int()
		default:
			p.s.Skip()
		}
	}
	l.OffHeap = offHeap || external || tachyon
	return l
}

func (p *parser) unpersistRDD(pos Pos) Record {
	e := &UnpersistRDD{Pos: pos}
	seen := false
	for p.s.Next() {
		if string(p.s.Key()) == "RDD ID" {
			e.RDDID, seen = p.int(), true
		} else {
			p.other()
		}
	}
	p.need(seen, "RDD ID")
	return e
}

func (p *parser) stageExecutorMetrics(pos Pos) Record {
	e := &StageExecutorMetrics{Pos: pos}
	for p.s.Next() {
		switch string(p.s.Key()) {
		case "Executor ID":
			e.ExecutorID = p.name()
		case "Stage ID":
			e.StageID = p.int()
		case "Stage Attempt ID":
			e.StageAttempt = p.int()
		case "Executor Metrics":
			p.executorMetrics(&e.Metrics)
		default:
			p.other()
		}
	}
	p.need(e.ExecutorID != "", "Executor ID")
	return e
}
