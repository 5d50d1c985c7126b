package html

import (
	"slices"
	"testing"
	"time"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
)

// Rows of an older dataset have no quantiles of successful tasks by that name.
func TestTaskTimes(t *testing.T) {
	server := features.DurationQuantiles{
		DurationP0: null.Of(1.0), DurationP25: null.Of(2.0), DurationP50: null.Of(3.0), DurationP75: null.Of(4.0),
		DurationP95: null.Of(5.0), DurationP99: null.Of(6.0), DurationP100: null.Of(7.0),
	}
	success := features.SuccessDurationQuantiles{
		SuccessDurationP0: null.Of(11.0), SuccessDurationP25: null.Of(12.0), SuccessDurationP50: null.Of(13.0), SuccessDurationP75: null.Of(14.0),
		SuccessDurationP95: null.Of(15.0), SuccessDurationP99: null.Of(16.0), SuccessDurationP100: null.Of(17.0),
	}
	for _, c := range []struct {
		name  string
		stage features.Stage
		want  []float64
	}{
		{"both", features.Stage{DurationQuantiles: server, SuccessDurationQuantiles: success}, []float64{11, 12, 13, 14, 15, 16, 17}},
		{"an older row", features.Stage{DurationQuantiles: server}, []float64{1, 2, 3, 4, 5, 6, 7}},
		{"no task succeeded", features.Stage{}, []float64{}},
	} {
		got := newStage(&c.stage, null.Null[time.Time]{}, false).Quantile
		if got == nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
