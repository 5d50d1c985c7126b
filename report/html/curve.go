package html

import (
	"github.com/spark-apprentice/apprentice/learner/replay"
	"github.com/spark-apprentice/apprentice/report"
)

// A curve is what a run would take under each value of a key.
type curve struct {
	Key    string       `json:"key"`
	Points []curvePoint `json:"points"`
}

type curvePoint struct {
	report.CurvePoint
	Risky bool `json:"risky"` // it may run out of heap more often than is proposed
}

func shortCurve(c report.Curve) curve {
	out := curve{Key: show(c.Key), Points: []curvePoint{}}
	for _, p := range c.Points {
		p.Value, p.Seconds, p.Low, p.High = show(p.Value), short(p.Seconds), short(p.Low), short(p.High)
		observed := []report.ObservedRun{}
		for _, o := range p.Observed {
			o.Duration = short(o.Duration)
			observed = append(observed, o)
		}
		p.Heap, p.Observed = short(p.Heap), observed
		out.Points = append(out.Points, curvePoint{p, p.Heap > replay.MostRisk})
	}
	return out
}
