package report

import (
	"bytes"
	"fmt"
	"image/color"
	"io"
	"math"

	"github.com/spark-apprentice/apprentice/learner/evaluate"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Size of the picture and of each of its two plots.
const (
	plotWidth  = 24 * vg.Centimeter
	plotHeight = 12 * vg.Centimeter
)

// Colours that are told apart with any colour vision (Okabe and Ito 2008).
var knownColors = []struct {
	known, name string
	color       color.RGBA
	shape       draw.GlyphDrawer
}{
	{evaluate.Usual, "usual settings", color.RGBA{0x99, 0x99, 0x99, 0xff}, draw.RingGlyph{}},
	{evaluate.Observed, "settings seen often", color.RGBA{0x00, 0x9e, 0x73, 0xff}, draw.TriangleGlyph{}},
	{evaluate.Few, "settings seen rarely", color.RGBA{0x00, 0x72, 0xb2, 0xff}, draw.SquareGlyph{}},
	{evaluate.Unseen, "settings never seen", color.RGBA{0xd5, 0x5e, 0x00, 0xff}, draw.CircleGlyph{}},
}

// EvaluatePlot draws a back-test as SVG: predicted against observed run times,
// and how often the truth lay within intervals of each level.
func EvaluatePlot(w io.Writer, e *evaluate.Evaluation) error {
	times, err := timesPlot(e.Predictions)
	if err != nil {
		return fmt.Errorf("report: plot: %w", err)
	}
	levels, err := coveragePlot(e)
	if err != nil {
		return fmt.Errorf("report: plot: %w", err)
	}
	canvas := vgsvg.NewWith(vgsvg.UseWH(plotWidth, plotHeight))
	page := draw.New(canvas)
	page.SetColor(color.White)
	page.Fill(page.Rectangle.Path())
	tiles := draw.Tiles{Rows: 1, Cols: 2, PadX: 0.6 * vg.Centimeter, PadTop: 0.3 * vg.Centimeter, PadBottom: 0.3 * vg.Centimeter, PadLeft: 0.3 * vg.Centimeter, PadRight: 0.5 * vg.Centimeter}
	cells := plot.Align([][]*plot.Plot{{times, levels}}, tiles, page)
	times.Draw(cells[0][0])
	levels.Draw(cells[0][1])
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return fmt.Errorf("report: plot: %w", err)
	}
	// The library names one family; where that is not installed, a viewer would
	// take one with serifs and other widths.
	_, err = w.Write(bytes.ReplaceAll(b.Bytes(), []byte("font-family:Liberation Sans;"), []byte("font-family:Liberation Sans,Arial,sans-serif;")))
	return err
}

func newPlot(title, x, y string) *plot.Plot {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	p.Title.Padding = 0.2 * vg.Centimeter
	for _, f := range []*font.Font{
		&p.Title.TextStyle.Font, &p.X.Label.TextStyle.Font, &p.Y.Label.TextStyle.Font,
		&p.X.Tick.Label.Font, &p.Y.Tick.Label.Font, &p.Legend.TextStyle.Font,
	} {
		f.Variant = "Sans"
	}
	p.Add(plotter.NewGrid())
	return p
}

// timesPlot shows each held-back run by its best prediction, on logarithmic
// axes: what lies on the diagonal was predicted exactly.
func timesPlot(list []evaluate.Prediction) (*plot.Plot, error) {
	p := newPlot("Predicted and observed run time", "observed, s", "predicted, s")
	low, high := math.Inf(1), 0.0
	for _, k := range knownColors {
		var at plotter.XYs
		for _, x := range list {
			if x.Best && x.Known == k.known {
				at = append(at, plotter.XY{X: x.ObservedS, Y: x.Predicted})
				low, high = min(low, x.ObservedS, x.Predicted), max(high, x.ObservedS, x.Predicted)
			}
		}
		if len(at) == 0 {
			continue
		}
		dots, err := plotter.NewScatter(at)
		if err != nil {
			return nil, err
		}
		dots.GlyphStyle = draw.GlyphStyle{Color: k.color, Radius: 2.6, Shape: k.shape}
		p.Add(dots)
		p.Legend.Add(fmt.Sprintf("%s (%d)", k.name, len(at)), dots)
	}
	if high == 0 { // no run: empty axes
		low, high = 1, 100
	}
	low, high = low/1.15, high*1.15
	p.Add(diagonal(low, high))
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = secondTicks{}, secondTicks{}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = low, high, low, high
	p.Legend.Top, p.Legend.Left = true, true
	p.Legend.XOffs, p.Legend.YOffs = 0.2*vg.Centimeter, -0.2*vg.Centimeter
	return p, nil
}

// secondTicks marks 1, 2 and 5 of each decade.
type secondTicks struct{}

// Ticks implements plot.Ticker.
func (secondTicks) Ticks(low, high float64) []plot.Tick {
	var list []plot.Tick
	for d := math.Pow(10, math.Floor(math.Log10(low))); d <= high; d *= 10 {
		for _, k := range []float64{1, 2, 5} {
			if x := k * d; x >= low && x <= high {
				list = append(list, plot.Tick{Value: x, Label: fmt.Sprintf("%.4g", x)})
			}
		}
	}
	return list
}

func percentTicks(at ...float64) plot.ConstantTicks {
	var list plot.ConstantTicks
	for _, x := range at {
		list = append(list, plot.Tick{Value: x, Label: fmt.Sprint(x)})
	}
	return list
}

func diagonal(low, high float64) *plotter.Line {
	return &plotter.Line{XYs: plotter.XYs{{X: low, Y: low}, {X: high, Y: high}}, LineStyle: draw.LineStyle{Color: color.Gray{0x80}, Width: 0.8, Dashes: []vg.Length{4, 3}}}
}

// leastDrawn is how many runs make a line of shares: of fewer each moves it by
// more than a tenth.
const leastDrawn = 10

// coveragePlot shows, for each class of settings, the share of runs within the
// interval of each level: below the diagonal intervals are too narrow.
func coveragePlot(e *evaluate.Evaluation) (*plot.Plot, error) {
	p := newPlot("Share of runs within the interval", "level of the interval, %", "runs within it, %")
	for _, k := range knownColors {
		for i := len(e.Scores) - 1; i >= 0; i-- {
			s := e.Scores[i]
			if s.Known != k.known || s.Runs < leastDrawn {
				continue
			}
			at := plotter.XYs{{}}
			for _, l := range s.Coverage {
				at = append(at, plotter.XY{X: 100 * l.Nominal, Y: 100 * l.Covered})
			}
			line, dots, err := plotter.NewLinePoints(at)
			if err != nil {
				return nil, err
			}
			line.LineStyle = draw.LineStyle{Color: k.color, Width: 1.2}
			if s.Method == evaluate.Learner {
				line.Dashes = []vg.Length{6, 2}
			}
			dots.GlyphStyle = draw.GlyphStyle{Color: k.color, Radius: 2.6, Shape: k.shape}
			p.Add(line, dots)
			p.Legend.Add(fmt.Sprintf("%s, by %s (%d)", k.name, methodText[s.Method], s.Runs), line, dots)
		}
	}
	p.Add(diagonal(0, 100))
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 100, 0, 100
	p.X.Tick.Marker, p.Y.Tick.Marker = percentTicks(0, 50, 80, 90, 95), percentTicks(0, 20, 40, 60, 80, 100)
	p.Legend.XOffs, p.Legend.YOffs = -0.2*vg.Centimeter, 0.2*vg.Centimeter
	return p, nil
}
