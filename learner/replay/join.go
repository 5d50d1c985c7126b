package replay

// Broadcasting is what decides whether an equi-join is a broadcast hash join.
type Broadcasting struct {
	Static   int64 // autoBroadcastJoinThreshold, −1: never
	Adaptive int64 // adaptive.autoBroadcastJoinThreshold, the static one where unset
	AQE      bool
	NonEmpty float64 // adaptive.nonEmptyPartitionRatioForBroadcastJoin
}

// A Side is one input of a join.
type Side struct {
	Static   int64   // size the optimizer believes: file bytes through filters, 0: unknown
	Runtime  int64   // dataSize of its exchange: raw rows, not shuffle bytes
	NonEmpty float64 // share of its shuffle's partitions that hold rows
}

// Planned reports whether the plan already broadcasts the side
// (JoinSelectionHelper.canBroadcastBySize).
func (b Broadcasting) Planned(s Side) bool {
	return s.Static > 0 && s.Static <= b.Static
}

// Adapted reports whether AQE turns a shuffled join into a broadcast one once
// the side's size is known. A shuffle that is mostly empty is left alone
// (DynamicJoinSelection).
func (b Broadcasting) Adapted(s Side) bool {
	return b.AQE && s.Runtime <= b.Adaptive && !(s.NonEmpty > 0 && s.NonEmpty < b.NonEmpty)
}
