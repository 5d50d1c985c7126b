package learner

import (
	"testing"
	"time"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
)

// A night is missed by how the pipeline is used to run: over weekends and, where
// little is known, over months.
func TestSilenceByRhythm(t *testing.T) {
	monday := time.Date(2026, 1, 5, 2, 0, 0, 0, time.UTC)
	day := func(n int) time.Time { return monday.AddDate(0, 0, n) }
	weekdays := func(weeks int, hours ...int) (starts []time.Time) {
		for d := range 7 * weeks {
			for _, h := range hours {
				if d%7 < 5 {
					starts = append(starts, day(d).Add(time.Duration(h)*time.Hour))
				}
			}
		}
		return starts
	}
	every := func(n int, hours float64) (starts []time.Time) {
		for i := range n {
			starts = append(starts, monday.Add(time.Duration(float64(i)*hours*float64(time.Hour))))
		}
		return starts
	}
	months := func(n int) (starts []time.Time) {
		for i := range n {
			starts = append(starts, monday.AddDate(0, i, 0))
		}
		return starts
	}
	for name, test := range map[string]struct {
		starts []time.Time
		after  time.Duration // since the newest run
		silent bool
	}{
		"two runs a weekday, Monday morning":   {weekdays(4, 0, 6), 70 * time.Hour, false},
		"two runs a weekday, Thursday":         {weekdays(4, 0, 6), 6 * 24 * time.Hour, true},
		"two runs a weekday, its first Monday": {weekdays(1, 0, 6), 68 * time.Hour, false},
		"nightly, two nights later":            {every(20, 24), 76 * time.Hour, true},
		"nightly, the next morning":            {every(20, 24), 28 * time.Hour, false},
		"hourly, three days later":             {every(24*20, 1), 72 * time.Hour, true},
		"monthly, six weeks later":             {months(8), 44 * 24 * time.Hour, false},
		"monthly, eight weeks later":           {months(8), 56 * 24 * time.Hour, true},
		"three times ever, ten weeks later":    {months(3), 70 * 24 * time.Hour, false},
	} {
		h := &history{previous: &Recommendation{Status: StatusAccepted, File: aqeSettings, FileID: "new"}}
		for _, s := range test.starts {
			h.all = append(h.all, &features.Run{StartedAt: null.Of(s), Night: tonight(s)})
		}
		newest := test.starts[len(test.starts)-1]
		h.previous.Since, h.clock = tonight(newest), newest.Add(test.after)
		if got := h.silent(); got != test.silent {
			longest, usual := h.gaps()
			t.Errorf("%s: silent %v, gaps %v and %v", name, got, longest, usual)
		}
	}
}
