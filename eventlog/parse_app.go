package eventlog

func (p *parser) logStart(pos Pos) Record {
	e := &LogStart{Pos: pos}
	for p.s.Next() {
		switch string(p.s.Key()) {
		case "Spark Version":
			e.SparkVersion = p.s.Text()
		default:
			p.other()
		}
	}
	return e
}

func (p *parser) applicationStart(pos Pos) Record {
	e := &ApplicationStart{Pos: pos}
	for p.s.Next() {
		switch string(p.s.Key()) {
		case "App Name":
			e.AppName = p.s.Text()
		case "App ID":
			e.AppID = p.s.Text()
		case "App Attempt ID":
			e.AttemptID = p.s.Text()
		case "User":
			e.User = p.s.Text()
		case "Timestamp":
			e.Time = p.millis()
		default:
			p.other()
		}
	}
	return e
}

func (p *parser) applicationEnd(pos Pos) Record {
	e := &ApplicationEnd{Pos: pos}
	for p.s.Next() {
		switch string(p.s.Key()) {
		case "Timestamp":
			e.Time = p.millis()
		case "ExitCode":
			if !p.s.Null() {
				code := p.int()
				e.ExitCode = &code
			}
		default:
			p.other()
		}
	}
	return e
}

func (p *parser) environmentUpdate(pos Pos) Record {
	e := &EnvironmentUpdate{Pos: pos}
	for p.s.Next() {
		switch string(p.s.Key()) {
		case "Spark Properties":
			e.Spark = p.environment()
		case "Hadoop Properties":
			e.Hadoop = p.environment()
		case "System Properties":
			e.System = p.environment()
		default:
			p.other()
		}
	}
	return e
}

const mebi = 1 << 20 // ResourceProfile amounts of memory are in MiB

func (p *parser) resourceProfileAdded(pos Pos) Record {
	e := &ResourceProfileAdded{Pos: pos, ExecutorMemory: -1, ExecutorOverhead: -1,
		ExecutorOffHeap: -1, PySparkMemory: -1}
	seen := false
	for p.s.Next() {
		switch string(p.s.Key()) {
		case "Resource Profile Id":
			e.ID, seen = p.int(), true
		case "Executor Resource Requests":
			for ok := p.s.Object(); ok && p.s.Next(); {
				switch string(p.s.Key()) {
				case "cores":
					e.ExecutorCores = int(p.amount())
				case "memory":
					e.ExecutorMemory = int64(p.amount() * mebi)
				case "memoryOverhead":
					e.ExecutorOverhead = int64(p.amount() * mebi)
				case "offHeap":
					e.ExecutorOffHeap = int64(p.amount() * mebi)
				case "pyspark.memory":
					e.PySparkMemory = int64(p.amount() * mebi)
				default:
					p.s.Skip()
				}
			}
		case "Task Resource Requests":
			for ok := p.s.Object(); ok && p.s.Next(); {
				if string(p.s.Key()) == "cpus" {
					e.TaskCPUs = p.amount()
				} else {
					p.s.Skip()
				}
			}
		default:
			p.other()
		}
	}
	p.need(seen, "Resource Profile Id")
	return e
}

// amount reads the Amount of a resource request.
func (p *parser) amount() (n float64) {
	for ok := p.s.Object(); ok && p.s.Next(); {
		if string(p.s.Key()) == "Amount" {
			n = p.s.Float()
		} else {
			p.s.Skip()
		}
	}
	return n
}
