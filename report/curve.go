package report

import (
	"math"
	"slices"
	"strings"

	"github.com/spark-apprentice/apprentice/learner/replay"
)

// A Curve is what a run would take under each value of one key, and what runs
// of its pipeline took.
type Curve struct {
	Key    string       `json:"key"`
	Points []CurvePoint `json:"points"`
}

// A CurvePoint is one value of a curve's key.
type CurvePoint struct {
	Value    string        `json:"value"`
	Logged   bool          `json:"logged"` // the run itself has this value
	Seconds  float64       `json:"predicted_s"`
	Low      float64       `json:"low_s"`
	High     float64       `json:"high_s"`
	Heap     float64       `json:"out_of_heap_probability"`
	Observed []ObservedRun `json:"observed"`
}

// An ObservedRun is a run of the pipeline under a curve's value.
type ObservedRun struct {
	RunKey   string  `json:"run_key"`
	Night    string  `json:"night"`
	Duration float64 `json:"duration_s"`
	SamePlan bool    `json:"same_plan"` // by its other settings too, Spark would run this data as simulated
}

// curveWidth is the cells of a curve's longest bar.
const curveWidth = 36

func (d simulation) curveTable(p *page) {
	c := d.Curve
	if c == nil {
		return
	}
	p.heading("RUN TIME BY " + plain(c.Key))
	longest, same, others := 0.0, int64(0), int64(0)
	for _, pt := range c.Points {
		longest = max(longest, pt.Seconds)
		for _, o := range pt.Observed {
			longest = max(longest, o.Duration)
			if o.SamePlan {
				same++
			} else {
				others++
			}
		}
	}
	risky := slices.ContainsFunc(c.Points, func(pt CurvePoint) bool { return pt.Heap > replay.MostRisk })
	heap, width := "", curveWidth
	if risky {
		heap, width = "out of heap", curveWidth-len("  out of heap")
	}
	t := table{columns: []column{{right: true, max: 20}, {}, {head: "predicted", right: true}, {head: "90% of runs"}, {head: heap, right: true}, {}, {head: "observed"}}}
	for _, pt := range c.Points {
		now, risk := "", ""
		if risky {
			risk = percent(pt.Heap)
		}
		if pt.Logged {
			now = "now"
		}
		t.add(pt.Value, now, seconds(pt.Seconds), seconds(pt.Low)+"–"+seconds(pt.High), risk, pt.bar(longest, width), pt.observed())
	}
	p.table(t)
	if same+others > 0 {
		p.linef("  ● %s that Spark planned as simulated, ○ %s whose other settings differ; inputs vary", count(same, "run"), count(others, "run"))
	}
}

// bar draws the predicted time and marks what was observed.
func (pt CurvePoint) bar(longest float64, width int) string {
	cells := []rune(bar(share(pt.Seconds, longest), width))
	cells = append(cells, []rune(strings.Repeat(" ", width+1-len(cells)))...)
	for _, o := range pt.Observed {
		at := &cells[int(math.Round(share(o.Duration, longest)*float64(width)))]
		if o.SamePlan {
			*at = '●'
		} else if *at != '●' {
			*at = '○'
		}
	}
	return string(cells)
}

// observed is the range of the runs that Spark planned as simulated, of all
// where there are none.
func (pt CurvePoint) observed() string {
	spread := func(samePlan bool) string {
		low, high, n := math.Inf(1), 0.0, int64(0)
		for _, o := range pt.Observed {
			if o.SamePlan == samePlan {
				low, high, n = min(low, o.Duration), max(high, o.Duration), n+1
			}
		}
		switch {
		case n == 0:
			return ""
		case seconds(low) == seconds(high):
			return count(n, "run") + " " + seconds(low)
		}
		return count(n, "run") + " " + seconds(low) + "–" + seconds(high)
	}
	if s := spread(true); s != "" {
		return s
	}
	return spread(false)
}
