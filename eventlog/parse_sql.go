package eventlog

func (p *parser) sqlExecutionStart(pos Pos) Record {
	e := &SQLExecutionStart{Pos: pos, RootID: -1}
	seen := false
	for p.s.Next() {
		switch string(p.s.Key()) {
		case "executionId":
			e.ID, seen = p.s.Int(), true
		case "rootExecutionId":
			if !p.s.Null() {
				e.RootID = p.s.Int()
			}
		case "description":
			e.Description = p.s.Text()
		case "sparkPlanInfo":
			e.Plan = p.planNode()
		case "time":
			e.Time = p.millis()
		case "modifiedConfigs":
			e.ModifiedConfigs = p.settings()
		default:
			p.other()
		}
	}
	p.need(seen, "executionId")
	return e
}

func (p *parser) sqlExecutionEnd(pos Pos) Record {
	e := &SQLExecutionEnd{Pos: pos}
	seen := false
	for p.s.Next() {
		switch string(p.s.Key()) {
		case "executionId":
			e.ID, seen = p.s.Int(), true
		case "time":
			e.Time = p.millis()
		case "errorMessage":
			if e.HasError = !p.s.Null(); e.HasError {
				e.Error = p.s.Text()
			}
		default:
			p.other()
		}
	}
	p.need(seen, "executionId")
	return e
}

func (p *parser) sqlAdaptiveExecutionUpdate(pos Pos) Record {
	e := &SQLAdaptiveExecutionUpdate{Pos: pos}
	seen := false
	for p.s.Next() {
		switch string(p.s.Key()) {
		case "executionId":
			e.ID, seen = p.s.Int(), true
		case "sparkPlanInfo":
			e.Plan = p.planNode()
		default:
			p.other()
		}
	}
	p.need(seen, "executionId")
	return e
}

func (p *parser) driverAccumUpdates(pos Pos) Record {
	e := &DriverAccumUpdates{Pos: pos}
	seen := false
	for p.s.Next() {
		switch string(p.s.Key()) {
		case "executionId":
			e.ID, seen = p.s.Int(), true
		case "accumUpdates":
			e.Updates = nil
			for ok := p.s.Array(); ok && p.s.More(); {
				var pair [2]int64 // id, value
				n := 0
				for ok := p.s.Array(); ok && p.s.More(); {
					if v := p.s.LooseInt(); n < len(pair) {
						pair[n] = v
					}
					n++
				}
				e.Updates = add(p, e.Updates, Accumulable{ID: pair[0], Value: pair[1]})
			}
		default:
			p.other()
		}
	}
	p.need(seen, "executionId")
	return e
}

// planNode reads a SparkPlanInfo; the scanner's bound on nesting bounds its depth.
func (p *parser) planNode() *PlanNode {
	if !p.s.Object() {
		return nil
	}
	n := &PlanNode{}
	p.take(planNodeSize)
	for p.s.Next() {
		switch string(p.s.Key()) {
		case "nodeName":
			n.Name = p.name()
		case "simpleString":
			n.Simple = p.s.Text()
		case "metrics":
			n.Metrics = p.planMetrics()
		case "children":
			n.Children = nil
			for ok := p.s.Array(); ok && p.s.More(); {
				if c := p.planNode(); c != nil {
					n.Children = add(p, n.Children, c)
				}
			}
		default:
			p.s.Skip()
		}
	}
	return n
}

func (p *parser) planMetrics() []PlanMetric {
	var out []PlanMetric
	for ok := p.s.Array(); ok && p.s.More(); {
		var m PlanMetric
		for ok := p.s.Object(); ok && p.s.Next(); {
			switch string(p.s.Key()) {
			case "name":
				m.Name = p.name()
			case "accumulatorId":
				m.AccumulatorID = p.s.Int()
			case "metricType":
				m.Type = p.name()
			default:
				p.s.Skip()
			}
		}
		out = add(p, out, m)
	}
	return out
}
