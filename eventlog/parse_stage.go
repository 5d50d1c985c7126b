package eventlog

func (p *parser) jobStart(pos Pos) Record {
	e := &JobStart{Pos: pos}
	seen := false
	for p.s.Next() {
		switch string(p.s.Key()) {
		case "Job ID":
			e.ID, seen = p.int(), true
		case "Submission Time":
			e.Time = p.millis()
		case "Stage Infos":
			e.Stages = nil
			for ok := p.s.Array(); ok && p.s.More(); {
				var st StageInfo
				p.stageInfo(&st)
				e.Stages = add(p, e.Stages, st)
			}
		case "Stage IDs":
			e.StageIDs = p.ints()
		case "Properties":
			e.Properties = p.settings()
		default:
			p.other()
		}
	}
	p.need(seen, "Job ID")
	return e
}

func (p *parser) jobEnd(pos Pos) Record {
	e := &JobEnd{Pos: pos}
	seen := false
	for p.s.Next() {
		switch string(p.s.Key()) {
		case "Job ID":
			e.ID, seen = p.int(), true
		case "Completion Time":
			e.Time = p.millis()
		case "Job Result":
			for ok := p.s.Object(); ok && p.s.Next(); {
				switch string(p.s.Key()) {
				case "Result":
					e.Succeeded = string(p.s.Bytes()) == "JobSucceeded"
				case "Exception":
					for ok := p.s.Object(); ok && p.s.Next(); {
						if string(p.s.Key()) == "Message" {
							e.Error = p.s.Text()
						} else {
							p.s.Skip()
						}
					}
				default:
					p.s.Skip()
				}
			}
		default:
			p.other()
		}
	}
	p.need(seen, "Job ID")
	return e
}

func (p *parser) stageSubmitted(pos Pos) Record {
	e := &StageSubmitted{Pos: pos}
	seen := false
	for p.s.Next() {
		switch string(p.s.Key()) {
		case "Stage Info":
			seen = p.stageInfo(&e.Stage)
		case "Properties":
			e.Properties = p.settings()
		default:
			p.other()
		}
	}
	p.need(seen, "Stage Info")
	return e
}

func (p *parser) stageCompleted(pos Pos) Record {
	e := &StageCompleted{Pos: pos}
	seen := false
	for p.s.Next() {
		if string(p.s.Key()) == "Stage Info" {
			seen = p.stageInfo(&e.Stage)
		} else {
			p.other()
		}
	}
	p.need(seen, "Stage Info")
	return e
}

// stageInfo reports whether there was one.
func (p *parser) stageInfo(st *StageInfo) bool {
	*st = StageInfo{}
	if !p.s.Object() {
		return false
	}
	seen := false
	for p.s.Next() {
		switch string(p.s.Key()) {
		case "Stage ID":
			st.ID, seen = p.int(), true
		case "Stage Attempt ID":
			st.Attempt = p.int()
		case "Stage Name":
			st.Name = p.name()
		case "Number of Tasks":
			st.Tasks = p.int()
		case "RDD Info":
			st.RDDs = p.rdds.get(p, (*parser).rddInfos)
		case "Parent IDs":
			st.ParentIDs = p.ints()
		case "Details":
			st.Details = p.stack.get(p, func(p *parser) string { return p.texts.get(p.s.Bytes()) })
		case "Submission Time":
			st.Submitted = p.millis()
		case "Completion Time":
			st.Completed = p.millis()
		case "Failure Reason":
			st.FailureReason = p.s.Text()
		case "Accumulables":
			st.Accumulables = nil
			for ok := p.s.Array(); ok && p.s.More(); {
				if a := p.accumulable(); a.Name != "" {
					st.Accumulables = add(p, st.Accumulables, a)
				}
			}
		case "Resource Profile Id":
			st.ResourceProfileID = p.int()
		default:
			p.s.Skip()
		}
	}
	p.need(seen, "Stage ID")
	return true
}

func (p *parser) accumulable() (a Accumulable) {
	for ok := p.s.Object(); ok && p.s.Next(); {
		switch string(p.s.Key()) {
		case "ID":
			a.ID = p.s.Int()
		case "Name":
			a.Name = p.name()
		case "Value":
			a.Value = p.s.LooseInt()
		default:
			p.s.Skip()
		}
	}
	return a
}

func (p *parser) rddInfos() (list []RDDInfo) {
	for ok := p.s.Array(); ok && p.s.More(); {
		list = add(p, list, p.rddInfo())
	}
	return list
}

func (p *parser) rddInfo() (r RDDInfo) {
	for ok := p.s.Object(); ok && p.s.Next(); {
		switch string(p.s.Key()) {
		case "RDD ID":
			r.ID = p.int()
		case "Name":
			r.Name = p.name()
		case "Scope":
			r.Scope = p.scope()
		case "Parent IDs":
			r.ParentIDs = p.ints()
		case "Storage Level":
			r.Storage = p.storageLevel()
		case "Number of Partitions":
			r.Partitions = p.int()
		default:
			p.s.Skip()
		}
	}
	return r
}

// scope reads the name of an RDDOperationScope, which is JSON inside a string. A scope that
// is none says nothing and is no error.
func (p *parser) scope() (name string) {
	p.sub.Reset(p.s.Bytes(), p.depth)
	for ok := p.sub.Object(); ok && p.sub.Next(); {
		if string(p.sub.Key()) == "name" {
			name = p.names.get(p.sub.Bytes())
		} else {
			p.sub.Skip()
		}
	}
	if p.sub.End() != nil {
		return ""
	}
	return name
}
