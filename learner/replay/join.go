package replay

// broadcasting is what decides whether an equi-join is a broadcast hash join.
type broadcasting struct {
	Static   int64 // autoBroadcastJoinThreshold, −1: never
	Adaptive int64 // adaptive.autoBroadcastJoinThreshold, the static one where unset
	AQE      bool
	NonEmpty float64 // adaptive.nonEmptyPartitionRatioForBroadcastJoin
}

// A side is one input of a join.
type side struct {
	Static   int64   // size the optimizer believes: file bytes through filters, 0: unknown
	Runtime  int64   // dataSize of its exchange: raw rows, not shuffle bytes
	NonEmpty float64 // share of its shuffle's partitions that hold rows
}

// planned reports whether the plan already broadcasts the side
// (JoinSelectionHelper.canBroadcastBySize).
func (b broadcasting) planned(s side) bool {
	return s.Static > 0 && s.Static <= b.Static
}

// adapted reports whether AQE turns a shuffled join into a broadcast one once
// the side's size is known. A shuffle that is mostly empty is left alone
// (DynamicJoinSelection).
func (b broadcasting) adapted(s side) bool {
	return b.AQE && s.Runtime <= b.Adaptive && !(s.NonEmpty > 0 && s.NonEmpty < b.NonEmpty)
}
