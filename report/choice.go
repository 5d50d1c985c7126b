package report

import (
	"fmt"
	"io"

	"github.com/spark-apprentice/apprentice/learner"
)

// Choice writes the settings chosen for one coming run, each with its reason.
func Choice(w io.Writer, rec learner.Recommendation) error {
	var p page
	p.linef("%s  settings for the coming run", cut(plain(rec.Pipeline), 60))
	p.linef("")
	t := table{columns: []column{{}, {lines: 6}}}
	t.add("why", rec.Reason)
	if rec.Expected.RuntimeRatio.OK {
		t.add("expected", effectOf(rec.Expected))
	}
	p.table(t)
	proposals(&p, rec)
	agents(&p, rec)
	if len(rec.Advice) > 0 {
		p.heading("TO KNOW")
		for _, a := range rec.Advice {
			p.paragraph("  - ", a, 4)
		}
	}
	_, err := w.Write(p.Bytes())
	return err
}

// ChoiceConf writes the settings as a file for spark-submit --properties-file:
// the base file verbatim, nil for none, and our marked block after it. Its
// comments call it name.
func ChoiceConf(w io.Writer, rec learner.Recommendation, base []byte, name string) error {
	d, err := decide(rec)
	if err != nil {
		return fmt.Errorf("pipeline %q: %w", rec.Pipeline, err)
	}
	d.oneRun = name
	data, err := d.defaults(base)
	if err != nil {
		return fmt.Errorf("pipeline %q: %w", rec.Pipeline, err)
	}
	_, err = w.Write(data)
	return err
}
