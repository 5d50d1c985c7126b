package features

import (
	"reflect"
	"testing"
)

func TestSignalCounts(t *testing.T) {
	columns := reflect.TypeFor[SignalCounts]()
	if columns.NumField() != len(SignalKinds) {
		t.Fatalf("%d columns for %d kinds", columns.NumField(), len(SignalKinds))
	}
	for i, kind := range SignalKinds {
		if column := columns.Field(i).Tag.Get("json"); column != "signal_"+kind || SignalRank(kind) != i {
			t.Errorf("%s: rank %d, column %s", kind, SignalRank(kind), column)
		}
	}
	c := countSignals([]Signal{{Kind: SignalSkew, Count: 2}, {Kind: SignalHeapOOM, Count: 3}, {Kind: SignalSkew, Count: 5}})
	if want := (SignalCounts{SkewCount: 7, HeapOOMCount: 3}); c != want {
		t.Errorf("%+v", c)
	}
}
