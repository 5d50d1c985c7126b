package eventlog

// SQLExecutionStart opens a SQL execution: one action or command.
type SQLExecutionStart struct {
	Pos
	ID, RootID      int64 // RootID −1 before 3.4
	Description     string
	Plan            *PlanNode
	Time            Millis
	ModifiedConfigs map[string]string // 3.4 and later, nil before; shared, see Reader.Record
}

// SQLExecutionEnd closes it. HasError tells an empty Error from an old log.
type SQLExecutionEnd struct {
	Pos
	ID       int64
	Time     Millis
	HasError bool
	Error    string
}

// SQLAdaptiveExecutionUpdate replaces the plan of an execution; the last one is final.
type SQLAdaptiveExecutionUpdate struct {
	Pos
	ID   int64
	Plan *PlanNode
}

// DriverAccumUpdates are metrics set on the driver: file listing, broadcast and AQE figures.
type DriverAccumUpdates struct {
	Pos
	ID      int64
	Updates []Accumulable
}

// A PlanNode is Spark's SparkPlanInfo.
type PlanNode struct {
	Name, Simple string
	Metrics      []PlanMetric
	Children     []*PlanNode
}

// A PlanMetric names the accumulator of an operator's metric. Type is sum,
// size (bytes), timing (ms), nsTiming or average.
type PlanMetric struct {
	Name          string
	AccumulatorID int64
	Type          string
}
