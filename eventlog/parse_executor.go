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

func (p *parser) blockManagerAdded(pos Pos) Record {
	e := &BlockManagerAdded{Pos: pos}
	for p.s.Next() {
		switch string(p.s.Key()) {
		case "Block Manager ID":
			e.ID = p.blockManagerID()
		case "Maximum Memory":
			e.MaxMemory = p.s.Int()
		case "Timestamp":
			e.Time = p.millis()
		default:
			p.other()
		}
	}
	p.need(e.ID != "", "Executor ID")
	return e
}

// blockManagerID reads the executor of a BlockManagerId.
func (p *parser) blockManagerID() (executor string) {
	for ok := p.s.Object(); ok && p.s.Next(); {
		if string(p.s.Key()) == "Executor ID" {
			executor = p.name()
		} else {
			p.s.Skip()
		}
	}
	return executor
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
